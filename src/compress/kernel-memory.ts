/** Bytes of memory that a thread keeps for its next call; more is given back. */
export const mostKept: number = 64 * 2 ** 20;

/** The next address for vectors. */
export function align(address: number): number {
  return Math.ceil(address / 16) * 16;
}
