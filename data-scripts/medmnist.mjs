#!/usr/bin/env node
// MedMNIST at 224 pixels: chest, pneumonia, retina, breast; no login, CC BY 4.0.
// https://doi.org/10.5281/zenodo.10519652
// Fetches or explains, verifies and counts: the same as `npx deepfixcx data NAME`, whose catalog (src/data/fetch/catalog.ts)
// holds address, licence, checksum and row counts. Names of some of the four may follow; default: all.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const all = ["chestmnist_224", "pneumoniamnist_224", "retinamnist_224", "breastmnist_224"];
const named = process.argv.slice(2).filter((word) => all.includes(word));
const rest = process.argv.slice(2).filter((word) => !all.includes(word));
for (const name of named.length > 0 ? named : all) {
  const run = spawnSync(process.execPath, [main, "data", name, ...rest], { stdio: "inherit" });
  if (run.status !== 0) process.exitCode = run.status ?? 1;
}
