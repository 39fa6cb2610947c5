import { usableCores } from "../../compress/threads/cores";
import { sharp } from "../../core/packages";

// Decodes files with sharp, and tells files a second.

process.once("message", (files: readonly string[]) => {
  void decode(files).then((rate) => process.send?.(rate, () => process.exit()));
});

const lanes = 2 * usableCores(); // so that its own threads never wait for a file

async function decode(files: readonly string[]): Promise<number> {
  await sharp()(files[0]).raw().toBuffer();
  const started = performance.now();
  let next = 1;
  const lane = async (): Promise<void> => {
    for (let at = next++; at < files.length; at = next++) await sharp()(files[at]).raw().toBuffer();
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return (1000 * (files.length - 1)) / (performance.now() - started);
}
