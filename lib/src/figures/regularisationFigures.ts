/** Figures of lecture 15: noise of the statistics, ghost batches, dropout and L2 beside BN. */
import type { GhostResult } from '../experiments/ghostSweep.js';
import type { DropoutResult, L2Result } from '../experiments/regularisation.js';
import type { StatisticsNoiseResult } from '../experiments/statisticsNoise.js';
import type { Figure } from './figure.js';
import { bySeedPoints, geometricMean, type LooseTrace, mean, panelFigure, seedCurve } from './panels.js';
import { axis, bnStyle, colours, logAxis, neutralStyles, percent, powersOfTwo, withBN } from './theme.js';

/**
 * How far a minibatch's mean and variance are off, against m.
 *
 * @example
 * const config = { batchSizes: [2, 4], seeds: [1], draws: 5, population: 40, units: 3 };
 * show(statisticsNoiseFigure(await statisticsNoise(config)));
 */
export function statisticsNoiseFigure({ cells, config }: StatisticsNoiseResult): Figure {
  const { batchSizes, seeds } = config;
  const [low, high] = [Math.min(...batchSizes) / 1.3, Math.max(...batchSizes) * 1.3];
  const names = {
    mean: 'of the mean, over the variance',
    variance: 'of the variance, over its square',
  } as const;
  const curves = (['mean', 'variance'] as const).map((pick, i) => {
    const points = bySeedPoints(
      cells,
      ({ m }) => m,
      (cell) => cell[pick],
    );
    return { pick, points, style: { ...neutralStyles[i], name: names[pick] } };
  });
  const one: LooseTrace = {
    type: 'scatter',
    mode: 'lines',
    name: '1/m',
    x: [...batchSizes],
    y: batchSizes.map((m) => 1 / m),
    line: { color: colours.ink, width: 2, dash: 'dot' },
  };
  const sentences = [...new Set(cells.map(({ m }) => m))].map((m) => {
    const at = (pick: 'mean' | 'variance' | 'biased') =>
      mean(cells.filter((cell) => cell.m === m).map((cell) => cell[pick]));
    return `at m = ${m} the mean ${at('mean').toPrecision(2)}, the variance ${at('variance').toPrecision(2)}, the biased variance ${percent(at('biased'))} of the population's`;
  });
  const few = sentences.length > 3 ? [sentences[0], sentences[sentences.length - 1]] : sentences;
  const text = few.join('; ') || 'no m measured yet, 0 done';
  const values = cells.flatMap((cell) => [cell.mean, cell.variance]);
  const [bottom, top] = values.length > 0 ? [Math.min(...values), Math.max(...values)] : [0.001, 1];
  return panelFigure(
    'A minibatch’s statistics are estimates: their squared error against m',
    [
      {
        x: logAxis('minibatch size m', low, high, powersOfTwo(batchSizes)),
        y: logAxis('relative squared error', bottom / 2, top * 2),
        traces: [
          ...curves.flatMap(({ points, style }) =>
            seedCurve(points, style, { showlegend: true, centre: geometricMean }),
          ),
          one,
        ],
      },
    ],
    {
      alt: `Squared error of a minibatch's mean (over the variance) and of its unbiased variance (over its square) against m on log axes, with the dotted line 1/m; bands span ${seeds.length} seeds. Relative squared errors: ${text}.`,
      summary: `Relative squared errors: ${text}.`,
    },
  );
}

/**
 * Accuracy and training loss against the size of the ghost batches.
 *
 * @example
 * const config = { ghostSizes: [2, 4], m: 8, seeds: [1], steps: 3, trainCount: 20, hidden: 4 };
 * show(ghostFigure(await ghostSweep(config, { workers: 0 })));
 */
