// @ts-check
// The lectures' experiments, as `npm run experiments` and `npm run lectures:full` run them.

/**
 * Each experiment by name: its result, and its figures by name (the empty name: the experiment's own).
 * @typedef {import('batchnorm').Running} Running
 * @typedef {typeof import('batchnorm')} Library
 * @type {Record<string, (lab: Library, running: Running) => Promise<[unknown, Record<string, import('batchnorm').Figure>]>>}
 */
export const experiments = {
  'covariate-shift': async (lab, running) => {
    const result = await lab.objectShift({}, running);
    return [result, { '': lab.objectShiftFigure(result) }];
  },
  adaptation: async (lab, running) => {
    const result = await lab.statisticsAdaptation({}, running);
    return [result, { '': lab.adaptationFigure(result) }];
  },
  'internal-shift': async (lab, running) => {
    const result = await lab.internalShift({}, running);
    return [result, { '': lab.percentileFigure(result) }];
  },
  'internal-shift-scan': async (lab, running) => {
    const result = await lab.internalShiftScan({}, running);
    /** @type {Record<string, import('batchnorm').Figure>} */
    const figures = {};
    for (const batchNorm of [false, true]) {
      // after a Stop there may be nothing to draw
      if (!result.cells.some((cell) => cell.batchNorm === batchNorm && cell.accuracy !== null)) continue;
      const suffix = batchNorm ? 'with-bn' : 'without-bn';
      figures[`drift-${suffix}`] = lab.shiftScanFigure(result, 'drift', batchNorm);
      figures[`accuracy-${suffix}`] = lab.shiftScanFigure(result, 'accuracy', batchNorm);
    }
    return [result, figures];
  },
  activations: async (lab) => {
    const result = lab.activationCurves();
    return [result, { '': lab.activationFigure(result) }];
  },
  depth: async (lab, running) => {
    const result = await lab.depthStudy({}, running);
    return [
      result,
      {
        gradient: lab.gradientDepthFigure(result),
        change: lab.changeDepthFigure(result),
        scale: lab.changeDepthFigure(result, 'scale'),
      },
    ];
  },
  'gradient-variance': async (lab, running) => {
    const result = await lab.gradientVariance({}, running);
    return [result, { '': lab.gradientVarianceFigure(result) }];
  },
  'gradient-cloud': async (lab) => {
    const result = lab.gradientCloud();
    return [result, { '': lab.gradientCloudFigure(result) }];
  },
  'time-per-example': async (lab, running) => {
    const result = await lab.timePerExample({}, running);
    return [result, { '': lab.timePerExampleFigure(result) }];
  },
  'whitening-inputs': async (lab) => {
    const result = lab.whiteningInputs();
    return [
      result,
      {
        stages: lab.whiteningStagesFigure(result),
        weights: lab.weightPathFigure(result),
        curves: lab.inputCurvesFigure(result),
      },
    ];
  },
  'bias-drift': async (lab) => {
    const result = lab.biasDrift();
    return [result, { '': lab.biasDriftFigure(result) }];
  },
  'whitened-digits': async (lab, running) => {
    const result = await lab.whitenedDigits({}, running);
    return [result, { '': lab.whitenedDigitsFigure(result) }];
  },
  'whitening-cost': async (lab, running) => {
    const result = await lab.whiteningCost({}, running);
    return [result, { '': lab.whiteningCostFigure(result) }];
  },
  'singular-covariance': async (lab) => {
    const result = lab.singularCovariance();
    return [result, { '': lab.singularCovarianceFigure(result) }];
  },
  transform: async (lab) => {
    const result = lab.transformStudy();
    return [
      result,
      {
        features: lab.transformFigure(result),
        scale: lab.scaleInvarianceFigure(result),
        sigmoid: lab.sigmoidPartFigure(result),
      },
    ];
  },
  'gradient-check': async (lab) => {
    const result = lab.gradientCheck();
    return [result, { '': lab.gradientCheckFigure(result) }];
  },
  'left-out': async (lab, running) => {
    const result = await lab.leftOutTraining({}, running);
    return [result, { '': lab.leftOutTrainingFigure(result) }];
  },
  paper: async (lab, running) => {
    const result = await lab.paperFigure({}, running);
    const figures = { accuracy: lab.paperAccuracyFigure(result) };
    // Stopped before its first look, it has no percentiles to show.
    return [
      result,
      result.runs.length > 0 ? { ...figures, percentiles: lab.paperPercentileFigure(result) } : figures,
    ];
  },
  'paper-scan': async (lab, running) => {
    const result = await lab.paperScan({}, running);
    return [
      result,
      Object.fromEntries(
        result.config.steps.map((step, look) => [String(step), lab.paperScanFigure(result, look)]),
      ),
    ];
  },
  inference: async (lab, running) => {
    const result = await lab.inferenceStudy({}, running);
    return [result, { '': lab.inferenceFigure(result) }];
  },
  pitfalls: async (lab) => {
    const result = lab.pitfalls();
    const figures = result.exhibits.map((exhibit, i) => [
      `${exhibit.room}-${i + 1}`,
      lab.pitfallFigure(exhibit),
    ]);
    return [result, Object.fromEntries(figures)];
  },
  'learning-rates': async (lab, running) => {
    const result = await lab.learningRateSweep({}, running);
    return [result, { '': lab.sweepFigure(result) }];
  },
  initialisation: async (lab, running) => {
    const result = await lab.initialisationSweep({}, running);
    return [result, { '': lab.initialisationFigure(result) }];
  },
  'activation-shapes': async (lab) => {
    const result = await lab.activationShapes({});
    return [result, { '': lab.activationShapesFigure(result) }];
  },
  placement: async (lab, running) => {
    const result = await lab.placementSweep({}, running);
    return [result, { '': lab.placementFigure(result) }];
  },
  'batch-size': async (lab, running) => {
    const result = await lab.batchSizeSweep({}, running);
    return [result, { '': lab.batchSizeFigure(result) }];
  },
  companions: async (lab) => {
    const result = lab.companions();
    return [result, { '': lab.companionsFigure(result) }];
  },
  shuffling: async (lab, running) => {
    const result = await lab.shufflingSweep({}, running);
    return [result, { '': lab.shufflingFigure(result) }];
  },
  'statistics-noise': async (lab, running) => {
    const result = await lab.statisticsNoise({}, running);
    return [result, { '': lab.statisticsNoiseFigure(result) }];
  },
  ghost: async (lab, running) => {
    const result = await lab.ghostSweep({}, running);
    return [result, { '': lab.ghostFigure(result) }];
  },
  dropout: async (lab, running) => {
    const result = await lab.dropoutSweep({}, running);
    return [result, { '': lab.dropoutFigure(result) }];
  },
  l2: async (lab, running) => {
    const result = await lab.l2Sweep({}, running);
    return [result, { '': lab.l2Figure(result) }];
  },
  'noisy-bn': async (lab, running) => {
    const result = await lab.noisyBatchNorm({}, running);
    return [result, { '': lab.noisyFigure(result) }];
  },
  'gradient-shift': async (lab, running) => {
    const result = await lab.gradientShiftStudy({}, running);
    return [result, { '': lab.gradientShiftFigure(result) }];
  },
  'gradient-growth': async (lab, running) => {
    const result = await lab.gradientGrowth({}, running);
    return [result, { '': lab.gradientGrowthFigure(result) }];
  },
  convolution: async (lab, running) => {
    const result = await lab.convolutionStudy({}, running);
    return [result, { '': lab.convolutionFigure(result) }];
  },
};
