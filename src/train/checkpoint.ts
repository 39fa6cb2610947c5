import { existsSync } from "node:fs";
import { DataError } from "../core/errors";
import { hash, type Hashable } from "../core/hash";
import { versions } from "../core/packages";
import { readData, writeData } from "./files";
import type { Hooks, Standing } from "./loop";
import type { ResolvedModel } from "./models/create";
import type { ResolvedSettings } from "./options";

/** What a checkpoint belongs to; all of it must be the same for a run to go on. */
interface Belonging {
  readonly model: string;
  readonly settings: string;
  readonly data: string;
  readonly versions: string;
}

interface Checkpoint {
  readonly belonging: Belonging;
  readonly standing: Standing;
}

/** A run that is kept in a file as it goes. */
export interface Kept {
  /** Where an earlier run stood, if there was one. */
  readonly from: Standing | undefined;
  readonly keep: NonNullable<Hooks["keep"]>;
}

/** Within an epoch a checkpoint is written this often; what is lost to a kill is at most this much work. */
const intervalMs = 30_000;

/**
 * Opens the checkpoint of a run.
 *
 * @param settings - the number of epochs may differ: a longer run goes on from a shorter one
 * @throws DataError when the file is damaged or belongs to another model, settings, data or version
 */
export function openCheckpoint(file: string, model: ResolvedModel, settings: ResolvedSettings, dataHash: string): Kept {
  const { tfjs, backend, deepfixcx, threads } = versions();
  const belonging: Belonging = {
    model: hash(model as unknown as Hashable),
    settings: hash({ ...settings, epochs: undefined }),
    data: dataHash,
    versions: `deepfixcx ${deepfixcx}, tfjs ${tfjs}, ${backend} backend, ${threads} threads`,
  };
  let written = performance.now();
  return {
    from: existsSync(file) ? standingIn(file, belonging) : undefined,
    keep(epochDone, standing) {
      if (!epochDone && performance.now() - written < intervalMs) return;
      writeData(file, "checkpoint", { belonging, standing: standing() });
      written = performance.now();
    },
  };
}

function standingIn(file: string, wanted: Belonging): Standing {
  const { belonging, standing } = readData(file, "checkpoint") as Checkpoint;
  const other = (["model", "settings", "data", "versions"] as const).find((part) => belonging[part] !== wanted[part]);
  if (other === undefined) return standing;
  throw new DataError({
    where: "train",
    file,
    required: `a checkpoint of the same model, settings, data and versions`,
    got:
      other === "versions"
        ? `one of ${belonging.versions}`
        : `one of another ${other === "model" ? "model" : `set of ${other}`}`,
    remedy: "name another checkpoint file, or remove this one to start anew",
  });
}
