/** The training loop: steps on minibatches, with evaluations, percentiles, progress and Stop. */
import { hasDropout } from './dropoutMasks.js';
import { createEngine, type Engine } from './engine.js';
import { activationPercentiles, evaluateWith, networkPopulationStatistics } from './evaluate.js';
import { newWeightOf } from './movingAverage.js';
import { createNetwork, type Network, type NetworkDefinition } from './network.js';
import { ProbeRecorder } from './probes.js';
import { Random } from './random.js';
import { normLayers } from './referenceEngine.js';
import { createOrder, type IndexOrder } from './shuffling.js';
import { chooseEngine, type EngineChoice } from './simdSupport.js';
import {
  checkTrainingOptions,
  type Evaluation,
  type ProbeReading,
  type TrainingOptions,
  type TrainingResult,
} from './trainingOptions.js';
import type { UpdateRule } from './updateRule.js';

export type {
  Evaluation,
  Probe,
  ProbeReading,
  TrainingOptions,
  TrainingProgress,
  TrainingResult,
} from './trainingOptions.js';

/** How long to compute before timers, messages and a Stop get their turn, in milliseconds. */
const TURN = 20;
/** How often progress is reported, in milliseconds. */
const REPORT_EVERY = 100;

/**
 * Trains a network by SGD, or by the optimiser that the options name.
 *
 * @param start a definition (weights are drawn from the seed), or a network to go on from (left unchanged)
 * @returns what was reached, also after an abort or a divergence; neither of the two is thrown
 * @throws RangeError or TypeError for options that cannot work, before training starts
 *
 * @example
 * const { train, test } = loadMnist();
 * const result = await trainNetwork(
 *   { sizes: [784, 100, 100, 100, 10], activation: 'sigmoid', batchNorm: true },
 *   { train, test, steps: 300, learningRate: 0.5, seed: 1 },
 * );
 * console.log(result.evaluations[0].accuracy > 0.8); // prints true
 */
export async function trainNetwork(
  start: NetworkDefinition | Network,
  options: TrainingOptions,
): Promise<TrainingResult> {
  const random = new Random(options.seed);
  const initial = 'layers' in start ? start : createNetwork(start, random.fork('weights'));
  checkTrainingOptions(initial, options);
  const run = new TrainingRun(initial, options, random);
  return run.finish();
}

/** The state of one training run. */
class TrainingRun {
  private readonly choice: EngineChoice;
  private readonly engine: Engine;
  private readonly order: IndexOrder;
  private readonly accumulate: number;
  private readonly keepsStatistics: boolean;
  private readonly rate: (step: number) => number;
  private readonly losses: number[] = [];
  private readonly evaluations: Evaluation[] = [];
  private readonly readings: ProbeReading[] = [];
  private readonly evaluateAt: ReadonlySet<number>;
  private readonly probeAt: ReadonlySet<number>;
  private readonly probes: ProbeRecorder | null;
  private milliseconds = 0;
  private divergedAt: number | null = null;

  constructor(
    network: Network,
    private readonly options: TrainingOptions,
    private readonly random: Random,
  ) {
    const { learningRate, movingAverage, train, batchSize = 60, optimiser, l2, accumulate = 1 } = options;
    const rule: UpdateRule = { optimiser, l2, accumulate };
    if (hasDropout(network)) {
      rule.random = random.fork('dropout');
    }
    this.choice = chooseEngine(network, options.engine);
    const newWeight = newWeightOf(movingAverage ?? { newWeight: 0.1 });
    this.engine = createEngine(this.choice.name, network, newWeight, rule);
    this.accumulate = accumulate;
    this.keepsStatistics = normLayers(network).length > 0;
    this.order = createOrder(options.shuffling ?? 'eachEpoch', train, batchSize, random.fork('shuffle'));
    this.rate = typeof learningRate === 'number' ? () => learningRate : learningRate;
    this.evaluateAt = new Set(options.test === undefined ? [] : (options.evaluateAt ?? [options.steps]));
    this.probeAt = new Set(options.probe?.at ?? []);
    this.probes =
      options.probes === undefined
        ? null
        : new ProbeRecorder(options.probes, train, accumulate, rule.random ?? null);
  }

