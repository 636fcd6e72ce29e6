/** Figures and tables of DCGANs: how a training went, and what the ablation of BN's place found. */
import type { Figure } from '../../figures/figure.js';
import { pictureRows } from '../../figures/imageFigures.js';
import { type LooseTrace, mean, panelFigure, seedCurve } from '../../figures/panels.js';
import type { Table } from '../../figures/table.js';
import { axis, bnStyle, neutralStyles, percent, type SeriesStyle } from '../../figures/theme.js';
import {
  commonStep,
  type DcganAblation,
  type DcganReading,
  type DcganVariant,
  dcganVariants,
} from './ablation.js';
import type { DcganHistory } from './train.js';

/** What each variant is called, and its look. */
const variantStyles: Readonly<Record<DcganVariant, SeriesStyle>> = {
  paper: { ...bnStyle(true), name: 'BN as in the paper' },
  mixed: { ...neutralStyles[0], name: 'mixed minibatches' },
  everywhere: { ...neutralStyles[2], name: 'BN everywhere' },
  none: { ...bnStyle(false), name: 'without BN' },
};
/** The same in a table's head. */
const places: Readonly<Record<DcganVariant, string>> = {
  paper: 'as in the paper',
  mixed: 'mixed',
  everywhere: 'everywhere',
  none: 'nowhere',
};
const variants = Object.keys(dcganVariants) as DcganVariant[];

/** Each point is the mean of so many steps. */
const SMOOTHED = 10;

/**
 * The losses of both networks over the steps, and the share of images that the discriminator told apart.
 *
 * @example
 * show(dcganLossFigure({ discriminatorLoss: [1.4, 1.2], generatorLoss: [0.7, 0.9], accuracy: [0.5, 0.7] }));
 * @throws RangeError before the first step
 */
export function dcganLossFigure(history: DcganHistory): Figure {
  const { discriminatorLoss, generatorLoss, accuracy } = history;
  if (accuracy.length === 0) {
    throw new RangeError('history must hold at least one step, found none');
  }
  const curve = (
    name: string,
    values: readonly number[],
    look: (typeof neutralStyles)[number],
  ): LooseTrace => ({
    type: 'scatter',
    mode: 'lines',
    name,
    x: values.map((_, i) => i + 1),
    y: values.map((_, i) => mean(values.slice(Math.max(0, i + 1 - SMOOTHED), i + 1))),
    line: { color: look.color, width: 4, dash: look.dash },
  });
  const last = (values: readonly number[]) => mean(values.slice(-SMOOTHED));
  const text =
    `After ${accuracy.length} steps: loss of the discriminator ${last(discriminatorLoss).toFixed(2)}, of the generator ` +
    `${last(generatorLoss).toFixed(2)}; the discriminator tells ${percent(last(accuracy))} of the images apart`;
  const steps = axis('step', { range: [0, accuracy.length + 1] });
  return panelFigure(
    'Two networks against each other',
    [
      {
        x: steps,
        y: axis('loss (nats)'),
        traces: [
          curve('discriminator', discriminatorLoss, neutralStyles[0]),
          curve('generator', generatorLoss, neutralStyles[1]),
        ],
      },
      {
        x: steps,
        y: axis('images told apart (%)', { range: [0, 104] }),
        traces: [
          {
            ...curve(
              'told apart',
              accuracy.map((share) => 100 * share),
              neutralStyles[3],
            ),
            showlegend: false,
          },
        ],
        levels: [50],
      },
    ],
    {
      alt: `Left: the two losses over the steps. Right: the share of images that the discriminator tells apart, with guessing (50 %) dotted. ${text}.`,
      summary: `${text}.`,
    },
  );
}

/** What the ablation is looked at for. */
const views: readonly { heading: string; unit: string; of: (reading: DcganReading) => number }[] = [
  {
    heading: 'score of the digits',
    unit: 'score (1 to 10)',
    of: (reading) => reading.digits?.score ?? Number.NaN,
  },
  { heading: 'variety', unit: 'distance / that of real ones', of: (reading) => reading.diversity },
  { heading: 'restlessness', unit: 'motion / distance', of: (reading) => reading.motion },
  { heading: 'saturated numbers', unit: 'share (%)', of: (reading) => 100 * reading.saturation },
];

/**
 * Four measures over the steps, for each variant: means over the seeds, with bands from the least to the largest.
 *
 * @example
 * const { readings, ...rest } = exampleRun();
 * show(ablationFigure({ images: 'digits', options: {}, readEvery: 1, machine: '', runs: [{ ...rest, readings }] }));
 * @throws RangeError when there is no reading
 */
