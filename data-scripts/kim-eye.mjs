#!/usr/bin/env node
// Kim's Eye Hospital, glaucoma: 1,544 crops of the optic disc in three stages; no login.
// https://doi.org/10.7910/DVN/1YRRAC
// Fetches or explains, verifies and counts: the same as `npx deepfixcx data NAME`, whose catalog (src/data/fetch/catalog.ts)
// holds address, licence, checksum and row counts.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const run = spawnSync(process.execPath, [main, "data", "kim-eye", ...process.argv.slice(2)], { stdio: "inherit" });
process.exitCode = run.status ?? 1;
