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
export { type FoldModelOptions, foldModel } from './foldModel.js';
export { minibatchesOf, type PopulationPassOptions, populationPass } from './populationPass.js';
export { smallConvNet, type Throughput, type ThroughputOptions, trainingThroughput } from './throughput.js';
