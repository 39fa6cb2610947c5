import { once } from "node:events";
import { join } from "node:path";
import { PassThrough, Writable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { toSettings } from "../../src/compress/settings";
import { arrow } from "../../src/core/packages";
import { embedRows } from "../../src/data/archive/arrowWorker";
import { readSettings } from "../../src/data/readSettings";
import { scratchFolder, writeGrey } from "./pictures";

const folder = await scratchFolder();
const file = join(folder, "a.png");
await writeGrey(file, 64, 64);
const options = {
  settings: toSettings({ level: 2, patchGrid: 16 }, "compress"),
  read: readSettings(),
  like: undefined,
};

/** A stream of so many batches of two rows, the second of which names no file. */
function question(batches: number): Uint8Array {
  const { RecordBatchStreamWriter, tableFromArrays } = arrow();
  const [batch] = tableFromArrays({ id: ["good", "bad"], file: [file, join(folder, "none.png")] }).batches;
  const all = Array.from({ length: batches }, () => batch as NonNullable<typeof batch>);
  return RecordBatchStreamWriter.writeAll(all).toUint8Array(true);
}

/** Takes nothing until it is let go. */
class Held extends Writable {
  readonly taken: Buffer[] = [];
  #next: (() => void) | undefined;
  #isHeld = true;

  override _write(chunk: Buffer, _: string, next: () => void): void {
    this.taken.push(chunk);
    if (this.#isHeld) this.#next = next;
    else next();
  }

  letGo(): void {
    this.#isHeld = false;
    this.#next?.();
  }
}

describe("embedRows", () => {
  it.each([0, 1, 3])("answers %i batches by as many in one stream", async (batches) => {
    const [input, output] = [new PassThrough(), new PassThrough()];
    input.end(question(batches));
    const parts: Buffer[] = [];
    output.on("data", (part: Buffer) => parts.push(part));
    await embedRows(input, output, options);
    output.end();
    await once(output, "end");
    const reader = arrow().RecordBatchReader.from(Buffer.concat(parts));
    const answers = [...reader];
    expect(answers.map(({ numRows }) => numRows)).toEqual(Array.from({ length: batches }, () => 2));
    for (const answer of answers) {
      expect([...(answer.getChild("id") ?? [])]).toEqual(["good", "bad"]);
      expect(answer.getChild("embedding")?.get(0)).toHaveLength(16 * 16 * 16);
      expect(answer.getChild("error")?.toJSON()).toEqual([null, "a file that can be read, got no such file"]);
    }
  });

  it("reads no further than its answers are taken", async () => {
    const [input, output] = [new PassThrough(), new Held()];
    input.end(question(50));
    let hasEnded = false;
    const ended = embedRows(input, output, options).then(() => (hasEnded = true));
    await setTimeout(500);
    expect(hasEnded).toBe(false);
    expect(output.taken).toHaveLength(1);
    expect(output.writableLength).toBeLessThan(150_000); // one answer, not fifty
    output.letGo();
    await ended;
    const answers = [...arrow().RecordBatchReader.from(Buffer.concat(output.taken))];
    expect(answers).toHaveLength(50);
  });
});
