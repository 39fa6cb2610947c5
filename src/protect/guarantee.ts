/** What is promised, in numbers and in words. */
export type Guarantee =
  | { readonly kind: "differential privacy"; readonly epsilon: number; readonly words: string }
  | { readonly kind: "none"; readonly words: string };
