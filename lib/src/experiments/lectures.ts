/** The experiments of lectures 02 to 16 that are not listed in `index.ts` by themselves. */
export * from './activationCurves.js';
export * from './depth.js';
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