  /** Runs all steps, with a turn for the rest of the program every few milliseconds. */
  async finish(): Promise<TrainingResult> {
    const { steps, signal } = this.options;
    let turnStart = performance.now();
    let lastReport = turnStart;
    this.look(0);
    this.probes?.afterStep(0, this.engine, null);
    for (let step = 1; step <= steps && !signal?.aborted && this.divergedAt === null; step++) {
      this.step(step);
      if (this.divergedAt === null) {
        this.look(step);
      }
      const now = performance.now();
      if (now - turnStart >= TURN) {
        if (now - lastReport >= REPORT_EVERY && step < steps) {
          this.report();
          lastReport = now;
        }
        await new Promise((resolve) => setImmediate(resolve));
        turnStart = performance.now();
      }
    }
    this.report();
    return this.result();
  }

  /** One minibatch. */
  private step(step: number): void {
    const indices = this.draw();
    const rate = this.rate(step);
    this.probes?.beforeStep(step, this.engine, indices);
    const start = performance.now(); // what probes take is no time of training
    const loss = this.engine.stepOn(this.options.train, indices, rate);
    this.losses.push(loss);
    if (!Number.isFinite(loss)) {
      this.divergedAt = step;
    }
    this.milliseconds += performance.now() - start;
    if (this.divergedAt === null) {
      this.probes?.afterStep(step, this.engine, rate);
    }
  }

  /** The examples of a step: one minibatch, or several whose gradients are accumulated. */
  private draw(): Uint32Array {
    if (this.accumulate === 1) {
      return this.order.draw();
    }
    const { batchSize } = this.order;
    const indices = new Uint32Array(this.accumulate * batchSize);
    for (let part = 0; part < this.accumulate; part++) {
      indices.set(this.order.draw(), part * batchSize);
    }
    return indices;
  }

  /** Evaluation and probe, where they were asked for. */
  private look(step: number): void {
    const { test, train, probe } = this.options;
    if (test !== undefined && this.evaluateAt.has(step)) {
      this.useStatistics(step);
      const evaluation = evaluateWith(this.engine, test);
      if (!Number.isFinite(evaluation.loss)) {
        this.divergedAt = step; // the latest update did it: the next loss would have shown it
        return;
      }
      this.evaluations.push({ step, ...evaluation, seconds: this.milliseconds / 1000 });
    }
    if (probe !== undefined && this.probeAt.has(step)) {
      const { layer, unit, percents = [15, 50, 85], examples = 500 } = probe;
      const values = activationPercentiles(this.engine, train, layer, unit, percents, examples);
      this.readings.push({ step, values });
    }
  }

  /** Puts exact population statistics into the network when they were asked for. */
  private useStatistics(step: number): void {
    const { statistics, train, batchSize = 60, populationBatches = 100 } = this.options;
    if (statistics === 'population' && this.keepsStatistics) {
      const random = this.random.fork(`population ${step}`);
      this.engine.setStatistics(
        networkPopulationStatistics(this.engine, train, batchSize, populationBatches, random),
      );
    }
  }

  private report(): void {
    this.options.onProgress?.({
      step: this.losses.length,
      steps: this.options.steps,
      loss: this.losses.at(-1) ?? Number.NaN,
      accuracy: this.evaluations.at(-1)?.accuracy,
      seconds: this.milliseconds / 1000,
      engine: this.choice.name,
      evaluations: this.evaluations.slice(),
      probe: this.readings.slice(),
    });
  }

  private result(): TrainingResult {
    const done = this.losses.length;
    if (this.divergedAt === null) {
      this.useStatistics(done);
    }
    return {
      network: this.engine.network(),
      steps: done,
      losses: Float64Array.from(this.losses),
      evaluations: this.evaluations,
      probe: this.readings,
      probes: this.probes?.readings ?? null,
      aborted: done < this.options.steps && this.divergedAt === null,
      diverged: this.divergedAt !== null,
      divergedAt: this.divergedAt,
      seconds: this.milliseconds / 1000,
      engine: this.choice.name,
      engineReason: this.choice.reason,
    };
  }
}
