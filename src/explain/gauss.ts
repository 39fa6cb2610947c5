/** Nodes and weights of a rule for integrals over 0..1. */
export interface Quadrature {
  readonly nodes: Float64Array;
  readonly weights: Float64Array;
}

/**
 * The Gauss-Legendre rule with `n` nodes, exact for polynomials up to degree 2n - 1: Newton's iteration on the Legendre
 * polynomial from Tricomi's estimate of its zeros (Abramowitz and Stegun 22.16.6, 25.4.29).
 */
export function gaussLegendre(n: number): Quadrature {
  const nodes = new Float64Array(n);
  const weights = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    let x = Math.cos((Math.PI * (k + 0.75)) / (n + 0.5));
    let slope = 1;
    for (let step = 0; step < 8; step++) {
      const { value, derivative } = legendre(n, x);
      slope = derivative;
      x -= value / derivative;
    }
    nodes[n - 1 - k] = (1 + x) / 2;
    weights[n - 1 - k] = 1 / ((1 - x * x) * slope * slope);
  }
  return { nodes, weights };
}

function legendre(n: number, x: number): { readonly value: number; readonly derivative: number } {
  let [before, value] = [0, 1];
  for (let k = 1; k <= n; k++) [before, value] = [value, ((2 * k - 1) * x * value - (k - 1) * before) / k];
  return { value, derivative: (n * (x * value - before)) / (x * x - 1) };
}
