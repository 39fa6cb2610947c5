#!/usr/bin/env node
// Intel & MobileODT cervical cancer screening: photographs of the cervix in three types; needs a Kaggle account.
// https://www.kaggle.com/competitions/intel-mobileodt-cervical-cancer-screening
// Fetches or explains, verifies and counts: the same as `npx deepfixcx data NAME`, whose catalog (src/data/fetch/catalog.ts)
// holds address, licence, checksum and row counts.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const run = spawnSync(process.execPath, [main, "data", "mobileodt", ...process.argv.slice(2)], { stdio: "inherit" });
process.exitCode = run.status ?? 1;
