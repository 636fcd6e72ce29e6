/** The experiments of lectures 02 to 16 that are not listed in `index.ts` by themselves. */
export * from './activationCurves.js';
export * from './activationShapes.js';
export * from './batchSizeSweep.js';
export * from './companions.js';
export * from './convolutionStudy.js';
export * from './depth.js';
export { type GhostCell, type GhostConfig, type GhostResult, ghostSweep } from './ghostSweep.js';
export {
  type GradientCheckCell,
  type GradientCheckConfig,
  type GradientCheckResult,
  gradientCheck,
  type LeftOut,
  type LeftOutError,
  leftOutTerms,
} from './gradientCheck.js';
export { type GradientCloudConfig, type GradientCloudResult, gradientCloud } from './gradientCloud.js';
export {
  type GradientGrowthCell,
  type GradientGrowthConfig,
  type GradientGrowthResult,
  type GrowthActivation,
  gradientGrowth,
} from './gradientGrowth.js';
export {
  type GradientShiftConfig,
  type GradientShiftResult,
  type GradientShiftRun,
  gradientShiftStudy,
} from './gradientShiftStudy.js';
export {
  type GradientVarianceCell,
  type GradientVarianceConfig,
  type GradientVarianceResult,
  type GradientVarianceRunning,
  gradientVariance,
  type TimePerExample,
  type TimePerExampleConfig,
  type TimePerExampleResult,
  timePerExample,
} from './gradientVariance.js';
export {
  type InferenceConfig,
  type InferenceLook,
  type InferenceResult,
  inferenceStudy,
} from './inferenceStudy.js';
export * from './initialisationSweep.js';
export type { WeightPath } from './inputNeuron.js';
export {
  type LeftOutRun,
  type LeftOutTrainingConfig,
  type LeftOutTrainingResult,
  type LeftOutTrainingRunning,
  leftOutTraining,
} from './leftOutTraining.js';
export { type MapNormalisation, mapNormalisations } from './mapLayer.js';
export {
  type NoisyConfig,
  type NoisyKind,
  type NoisyResult,
  type NoisyRun,
  noisyBatchNorm,
  noisyKinds,
} from './noisyBatchNorm.js';
export * from './paper.js';
export {
  type PitfallCurves,
  type PitfallName,
  type PitfallResult,
  type PitfallRoom,
  type PitfallsConfig,
  type PitfallsResult,
  type PitfallTest,
  pitfallNames,
  pitfalls,
} from './pitfalls/pitfalls.js';
export * from './placementSweep.js';
export * from './regularisation.js';
export * from './shiftedMaps.js';
export * from './shufflingSweep.js';
export {
  type SingularCovarianceConfig,
  type SingularCovarianceResult,
  type SpectrumPoint,
  singularCovariance,
} from './singularCovariance.js';
export * from './statisticsNoise.js';
export type { Sweep, SweepingRunning } from './trainingRun.js';
export * from './transformStudy.js';
export {
  type DigitRun,
  type WhitenedDigitsConfig,
  type WhitenedDigitsResult,
  whitenedDigits,
} from './whitenedDigits.js';
export {
  type FourCosts,
  type WhiteningCostConfig,
  type WhiteningCostPoint,
  type WhiteningCostResult,
  whiteningCost,
} from './whiteningCost.js';
export {
  type InputCurve,
  type InputPreparation,
  type WhiteningInputsConfig,
  type WhiteningInputsResult,
  type WhiteningStage,
  whiteningInputs,
} from './whiteningInputs.js';
