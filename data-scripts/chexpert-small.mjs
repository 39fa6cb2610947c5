#!/usr/bin/env node
// CheXpert-v1.0-small: chest X-rays with 14 findings; needs registration at Stanford AIMI.
// https://stanfordmlgroup.github.io/competitions/chexpert/
// Fetches or explains, verifies and counts: the same as `npx deepfixcx data NAME`, whose catalog (src/data/fetch/catalog.ts)
// holds address, licence, checksum and row counts.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const run = spawnSync(process.execPath, [main, "data", "chexpert-small", ...process.argv.slice(2)], {
  stdio: "inherit",
});
process.exitCode = run.status ?? 1;
