import { sharp } from "../../core/packages";
import { Random } from "../../core/random";

const side = 320;
const noise = noiseOf(2 * side * side);

/** Waves with a little noise, 320x320 in grey: about as many bytes as an X-ray of this size. */
export function syntheticJpeg(seed: number): Promise<Buffer> {
  const random = new Random(seed);
  const [down, right] = [0.02 + 0.1 * random.uniform(), 0.02 + 0.1 * random.uniform()];
  const from = Math.floor(random.uniform() * side * side);
  const rows = Float64Array.from({ length: side }, (_, row) => 128 + 50 * Math.sin(down * row));
  const cols = Float64Array.from({ length: side }, (_, col) => 50 * Math.cos(right * col));
  const pixels = new Uint8Array(side * side);
  for (let at = 0; at < pixels.length; at++) {
    const wave = (rows[Math.floor(at / side)] as number) + (cols[at % side] as number);
    pixels[at] = wave + (noise[from + at] as number);
  }
  const raw = { width: side, height: side, channels: 1 } as const;
  return sharp()(pixels, { raw }).toColourspace("b-w").jpeg({ quality: 90 }).toBuffer();
}

function noiseOf(length: number): Float64Array {
  const random = new Random(1);
  return Float64Array.from({ length }, () => 12 * (random.uniform() - 0.5));
}
