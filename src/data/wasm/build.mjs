// Compiles the decoders to ../decoders.generated.ts.
import { join } from "node:path";
import { compileWasm } from "../../core/compile-wasm.mjs";

const folder = import.meta.dirname;
const flags = ["--enable", "bulk-memory", "--use", "abort="];

compileWasm(join(folder, "..", "decoders.generated.ts"), folder, [
  { name: "jpegDecoder", about: "The decoder of baseline JPEG", entry: "jpeg.ts", flags },
  { name: "pngDecoder", about: "What undoes the filters of PNG", entry: "png.ts", flags },
]);
