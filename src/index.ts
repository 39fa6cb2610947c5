export { DataError, OptionError, ShapeError, type Complaint } from "./core/errors";
export { type Images } from "./core/images";
export { type CompressSettings, type Pooling, type WaveletName } from "./compress/settings";
export { type Embedding } from "./compress/embedding";
export { type Groups, type Labels, type Split } from "./data/labels";
export { type Predictions } from "./data/predictions";
export { type View } from "./display/view";
