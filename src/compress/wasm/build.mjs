// Compiles the kernels to ../kernel.generated.ts, once for memory that threads share and once for memory of one's own
// (browsers lend shared memory only to isolated pages).
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { compileWasm } from "../../core/compile-wasm.mjs";

const folder = import.meta.dirname;
const threads = ["--enable", "threads", "--sharedMemory", "--maximumMemory", "65536"];

compileWasm(
  join(folder, "..", "kernel.generated.ts"),
  folder,
  [
    {
      name: "sharedKernel",
      about: "The kernels for memory that threads share",
      entry: "index.ts",
      flags: ["--importMemory", ...threads],
    },
    {
      name: "privateKernel",
      about: "The kernels for memory of one's own",
      entry: "index.ts",
      flags: ["--importMemory"],
    },
  ],
  () => execFileSync(process.execPath, [join(folder, "generate.mjs")], { stdio: "inherit" }),
);
