import { dirname, join } from "node:path";
import { createRequire } from "node:module";

const here = createRequire(__filename);

/**
 * The font that comes with the package, so that static figures look the same on every machine, those without any font
 * included: Arimo, regular and bold.
 */
export function fontFiles(): readonly string[] {
  const folder = dirname(here.resolve("@expo-google-fonts/arimo/package.json"));
  return [join(folder, "400Regular", "Arimo_400Regular.ttf"), join(folder, "700Bold", "Arimo_700Bold.ttf")];
}
