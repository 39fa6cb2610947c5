/** What is promised, in numbers and in words. */
export type Guarantee =
  | {
      readonly kind: "differential privacy";
      readonly epsilon: number;
      /** The chance, at most, with which the factor exp(epsilon) may be exceeded; 0 for Laplace noise. */
      readonly delta: number;
      readonly words: string;
    }
  | { readonly kind: "none"; readonly words: string };

/** What noise from a test seed promises. */
export const seededNoise: Guarantee = { kind: "none", words: "no guarantee: the noise came from a test seed" };
