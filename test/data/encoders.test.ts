import { expect, it } from "vitest";
import { Encoders } from "../../src/data/parquet/encoders";

it("what ended a thread that packs is told for the questions that it has and for those to come", async () => {
  const encoders = new Encoders({ columns: [], metadata: new Map() }, 1);
  const rows = { ids: ["a"], values: new Float32Array(4), columns: {} };
  const broken = { ...rows, ids: undefined as unknown as string[] };
  const [first, second] = [encoders.encode(broken), encoders.encode(rows)];
  await expect(first).rejects.toThrow("undefined");
  await expect(second).rejects.toThrow("undefined");
  await expect(encoders.encode(rows)).rejects.toThrow("undefined");
  await encoders.close();
});
