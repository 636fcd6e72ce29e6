/**
 * Why inputs are whitened (Ioffe and Szegedy 2015, section 2, which cites LeCun, Bottou, Orr and Müller 1998): the
 * three steps on two features, the path of a neuron's weights, and learning curves.
 */
import { sigmoid } from '../activations.js';
import { checkCount, checkOptions, checkPositive, type Numbers } from '../check.js';
import { covarianceMatrix } from '../covariance.js';
import { Random } from '../random.js';
import {
  covarianceEqualisation,
  meanRemoval,
  pcaDecorrelation,
  pcaWhitening,
  type WhiteningStep,
} from '../whiteningSteps.js';
import { lowestLoss, neuronCondition, neuronCurve, type WeightPath, weightPath } from './inputNeuron.js';

/** What `whiteningInputs` can be told. */
export interface WhiteningInputsConfig {
  /** Each seeds a set of examples; the first one's is drawn. Left out: 1, 2, 3. */
  seeds?: number[];
  /** Examples. Left out: 200. */
  m?: number;
  /** Correlation of the two features, in (-1, 1). Left out: 0.8. */
  correlation?: number;
  /** Updates of the path, one example each. Left out: 40. */
  updates?: number;
  /** Steps of the learning curves, all examples each. Left out: 600. */
  steps?: number;
  /** Learning rates to choose from, for each curve its best. Left out: 1/8 to 64, by powers of 2. */
  learningRates?: number[];
}

/** The examples after one of the steps. */
export interface WhiteningStage {
  name: 'raw' | 'mean removed' | 'decorrelated' | 'equalised';
  /** Both features of every example. */
  x1: number[];
  x2: number[];
  mean: number[];
  /** 2 x 2, row by row. */
  covariance: number[];
}

/** How inputs are prepared: not at all, by mean removal, or by mean removal and whitening. */
export type InputPreparation = 'raw' | 'centred' | 'whitened';

/** The learning curves of the neuron with inputs prepared in one way. */
export interface InputCurve {
  inputs: InputPreparation;
  /** The rate with the lowest loss, taken over all steps and seeds. */
  learningRate: number;
  /** Loss above the best possible one, in nats: for each seed, steps + 1 numbers. */
  excess: number[][];
  /** Steps until the excess is below 0.001 nats for good, for each seed; null when it never is. */
  stepsToThousandth: (number | null)[];
  /** Largest over smallest eigenvalue of the loss's Hessian at the start, the mean over seeds. */
  condition: number;
}

/** What `whiteningInputs` gives back. */
export interface WhiteningInputsResult {
  config: Required<WhiteningInputsConfig>;
  stages: WhiteningStage[];
  paths: (WeightPath & { inputs: InputPreparation })[];
  /** Where all paths should end. */
  target: [number, number];
  curves: InputCurve[];
}

const TARGET: [number, number] = [1, -1];
const THOUSANDTH = 0.001;

/**
 * Draws examples of two positive, correlated features, and shows what whitening them does:
 *
 * - the examples after mean removal, decorrelation and covariance equalisation;
 * - the path of a linear neuron's weights, one example at a time, from 0 to (1, -1). An update is a number times the
 *   input, so with all-positive inputs both weights always move together, and the way to (1, -1) is a zigzag;
 * - learning curves of a sigmoid neuron on noisy labels, full gradient, each at the best of the learning rates.
 *
 * The neuron is the same for raw, centred and whitened inputs and can express the same functions.
 *
 * @throws TypeError for an unknown option, RangeError for fewer than 10 examples, a correlation outside (-1, 1), or no
 * seed or learning rate
 *
 * @example
 * const { paths, curves } = whiteningInputs();
 * console.log(paths[0].inputs, paths[0].together, paths[2].together < 0.6); // prints raw 1 true
 * console.log(curves.map(({ condition }) => Math.round(condition)).join()); // prints 200,27,1
 */
export function whiteningInputs(config: WhiteningInputsConfig = {}): WhiteningInputsResult {
  const all = complete(config);
  const { seeds, m, correlation, updates } = all;
  const sets = seeds.map((seed) => drawExamples(new Random(seed), m, correlation));
  const order = new Random(seeds[0]).fork('order');
  const picks = Array.from({ length: updates }, () => order.integer(m));
  const [{ x }] = sets;
  return {
    config: all,
    stages: drawStages(x, m),
    paths: preparations(x, m).map(({ inputs, step }) => ({
      inputs,
      ...weightPath({ z: step?.forward(x, m) ?? x, m, matrix: step?.matrix ?? [1, 0, 0, 1] }, picks, TARGET),
    })),
    target: TARGET,
    curves: drawCurves(sets, all),
  };
}

