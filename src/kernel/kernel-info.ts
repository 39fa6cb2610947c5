import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageFolder } from "../core/paths";
import { protocolVersion, type Json } from "./wire";

/** The answer to `kernel_info_request`. */
export function kernelInfo(): Json {
  const { version } = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8")) as { version: string };
  return {
    status: "ok",
    protocol_version: protocolVersion,
    implementation: "deepfixcx",
    implementation_version: version,
    banner: `DeepFixCX ${version}: TypeScript on Node.js ${process.versions.node}`,
    debugger: false,
    help_links: [
      { text: "TypeScript", url: "https://www.typescriptlang.org/docs/" },
      { text: "Node.js", url: "https://nodejs.org/docs/latest-v20.x/api/" },
    ],
    language_info: {
      name: "typescript",
      version: "5.0.4", // the compiler inside tslab; not imported, since this answer comes before it has loaded
      mimetype: "text/typescript",
      file_extension: ".ts",
      pygments_lexer: "typescript",
      codemirror_mode: { name: "javascript", mode: "typescript", typescript: true },
      nbconvert_exporter: "script",
    },
  };
}
