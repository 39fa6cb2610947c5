import { Random } from "../../core/random";

/** Draws whole numbers in [0, bound), each equally likely. */
export type DrawInteger = (bound: number) => number;

/**
 * Where privacy noise comes from: the system's cryptographic generator, never seeded and never stored. A test seed gives
 * repeatable draws instead, and with them no guarantee.
 */
export function drawIntegers(testSeed: number | undefined): DrawInteger {
  if (testSeed === undefined) return systemIntegers();
  const random = new Random(testSeed).fork("privacy noise");
  return (bound) => random.integer(bound);
}

const mostDrawn = 2 ** 48;

/** By the generator that Node and browsers share; what would make some numbers likelier than others is drawn again. */
function systemIntegers(): DrawInteger {
  const words = new Uint32Array(2048); // asked for at once, since each request is slow
  let next = words.length;
  const word = (): number => {
    if (next === words.length) {
      crypto.getRandomValues(words);
      next = 0;
    }
    return words[next++] as number;
  };
  return (bound) => {
    if (!(bound >= 1 && bound <= mostDrawn)) throw new RangeError(`a bound from 1 to 2^48 is needed, got ${bound}`);
    const even = mostDrawn - (mostDrawn % bound);
    for (;;) {
      const value = (word() >>> 16) * 2 ** 32 + word();
      if (value < even) return value % bound;
    }
  };
}

/**
 * Discrete Laplace noise: k with probability proportional to exp(-|k| rate / scale). Added to a whole number that one
 * person can move by at most `scale`, it costs `rate`. Drawn with whole numbers alone, exactly (Canonne, Kamath and Steinke
 * 2020, algorithm 2), so that nothing leaks through the rounding of floating-point noise (Mironov 2012).
 *
 * @param scale - a positive whole number
 * @param rate - a positive whole number
 */
export function discreteLaplace(scale: number, rate: number, draw: DrawInteger): number {
  for (;;) {
    const part = draw(scale);
    if (!happens(part, scale, draw)) continue;
    let whole = 0;
    while (happens(1, 1, draw)) whole++;
    const size = Math.floor((part + scale * whole) / rate);
    const negative = draw(2) === 1;
    if (negative && size === 0) continue; // zero would otherwise be twice as likely
    return negative ? -size : size;
  }
}

/** True with probability exp(-numerator / denominator), for a ratio of at most 1 (algorithm 1 there). */
export function happens(numerator: number, denominator: number, draw: DrawInteger): boolean {
  let turn = 1;
  while (draw(denominator * turn) < numerator) turn++;
  return turn % 2 === 1;
}
