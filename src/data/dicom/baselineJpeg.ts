import { DataError } from "../../core/errors";
import { sharp } from "../../core/packages";
import type { FrameSamples } from "./frameSamples";
import type { DicomImage } from "./header";

/**
 * Decodes JPEG of 8 bits with libjpeg-turbo, which, unlike the codec for the other kinds, comes to an end with damaged data
 * too. Colours become RGB.
 *
 * @throws DataError naming the file: damaged, or of other sides than the header says
 */
export async function decodeBaselineJpeg(image: DicomImage, bytes: Uint8Array): Promise<FrameSamples> {
  const { file, rows, cols, samples, photometric } = image;
  const fail = (got: string, cause?: unknown): never => {
    const required = `${rows}x${cols} pixels that can be decoded`;
    throw new DataError({ where: "readImages", file, required, got }, { cause });
  };
  const pipeline = sharp()(samples === 3 ? withTransform(bytes, photometric.startsWith("YBR")) : bytes)
    .toColourspace(samples === 3 ? "srgb" : "b-w")
    .raw();
  try {
    const { data, info } = await pipeline.toBuffer({ resolveWithObject: true });
    const { width, height, channels } = info;
    if (width !== cols || height !== rows || channels !== samples) fail(`${height}x${width}, ${channels} samples`);
    return { bytes: data, planar: false, photometric: samples === 3 ? "RGB" : photometric };
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    return fail(cause instanceof Error ? (cause.message.split("\n")[0] as string) : String(cause), cause);
  }
}

/** Puts in front what the DICOM header knows: whether colours are YCbCr (Adobe's APP14 marker, whose last byte says so). */
function withTransform(bytes: Uint8Array, isYcc: boolean): Uint8Array {
  const marker = Buffer.from("ffee000e41646f6265006400000000", "hex");
  return Buffer.concat([bytes.subarray(0, 2), marker, Uint8Array.of(isYcc ? 1 : 0), bytes.subarray(2)]);
}
