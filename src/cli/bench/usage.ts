import { writeSync } from "node:fs";
import { isMainThread } from "node:worker_threads";

// Loaded before a program whose use of the machine is measured: tells it on the fourth stream when the program ends.

/** What a program took. */
export interface Usage {
  readonly seconds: number;
  /** Of all threads, in the program and in the system for it. */
  readonly cpuSeconds: number;
  /** The most memory that it had, in all its time. */
  readonly megabytes: number;
}

const stream = 3;
let start = { seconds: 0, cpuSeconds: 0 };

/** What came before does not count. */
export function countFromHere(): void {
  start = usage();
}

function usage(): Usage {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  return {
    seconds: process.uptime(),
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
    megabytes: Math.round((maxRSS * 1024) / 1e6),
  };
}

if (isMainThread) process.once("exit", tell);

function tell(): void {
  const { seconds, cpuSeconds, megabytes } = usage();
  const spent = { seconds: seconds - start.seconds, cpuSeconds: cpuSeconds - start.cpuSeconds, megabytes };
  writeSync(stream, JSON.stringify(spent));
}
