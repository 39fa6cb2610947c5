import { PassThrough } from "node:stream";
import { join } from "node:path";
import { expect, it } from "vitest";
import { toSettings } from "../../src/compress/settings";
import { arrow } from "../../src/core/packages";
import { embedRows } from "../../src/data/archive/arrowWorker";
import { readSettings } from "../../src/data/readSettings";
import { scratchFolder, writeGrey } from "./pictures";

const folder = await scratchFolder();

it.each([undefined, [1, 24, 32, 8]])(
  "tells of an image that the settings do not fit in its row: like %j",
  async (like) => {
    const file = join(folder, "small.png");
    await writeGrey(file, 24, 32);
    const { RecordBatchReader, RecordBatchStreamWriter, tableFromArrays } = arrow();
    const [input, output] = [new PassThrough(), new PassThrough()];
    const { batches } = tableFromArrays({ id: ["a"], file: [file] });
    input.end(Buffer.from(RecordBatchStreamWriter.writeAll(batches).toUint8Array(true)));
    const options = { settings: toSettings({ level: 5, patchGrid: 1 }, "test"), read: readSettings(), like };
    await embedRows(input, output, options);
    const errors: unknown[] = [];
    for await (const batch of await RecordBatchReader.from(output)) errors.push(...(batch.getChild("error") ?? []));
    expect(errors).toEqual(["compress: level 5 needs sides of at least 32, got 24x32; use level <= 4"]);
  },
);
