import { statSync } from "node:fs";
import type { CompressSettings } from "../../compress/settings";
import { hash } from "../../core/hash";
import { versions } from "../../core/packages";
import type { Inputs } from "../inputs/findInputs";
import type { ReadSettings } from "../readSettings";
import type { Identity } from "./journal";

/** What decides the rows beside the inputs. */
interface Deciding {
  readonly read: ReadSettings;
  readonly settings: CompressSettings;
}

const filesHashed = 1000;

/** By what the work on some inputs is known again. */
export function identityOf(inputs: Inputs, deciding: Deciding): Identity {
  return { key: keyOf(inputs, deciding), sources: sourcesOf(inputs) };
}

/** Everything that decides the rows, but for what the files hold. */
function keyOf({ files, columns, cells }: Inputs, { read, settings }: Deciding): string {
  const origins: string[] = []; // many at a time: a string a file would cost as much as its row
  for (let at = 0; at < files.length; at += filesHashed) {
    const some = files.slice(at, at + filesHashed);
    origins.push(hash(some.map(({ id, file, packed }) => `${id}\n${file}\n${packed?.crc32 ?? ""}`).join("\n")));
  }
  return hash(
    versions().deepfixcx,
    { ...read },
    { ...settings },
    origins,
    [...columns].map(({ name }) => name),
    [...[...cells].map(([id, row]) => JSON.stringify([id, row]))],
  );
}

/** What tells that a file has changed without reading it; archives tell the checksums of what they hold. */
function sourcesOf({ files }: Inputs): string {
  const stamps = new Float64Array(2 * files.length);
  for (const [at, { file, packed, frame = 0 }] of files.entries()) {
    if (packed !== undefined || frame > 0) continue;
    stamps.set(stampOf(file), 2 * at);
  }
  return hash(stamps);
}

/** Waiting for a promise would cost several times as much. What cannot be looked at is told when it is read. */
function stampOf(file: string): readonly [bytes: number, changed: number] {
  try {
    const { size, mtimeMs } = statSync(file);
    return [size, mtimeMs];
  } catch {
    return [-1, 0];
  }
}
