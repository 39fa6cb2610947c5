export { DataError, OptionError, ShapeError, type Complaint } from "./core/errors";
export { type Images, type Rejected } from "./core/images";
export { type LongWorkOptions, type Progress } from "./core/progress";
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
export { type Embedding, type EmbeddingShape } from "./compress/embedding";
export { type CompressOptions, compress } from "./compress/compress";
export { type ReconstructOptions, reconstruct } from "./compress/reconstruct";
export { type ReconstructionSize } from "./compress/definition";
export { type PrivatizeOptions, privatize } from "./compress/privatize";
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
  type FileStream,
  type ImageStream,
  type ReadImages,
  type ReadImagesOptions,
  type StreamOptions,
} from "./data/readImages";
export { type Fit, type Intensity, type ReadOptions, type ReadSettings } from "./data/readSettings";
export { readTags } from "./data/dicom/readTags";
export { type Dataset, type ImagesOptions } from "./data/dataset";
export { datasets, type DatasetName } from "./data/datasets";
export { type MedmnistName } from "./data/real/medmnist";
export { type OpenOptions } from "./data/real/openOptions";
export { type CsvOptions } from "./data/csv";
export { type FolderOptions } from "./data/folder";
export { type PhantomDataset, type PhantomName, type PhantomOptions, type PhantomTruth } from "./data/phantoms/phantom";
export { type Shortcuts } from "./data/phantoms/shortcuts";
export { type ClassCode } from "./data/phantoms/signals";
export { type CompressToOptions, type CompressedFile, compressTo } from "./data/compressTo";
export { embeddings, type BatchOptions, type EmbeddingFiles, type StoredEmbeddings } from "./data/embeddings";
export { type EmbeddingFacts } from "./data/embeddingFacts";
export { type Cell as TableCell } from "./data/parquet/rows";
export { loadNpy, saveNpy } from "./data/npy";
export { type Predictions } from "./data/predictions";
export { train } from "./train/train";
export { crossValidate, type CrossValidateOptions, type CrossValidation } from "./train/crossValidate";
export { predict, type LabelledSource } from "./train/predict";
export { describeModel, type DescribeOptions, type ModelSummary, type WeightSize } from "./train/describe";
export { type Described } from "./train/figures";
export { loadModel, saveModel } from "./train/save";
export { type ModelInput, type TrainedModel } from "./train/model";
export { type EpochRecord } from "./train/epochRecord";
export { type Normalisation } from "./train/features";
export { type ImageSource, type Inputs } from "./train/source";
export {
  type ModelKind,
  type ModelOptions,
  type ResolvedSettings,
  type TrainOptions,
  type TrainSettings,
} from "./train/options";
export { type ResolvedModel } from "./train/models/create";
export { type DeepOptions } from "./train/models/deep";
export { type MlpOptions } from "./train/models/mlp";
export { type LogisticOptions } from "./train/models/logistic";
export { type Weight } from "./train/weights";
export { evaluate, type Evaluate } from "./evaluate/evaluate";
export { type BootstrapOptions, type Estimate } from "./evaluate/bootstrap";
export { type ClassEvaluation, type EvaluateOptions, type Evaluation, type Measures } from "./evaluate/evaluation";
export { type Confusion, type Reliability, type RocCurve } from "./evaluate/measures";
export { type Quality, type QualityOptions } from "./evaluate/quality";
export { type SsimOptions } from "./evaluate/ssim";
export { type EasyPredictor, type EasyPredictorOptions, type EasyPredictors } from "./evaluate/easyPredictors";
export { explain } from "./explain/explain";
export { type Preservation, type PreservationOptions } from "./explain/preservation";
export { type AttributionOptions } from "./explain/explainModel";
export { attentionWeights, type AttentionWeights } from "./explain/attentionWeights";
export { biasReport, type BiasReport, type BiasReportOptions } from "./explain/biasReport";
export { explainModels, type AttributionSpread } from "./explain/explainModels";
export { type ImageAttributionOptions } from "./explain/explainDeep";
export { type ImageAttribution, type ImageMethod } from "./explain/imageAttribution";
export { type AttributedGroups, type Attribution, type AttributionMap } from "./explain/attribution";
export { type Baseline } from "./explain/baselines";
export { type FeatureGroups } from "./explain/featureGroups";
export { type Method } from "./explain/attribute";
export { type Magnitude } from "./explain/maps";
export { type Orientation, type SubBand } from "./explain/bands";
export { type SubBandEnergy } from "./explain/energy";
export { type ContrastKept } from "./explain/transfer";
export { type Words } from "./explain/words";
export { twins, type TwinAim, type TwinOptions } from "./explain/twins";
export { type Twins } from "./explain/twinsResult";
export { truthScores, type TruthScore, type TruthScores } from "./explain/truth";
export { shortcutSigns, type ShortcutSigns } from "./explain/shortcuts";
export { faithfulness, type Faithfulness, type FaithfulnessOptions } from "./explain/faithfulness";
export { randomisedWeights, type WeightSanity } from "./explain/randomised";
export { toBundle } from "./display/bundle";
export {
  type AxesOptions,
  type Axis,
  type AxisOptions,
  type Bar,
  type BarChartOptions,
  type ChartOptions,
  type HeatMapOptions,
  type HistogramOptions,
  type Numbers,
  type Reference,
  type Series,
  type StackPart,
  barChart,
  heatMap,
  histogram,
  lineChart,
  scatterChart,
  stackedBars,
} from "./display/charts";
export { type FrameLike, type FrameViewOptions, frameView } from "./display/frame";
export { toDocument, toHtml, type DocumentOptions } from "./display/html";
export { toPng, type PngOptions } from "./display/png";
export { type MimeBundle } from "./core/host";
export { displaySymbol, type Appearance, type Shown, type Tabled } from "./display/show";
export { type Theme } from "./display/style";
export { toText } from "./display/text";
export {
  type Cell,
  type Column,
  type Figure,
  type Link,
  type Note,
  type Page,
  type Picture,
  type PlotlyLayout,
  type PlotlyTrace,
  type Table,
  type Tile,
  type View,
} from "./display/view";
export { imageFacts, type NumberById } from "./data/imageFacts";
export { saveReport } from "./experiment/report";
export { openExperiment, type Experiment } from "./experiment/open";
export {
  experimentSettings,
  type ExperimentName,
  type ExperimentSettings,
  type Scale,
  type Setting,
} from "./experiment/settings";
export { sweep, type SweepOptions } from "./experiment/sweep";
export { type Sweep, type SweepCell } from "./experiment/sweepResult";
export { aucAgainstRatio, sweepMap, type SweepMeasure } from "./experiment/sweepViews";
export { type Filter, type Variant } from "./experiment/run";
export {
  compareRuns,
  filterVariants,
  headlineVariants,
  privatizerFigures,
  type ComparedRun,
  type CompareRunsOptions,
  type RunComparison,
} from "./experiment/compareRuns";
export { classClusters, edgeBias } from "./experiment/bias";
export { experimentResults, type Measured } from "./experiment/results";
export { type PaperData, type PaperResult, type PaperValue } from "./experiment/paper";
export { paperResults } from "./experiment/paperResults";
export {
  paperTable,
  type OurResult,
  type PaperTable,
  type ResultRow,
  type ResultStatus,
} from "./experiment/paperTable";
export {
  compareOutputs,
  readNotebook,
  type Difference,
  type Notebook,
  type NotebookCell,
  type NotebookOutput,
} from "./experiment/notebook";
export { type ClassComparison, type CompareOptions, type Comparison } from "./evaluate/compare";
export { type ColumnById, type Subgroup, type SubgroupOptions, type Subgroups } from "./evaluate/subgroups";
export { type TestResult } from "./evaluate/statistics";
export { type Candidate, type NearestSettings } from "./evaluate/privatizers";
export { type OnDiskRatio } from "./evaluate/onDisk";
export { type TaskTiming, type Timing, type TimingOptions } from "./evaluate/timing";
export { collectImages } from "./data/collectImages";
export { saveImages } from "./data/saveImages";
export { type Linkage, type LinkageOptions, type TopHit, type Vectors } from "./evaluate/privacy/linkage";
export { type MetricOptions } from "./evaluate/privacy/metric";
export { type Backend, versions, type Versions } from "./core/packages";
export { type Decoder } from "./evaluate/privacy/decoder";
export { type DecoderOptions } from "./evaluate/privacy/fitPictures";
export {
  type ReconstructionAttack,
  type ReconstructionAttackOptions,
  type ReconstructionScore,
  type Reconstructor,
} from "./evaluate/privacy/reconstruction";
export { type ProtectionsOptions } from "./evaluate/privacy/protections";
export { type Protection, type Protections } from "./evaluate/privacy/protectionsResult";
export { type Attacked } from "./evaluate/privacy/attackers";
export { type NoiseCurveOptions } from "./evaluate/privacy/noiseCurve";
export { type NoiseCurve, type NoisePoint } from "./evaluate/privacy/noiseCurveResult";
export { type PrivacyOptions } from "./evaluate/privacy/card";
export { type AttributeAttack, type PrivacyCard } from "./evaluate/privacy/cardResult";
export {
  type AttributeInference,
  type AttributeInferenceOptions,
  type InferredAttribute,
} from "./evaluate/privacy/attributes";
export { type Membership, type MembershipOptions } from "./evaluate/privacy/membership";
export { protect, type ProtectedRelease, type ProtectOptions, type ReferencePatients } from "./protect/protect";
export { type Scorer } from "./protect/scorer";
export { explore, type ExploreOptions, type Explorer } from "./explore/explore";
export { type Guarantee } from "./compress/noise/guarantee";
export { addNoise } from "./compress/noise/addNoise";
export { type NoiseOptions } from "./compress/noise/plan";
export { sensitivity, type Sensitivity } from "./compress/noise/sensitivity";
