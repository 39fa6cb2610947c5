import { resolve } from "node:path";
import { Argument, Command } from "commander";
import { cacheFolder, dataFolder } from "../core/paths";
import { catalog } from "../data/fetch/catalog";
import { fetchData } from "../data/fetch/fetchData";

/** `deepfixcx data`: fetches a data set, or says how to get it, and checks what is there. */
export function dataCommand(): Command {
  const names = Object.keys(catalog);
  return new Command("data")
    .summary("get a data set and check it")
    .description(
      "Fetches a data set where anyone may; where a login is needed, says step by step what to do, and checks what was " +
        "downloaded. A download that broke off goes on where it stopped.",
    )
    .addArgument(new Argument("<name>", "the data set").choices(names))
    .option("--to <dir>", "the data folder (default: DEEPFIXCX_DATA, else a folder of the cache)")
    .addHelpText(
      "after",
      `\nData sets:\n${names.map((name) => `  ${name.padEnd(20)} ${catalog[name]?.title ?? ""}`).join("\n")}`,
    )
    .action(run);
}

async function run(name: string, { to }: { readonly to?: string }): Promise<void> {
  const data = to === undefined ? (dataFolder() ?? cacheFolder("data")) : resolve(to);
  const source = catalog[name];
  console.log(`${source?.title ?? name}\nLicence: ${source?.licence ?? ""}`);
  const { folder, counts, notes } = await fetchData(name, data);
  console.log(`In ${folder}:`);
  for (const { what, found } of counts) console.log(`  ${what}: ${found.toLocaleString("en-US")}`);
  for (const note of notes) console.log(note);
  console.log(`To use it: DEEPFIXCX_DATA=${data}, then datasets.open("${name}").`);
}
