import type { Context, NativeCodecs } from "dcmjs-codecs";
import { DataError } from "../../core/errors";
import { dicomCodecs } from "../../core/packages";
import { decodeBaselineJpeg } from "./baselineJpeg";
import type { FrameSamples } from "./frameSamples";
import { type DicomImage, bigEndian } from "./header";
import { decodeRle } from "./rle";

type Codec = (codecs: typeof NativeCodecs, context: Context, image: DicomImage) => Context;

const jpeg: Codec = (codecs, context, { photometric }) =>
  codecs.decodeJpeg(context, { convertColorspaceToRgb: photometric.startsWith("YBR") });
const jpegLs: Codec = (codecs, context) => codecs.decodeJpegLs(context);
const jpeg2000: Codec = (codecs, context) => codecs.decodeJpeg2000(context);

// DICOM PS3.5, chapter 10 and annex A.4
const prefix = "1.2.840.10008.1.2";
const baseline = `${prefix}.4.50`;
const compressed: Readonly<Record<string, Codec>> = {
  [baseline]: jpeg,
  [`${prefix}.4.51`]: jpeg,
  [`${prefix}.4.57`]: jpeg,
  [`${prefix}.4.70`]: jpeg,
  [`${prefix}.4.80`]: jpegLs,
  [`${prefix}.4.81`]: jpegLs,
  [`${prefix}.4.90`]: jpeg2000,
  [`${prefix}.4.91`]: jpeg2000,
};
const plain = [prefix, `${prefix}.1`, `${prefix}.1.99`, bigEndian];
const rle = `${prefix}.5`;

/**
 * Undoes the compression of a frame.
 *
 * @throws DataError for a transfer syntax that is not supported, by name, and for damaged data
 */
export async function decompress(image: DicomImage, bytes: Uint8Array): Promise<FrameSamples> {
  const { file, syntax, planar, photometric } = image;
  if (plain.includes(syntax)) return { bytes, planar, photometric };
  if (syntax === rle) return { bytes: decodeRle(image, bytes), planar: true, photometric };
  if (syntax === baseline && image.bitsAllocated === 8) return decodeBaselineJpeg(image, bytes);
  const codec = compressed[syntax];
  if (codec === undefined) {
    const required = `a transfer syntax among ${[...plain, rle, ...Object.keys(compressed)].join(", ")}`;
    throw new DataError({ where: "readImages", file, required, got: `${syntax}, which is not supported` });
  }
  const { codecs, Context: ContextClass } = await dicomCodecs();
  const context = new ContextClass({
    ...{ width: image.cols, height: image.rows, samplesPerPixel: image.samples, encodedBuffer: bytes },
    ...{ bitsAllocated: image.bitsAllocated, bitsStored: image.bitsStored, planarConfiguration: planar ? 1 : 0 },
    ...{ pixelRepresentation: image.signed ? 1 : 0, photometricInterpretation: photometric },
  });
  try {
    const decoded = codec(codecs, context, image);
    return {
      bytes: decoded.getDecodedBuffer() ?? new Uint8Array(0),
      planar: decoded.getPlanarConfiguration() === 1,
      photometric: decoded.getPhotometricInterpretation() ?? photometric,
    };
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : String(cause);
    const got = words.replace(/\s+/g, " ").trim(); // codecs end their lines
    throw new DataError({ where: "readImages", file, required: "pixels that can be decoded", got }, { cause });
  }
}
