import { discreteLaplace, type DrawInteger, happens } from "./discreteLaplace";

const digitBase = 2 ** 32;

/**
 * Discrete Gaussian noise: k with probability proportional to exp(-k^2 / (2 variance)). Drawn with whole numbers alone,
 * exactly, by rejection from discrete Laplace noise (Canonne, Kamath and Steinke 2020, algorithm 3).
 *
 * @param variance - a positive whole number
 */
export function discreteGaussian(variance: number, draw: DrawInteger): number {
  const scale = Math.floor(Math.sqrt(variance)) + 1;
  const [square, width] = [BigInt(variance), BigInt(scale)];
  const denominator = 2n * square * width * width;
  for (;;) {
    const value = discreteLaplace(scale, 1, draw);
    const distance = BigInt(Math.abs(value)) * width - square;
    if (survives(distance * distance, denominator, draw)) return value;
  }
}

/** True with probability exp(-numerator / denominator), for any ratio: whole parts one after another, then the rest. */
function survives(numerator: bigint, denominator: bigint, draw: DrawInteger): boolean {
  for (let whole = numerator / denominator; whole > 0n; whole--) if (!happens(1, 1, draw)) return false;
  const rest = numerator % denominator;
  let turn = 1n;
  while (below(rest, denominator * turn, draw)) turn++;
  return turn % 2n === 1n;
}

/** True with probability numerator / denominator: the digits of a uniform number against those of the ratio. */
function below(numerator: bigint, denominator: bigint, draw: DrawInteger): boolean {
  let rest = numerator;
  for (;;) {
    const scaled = rest * BigInt(digitBase);
    const digit = Number(scaled / denominator);
    const own = draw(digitBase);
    if (own !== digit) return own < digit;
    rest = scaled % denominator;
    if (rest === 0n) return false;
  }
}
