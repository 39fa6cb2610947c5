import { embeddingSize } from "../../compress/settings";
import { usableCores } from "../../compress/threads/cores";
import { settle } from "../../data/archive/draft";
import { formOf } from "../../data/archive/forms";
import { embeddings } from "../../data/embeddings";
import { Pieces } from "../../data/parquet/pieces";
import { type Rows, originColumns } from "../../data/parquet/rows";
import { countFromHere } from "./usage";

// Writes as many rows as another folder of Parquet files has, the first ones again and again, and nothing else.

const atOnce = 16; // as they come from decoding
const held = 5000;

async function write([from = "", out = ""]: readonly string[]): Promise<void> {
  const stored = await embeddings.open(from);
  const { settings, imageShape, count } = stored;
  const ids = (await stored.ids()).slice(0, held);
  const { values } = await stored.read(ids);
  const [sources, digests] = [await stored.column("source"), await stored.column("sha256")];
  const size = embeddingSize(settings, imageShape);
  countFromHere();
  const form = formOf(out, "bench");
  const facts = { settings, imageShape };
  const output = await form.open({ out, facts, columns: originColumns, states: [], workers: usableCores() });
  const pieces = new Pieces({ rows: output.rowsOfPiece, size, kinds: originColumns, ahead: output.ahead });
  const states: unknown[] = [];
  let last: Promise<void> = Promise.resolve();
  const pending: Promise<void>[] = [];
  const put = async (piece: Rows): Promise<void> => {
    last = Promise.all([output.pack(piece), last]).then(async ([packed]) => void states.push(await packed()));
    pending.push(last);
    if (pending.length > output.ahead) await pending.shift();
  };
  for (let row = 0; row < count; row += atOnce) {
    const at = row % (ids.length - (ids.length % atOnce) || ids.length);
    const some = ids.slice(at, at + Math.min(atOnce, count - row));
    const columns = {
      source: some.map((id) => `${sources[id]}-${row}`),
      sha256: some.map((id) => digests[id] ?? null),
      decoder: some.map(() => "own"),
    };
    const rows = { ids: some.map((id) => `${id}-${row}`), values: values.subarray(at * size), columns };
    for (const piece of pieces.add(rows)) await put(piece);
  }
  for (const piece of pieces.rest()) await put(piece);
  await Promise.all(pending);
  await output.end();
  for (const file of form.files(out, states)) await settle(file);
}

void write(process.argv.slice(2));
