import { readFileSync } from "node:fs";
import { hostname } from "node:os";

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
