import { readFileSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { hostname } from "node:os";
import { DataError } from "../../core/errors";
import { orRefuse } from "../writeFiles";

/** A process that writes an output. A number alone may come to belong to another process. */
export interface Owner {
  readonly host: string;
  readonly pid: number;
  /** When it began, as the system counts; undefined where that is not told. */
  readonly start: string | undefined;
}

/** The process that asks. */
export function thisOwner(): Owner {
  return { host: hostname(), pid: process.pid, start: startOf(process.pid) };
}

/** Whether a process is another one than this and still runs, as far as this machine can tell. */
export function isAnother({ host, pid, start }: Owner): boolean {
  return host === hostname() && pid !== process.pid && start !== undefined && startOf(pid) === start;
}

/** The complaint about an output that another process writes. */
export function busy(where: string, file: string, { pid }: Owner): DataError {
  const [required, got] = ["an output that no other process writes", `process ${pid} at work on it`];
  return new DataError({ where, file, required, got, remedy: "wait for it, or end it and type the command again" });
}

/** An output that one process at a time may have. */
export interface Claim {
  /** The command, for messages. */
  readonly where: string;
  readonly out: string;
  /** The file that stands for having it. */
  readonly file: string;
}

/**
 * Does something while no other process has an output.
 *
 * @throws DataError when another has it
 */
export async function whileClaimed<T>({ where, out, file }: Claim, action: () => Promise<T>): Promise<T> {
  const other = await orRefuse(out, () => claim(file));
  if (other !== undefined) throw busy(where, out, other);
  try {
    return await action();
  } finally {
    await rm(file, { force: true });
  }
}

/**
 * Makes a file that only one process at a time can have; what a killed one left behind is taken over.
 *
 * @returns the process that has it, where this one does not get it
 */
async function claim(file: string): Promise<Owner | undefined> {
  try {
    writeFileSync(file, JSON.stringify(thisOwner()), { flag: "wx" }); // at once: who finds it empty takes it for left behind
    return undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  const other = ownerIn(file);
  if (other !== undefined && isAnother(other)) return other;
  await rm(file, { force: true });
  return claim(file);
}

function ownerIn(file: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Owner;
  } catch {
    return undefined; // gone meanwhile, or cut short by a power cut
  }
}

/** The 22nd field of /proc/PID/stat (proc(5)); names, which may hold spaces, end with the last bracket. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const [state, ...others] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return state === "Z" ? undefined : others[18];
  } catch {
    return undefined;
  }
}