export function ghostFigure(result: GhostResult): Figure {
  const { ghostSizes, m, seeds, steps, trainCount } = result.config;
  const [low, high] = [Math.min(...ghostSizes) / 1.4, Math.max(...ghostSizes) * 1.4];
  const points = (of: (cell: GhostResult['cells'][number]) => number | null) =>
    bySeedPoints(
      result.cells.filter((cell) => of(cell) !== null),
      ({ ghost }) => ghost,
      (cell) => of(cell) ?? Number.NaN,
    );
  const accuracy = points((cell) => 100 * cell.accuracy);
  const loss = points(({ finalLoss }) => finalLoss);
  const sentences = accuracy.map(
    ({ x, values }) =>
      `ghost batches of ${x}: ${percent(mean(values) / 100)}` +
      (loss.some((point) => point.x === x)
        ? `, training loss ${mean(loss.find((point) => point.x === x)?.values ?? []).toFixed(2)}`
        : ''),
  );
  const text = sentences.join('; ') || 'no run yet, 0 done';
  const x = () => logAxis('size of the ghost batches', low, high, powersOfTwo(ghostSizes));
  return panelFigure(
    `Ghost batches: BN’s statistics over parts of a minibatch of ${m}`,
    [
      {
        heading: 'test accuracy',
        x: x(),
        y: axis('test accuracy (%)', { range: [0, 104], tickvals: [0, 20, 40, 60, 80, 100] }),
        traces: seedCurve(accuracy, withBN, { showlegend: false }),
        levels: [10],
      },
      {
        heading: 'training loss at the end',
        x: x(),
        y: axis('loss (nats)', { range: [0, 1.2 * Math.max(1, ...loss.flatMap(({ values }) => values))] }),
        traces: seedCurve(loss, withBN, { showlegend: false }),
      },
    ],
    {
      alt: `Test accuracy and training loss after ${steps} steps of ${m} examples from ${trainCount}, against the size of the ghost batches on a log axis; bands span ${seeds.length} seeds. ${text}.`,
      summary: `${result.cells.length} of ${result.planned} runs. After ${steps} steps, ${text}.`,
    },
    { showlegend: false },
  );
}

/**
 * Accuracy against dropout's rate, with and without BN.
 *
 * @example
 * const config = { seeds: [1], steps: 4, trainCount: 60, hidden: 4, testCount: 20, rates: [0, 0.5] };
 * show(dropoutFigure(await dropoutSweep(config, { workers: 0 })));
 */
export function dropoutFigure(result: DropoutResult): Figure {
  const { rates, batchNorm, seeds, steps, trainCount } = result.config;
  const curves = batchNorm.map((bn) => ({
    style: bnStyle(bn),
    points: bySeedPoints(
      result.cells.filter((cell) => cell.batchNorm === bn),
      ({ rate }) => 100 * rate,
      ({ accuracy }) => 100 * accuracy,
    ),
  }));
  const sentences = curves.map(({ style, points }) =>
    points.length === 0
      ? `${style.name}: no run yet`
      : `${style.name}: ${points.map(({ x, values }) => `${percent(mean(values) / 100)} at ${x} %`).join(', ')}`,
  );
  const text = sentences.join('; ');
  const all = curves.flatMap(({ points }) => points.flatMap(({ values }) => values));
  return panelFigure(
    `Dropout with and without BN, ${trainCount} training images`,
    [
      {
        x: axis('units dropped (%)', { range: [-5, 105 * Math.max(...rates) + 5] }),
        y: axis('test accuracy (%)', {
          range: all.length > 0 ? [Math.min(...all) - 3, Math.max(...all) + 3] : [0, 100],
        }),
        traces: curves.flatMap(({ style, points }) => seedCurve(points, style, { showlegend: true })),
      },
    ],
    {
      alt: `Test accuracy after ${steps} steps against the share of units that dropout sets to 0, with BN (solid, circles) and without (dashed, squares); bands span ${seeds.length} seeds. ${text}.`,
      summary: `${result.cells.length} of ${result.planned} runs. Test accuracy after ${steps} steps, ${text}.`,
    },
  );
}

