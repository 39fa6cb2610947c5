import { type Random } from "../../core/random";

/** One picture to be drawn. */
export interface Case {
  readonly id: string;
  readonly patient: string;
  /** `[class]`: 1 there, 0 not; what is drawn. */
  readonly truth: Float32Array;
  /** `[class]`: what the data set says, with noise and NaN for uncertain. */
  readonly label: Float32Array;
}

/** Deals images to patients, 1 to 4 each and about 1.5 on average, as in the chest X-rays that the tests know. */
export function dealPatients(images: number, random: Random): readonly (readonly [patient: number, study: number])[] {
  const dealt: [number, number][] = [];
  for (let patient = 1; dealt.length < images; patient++) {
    let count = 1;
    while (count < 4 && random.uniform() < 0.36) count++;
    for (let study = 1; study <= count && dealt.length < images; study++) dealt.push([patient, study]);
  }
  return dealt;
}
