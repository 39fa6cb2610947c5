/** What every plan begins with. */
@unmanaged
export class Task {
  /** 0: compress, by Plan; 1: rebuild, by Rebuild. */
  operation: i32;
  /** Bytes of one channel of input, and of one channel of results. */
  inputBytes: usize;
  outBytes: usize;
}

/** How pixels are compressed; written by src/compress/kernel-plan.ts, field by field in this order, four bytes each. */
@unmanaged
export class Plan extends Task {
  rows: i32;
  cols: i32;
  level: i32;
  /** 0: 8-bit, 1: 16-bit, 2: 32-bit floating-point pixels. */
  kind: i32;
  gridRows: i32;
  gridCols: i32;
  patchRows: i32;
  patchCols: i32;
  /** Zero rows above a sub-band and zero columns left of it. */
  beforeRows: i32;
  beforeCols: i32;
  /** Rows and columns of a sub-band. */
  leafRows: i32;
  leafCols: i32;
  poolings: i32;
  /** The number of each pooling. */
  poolingList: usize;
  /** Length of the filters. */
  taps: i32;
  /**
   * f32. Filters: low and high of the first level's vertical filters, which also bring pixels to 0..1 where `scale` does
   * not; low and high; and for every tap [low, low, high, high]. Lattice: the tangents of its rotations. Double
   * precision, f64: low; high.
   */
  filters: usize;
  /** Converted pixel rows kept at hand, a power of two of at least `taps`. */
  ringRows: i32;
  /** Who computes it. 0: filters (float.ts), 1: whole numbers (haar.ts), 2: lattice (lattice.ts), 3: double precision (exact.ts). */
  kernel: i32;
  /** Filters and whole numbers: what results are multiplied by. Lattice and double precision: what pixels are. */
  scale: f32;
  /** Integer kernel: the pixels that one step of its inner loop reads, less one. */
  blockMask: i32;
}

/** How pooled values become images; written by src/compress/rebuild-plan.ts. */
@unmanaged
export class Rebuild extends Task {
  level: i32;
  gridRows: i32;
  gridCols: i32;
  /** Rows and columns over which a value is repeated, and of a whole leaf. */
  patchRows: i32;
  patchCols: i32;
  leafRows: i32;
  leafCols: i32;
  /** How many poolings lie side by side, and which of them is taken. */
  poolings: i32;
  pooling: i32;
  /** Length of the filters, and f32: low; high; and for every tap [low, high, low, high]. */
  taps: i32;
  filters: usize;
  /** What of the result is kept. */
  outRows: i32;
  outCols: i32;
  cropTop: i32;
  cropLeft: i32;
  /** What values are multiplied by. */
  scale: f32;
}

/** Fills whole vectors with zeros: for a few, far quicker than the call that memory.fill is. */
export function zero(from: usize, bytes: usize): void {
  const end = from + bytes;
  for (; from < end; from += 16) v128.store(from, i32x4.splat(0));
}
