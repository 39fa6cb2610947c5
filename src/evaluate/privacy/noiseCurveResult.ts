import type { Embedding } from "../../compress/embedding";
import type { Attacked } from "./attackers";

/** What noise of one strength costs and what it hides. */
export interface NoisePoint extends Attacked {
  /** In how many pixels images may differ that are to look alike. */
  readonly pixels: number;
  readonly epsilon: number;
}

/** The price and the worth of a guarantee. */
export interface NoiseCurve {
  readonly kind: "noiseCurve";
  readonly points: readonly NoisePoint[];
  /** The embedding without noise, which promises nothing. */
  readonly plain: Attacked;
  /** In dB: what the mean of the attacker's images gives. */
  readonly meanImagePsnr: number;
  readonly mechanism: "laplace" | "gaussian";
  readonly delta: number;
  /** Whether rebuilt pictures were refined by a learned network too. */
  readonly decoder: boolean;
  readonly images: number;
  readonly patients: number;
  readonly settings: Embedding["settings"];
}
