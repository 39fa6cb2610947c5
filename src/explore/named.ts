/** Settings that have a name in the page; the learned attacker was trained for these. */
export const namedSettings: readonly { readonly name: string; readonly level: number; readonly patchGrid: number }[] = [
  { name: "1, 79: the paper's headline", level: 1, patchGrid: 79 },
  { name: "1, 19: 1.41 % of the numbers", level: 1, patchGrid: 19 },
  { name: "2, 19: the quickstart's", level: 2, patchGrid: 19 },
  { name: "3, 9: finer edges, coarser places", level: 3, patchGrid: 9 },
  { name: "2, 3: 144 numbers", level: 2, patchGrid: 3 },
];
