/** Accuracy on a data set, exact population statistics, and percentiles of a hidden unit's input. */
import { checkCount } from './check.js';
import { type Dataset, firstExamples, gather, MinibatchOrder } from './dataset.js';
import { hasDropout } from './dropoutMasks.js';
import { createEngine, type Engine, type EngineName } from './engine.js';
import type { Network } from './network.js';
import { type PopulationStatistics, populationStatistics } from './population.js';
import { Random } from './random.js';
import { chooseEngine } from './simdSupport.js';

/** How well a network does on a data set. */
export interface Accuracy {
  /** Share of the examples whose largest logit is at their label, from 0 to 1. */
  readonly accuracy: number;
  /** Mean softmax cross-entropy over the examples, in nats. */
  readonly loss: number;
}

/** Examples per call of the engine: enough to be quick, few enough to stay in the processor's caches. */
const CHUNK = 250;

/**
 * Accuracy and mean loss of a network at inference.
 * @param engine left out: `'simd'` where it can do the network, else `'reference'`, which gives the same in float64
 * @throws RangeError when the data set does not fit the network
 *
 * @example
 * const network = createNetwork({ sizes: [1, 2, 2], activation: 'tanh' }, new Random(1));
 * const { accuracy, loss } = evaluate(network, dataset(Float64Array.of(1, -1), [0, 1], 1, 2));
 * console.log(accuracy >= 0 && accuracy <= 1, loss > 0); // prints true true
 */
export function evaluate(network: Network, data: Dataset, engine?: EngineName): Accuracy {
  checkFits(network, data);
  const { name } = chooseEngine(network, engine);
  // nothing is drawn at inference, but an engine for a network with dropout wants to know from where
  const random = hasDropout(network) ? new Random('not drawn from') : undefined;
  return evaluateWith(createEngine(name, network, 1, { random }), data);
}

/**
 * As `evaluate`, with an engine that is there already.
 *
 * @example
 * const network = createNetwork({ sizes: [1, 2, 2], activation: 'tanh' }, new Random(1));
 * const data = dataset(Float64Array.of(1, -1), [0, 1], 1, 2);
 * const { accuracy } = evaluateWith(createEngine('reference', network, 0.1), data);
 * console.log(accuracy === evaluate(network, data, 'reference').accuracy); // prints true
 */
export function evaluateWith(engine: Engine, data: Dataset): Accuracy {
  const k = data.classes;
  let correct = 0;
  let total = 0;
  for (let start = 0; start < data.count; start += CHUNK) {
    const m = Math.min(CHUNK, data.count - start);
    const logits = engine.logitsOn(
      data,
      Uint32Array.from({ length: m }, (_, i) => start + i),
    );
    for (let i = 0; i < m; i++) {
      const row = logits.subarray(i * k, (i + 1) * k);
      const largest = Math.max(...row);
      let sum = 0;
      for (const logit of row) {
        sum += Math.exp(logit - largest);
      }
      total += Math.log(sum) + largest - row[data.labels[start + i]];
      // The first of equal logits counts: a network that says the same everywhere guesses class 0.
      correct += row.indexOf(largest) === data.labels[start + i] ? 1 : 0;
    }
  }
  return { accuracy: correct / data.count, loss: total / data.count };
}

/**
 * Population statistics of every BN layer (Algorithm 2, lines 8 to 10): minibatches of the training data are
 * sent through the trained network, and their statistics averaged with the factor m/(m - 1).
 * @param batches how many minibatches to average over
 * @returns one element per BN layer, first layer first
 *
 * @example
 * const network = createNetwork({ sizes: [1, 2, 2], activation: 'tanh', batchNorm: true }, new Random(1));
 * const data = dataset(Float64Array.of(1, 2, 3, 4), [0, 1, 0, 1], 1, 2);
 * const engine = createEngine('reference', network, 0.1);
 * const statistics = networkPopulationStatistics(engine, data, 2, 10, new Random(1));
 * engine.setStatistics(statistics);
 * console.log(statistics.length, statistics[0].mean.length); // prints 1 2
 */
export function networkPopulationStatistics(
  engine: Engine,
  data: Dataset,
  batchSize: number,
  batches: number,
  random: Random,
): PopulationStatistics[] {
  checkCount('batches', batches);
  const order = new MinibatchOrder(data.count, batchSize, random);
  const perBatch = Array.from({ length: batches }, () => {
    const { x, m } = gather(data, order.draw());
    return engine.minibatchStatistics(x, m).map((own) => ({ ...own, m: own.m ?? m }));
  });
  return perBatch[0].map((_, layer) => populationStatistics(perBatch.map((batch) => batch[layer])));
}

/**
 * Percentiles of what one hidden unit's activation gets, over the first `examples` examples taken as one
 * minibatch in training.
 * @param layer 0 for the first hidden layer
 * @param percents from 0 to 100; the paper's figure 1 shows 15, 50 and 85
 *
 * @example
 * const network = createNetwork({ sizes: [1, 2, 2], activation: 'tanh' }, new Random(1));
 * const data = dataset(Float64Array.of(1, 2, 3), [0, 1, 0], 1, 2);
 * const [low, middle, high] = activationPercentiles(createEngine('reference', network, 0.1), data, 0, 0, [15, 50, 85], 3);
 * console.log(low < middle === middle < high); // prints true
 */
export function activationPercentiles(
  engine: Engine,
  data: Dataset,
  layer: number,
  unit: number,
  percents: readonly number[],
  examples: number,
): number[] {
  const head = firstExamples(data, Math.min(examples, data.count));
  const { x, m } = gather(
    head,
    Uint32Array.from({ length: head.count }, (_, i) => i),
  );
  const values = engine.activationInputs(x, m, layer);
  const d = values.length / m;
  const column = Float64Array.from({ length: m }, (_, i) => values[i * d + unit]);
  return percentiles(column, percents);
}

/**
 * Percentiles with linear interpolation between the sorted values (as NumPy's `percentile`).
 * @throws RangeError for no values, or a percentage outside 0..100
 *
 * @example
 * console.log(percentiles([4, 1, 3, 2], [0, 50, 100]).join()); // prints 1,2.5,4
 */
export function percentiles(values: ArrayLike<number>, percents: readonly number[]): number[] {
  checkCount('the number of values', values.length);
  const sorted = Float64Array.from(values).sort();
  return percents.map((percent) => {
    if (!(percent >= 0 && percent <= 100)) {
      throw new RangeError(`percents must be from 0 to 100, found ${percent}`);
    }
    const place = (percent / 100) * (sorted.length - 1);
    const below = Math.floor(place);
    const above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
  });
}

/** Raises a RangeError unless the data's features and classes are the network's inputs and outputs. */
export function checkFits(network: Network, data: Dataset): void {
  const { sizes } = network.definition;
  const classes = sizes[sizes.length - 1];
  if (sizes[0] !== data.features || classes !== data.classes) {
    throw new RangeError(
      `sizes must start with the data's ${data.features} features and end with its ${data.classes} classes, ` +
        `found ${sizes[0]} and ${classes}`,
    );
  }
}
