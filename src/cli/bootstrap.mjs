// `npm run setup`: from a fresh clone to a built package with everything it needs. Plain JavaScript on Node's own
// modules, because nothing is installed yet. Each step looks at what is there and does only what is missing, and leaves
// its mark last, so that a run that was killed half-way is simply run again.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { missingRequirements } from "./requirements.mjs";

const clone = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const inClone = (...parts) => join(clone, ...parts);

checkRequirements();
if (!installed()) run("Installing packages", npm(), ["ci", "--ignore-scripts"]);
if (!existsSync(inClone("node_modules", "deepfixcx")))
  symlinkSync("..", inClone("node_modules", "deepfixcx"), "junction"); // so that notebooks import the clone by its name
build();
run(undefined, process.execPath, [inClone("dist", "cli", "main.js"), "setup"]);

function checkRequirements() {
  const missing = missingRequirements();
  for (const line of missing) console.error(line);
  if (missing.length > 0) process.exit(1);
}

/**
 * Whether node_modules holds what the lock file says. npm writes its own copy of the lock there when it has finished; a
 * package's folder may have gone since.
 */
function installed() {
  const copy = inClone("node_modules", ".package-lock.json");
  if (!existsSync(copy)) return false;
  const wanted = readJson(inClone("package-lock.json")).packages;
  const present = readJson(copy).packages;
  return Object.entries(wanted).every(([path, { version, integrity, optional }]) => {
    const found = present[path];
    if (path === "" || (!found && optional === true)) return true;
    return found?.version === version && found.integrity === integrity && existsSync(inClone(path));
  });
}

/** Compiles src into dist when a source, or what compiles it, has changed since the last time. */
function build() {
  const mark = inClone("dist", ".sources");
  const sources = hashOfSources();
  if (existsSync(mark) && readFileSync(mark, "utf8") === sources) return;
  rmSync(inClone("dist"), { recursive: true, force: true }); // a source that was removed leaves nothing behind
  run("Building", npm(), ["run", "--silent", "build"]);
  writeFileSync(mark, sources);
}

function hashOfSources() {
  const names = readdirSync(inClone("src"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.includes(".generated.")) // those the build itself writes
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  const digest = createHash("sha256");
  for (const name of [
    ...names.sort(),
    ...["tsconfig.json", "package.json", "package-lock.json"].map((f) => inClone(f)),
  ])
    digest.update(`${name}\n`).update(readFileSync(name)).update("\n");
  return digest.digest("hex");
}

function npm() {
  // npm names itself to the scripts that it runs; by hand it is on the path.
  return process.env.npm_execpath ?? "npm";
}

function run(title, command, args) {
  if (title) console.error(`${title} ...`);
  const [program, first] = command.endsWith(".js") ? [process.execPath, [command]] : [command, []];
  const { status, error } = spawnSync(program, [...first, ...args], { cwd: clone, stdio: "inherit" });
  if (error) console.error(`${command}: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

function readJson(file) {
  return JSON.parse(readFileSync(file, "utf8"));
}
