/**
 * Batch normalization from the BN transform through backprop to the inference fold, as readable reference code
 * and as a SIMD engine. `lib/README.md` is a guided tour.
 */
export {
  accumulateGradients,
  type NetworkGradients,
  networkGradients,
} from './accumulate.js';
export * from './activations.js';
export {
  type BatchNormBackwardOptions,
  type BatchNormGradients,
  type BatchNormGraphGradients,
  batchNormBackward,
  batchNormBackwardGraph,
  leftOut,
} from './backward.js';
export { batchRenorm, batchRenormBackward, type RenormOptions, type RenormResult } from './batchRenorm.js';
export type { FloatArray, Numbers } from './check.js';
export * from './convolution.js';
export type { CompleteConvolution, ConvolutionDefinition, ImageSize } from './convolutionDefinition.js';
export {
  type ConvolutionLayer,
  type ConvolutionSteps,
  convolve,
  type Images,
  type PerAxis,
} from './convolve.js';
export * from './covariance.js';
export { type FaceOptions, faceSource, facesInMemory } from './data/faces.js';
export { type ImageSource, type ImagesInMemory, imagesInMemory, type Pictures } from './data/imageSource.js';
export * from './data/mnist.js';
export { type ObjectKind, objectKinds } from './data/objectShapes.js';
export {
  drawObjects,
  type ObjectImages,
  type ObjectOptions,
  type Palette,
  palettes,
  toGreyScale,
} from './data/objects.js';
export * from './dataset.js';
export * from './dense.js';
export * from './dropout.js';
export { type DropoutMasks, dropoutMasks, hasDropout } from './dropoutMasks.js';
export * from './engine.js';
export * from './engineBatchNorm.js';
export {
  type Accuracy,
  activationPercentiles,
  evaluate,
  evaluateWith,
  networkPopulationStatistics,
  percentiles,
} from './evaluate.js';
export {
  type BackpropInput,
  checkBackprop,
  checkCentralDifference,
  checkGammaBeta,
} from './exercises/backprop.js';
export {
  checkEffectiveRate,
  checkGhostNormalise,
  checkMeanNoise,
  type GhostNormalise,
} from './exercises/batchSize.js';
export { checkDriftPrediction, checkThroughTheMean, type ThroughTheMean } from './exercises/biasDrift.js';
export {
  checkEffectiveBatch,
  checkFoldMap,
  checkMapMeans,
  checkMapParameters,
  type FoldMap,
  type MapMeans,
  type MapToFold,
} from './exercises/convolution.js';
export { checkGreyPixel, checkWhichShift, type GreyPixel } from './exercises/covariateShift.js';
export * from './exercises/dcgan.js';
export {
  checkFold,
  checkPopulationVariance,
  checkPytorchMomentum,
  type PopulationVariance,
  type UnitToFold,
} from './exercises/inference.js';
export {
  checkHeStd,
  checkNormalisedStd,
  checkRateForScale,
  type NormalisedStd,
} from './exercises/initialisation.js';
export { checkFewerSteps, checkLargestRate, type LargestRate } from './exercises/learningRates.js';
export {
  checkEstimatedNoise,
  checkMinibatchGradient,
  checkNoiseFactor,
  checkWithoutReplacement,
  type EstimatedNoise,
  type MinibatchGradient,
  type VarianceWithoutReplacement,
} from './exercises/miniBatches.js';
export {
  checkDiagnosis,
  checkStatisticsOf,
  checkVarianceTest,
  type Diagnosis,
  type VarianceOf,
  type VarianceTest,
} from './exercises/pitfalls.js';
export {
  checkAfterRelu,
  checkReluMean,
  checkUselessBias,
  type UnitOverMinibatch,
} from './exercises/placement.js';
export {
  type ChainGradient,
  checkChainGradient,
  checkLeaky,
  checkShrinking,
  checkSlope,
  type Leaky,
  type SlopeFromOutput,
} from './exercises/saturation.js';
export { checkShiftAndScale, checkStandardise, type Standardise } from './exercises/startHere.js';
export {
  type BNLayer,
  checkBNLayer,
  checkExtraParameters,
  checkSameTime,
  checkTrainingStep,
  type StepsInTheSameTime,
  type TrainingStep,
  type UnitOfLayer,
  type UnitParameters,
} from './exercises/training.js';
export {
  checkGradientScale,
  checkIdentity,
  checkNormalise,
  type FeatureStatistics,
  type IdentityParameters,
  type Normalise,
} from './exercises/transform.js';
export { credit, Verdict } from './exercises/verdict.js';
export {
  checkEqualise,
  checkExamplesNeeded,
  checkInverseRoot,
  checkIsWhitened,
  checkJacobianSize,
  checkRemoveMean,
  type EqualisingFactors,
  type InverseRoot,
  type IsWhitened,
  type RemoveMean,
} from './exercises/whitening.js';
export {
  checkCosine,
  checkGrowthOverDepth,
  checkSmallestBatch,
  type OfTwoGradients,
} from './exercises/whyItWorks.js';
export {
  type BiasDriftConfig,
  type BiasDriftResult,
  biasDrift,
  type DriftRun,
} from './experiments/biasDrift.js';
export {
  type AdaptationConfig,
  type AdaptationResult,
  type ObjectScore,
  type ObjectShiftConfig,
  type ObjectShiftResult,
  objectShift,
  statisticsAdaptation,
} from './experiments/covariateShift.js';
export {
  type InternalShiftConfig,
  type InternalShiftResult,
  type InternalShiftRun,
  internalShift,
} from './experiments/internalShift.js';
export {
  internalShiftScan,
  type ShiftScanCell,
  type ShiftScanConfig,
  type ShiftScanResult,
} from './experiments/internalShiftScan.js';
export {
  learningRateSweep,
  type SweepCell,
  type SweepConfig,
  type SweepResult,
  type SweepRunning,
  sweepLearningRates,
} from './experiments/learningRateSweep.js';
export * from './experiments/lectures.js';
export type { Running } from './experiments/running.js';
export { type ExperimentSize, experimentSize } from './experiments/size.js';
export * from './featureMaps.js';
export { biasDriftFigure } from './figures/biasDriftFigure.js';
export type { Axis, Figure, Layout, Trace } from './figures/figure.js';
export { pictureGrid, pictureRows } from './figures/imageFigures.js';
export * from './figures/lectures.js';
export { lineFigure, type Series } from './figures/lineFigure.js';
export { adaptationFigure, objectSheet, objectShiftFigure } from './figures/objectFigures.js';
export { percentileFigure } from './figures/percentileFigure.js';
export { shiftScanFigure } from './figures/shiftScanFigure.js';
export { renderSvg } from './figures/svg.js';
export { sweepFigure } from './figures/sweepFigure.js';
export type { Table } from './figures/table.js';
export { bnStyle, colours, percent } from './figures/theme.js';
export * from './fold.js';
export * from './foldConvolution.js';
export * from './foldNetwork.js';
export * from './foldSequence.js';
export {
  batchNormFrozen,
  batchNormFrozenBackward,
  type FrozenGradients,
  type FrozenResult,
} from './frozen.js';
export { type GhostResult, ghostBatchNorm, ghostBatchNormBackward } from './ghostBatchNorm.js';
export { gradientShift, type LayerShift } from './gradientShift.js';
export { type GroupNormResult, groupNorm, groupNormBackward, groupNormBackwardGraph } from './groupNorm.js';
export { type DisplayBundle, interruptSignal } from './host.js';
export * from './inference.js';
export * from './initialise.js';
export * from './instanceNorm.js';
export type { KernelShape, MemoryLayout } from './kernelShape.js';
export { type KernelBuild, kernelBuild } from './kernels.js';
export * from './l2.js';
export * from './layerNorm.js';
export { type Loss, meanSquaredError, softmax, softmaxCrossEntropy } from './loss.js';
export { type Moments, mergeMoments, pooledPopulationStatistics, StreamingMoments } from './moments.js';
export * from './movingAverage.js';
export * from './naiveCentring.js';
export * from './network.js';
export {
  type LayerGradients,
  type LayerPass,
  type Mode,
  type NetworkPass,
  networkBackward,
  networkForward,
} from './networkPass.js';
export type { CompleteNormalisation, Normalisation, NormalisedLayer } from './normalisation.js';
export { type OnnxOptions, toOnnx } from './onnx/toOnnx.js';
export * from './optimiser.js';
export * from './orthogonal.js';
export * from './pooling.js';
export * from './population.js';
export type {
  GradientNorm,
  GradientReading,
  ProbeReadings,
  Probes,
  StateReading,
  UnitReading,
  WeightReading,
} from './probes.js';
export { type ProgressLine, progress } from './progressLine.js';
export * from './random.js';
export {
  batchRenormInference,
  RenormAverages,
  type RenormLimits,
  type RenormStatistics,
  renormLimits,
} from './renormAverages.js';
export * from './saturation.js';
export * from './schedule.js';
export * from './sgd.js';
export { figureBundle, type LiveFigure, liveFigure, show, showTable } from './show.js';
export * from './shuffling.js';
export { chooseEngine, type EngineChoice } from './simdSupport.js';
export { type SymmetricEigen, symmetricEigen, symmetricFunction } from './symmetricEigen.js';
export * from './synchronised.js';
export * from './testBatches.js';
export * from './train.js';
export {
  type BatchNormResult,
  batchNorm,
  columnMoments,
  DEFAULT_EPSILON,
  type TransformOptions,
} from './transform.js';
export { optimiserStep, type UpdateRule } from './updateRule.js';
export {
  type WhiteningOptions,
  type WhiteningResult,
  whiten,
} from './whitening.js';
export * from './whiteningBackward.js';
export {
  covarianceEqualisation,
  meanRemoval,
  pcaDecorrelation,
  pcaWhitening,
  type WhiteningStep,
  zcaWhitening,
} from './whiteningSteps.js';
