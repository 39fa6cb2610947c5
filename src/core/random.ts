import { OptionError } from "./errors";
import { inBrief } from "./images";

/**
 * A seeded stream of random numbers (xoshiro128**, Blackman and Vigna 2018), the only source of chance in this package
 * but for privacy noise. The stream is our own so that it never changes with a library's version.
 */
export class Random {
  readonly #state: Uint32Array;
  #spareNormal: number | undefined;

  /** @param seed - a whole number from 0 to 2^53 - 1 */
  constructor(seed: number) {
    if (!Number.isSafeInteger(seed) || seed < 0) {
      throw new OptionError({
        where: "Random",
        required: "seed a whole number from 0 to 2^53 - 1",
        got: inBrief(seed),
      });
    }
    this.#state = expandSeed(seed);
  }

  /** The next 32 random bits as a whole number in [0, 2^32). */
  uint32(): number {
    const s = this.#state as unknown as [number, number, number, number];
    const result = Math.imul(rotateLeft(Math.imul(s[1], 5), 7), 9) >>> 0;
    const shifted = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotateLeft(s[3], 11);
    return result;
  }

  /** Uniform in [0, 1), with 53 random bits. */
  uniform(): number {
    return ((this.uint32() >>> 5) * 67108864 + (this.uint32() >>> 6)) / 9007199254740992;
  }

  /** A whole number in [0, bound), each equally likely. */
  integer(bound: number): number {
    if (!Number.isInteger(bound) || bound < 1) {
      throw new OptionError({ where: "Random.integer", required: "a whole bound of at least 1", got: String(bound) });
    }
    return Math.floor(this.uniform() * bound);
  }

  /** Standard normal (Box and Muller 1958). */
  normal(): number {
    if (this.#spareNormal !== undefined) {
      const spare = this.#spareNormal;
      this.#spareNormal = undefined;
      return spare;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.#spareNormal = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** A new array with the items in random order (Fisher and Yates); the input stays as it is. */
  shuffle<T>(items: readonly T[]): T[] {
    const result = [...items];
    for (let last = result.length - 1; last > 0; last--) {
      const other = this.integer(last + 1);
      [result[last], result[other]] = [result[other] as T, result[last] as T];
    }
    return result;
  }

  /** An independent stream for a named purpose: adding a draw in one place then changes no other place. */
  fork(purpose: string): Random {
    let mixed = this.#state[0] ?? 0;
    for (const letter of purpose) mixed = Math.imul(mixed ^ (letter.codePointAt(0) ?? 0), 0x01000193) >>> 0;
    return new Random(mixed * 2097152 + ((this.#state[1] ?? 0) >>> 11));
  }
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

/** Four words of state from one seed by splitmix32, as the generator's authors advise: similar seeds then differ at once. */
function expandSeed(seed: number): Uint32Array {
  let low = seed >>> 0;
  const high = Math.floor(seed / 4294967296);
  return Uint32Array.from({ length: 4 }, (_, word) => {
    low = (low + 0x9e3779b9) >>> 0;
    let z = (low ^ Math.imul(high + word, 0x85ebca6b)) >>> 0;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  });
}
