import { Command } from "commander";
import {
  installKernel,
  listKernels,
  removeKernel,
  type InstalledKernel,
  type InstallOptions,
  type KernelPlace,
} from "../kernel/install";

/** `deepfixcx kernel install | list | remove`: the kernel, where Jupyter looks for kernels. */
export function kernelCommand(): Command {
  const install = takesPlace(new Command("install"))
    .description("Installs the kernel, or installs it anew.")
    .option("--name <name>", "the name that notebooks store", "deepfixcx")
    .option("--display-name <name>", "the name that people see", "TypeScript (DeepFixCX)")
    .action((options: InstallOptions) => tell("installed", installKernel(options)));
  const list = takesPlace(new Command("list"))
    .description("Lists the kernels that this package has installed.")
    .action((place: KernelPlace) => {
      const kernels = listKernels(place);
      if (kernels.length === 0) console.log("none; type `deepfixcx kernel install` for one");
      for (const kernel of kernels) tell("", kernel);
    });
  const remove = takesPlace(new Command("remove"))
    .description("Removes a kernel that this package has installed.")
    .option("--name <name>", "the name that notebooks store", "deepfixcx")
    .action((options: KernelPlace & { readonly name: string }) => tell("removed", removeKernel(options)));
  return new Command("kernel")
    .summary("install, list or remove the Jupyter kernel")
    .description("Installs, lists or removes the TypeScript kernel for Jupyter.")
    .addCommand(install)
    .addCommand(list)
    .addCommand(remove);
}

function takesPlace(command: Command): Command {
  return command
    .option("--user", "for this user (the default)")
    .option("--sys-prefix", "in the Python environment that is active")
    .option("--prefix <folder>", "in this folder, for instance a Python environment's");
}

function tell(what: string, { name, displayName, folder }: InstalledKernel): void {
  console.log(`${what === "" ? "" : `${what} `}${name}  ${displayName}  ${folder}`);
}
