import type { InferenceLook, InferenceResult } from '../experiments/inferenceStudy.js';
import type { Figure } from './figure.js';
import { bySeedPoints, type LooseTrace, mean, panelFigure, seedCurve } from './panels.js';
import {
  axis,
  colours,
  logAxis,
  neutralStyles,
  percent,
  powersOfTwo,
  type SeriesStyle,
  withBN,
} from './theme.js';

/**
 * Lecture 10: accuracy with exact and moving averages while training goes on, and by test batches at its end.
 *
 * @example
 * const config = { seeds: [1], steps: [2, 4], testBatches: [2, 10], hidden: 4, testCount: 50 };
 * show(inferenceFigure(await inferenceStudy(config, { workers: 0 })));
 */
export function inferenceFigure(result: InferenceResult): Figure {
  const { steps, newWeights, testBatches, seeds } = result.config;
  const exact: SeriesStyle = { ...withBN, name: 'exact averages' };
  const moving = newWeights.map(
    (newWeight, i): SeriesStyle => ({
      ...neutralStyles[i % neutralStyles.length],
      name: `moving, ${newWeight}`,
    }),
  );
  const curve = (style: SeriesStyle, of: (look: InferenceLook) => number): LooseTrace[] =>
    seedCurve(
      bySeedPoints(
        result.looks,
        ({ step }) => step,
        (look) => 100 * of(look),
      ),
      style,
      { showlegend: true, hover: 'step %{x}: %{y:.1f} %' },
    );
  const last = Math.max(0, ...result.looks.map(({ step }) => step));
  const ended = result.looks.filter(({ step }) => step === last);
  const batches = testBatches.map((m, i) => ({ x: m, values: ended.map((look) => 100 * look.byBatches[i]) }));
  const at = (step: number, of: (look: InferenceLook) => number) =>
    percent(mean(result.looks.filter((look) => look.step === step).map(of)));
  const shown = [...new Set(result.looks.map(({ step }) => step))];
  const chosen = [20, 100, 1000].filter((step) => shown.includes(step));
  const sentences = (chosen.length > 0 ? chosen : shown).map(
    (step) =>
      `after ${step} steps exact averages give ${at(step, (look) => look.population)}, ` +
      newWeights
        .map(
          (weight, i) =>
            `a moving average with new weight ${weight} ${at(step, (look) => look.movingAverage[i])}`,
        )
        .join(', '),
  );
  if (ended.length > 0 && testBatches.length > 0) {
    sentences.push(
      `by test batches of ${testBatches[0]} ${percent(mean(batches[0].values) / 100)}, of ` +
        `${testBatches[testBatches.length - 1]} ${percent(mean(batches[batches.length - 1].values) / 100)}`,
      `a fold changes a logit by at most ${worst(result.looks, 'foldDifference')}, being alone by ` +
        `${worst(result.looks, 'aloneDifference')}, other company in a batch by ${worst(result.looks, 'companyDifference')}`,
    );
  }
  const text = sentences.join('; ') || 'no run yet, 0 looks';
  const y = () => axis('test accuracy (%)', { range: [0, 104], tickvals: [0, 20, 40, 60, 80, 100] });
  const size = (values: number[]) => [Math.min(...values) / 1.4, Math.max(...values) * 1.4] as const;
  return panelFigure(
    'The same weights, tested with different statistics',
    [
      {
        heading: 'while training goes on',
        x: logAxis('step', ...size(steps), { tickvals: steps, ticktext: steps.map(String) }),
        y: y(),
        levels: [10],
        traces: [
          ...curve(exact, ({ population }) => population),
          ...moving.flatMap((style, i) => curve(style, ({ movingAverage }) => movingAverage[i])),
        ],
      },
      {
        heading: `by test batches, after ${last} steps`,
        x: logAxis('size of the test batch', ...size(testBatches), powersOfTwo(testBatches)),
        y: y(),
        levels: [10],
        traces: [
          ...seedCurve(
            ended.length > 0 ? batches : [],
            { ...neutralStyles[3], name: 'the batch’s own' },
            { showlegend: true },
          ),
          {
            type: 'scatter',
            mode: 'lines',
            name: 'exact averages',
            showlegend: false,
            x: testBatches,
            y: testBatches.map(() =>
              ended.length > 0 ? 100 * mean(ended.map((look) => look.population)) : null,
            ),
            line: { color: colours.blue, width: 2, dash: 'solid' },
          },
        ],
      },
    ],
    {
      alt: `Two panels of test accuracy, bands over ${seeds.length} seeds. Left against training steps on a log axis, with exact averages (solid, circles) and with moving averages; right, after ${last} steps, with statistics of the test batch itself against its size. ${text}.`,
      summary: `${text[0].toUpperCase()}${text.slice(1)}.`,
    },
    { legend: { ...smallLegend } },
  );
}

const worst = (
  looks: InferenceLook[],
  pick: 'foldDifference' | 'aloneDifference' | 'companyDifference',
): string => {
  const value = Math.max(...looks.map((look) => look[pick]));
  return value === 0 ? '0' : value >= 0.01 ? value.toFixed(2) : value.toExponential(0);
};

/** Four long names in one row need smaller type. */
const smallLegend = {
  ...{ orientation: 'h', traceorder: 'normal', x: 0, xanchor: 'left', y: 1.02, yanchor: 'bottom' },
  font: { size: 16 },
};
