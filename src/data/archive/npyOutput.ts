import { embeddingShape, embeddingSize } from "../../compress/settings";
import { factsJson } from "../embeddingFacts";
import { idsFile, paddedHeader, settingsFile } from "../npy";
import type { Rows } from "../parquet/rows";
import { rowsOfGroup } from "../parquet/writer";
import { csvLine } from "../writeFiles";
import { Draft } from "./draft";
import type { Form, Output, OutputPlan } from "./output";

interface State {
  readonly rows: number;
  /** Bytes of the table of ids. */
  readonly ids: number;
}

/** One .npy file with the table of ids and the settings beside it. */
export const npy: Form = {
  open: openNpy,
  files: (out) => [idsFile(out), settingsFile(out), out],
  parts: () => [],
};

async function openNpy({ out, facts, columns, states }: OutputPlan): Promise<Output> {
  const shape = embeddingShape(facts.settings, facts.imageShape);
  const size = embeddingSize(facts.settings, facts.imageShape);
  const header = (rows: number): Uint8Array => paddedHeader([rows, ...shape]);
  const begun = states.at(-1) as State | undefined;
  let rows = begun?.rows ?? 0;
  const headerBytes = header(0).length;
  const values = await Draft.open(out, begun === undefined ? 0 : headerBytes + 4 * size * rows, header(0));
  const head = Buffer.from(csvLine(["row", "id", ...columns.map(({ name }) => name)]));
  const table = await Draft.open(idsFile(out), begun?.ids ?? 0, head).catch(async (error: unknown) => {
    await values.close();
    throw error;
  });
  let ids = table.bytes;
  return {
    rowsOfPiece: rowsOfGroup(size),
    ahead: 1,
    pack: (piece) => Promise.resolve(() => write(piece)),
    async end() {
      try {
        await values.end(headerBytes + 4 * size * rows, new Uint8Array(0), header(rows));
      } finally {
        await table.end(ids, new Uint8Array(0));
      }
      const settings = await Draft.open(settingsFile(out), 0);
      await settings.end(0, Buffer.from(`${factsJson(facts)}\n`));
    },
  };

  async function write(piece: Rows): Promise<State> {
    const cells = (row: number): (string | number)[] => columns.map(({ name }) => piece.columns[name]?.[row] ?? "");
    const lines = piece.ids.map((id, row) => csvLine([rows + row, id, ...cells(row)]));
    await values.append(new Uint8Array(piece.values.buffer, piece.values.byteOffset, piece.values.byteLength));
    await table.append(Buffer.from(lines.join("")));
    rows += piece.ids.length;
    ids = table.bytes;
    return { rows, ids };
  }
}