export function ablationFigure(ablation: DcganAblation): Figure {
  const { runs } = ablation;
  const steps = [...new Set(runs.flatMap((run) => run.readings.map(({ step }) => step)))];
  if (steps.length === 0) {
    throw new RangeError('the ablation must hold at least one reading, found none');
  }
  const longest = Math.max(...steps);
  const there = variants.filter((variant) => runs.some((run) => run.variant === variant));
  const panels = views.map(({ heading, unit, of }, panel) => ({
    heading,
    x: axis('step', { range: [0, 1.03 * longest] as [number, number] }),
    y: axis(unit),
    traces: there.flatMap((variant) => {
      const own = runs.filter((run) => run.variant === variant);
      const points = steps.map((step) => ({
        x: step,
        values: own
          .flatMap((run) => run.readings.filter((reading) => reading.step === step).map(of))
          .filter(Number.isFinite),
      }));
      return seedCurve(points, variantStyles[variant], { showlegend: panel === 0 });
    }),
  }));
  const step = commonStep(ablation);
  const sentences = there.map((variant) => {
    const scores = valuesAt(ablation, variant, step, views[0].of);
    return `${variantStyles[variant].name} ${scores.length > 0 ? mean(scores).toFixed(2) : 'none'}`;
  });
  const text = `Mean score at step ${step}: ${sentences.join('; ')}`;
  const texts = {
    alt: `Four panels over the training steps, a curve for each variant: score of the generated digits, their variety, how much they move between two readings, and how many numbers are saturated. ${text}.`,
    summary: `${text}.`,
  };
  // The four names take two lines.
  return panelFigure('What BN’s place does to a DCGAN', panels, texts, {
    margin: { l: 86, r: 24, t: 130, b: 76 },
  });
}

/** One number of each seed of a variant at a step. */
function valuesAt(
  { runs }: DcganAblation,
  variant: DcganVariant,
  step: number,
  of: (reading: DcganReading) => number,
): number[] {
  return runs
    .filter((run) => run.variant === variant)
    .flatMap((run) => run.readings.filter((reading) => reading.step === step).map(of))
    .filter(Number.isFinite);
}

/**
 * The ablation as a table at the last step that all runs reached: the mean over the seeds, and in brackets the least and
 * the largest.
 *
 * @example
 * const run = exampleRun();
 * const table = ablationTable({ images: 'digits', options: {}, readEvery: 1, machine: '', runs: [run] });
 * console.log(table.rows[0].join()); // prints score,5.10
 */
export function ablationTable(ablation: DcganAblation): Table {
  const step = commonStep(ablation);
  const measures: { name: string; show: (value: number) => string; of: (reading: DcganReading) => number }[] =
    [
      { name: 'score', show: (v) => v.toFixed(2), of: (r) => r.digits?.score ?? Number.NaN },
      { name: 'classes', show: (v) => v.toFixed(1), of: (r) => r.digits?.classes ?? Number.NaN },
      { name: 'Fréchet distance', show: (v) => v.toFixed(2), of: (r) => r.frechet },
      { name: 'variety', show: (v) => v.toFixed(2), of: (r) => r.diversity },
      { name: 'restlessness', show: (v) => v.toFixed(2), of: (r) => r.motion },
      { name: 'told apart (%)', show: (v) => (100 * v).toFixed(0), of: (r) => r.heldOutAccuracy },
      { name: 'saturated (%)', show: (v) => (100 * v).toFixed(0), of: (r) => r.saturation },
    ];
  const there = variants.filter((variant) => ablation.runs.some((run) => run.variant === variant));
  const rows = measures.map(({ name, show, of }) => [
    name,
    ...there.map((variant) => {
      const values = valuesAt(ablation, variant, step, of);
      if (values.length === 0) {
        return '–';
      }
      const range = values.length > 1 ? ` (${show(Math.min(...values))}–${show(Math.max(...values))})` : '';
      return `${show(mean(values))}${range}`;
    }),
  ]);
  const seeds = new Set(ablation.runs.map((run) => run.seed)).size;
  return {
    caption: `BN, at step ${step}: mean of ${seeds} ${seeds === 1 ? 'seed' : 'seeds'} (least–largest)`,
    columns: ['', ...there.map((variant) => places[variant])],
    rows,
  };
}

/**
 * What each variant draws at its end, for one seed.
 *
 * @example
 * const run = exampleRun();
 * show(ablationSamplesFigure({ images: 'digits', options: {}, readEvery: 1, machine: '', runs: [run] }, 1));
 * @throws RangeError when there is no run with this seed
 */
export function ablationSamplesFigure({ runs }: DcganAblation, seed: number): Figure {
  const own = variants.flatMap((variant) =>
    runs.filter((run) => run.variant === variant && run.seed === seed && run.samples.count > 0),
  );
  if (own.length === 0) {
    throw new RangeError(`seed must be one of the ablation's, found ${seed}`);
  }
  const rows = own.map(({ variant, samples: { base64, ...shape } }) => [
    variantStyles[variant].name,
    { ...shape, bytes: Uint8Array.from(Buffer.from(base64, 'base64')) },
  ]);
  return pictureRows(`Generated by each variant, seed ${seed}`, Object.fromEntries(rows));
}
