import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { packageFolder } from "../../src/core/paths";
import { embeddings } from "../../src/data/embeddings";
import { scratchFolder, writeGrey } from "./pictures";

const folder = await scratchFolder();
const at = (...parts: string[]) => join(folder, ...parts);
const python = join(packageFolder, ".venv", "bin", "python");
const readers = join(import.meta.dirname, "readers");
// Beside the environment's own packages, which other tests may be adding to.
const packages = join(packageFolder, ".venv", "readers");
const env = { ...process.env, PYTHONPATH: packages };
const images = 70; // of which thirty make a row group

interface Seen {
  readonly ids: readonly string[];
  readonly shape: readonly number[];
  /** SHA-256 of the float32 values. */
  readonly values: string;
  readonly finding: readonly (number | null)[];
  readonly sha256: readonly string[];
}

/** What pandas, pyarrow, polars and DuckDB read. */
function seenBy(paths: readonly string[]): Readonly<Record<string, Seen>> {
  const said = execFileSync(python, [join(readers, "read.py"), ...paths], { env, maxBuffer: 2 ** 26 });
  return JSON.parse(said.toString()) as Readonly<Record<string, Seen>>;
}

describe.skipIf(!existsSync(python))(
  "Parquet files of embeddings (skipped without the .venv of `npm run setup`)",
  () => {
    beforeAll(async () => {
      if (!existsSync(packages)) {
        const words = ["-m", "pip", "install", "--quiet", "--target", packages];
        const { status } = spawnSync(python, [...words, "-r", join(readers, "requirements.txt")], { stdio: "inherit" });
        expect(status).toBe(0);
      }
      const lines = ["id,file,finding"];
      for (let image = 0; image < images; image++) {
        await writeGrey(at("scans", `${image}.png`), 256, 256, image);
        lines.push(`größe ${image},scans/${image}.png,${image % 5 === 0 ? "" : image % 2}`);
      }
      await writeFile(at("list.csv"), `${lines.join("\n")}\n`);
    }, 300_000);

    it.each(["table.parquet", "shards"])(
      "open in pandas, pyarrow, polars and DuckDB: %s has the same ids, numbers and labels",
      { timeout: 120_000 },
      async (name) => {
        const words = ["compress", at("list.csv"), "--columns", "finding", "--level", "2", "--patch-grid", "64"];
        execFileSync("node", [join(packageFolder, "dist", "cli", "main.js"), ...words, "--out", at(name)]);
        const isFolder = name === "shards";
        const parts = isFolder ? readdirSync(at(name)).filter((part) => part.endsWith(".parquet")) : [];
        const seen = seenBy(isFolder ? parts.map((part) => at(name, part)) : [at(name)]);
        const stored = await embeddings.open(at(name));
        const { ids, values } = await stored.read();
        const finding = await stored.column("finding");
        const sha256: string[] = [];
        for (const id of ids) sha256.push(digestOf(await readFile(at("scans", `${id.split(" ")[1]}.png`))));
        const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
        const wanted: Seen = {
          ...{ ids, shape: [images, 16 * 64 * 64], values: digestOf(bytes), sha256 },
          finding: ids.map((id) => finding[id] as number | null),
        };
        expect(new Set(wanted.finding)).toEqual(new Set([null, 0, 1]));
        expect(seen).toEqual({ pandas: wanted, pyarrow: wanted, polars: wanted, duckdb: wanted });
      },
    );
  },
);

function digestOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
