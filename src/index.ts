export { DataError, OptionError, ShapeError, type Complaint } from "./core/errors";
export { type Images } from "./core/images";
export { type CompressSettings, type Pooling, type WaveletName } from "./compress/settings";
export { type Embedding } from "./compress/embedding";
export { makeLabels, pickLabels, type Groups, type Labels, type Split } from "./data/labels";
export {
  checkSplit,
  foldByGroup,
  hashFolds,
  hashSplit,
  splitByGroup,
  splitOfFold,
  type FoldOptions,
  type Folds,
  type FractionOptions,
} from "./data/split";
export {
  readImages,
  streamImages,
  type ImageStream,
  type ReadImages,
  type ReadImagesOptions,
  type Rejected,
  type StreamOptions,
} from "./data/readImages";
export { type Fit, type ReadOptions, type ReadSettings } from "./data/readSettings";
export { type Dataset, type ImagesOptions } from "./data/dataset";
export { datasets, type DatasetName, type OpenOptions } from "./data/datasets";
export { type CsvOptions } from "./data/csv";
export { type FolderOptions } from "./data/folder";
export { type PhantomDataset, type PhantomName, type PhantomOptions, type PhantomTruth } from "./data/phantoms/phantom";
export { type Shortcuts } from "./data/phantoms/shortcuts";
export { loadNpy, saveNpy } from "./data/npy";
export { type Predictions } from "./data/predictions";
export { type View } from "./display/view";
