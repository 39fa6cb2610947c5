import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    setupFiles: ["test/setup.ts"],
    // Native modules (tfjs-node, sharp, zeromq) need a process of their own, not a thread.
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 60_000,
  },
});
