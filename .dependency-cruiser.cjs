// Imports point one way (README, "How the code is laid out"): a folder may use the folders before it, never those after it.
const order = [
  "core",
  "display",
  "compress",
  "data",
  "train",
  "protect",
  "evaluate",
  "explain",
  "experiment",
  "explore",
  "cli",
];
const sideways = new Set(["experiment>explore"]); // siblings: neither knows the other

const later = order.flatMap((from, at) =>
  order
    .filter((to, position) => position > at || sideways.has(`${to}>${from}`))
    .map((to) => ({
      name: `${from}-must-not-import-${to}`,
      severity: "error",
      from: { path: `^src/${from}/` },
      to: { path: `^src/${to}/` },
    })),
);

module.exports = {
  forbidden: [
    ...later,
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    {
      name: "only-kernel-requires-tslab",
      severity: "error",
      from: { pathNot: "^src/kernel/" },
      to: { path: "node_modules/(tslab|zeromq)/" },
    },
    {
      name: "kernel-imports-core-and-display-only",
      severity: "error",
      from: { path: "^src/kernel/" },
      to: { path: "^src/", pathNot: "^src/(kernel|core|display)/" },
    },
    {
      name: "only-cli-and-index-import-kernel",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/(kernel|cli)/" },
      to: { path: "^src/kernel/" },
    },
    {
      name: "nothing-imports-the-index",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/cli/" },
      to: { path: "^src/index.ts$" },
    },
  ],
  options: {
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
  },
};
