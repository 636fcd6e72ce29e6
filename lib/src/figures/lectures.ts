/** The figures of those experiments. */
export * from './minibatchFigures.js';
export { activationFigure, changeDepthFigure, gradientDepthFigure } from './saturationFigures.js';
export { bestRuns, whitenedDigitsFigure } from './whitenedDigitsFigure.js';
export { singularCovarianceFigure, whiteningCostFigure } from './whiteningCostFigures.js';
export { inputCurvesFigure, weightPathFigure, whiteningStagesFigure } from './whiteningFigures.js';
