/** Bugs of training mode and inference mode: the wrong one left on, stale averages, a minibatch of one. */
import { batchNormInference } from '../../inference.js';
import { MovingAverage } from '../../movingAverage.js';
import { createNetwork } from '../../network.js';
import { networkForward } from '../../networkPass.js';
import { Random } from '../../random.js';
import { batchNorm, columnMoments } from '../../transform.js';
import { brief, type Pitfall } from './pitfall.js';

/** The first logit of one example, served together with 7 others, which `company` draws. */
function served(buggy: boolean, company: number, seed: number): number {
  const random = new Random(seed);
  const network = createNetwork({ sizes: [4, 8, 2], activation: 'tanh', batchNorm: true }, random);
  const example = Array.from({ length: 4 }, () => random.normal());
  const others = random.fork(`company ${company}`);
  // Other companies are other in brightness, too.
  const shift = others.normal();
  const x = [...example, ...Array.from({ length: 7 * 4 }, () => shift + others.normal())];
  return networkForward(network, x, 8, buggy ? 'training' : 'inference').logits[0];
}

export const trainingModeLeftOn: Pitfall = {
  room: 'modes',
  bug: 'The network is served in training mode, so that BN normalises with the statistics of whatever is asked together.',
  symptom: 'The same example gets another answer in another company.',
  test: 'One example in eight different minibatches must get the same answer each time.',
  curves: (seed) => ({
    x: 'company',
    y: 'answer for the same example',
    points: Array.from({ length: 8 }, (_, company) => ({
      at: company + 1,
      right: served(false, company, seed),
      buggy: served(true, company, seed),
    })),
  }),
  check: (buggy, seed) => {
    const answers = Array.from({ length: 8 }, (_, company) => served(buggy, company, seed));
    const range = Math.max(...answers) - Math.min(...answers);
    return { passes: range < 1e-12, found: `the answers lie ${brief(range)} apart` };
  },
};

const WEIGHT = { newWeight: 0.01 };

/**
 * A feature that moves while the layers below it learn, its moving average, and how far the normalised feature's mean
 * is from 0 at inference. The bug serves with the moving average after `steps` steps; right are statistics taken anew.
 */
function leftOverMean(buggy: boolean, steps: number, seed: number): number {
  const random = new Random(seed);
  // The feature's mean goes from 0 to 4 within the first hundred steps.
  const meanAt = (step: number) => 4 * (1 - Math.exp(-step / 25));
  const draw = (step: number) => Float64Array.from({ length: 64 }, () => meanAt(step) + random.normal());
  const [mean, variance] = [new MovingAverage([0], WEIGHT), new MovingAverage([1], WEIGHT)];
  for (let step = 1; step <= steps; step++) {
    const own = columnMoments(draw(step), 64, 1);
    mean.update(own.mean);
    variance.update(own.variance);
  }
  const now = Float64Array.from({ length: 4000 }, () => meanAt(steps) + random.normal());
  const fresh = columnMoments(now, now.length, 1);
  const statistics = buggy ? { mean: mean.state, variance: variance.state } : fresh;
  return columnMoments(batchNormInference(now, now.length, 1, statistics), now.length, 1).mean[0];
}

export const staleAverages: Pitfall = {
  room: 'modes',
  bug: 'The network is tested with moving averages that are still young: with weight 0.01 they remember their start for hundreds of steps.',
  symptom:
    'Training looks well and testing looks like guessing, at first; after a long training the two agree.',
  test: 'Training data at inference must come out of BN with mean 0, to within 0.2.',
  curves: (seed) => ({
    x: 'steps of training',
    y: 'mean after BN at inference (truth: 0)',
    logX: true,
    points: [10, 20, 50, 100, 200, 500, 1000].map((steps) => ({
      at: steps,
      right: leftOverMean(false, steps, seed),
      buggy: leftOverMean(true, steps, seed),
    })),
  }),
  check: (buggy, seed) => {
    const found = leftOverMean(buggy, 100, seed);
    return { passes: Math.abs(found) < 0.2, found: `after 100 steps the mean is ${brief(found)}` };
  },
};

/** BN of a single example: the bug divides 0 by √ε and goes on; the library refuses. */
function normaliseOne(buggy: boolean, x: number): number {
  if (!buggy) return batchNorm([x], 1, 1).y[0];
  const [mean, variance] = [x, 0];
  return (x - mean) / Math.sqrt(variance + 1e-5);
}

export const batchOfOne: Pitfall = {
  room: 'modes',
  bug: 'A minibatch of one is normalised in training mode: the example is its own mean.',
  symptom: 'Whatever goes in, 0 comes out. Nothing fails, and nothing is learned from such a minibatch.',
  test: 'A minibatch of one must be refused in training, or two different inputs must give different outputs.',
  curves: () => ({
    x: 'the example',
    y: 'normalised (right: population statistics)',
    points: [-2, -1, 0, 1, 2].map((x) => ({
      at: x,
      right: batchNormInference([x], 1, 1, { mean: [0], variance: [1] })[0],
      buggy: normaliseOne(true, x),
    })),
  }),
  check: (buggy) => {
    try {
      const [a, b] = [normaliseOne(buggy, 1), normaliseOne(buggy, 2)];
      return { passes: a !== b, found: `1 becomes ${brief(a)} and 2 becomes ${brief(b)}` };
    } catch (error) {
      return { passes: true, found: `it is refused: "${(error as Error).message}"` };
    }
  },
};
