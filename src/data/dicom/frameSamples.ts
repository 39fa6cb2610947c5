/** The samples of a frame as bytes, little-endian, `bitsAllocated` each. */
export interface FrameSamples {
  readonly bytes: Uint8Array;
  readonly planar: boolean;
  readonly photometric: string;
}
