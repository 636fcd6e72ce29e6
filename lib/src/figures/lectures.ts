/** The figures of those experiments. */

export { activationShapesFigure } from './activationShapesFigure.js';
export * from './backpropFigures.js';
export { companionsFigure, orderNames, shufflingFigure } from './companionsFigure.js';
export * from './convolutionFigure.js';
export * from './inferenceFigure.js';
export { type LossCurve, lossCurvesFigure } from './lossCurvesFigure.js';
export * from './minibatchFigures.js';
export * from './paperFigures.js';
export { pitfallFigure } from './pitfallFigure.js';
export * from './regularisationFigures.js';
export { activationFigure, changeDepthFigure, gradientDepthFigure } from './saturationFigures.js';
export { shiftedMapsFigure } from './shiftedMapsFigure.js';
export { batchSizeFigure, initialisationFigure, placementFigure } from './sweepFigures.js';
export * from './transformFigure.js';
export { bestRuns, whitenedDigitsFigure } from './whitenedDigitsFigure.js';
export { singularCovarianceFigure, whiteningCostFigure } from './whiteningCostFigures.js';
export {
  inputCurvesFigure,
  weightPathFigure,
  whiteningMotionFigure,
  whiteningStagesFigure,
} from './whiteningFigures.js';
export * from './whyFigures.js';
