#!/usr/bin/env node
import { Command, CommanderError } from "commander";
import { DataError, OptionError, ShapeError } from "../core/errors";
import { versions } from "../core/packages";
import { benchCommand } from "./bench";
import { compressCommand } from "./compress";
import { dataCommand } from "./data";
import { exploreCommand } from "./explore";
import { useTerminal } from "./host";
import { privatizeCommand } from "./privatize";
import { reproduceCommand } from "./reproduce";
import { kernelCommand } from "./kernel";
import { setupCommand } from "./setup";
import { ProgramFailed } from "./setup/run";
import { workerCommand } from "./worker";

/** Everything that can be typed after `deepfixcx`, in the order of its help. */
const commands: readonly (() => Command)[] = [
  setupCommand,
  kernelCommand,
  compressCommand,
  privatizeCommand,
  exploreCommand,
  dataCommand,
  reproduceCommand,
  benchCommand,
  workerCommand,
];

/** The verbs whose inputs are values of a cell or a script, so that they are no commands. */
const functions = ["train", "crossValidate", "predict", "evaluate", "explain", "reconstruct", "protect"];

/** Answers the name of a function of the library with what to write instead. */
function onlyInCode(name: string): Command {
  return new Command(name)
    .argument("[anything...]")
    .allowUnknownOption()
    .helpOption(false)
    .action(() => {
      const remedy = `it is a function of the library for notebook cells and scripts: import { ${name} } from "deepfixcx"`;
      throw new OptionError({ where: "deepfixcx", required: "a command", got: name, remedy });
    });
}

function deepfixcx(): Command {
  const program = new Command("deepfixcx")
    .description(
      "Compresses medical images without learning, trains on what is left, explains it and measures what is hidden.",
    )
    .version(versions().deepfixcx)
    .helpCommand(false)
    .addHelpText(
      "after",
      "\nType `deepfixcx COMMAND --help` for what a command takes. Training, evaluation and explanation are functions for\n" +
        'notebook cells and scripts: import { train, evaluate, explain } from "deepfixcx".',
    );
  for (const command of commands) program.addCommand(command());
  for (const name of functions) program.addCommand(onlyInCode(name), { hidden: true });
  complainInOneLine(program, "deepfixcx");
  return program;
}

/** Wrong usage is one line that says what to type, and exit code 2. */
function complainInOneLine(command: Command, typed: string): void {
  const line = (message: string): string =>
    message
      .trim()
      .replace(/^error: /, "")
      .replace(" is invalid. ", " is invalid: ")
      .replace(/\.$/, "")
      .replaceAll("\n", " ");
  command.exitOverride().configureOutput({
    outputError: (message, write) => write(`${typed}: ${line(message)}; type \`${typed} --help\` for what it takes\n`),
  });
  missLast(command);
  for (const part of command.commands) complainInOneLine(part, `${typed} ${part.name()}`);
}

/** Options that are missing are told after unknown ones, of which one may be what is missing, misspelt. */
function missLast(command: Command): void {
  const needed = command.options.filter(({ mandatory }) => mandatory);
  for (const option of needed) option.makeOptionMandatory(false);
  command.hook("preAction", () => {
    const missing = needed.find((option) => command.getOptionValue(option.attributeName()) === undefined);
    if (missing !== undefined) command.error(`error: required option '${missing.flags}' not specified`);
  });
}

/** Tells a person what went wrong, in one line where it is not this program's fault, and gives the exit code. */
function complain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // commander has said it already
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof OptionError) return say(message, 2);
  if (message === "interrupted") return say(message, 130);
  const foreseen = [DataError, ShapeError, ProgramFailed].some((kind) => error instanceof kind);
  return say(foreseen || isSystemError(error) ? message : error, 1);
}

function say(complaint: unknown, exitCode: number): number {
  console.error(complaint);
  return exitCode;
}

/** A refusal of the operating system, such as a full disk or a folder that may not be written. */
function isSystemError(error: unknown): boolean {
  return error instanceof Error && "syscall" in error && "code" in error;
}

useTerminal();
deepfixcx()
  .parseAsync()
  .catch((error: unknown) => {
    process.exitCode = complain(error);
  });
