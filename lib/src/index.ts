/**
 * Batch normalization from the BN transform through backprop to the inference fold, as readable reference code
 * and as a SIMD engine. `lib/README.md` is a guided tour.
 */
export * from './activations.js';
export {
  type BatchNormBackwardOptions,
  type BatchNormGradients,
  type BatchNormGraphGradients,
  batchNormBackward,
  batchNormBackwardGraph,
} from './backward.js';
export type { FloatArray, Numbers } from './check.js';
export * from './data/mnist.js';
export * from './dataset.js';
export * from './dense.js';
export * from './engine.js';
export {
  type Accuracy,
  activationPercentiles,
  evaluate,
  evaluateWith,
  networkPopulationStatistics,
  percentiles,
} from './evaluate.js';
export * from './fold.js';
export * from './inference.js';
export * from './initialise.js';
export { type Loss, meanSquaredError, softmax, softmaxCrossEntropy } from './loss.js';
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
export * from './population.js';
export * from './random.js';
export * from './sgd.js';
export * from './train.js';
export {
  type BatchNormResult,
  batchNorm,
  columnMoments,
  DEFAULT_EPSILON,
  type TransformOptions,
} from './transform.js';
