import type { Decoder } from "../evaluate/privacy/decoder";

/** How near pictures come to the truth: means over images. */
export interface Agreement {
  readonly ssim: number;
  /** In decibels. */
  readonly psnr: number;
}

/** What a decoder achieved on images that it did not learn from, beside what the paper's inverse and the mean image do. */
export interface DecoderScores {
  readonly decoder: Agreement;
  readonly inverse: Agreement;
  readonly chance: Agreement;
  readonly images: number;
}

/** A decoder as it is written into a page: its numbers as float32 in base64. */
export interface PageDecoder {
  readonly settings: Decoder["settings"];
  readonly imageShape: Decoder["imageShape"];
  readonly side: number;
  readonly featureMean: string;
  readonly featureSpread: string;
  readonly weights: readonly { readonly shape: readonly number[]; readonly values: string }[];
  /** On what it was trained, in words. */
  readonly trainedOn: string;
  /** Undefined where nobody measured it. */
  readonly scores?: DecoderScores;
}

/** A decoder for a page. */
export function pageDecoder(decoder: Decoder, trainedOn: string, scores?: DecoderScores): PageDecoder {
  const { settings, imageShape, side, featureMean, featureSpread, weights } = decoder;
  return {
    settings,
    imageShape,
    side,
    featureMean: inBase64(featureMean),
    featureSpread: inBase64(featureSpread),
    weights: weights.map(({ shape, values }) => ({ shape, values: inBase64(values) })),
    trainedOn,
    ...(scores === undefined ? {} : { scores }),
  };
}

function inBase64(values: Float32Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("base64");
}
