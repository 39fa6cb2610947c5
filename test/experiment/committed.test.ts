import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { packageFolder } from "../../src/core/paths";
import { readNotebook, resultRows } from "../../src/experiment/notebook";
import { paperResults } from "../../src/experiment/paperResults";

const folder = join(packageFolder, "notebooks");
const files = readdirSync(folder).filter((name) => name.endsWith(".ipynb"));

describe.each(files)("the results in the committed notebook %s", (file) => {
  it("are those of the paper that are its own, each once, with no difference from synthetic data", async () => {
    const own = paperResults.filter(({ notebook }) => notebook === basename(file, ".ipynb")).map(({ id }) => id);
    const rows = resultRows(await readNotebook(join(folder, file)));
    const given = rows.map(({ id }) => id);
    expect(own.filter((id) => !given.includes(id))).toEqual([]);
    expect(new Set(given).size).toBe(given.length);
    const exact = new Set(paperResults.filter((result) => result.exact === true).map(({ id }) => id));
    for (const { id, status, synthetic, difference, reason } of rows) {
      expect(["measured", "shown", "not run"]).toContain(status);
      expect(reason).not.toBe("");
      if (synthetic && !exact.has(id)) expect(difference).toBeNull();
    }
  });
});
