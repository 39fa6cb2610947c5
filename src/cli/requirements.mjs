// What has to be on the machine before anything can be installed. Plain JavaScript on Node's own modules, because it runs
// in a fresh clone, before there is a compiler for TypeScript.
import { spawnSync } from "node:child_process";

const mac = process.platform === "darwin";

/** The Python that set-up uses: the environment's `PYTHON`, else `python3`. */
export const python = process.env.PYTHON || "python3";

/** The first C++ compiler that answers: the environment's `CXX`, else c++, g++ or clang++; undefined where none does. */
export function compiler() {
  const candidates = [process.env.CXX, "c++", "g++", "clang++"].filter(Boolean);
  return candidates.find((command) => answer(command, ["--version"]) !== undefined);
}

/** What is missing, one line each that says what to install; empty when set-up can begin. */
export function missingRequirements() {
  return [nodeComplaint(process.versions.node), pythonComplaint(), compilerComplaint()].filter(Boolean);
}

/** The complaint about a Node version, or undefined. */
export function nodeComplaint(version) {
  const [major, minor] = version.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return undefined;
  return `Node ${version} is too old: install Node 20.19 or later.`;
}

function pythonComplaint() {
  // Debian ships the venv module without ensurepip, which it needs to make an environment.
  const probe = "import sys, venv; print(*sys.version_info[:2]); import ensurepip";
  const found = spawnSync(python, ["-c", probe], { encoding: "utf8" });
  const install = mac ? "brew install python" : "on Debian: sudo apt-get install python3 python3-venv";
  if (found.error) return `Python is missing (${python} does not start): install Python 3.10 or later (${install}).`;
  const [major = 0, minor = 0] = found.stdout.split(" ").map(Number);
  if (major < 3 || minor < 10)
    return `Python ${major}.${minor} is too old: install Python 3.10 or later (${install}), or name one in PYTHON.`;
  if (found.status === 0) return undefined;
  return `Python ${major}.${minor} cannot make environments (no ensurepip): install its venv package (${install}).`;
}

function compilerComplaint() {
  if (compiler() !== undefined) return undefined;
  const install = mac ? "xcode-select --install" : "on Debian: sudo apt-get install g++";
  return `A C++ compiler is missing: install one (${install}), or name one in CXX.`;
}

function answer(command, args) {
  const { status, stdout } = spawnSync(command, args, { encoding: "utf8" });
  return status === 0 ? stdout : undefined;
}
