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

/** The complaint that an output has an owner. */
export function busy(where: string, out: string, owner: Owner): DataError {
  const [who, name] = isThis(owner) ? ["call", "another call"] : ["process", `process ${owner.pid}`];
  const [required, got] = [`an output that no other ${who} writes`, `${name} at work on it`];
  return new DataError({ where, file: out, required, got, remedy: "wait for it, or end it and begin again" });
}

/** An output that one at a time may have. */
export interface Claim {
  /** The function or command, for messages. */
  readonly where: string;
  readonly out: string;
  /** The file that stands for having it. */
  readonly file: string;
}

/**
 * Does something while nobody else has an output, in this process or another.
 *
 * @throws DataError naming the process that has it
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
 * Makes a file that only one at a time can have; what a killed process left behind is taken over.
 *
 * @returns who has it, where it cannot be had
 */
async function claim(file: string): Promise<Owner | undefined> {
  try {
    writeFileSync(file, JSON.stringify(thisOwner()), { flag: "wx" }); // at once: who finds it empty takes it for left behind
    return undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  const other = ownerIn(file);
  if (other !== undefined && (isThis(other) || isAnother(other))) return other;
  await rm(file, { force: true });
  return claim(file);
}

function isThis({ host, pid, start }: Owner): boolean {
  const own = thisOwner();
  return host === own.host && pid === own.pid && start === own.start;
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
