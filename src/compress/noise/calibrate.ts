/**
 * The variance of discrete Gaussian noise that makes a change of size `sensitivity` (Euclidean) cost epsilon and delta.
 *
 * Noise of variance v on whole numbers keeps the Rényi divergence of order a at most a s^2 / (2 v), in any number of
 * dimensions (Canonne, Kamath and Steinke 2020, theorem 14), and that bounds delta (their proposition 12). Unlike the
 * exact formula of the continuous Gaussian (Balle and Wang 2018), which is smaller by some percent, this holds for the
 * discrete law that is drawn.
 *
 * @param squaredSensitivity - a whole number
 * @returns a whole number
 */
export function gaussianVariance(squaredSensitivity: number, epsilon: number, delta: number): number {
  let [low, high] = [0, epsilon]; // of s^2 / (2 v), the cost: at `epsilon` no delta below 1 / 2 or so is left
  for (let round = 0; round < 100; round++) {
    const middle = (low + high) / 2;
    if (logDelta(middle, epsilon) <= Math.log(delta)) low = middle;
    else high = middle;
  }
  return Math.ceil(squaredSensitivity / (2 * low));
}

/** The logarithm of the smallest delta over all orders a > 1, which has one minimum in log(a - 1). */
function logDelta(cost: number, epsilon: number): number {
  const at = (logExcess: number): number => {
    const excess = Math.exp(logExcess);
    const order = 1 + excess;
    return excess * (order * cost - epsilon) - logExcess + order * Math.log(excess / order);
  };
  let [low, high] = [-12, 25];
  for (let round = 0; round < 120; round++) {
    const [first, second] = [low + (high - low) / 3, high - (high - low) / 3];
    if (at(first) < at(second)) high = second;
    else low = first;
  }
  return at((low + high) / 2);
}
