import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

const believedMs = 1000; // looking takes longer than compressing some images does

let latest: { readonly cores: number; readonly at: number } | undefined;

/**
 * The cores that this process may really use: those its affinity allows, and no more than a container's quota pays for.
 * A change is noticed within a second.
 */
export function usableCores(): number {
  const at = performance.now();
  if (latest === undefined || at - latest.at > believedMs) latest = { cores: countCores(), at };
  return latest.cores;
}

function countCores(): number {
  const quota = Math.min(...quotas());
  return Math.max(1, Math.min(availableParallelism(), Math.ceil(quota)));
}

/** Quotas in cores, of the process's control group and its parents. */
function quotas(): number[] {
  const found = [Infinity];
  const groups = read("/proc/self/cgroup") ?? "";
  for (const line of groups.split("\n")) {
    const [, controllers, path] = line.split(":");
    if (path === undefined) continue;
    if (controllers === "") found.push(...parents(path).map((at) => unified(`/sys/fs/cgroup${at}/cpu.max`)));
    else if (controllers?.split(",").includes("cpu")) {
      found.push(...parents(path).map((at) => legacy(`/sys/fs/cgroup/${controllers}${at}`)));
    }
  }
  return found;
}

function parents(path: string): string[] {
  const parts = path.split("/").filter((part) => part !== "");
  return Array.from({ length: parts.length + 1 }, (_, depth) => ["", ...parts.slice(0, depth)].join("/"));
}

/** Control groups version 2: `"max 100000"` or `"150000 100000"`. */
function unified(file: string): number {
  const [quota, period] = (read(file) ?? "max 100000").trim().split(" ").map(Number);
  return cores(quota, period);
}

/** Control groups version 1: two files; a quota of -1 is none. */
function legacy(folder: string): number {
  return cores(Number(read(`${folder}/cpu.cfs_quota_us`) ?? -1), Number(read(`${folder}/cpu.cfs_period_us`) ?? 1));
}

function cores(quota: number | undefined, period: number | undefined): number {
  const share = (quota ?? Infinity) / (period ?? 1);
  return share > 0 ? share : Infinity;
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