function complete(config: WhiteningInputsConfig): Required<WhiteningInputsConfig> {
  checkOptions('whiteningInputs', config, [
    ...['seeds', 'm', 'correlation', 'updates', 'steps', 'learningRates'],
  ]);
  const {
    seeds = [1, 2, 3],
    m = 200,
    correlation = 0.8,
    updates = 40,
    steps = 600,
    learningRates = [1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 8, 16, 32, 64],
  } = config;
  checkCount('the number of seeds', seeds.length);
  checkCount('the number of learning rates', learningRates.length);
  for (const rate of learningRates) checkPositive('learningRates', rate);
  checkCount('m', m, 10);
  checkCount('updates', updates);
  checkCount('steps', steps);
  if (!(Math.abs(correlation) < 1)) {
    throw new RangeError(`correlation must be above -1 and below 1, found ${correlation}`);
  }
  return { seeds, m, correlation, updates, steps, learningRates };
}

/**
 * Positive examples around (2, 1.5) with standard deviations of 0.5 and 0.4, and labels that a sigmoid neuron draws:
 * the labels overlap, so that the best loss is reached at finite weights.
 */
function drawExamples(random: Random, m: number, correlation: number): { x: Float64Array; labels: number[] } {
  const x = new Float64Array(2 * m);
  const labels: number[] = [];
  for (let i = 0; i < m; ) {
    const [a, b] = [random.normal(), random.normal()];
    const [x1, x2] = [
      2 + 0.5 * a,
      1.5 + 0.4 * (correlation * a + Math.sqrt(1 - correlation * correlation) * b),
    ];
    if (x1 <= 0 || x2 <= 0) continue;
    x.set([x1, x2], 2 * i);
    labels.push(random.uniform() < sigmoid(3 * (x1 - 2) - 4 * (x2 - 1.5)) ? 1 : 0);
    i++;
  }
  return { x, labels };
}

function drawStages(x: Float64Array, m: number): WhiteningStage[] {
  const stage = (name: WhiteningStage['name'], at: Numbers): WhiteningStage => {
    const { mean, covariance } = covarianceMatrix(at, m, 2);
    const column = (j: number) => Array.from({ length: m }, (_, i) => at[2 * i + j]);
    return { name, x1: column(0), x2: column(1), mean: [...mean], covariance: [...covariance] };
  };
  const centred = meanRemoval(x, m, 2).forward(x, m);
  const decorrelated = pcaDecorrelation(centred, m, 2).forward(centred, m);
  const equalised = covarianceEqualisation(decorrelated, m, 2).forward(decorrelated, m);
  return [
    stage('raw', x),
    stage('mean removed', centred),
    stage('decorrelated', decorrelated),
    stage('equalised', equalised),
  ];
}

function preparations(x: Numbers, m: number): { inputs: InputPreparation; step: WhiteningStep | null }[] {
  return [
    { inputs: 'raw', step: null },
    { inputs: 'centred', step: meanRemoval(x, m, 2) },
    { inputs: 'whitened', step: pcaWhitening(x, m, 2) },
  ];
}

function drawCurves(
  sets: { x: Float64Array; labels: number[] }[],
  { m, steps, learningRates }: Required<WhiteningInputsConfig>,
): InputCurve[] {
  const best = sets.map(({ x, labels }) => lowestLoss(pcaWhitening(x, m, 2).forward(x, m), labels));
  return (['raw', 'centred', 'whitened'] as const).map((inputs, kind) => {
    const prepared = sets.map(({ x }) => preparations(x, m)[kind].step?.forward(x, m) ?? x);
    const runs = learningRates.map((rate) =>
      prepared.map((z, set) =>
        // the best loss is known to rounding only
        neuronCurve(z, sets[set].labels, rate, steps).map((loss) => Math.max(0, loss - best[set])),
      ),
    );
    const totals = runs.map((run) => run.flat().reduce((sum, value) => sum + value, 0));
    const chosen = totals.indexOf(Math.min(...totals));
    const excess = runs[chosen];
    const conditions = prepared.map((z, set) => neuronCondition(z, sets[set].labels));
    return {
      inputs,
      learningRate: learningRates[chosen],
      excess,
      stepsToThousandth: excess.map((curve) => {
        const last = curve.findLastIndex((value) => value >= THOUSANDTH);
        return last < steps ? last + 1 : null;
      }),
      condition: conditions.reduce((sum, value) => sum + value, 0) / conditions.length,
    };
  });
}
