import { createHash } from "node:crypto";

/** What {@link hash} accepts: bytes and numbers as they lie in memory, everything else as JSON with sorted keys. */
export type Hashable =
  | string
  | number
  | boolean
  | null
  | undefined
  | NodeJS.TypedArray
  | readonly Hashable[]
  | { readonly [key: string]: Hashable };

/** SHA-256, in hexadecimal, of any plain data; the same data gives the same hash on every machine. */
export function hash(...parts: readonly Hashable[]): string {
  const digest = createHash("sha256");
  for (const part of parts) feed(part, (bytes) => digest.update(bytes));
  return digest.digest("hex");
}

function feed(part: Hashable, update: (bytes: string | Uint8Array) => void): void {
  if (ArrayBuffer.isView(part)) {
    // Kind and length go first, so that neighbours cannot trade bytes without changing the hash.
    update(`${part.constructor.name}:${part.length};`);
    update(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
  } else if (Array.isArray(part)) {
    update(`array:${part.length};`);
    for (const item of part as readonly Hashable[]) feed(item, update);
  } else if (typeof part === "object" && part !== null) {
    const entries = Object.entries(part as { readonly [key: string]: Hashable }).filter(
      ([, value]) => value !== undefined,
    );
    update(`object:${entries.length};`);
    for (const [key, value] of entries.sort(([a], [b]) => (a < b ? -1 : 1))) {
      update(`${JSON.stringify(key)}:`);
      feed(value, update);
    }
  } else {
    update(`${part === undefined ? "undefined" : JSON.stringify(part)};`);
  }
}
