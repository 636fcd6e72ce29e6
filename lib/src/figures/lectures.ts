/** The figures of those experiments. */
export * from './minibatchFigures.js';
export { activationFigure, changeDepthFigure, gradientDepthFigure } from './saturationFigures.js';
