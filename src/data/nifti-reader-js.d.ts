// The package's own types cannot be reached under node16 resolution: its exports name none. This is what is used of it.
declare module "nifti-reader-js" {
  interface NiftiHeader {
    readonly datatypeCode: number;
    /** How many axes there are, and then their lengths. */
    readonly dims: readonly number[];
    readonly littleEndian: boolean;
    readonly vox_offset: number;
    readonly scl_slope: number;
    readonly scl_inter: number;
    /** What is shown as black and as white; both 0 where nothing is said. */
    readonly cal_min: number;
    readonly cal_max: number;
  }
  /** Null for what is no NIfTI file. */
  function readHeader(data: ArrayBuffer): NiftiHeader | null;
}
