/**
 * Batch normalization for TensorFlow.js: `import { ... } from 'batchnorm/tfjs'`. It needs the packages
 * `@tensorflow/tfjs` and `@tensorflow/tfjs-backend-wasm`, which plain users of `batchnorm` need not install.
 */
export {
  installedBackends,
  type TensorFlowBackend,
  type TensorFlowOptions,
  tensorFlowBackend,
  tensorFlowBackends,
  tensorflow,
} from './backend.js';
export { BatchNorm, type BatchNormArgs } from './batchNormLayer.js';

export { type ConvNetShape, smallConvNet } from './convNet.js';
export { convNetFigure } from './convNetFigure.js';
export {
  type ConvNetConfig,
  type ConvNetResult,
  type ConvNetRun,
  type ConvNetRunning,
  convNetStudy,
  type PaletteScore,
} from './convNetStudy.js';
export {
  type ConvNetData,
  type ConvNetTraining,
  type ConvNetTrainingConfig,
  trainConvNet,
} from './convNetTraining.js';

export {
  type AblationData,
  commonStep,
  type DcganAblation,
  type DcganReading,
  type DcganRun,
  type DcganVariant,
  dcganRun,
  dcganVariants,
  exampleRun,
  readAblation,
} from './dcgan/ablation.js';
export {
  type CompleteDcganOptions,
  type DcganConfig,
  type DcganOptions,
  type DcganPlacement,
  dcganPlacements,
} from './dcgan/config.js';
export { ablationFigure, ablationSamplesFigure, ablationTable, dcganLossFigure } from './dcgan/figures.js';
export {
  type GeneratorName,
  generatorNames,
  interpolate,
  type LoadedGenerator,
  latentPoints,
  loadGenerator,
  saveGenerator,
} from './dcgan/generatorFile.js';
export {
  type DcganMeasures,
  type DigitJudge,
  type DigitScore,
  digitScore,
  distinctNeighbours,
  frechetDistance,
  imagesOf,
  type MeasuredImages,
  meanDistance,
  measureImages,
  tanhSaturation,
  trainDigitJudge,
} from './dcgan/measures.js';
export {
  type DcganHistory,
  type DcganResult,
  type DcganRunning,
  type DcganSoFar,
  trainDcgan,
} from './dcgan/train.js';

export { type FoldModelOptions, foldModel } from './foldModel.js';
export {
  compareFolded,
  type FoldComparison,
  type FoldSpeed,
  type FoldSpeedOptions,
  foldSpeed,
} from './foldSpeed.js';
export { minibatchesOf, type PopulationPassOptions, populationPass } from './populationPass.js';
export { type Throughput, type ThroughputOptions, trainingThroughput } from './throughput.js';
