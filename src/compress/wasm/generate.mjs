// Writes the generated parts of the kernels, unrolled bodies that nobody would write by hand.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { floatFunctions } from "./generateFloat.mjs";
import { haarFunctions } from "./generateHaar.mjs";
import { latticeFunctions } from "./generateLattice.mjs";

const parts = { haar: haarFunctions, float: floatFunctions, lattice: latticeFunctions };
for (const [name, functions] of Object.entries(parts)) {
  const text = ["// Written by generate.mjs.", ...functions].join("\n");
  writeFileSync(join(import.meta.dirname, `${name}.generated.ts`), text);
}