/**
 * Accuracy, weights and effective rate against L2's strength; lambda = 0 stands at the left end.
 *
 * @example
 * const config = { seeds: [1], steps: 4, trainCount: 60, hidden: 4, testCount: 20, lambdas: [0, 0.1] };
 * show(l2Figure(await l2Sweep(config, { workers: 0 })));
 */
export function l2Figure(result: L2Result): Figure {
  const { lambdas, batchNorm, seeds, steps, learningRate } = result.config;
  const positive = lambdas.filter((lambda) => lambda > 0);
  const least = positive.length > 0 ? Math.min(...positive) : 1e-4;
  // A log axis has no 0: it gets a place of its own, half a power of ten left of the rest.
  const zero = least / 10 ** 0.5;
  const [low, high] = [zero / 1.6, Math.max(least, ...positive) * 1.6];
  const place = (lambda: number) => (lambda === 0 ? zero : lambda);
  const tickvals = [
    ...(lambdas.includes(0) ? [zero] : []),
    ...positive.filter((v) => Math.abs(Math.log10(v) % 1) < 1e-9),
  ];
  const ticktext = tickvals.map((value) => (value === zero ? '0' : String(value)));
  const curve = (of: (cell: L2Result['cells'][number]) => number, showlegend: boolean): LooseTrace[] =>
    batchNorm.flatMap((bn) =>
      seedCurve(
        bySeedPoints(
          result.cells.filter((cell) => cell.batchNorm === bn),
          ({ lambda }) => place(lambda),
          of,
        ),
        bnStyle(bn),
        { showlegend },
      ),
    );
  const rates = batchNorm.flatMap((bn) => {
    const of = (lambda: number) =>
      result.cells
        .filter((cell) => cell.batchNorm === bn && cell.lambda === lambda)
        .map((cell) => cell.effectiveRate);
    const [first, last] = [of(Math.min(...lambdas)), of(Math.max(...lambdas))];
    if (first.length === 0 || last.length === 0) return [];
    return [`${bnStyle(bn).name} from ${mean(first).toPrecision(2)} to ${mean(last).toPrecision(2)}`];
  });
  const accuracies = batchNorm.flatMap((bn) => {
    const points = bySeedPoints(
      result.cells.filter((cell) => cell.batchNorm === bn),
      ({ lambda }) => lambda,
      ({ accuracy }) => accuracy,
    );
    if (points.length === 0) return [];
    return [
      `${bnStyle(bn).name} ${points.map(({ x, values }) => `${percent(mean(values))} at λ ${x}`).join(', ')}`,
    ];
  });
  const text =
    `${result.cells.length} of ${result.planned} runs. Test accuracy: ${accuracies.join('; ') || 'no run yet'}. ` +
    `Effective rate: ${rates.join(', ') || 'no run yet'}.`;
  const x = () => logAxis('L2’s λ', low, high, { tickvals, ticktext });
  const shares = result.cells.map(({ accuracy }) => 100 * accuracy);
  const effective = result.cells.map(({ effectiveRate }) => effectiveRate);
  return panelFigure(
    'L2 on the weights: under BN it sets the effective learning rate',
    [
      {
        heading: 'test accuracy',
        x: x(),
        y: axis('test accuracy (%)', {
          range: shares.length > 0 ? [Math.min(...shares) - 4, Math.max(...shares) + 6] : [0, 100],
        }),
        traces: curve(({ accuracy }) => 100 * accuracy, true),
      },
      {
        heading: 'learning rate / |W|²',
        x: x(),
        y: axis('effective rate', { range: [0, effective.length > 0 ? 1.2 * Math.max(...effective) : 1] }),
        traces: curve(({ effectiveRate }) => effectiveRate, false),
      },
    ],
    {
      alt: `Two panels against L2's lambda on a log axis (0 at the left end), after ${steps} steps at learning rate ${learningRate}, with BN (solid, circles) and without (dashed, squares): test accuracy, and the learning rate over the squared norm of the first layer's weights; bands span ${seeds.length} seeds. ${text}`,
      summary: text,
    },
  );
}
