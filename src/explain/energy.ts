import type { Images } from "../core/images";
import { plainImage } from "../compress/images";
import { packetTransform, type Plane } from "../compress/packet";
import { spreadPatches } from "../compress/pool";
import { poolSubBand } from "../compress/pool";
import { type CompressSettings, patchLayout, type PatchLayout } from "../compress/settings";
import { waveletFilters } from "../compress/wavelets";

/** Where the energy (the sum of squared coefficients) of some images lies, and how much of it pooling leaves in place. */
export interface SubBandEnergy {
  /** Share of all energy, in 0..1. */
  readonly share: number;
  /** Share of the energy outside the approximation, in 0..1; 0 for the approximation. */
  readonly detailShare: number;
  /** Share of this sub-band's own energy that patches of equal magnitude would keep: 1 when detail is spread evenly in each. */
  readonly evenness: number;
}

/** The energies of every sub-band over all images and channels, in natural order. */
export function subBandEnergies(images: Images, settings: CompressSettings): SubBandEnergy[] {
  const [, channels, rows, cols] = images.shape;
  const layout = patchLayout(settings, [channels, rows, cols]);
  const wavelet = waveletFilters(settings.wavelet);
  const all = new Float64Array(4 ** settings.level);
  const even = new Float64Array(all.length);
  for (let image = 0; image < images.ids.length; image++) {
    const { values } = plainImage(images, image);
    for (let channel = 0; channel < channels; channel++) {
      const plane = { values: values.subarray(channel * rows * cols, (channel + 1) * rows * cols), rows, cols };
      for (const [at, subBand] of packetTransform(plane, settings.level, wavelet).entries()) {
        all[at] = (all[at] as number) + energy(subBand);
        even[at] = (even[at] as number) + energyInPatches(subBand, layout);
      }
    }
  }
  const total = all.reduce((sum, value) => sum + value, 0);
  const detail = total - (all[0] as number);
  return Array.from(all, (value, at) => ({
    share: ratio(value, total),
    detailShare: at === 0 ? 0 : ratio(value, detail),
    evenness: ratio(even[at] as number, value),
  }));
}

function energy({ values }: Plane): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}

/** The energy that is left when every coefficient has the mean magnitude of its patch. */
function energyInPatches(subBand: Plane, layout: PatchLayout): number {
  return energy(spreadPatches(poolSubBand(subBand, layout, ["l1"]), layout));
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
