export { DataError, OptionError, ShapeError, type Complaint } from "./core/errors";
export { type Images } from "./core/images";
export {
  type CompressSettings,
  type ImageShape,
  type PatchLayout,
  type Pooling,
  type SettingsOptions,
  doesCompress,
  embeddingShape,
  inMemoryRatio,
  patchLayout,
  poolings,
  subBandPaths,
  subBandShape,
  toSettings,
} from "./compress/settings";
export { type WaveletName, waveletNames } from "./compress/wavelets";
export { type Embedding } from "./compress/embedding";
export { type CompressOptions, compress } from "./compress/compress";
export { type ReconstructOptions, reconstruct } from "./compress/reconstruct";
export { type ReconstructionSize } from "./compress/definition";
export { type PrivatizeOptions, privatize } from "./compress/privatize";
export { type Groups, type Labels, type Split } from "./data/labels";
export { type Predictions } from "./data/predictions";
export { type View } from "./display/view";
