/**
 * Probes: what happens inside a network while it trains. They look from outside, at steps that are chosen
 * beforehand, and change nothing; a run without them does not do a single call or allocation for their sake.
 *
 * What the state of the network says (percentiles, saturation, weights) is read after the step; what a gradient
 * says (norms, shift) belongs to the minibatch that the step was made with, before the update, with the same
 * dropout masks. Gradients are computed by the readable code in float64, on a copy: a probed step costs a
 * forward and backward pass for the norms, and one more for each layer for the shift.
 */
import { accumulateGradients, networkGradients } from './accumulate.js';
import { checkCount, checkOptions, type FloatArray } from './check.js';
import { type Dataset, firstExamples, gather, type Minibatch } from './dataset.js';
import { stepMasks } from './dropoutMasks.js';
import type { Engine } from './engine.js';
import { percentiles } from './evaluate.js';
import { type LayerShift, shiftBy } from './gradientShift.js';
import { activationsOf, type Network } from './network.js';
import type { LayerGradients } from './networkPass.js';
import type { Random } from './random.js';
import { SATURATED_BELOW, saturatedShare } from './saturation.js';

/** What to look at, and when. */
export interface Probes {
  /** After which steps (0: before the first); or every so many steps, from 0 on. */
  at: readonly number[] | { every: number };
  /** Hidden units whose input is followed. Left out: none. */
  units?: readonly { layer: number; unit: number }[];
  /** Percentiles of those inputs. Left out: 15, 50, 85, as in the paper's figure 1. */
  percents?: readonly number[];
  /** How many training examples the units and the saturation are looked at on, as one minibatch. Left out: 500. */
  examples?: number;
  /** The share of saturated inputs of each hidden layer: g' below this share of its largest (true: 0.05). */
  saturation?: boolean | number;
  /** The norm of each layer's gradient. */
  gradientNorms?: boolean;
  /** Santurkar et al.'s gradient-based covariate shift. */
  gradientShift?: boolean;
  /** The norm of each layer's weights, and the effective learning rate. */
  weights?: boolean;
}

/** Percentiles of one unit's input. */
export interface UnitReading {
  readonly layer: number;
  readonly unit: number;
  /** One number for each of the probes' percents. */
  readonly values: readonly number[];
}

/** The weights of one layer. */
export interface WeightReading {
  /** |W|, Euclidean. */
  readonly norm: number;
  /**
   * rate / |W|^2: where BN makes a layer's output the same for W and a W, this and not the rate is what turns
   * its weights (van Laarhoven 2017, arXiv 1706.05350, section 3). Null before the first step.
   */
  readonly effectiveRate: number | null;
}

/** The network after a step. What was not asked for is empty. */
export interface StateReading {
  /** Steps done. */
  readonly step: number;
  readonly units: readonly UnitReading[];
  /** One share, from 0 to 1, for each hidden layer. */
  readonly saturation: readonly number[];
  /** One element for each layer. */
  readonly weights: readonly WeightReading[];
}

/** The size of the gradients of one layer. */
export interface GradientNorm {
  /** |dl/dW|, Euclidean, without L2's part. */
  readonly weights: number;
  /** |dl/du| over the minibatch, u = x W + b. */
  readonly u: number;
}

/** The gradients of the minibatch that a step was made with. What was not asked for is empty. */
export interface GradientReading {
  /** The step, counted from 1. */
  readonly step: number;
  /** One element for each layer. */
  readonly norms: readonly GradientNorm[];
  /** One element for each layer. */
  readonly shift: readonly LayerShift[];
}

/** All that the probes of a run have read. */
export interface ProbeReadings {
  readonly states: readonly StateReading[];
  readonly gradients: readonly GradientReading[];
}

const KNOWN = [
  ...['at', 'units', 'percents', 'examples', 'saturation', 'gradientNorms', 'gradientShift', 'weights'],
];

/**
 * Checks the probes against the network that they are for.
 * @throws RangeError or TypeError for a layer or unit that is not there, or a number out of its range
 */
export function checkProbes(network: Network, probes: Probes): void {
  checkOptions('probes', probes, KNOWN);
  const { at, units = [], percents = [], examples = 500, saturation } = probes;
  if (Array.isArray(at)) {
    for (const [index, step] of at.entries()) {
      checkCount(`probes.at[${index}]`, step, 0);
    }
  } else {
    checkOptions('probes.at', at, ['every']);
    // no list, so it is the other: TypeScript does not narrow a readonly array away here
    checkCount('probes.at.every', (at as { every: number }).every);
  }
  const hidden = network.layers.length - 1;
  for (const { layer, unit } of units) {
    checkCount('probes.units.layer', layer, 0);
    checkCount('probes.units.unit', unit, 0);
    if (layer >= hidden) {
      throw new RangeError(
        `probes.units.layer must be below the number of hidden layers, ${hidden}, found ${layer}`,
      );
    }
    const count = activationsOf(network.layers[layer]);
    if (unit >= count) {
      throw new RangeError(
        `probes.units.unit must be below the ${count} units of layer ${layer}, found ${unit}`,
      );
    }
  }
  for (const percent of percents) {
    if (!(percent >= 0 && percent <= 100)) {
      throw new RangeError(`probes.percents must be from 0 to 100, found ${percent}`);
    }
  }
  checkCount('probes.examples', examples);
  if (typeof saturation === 'number' && !(saturation > 0 && saturation <= 1)) {
    throw new RangeError(
      `probes.saturation must be in (0, 1], a share of the largest slope, found ${saturation}`,
    );
  }
}

/** The probes of one run. The training loop makes one only when probes are asked for. */
export class ProbeRecorder {
  private readonly states: StateReading[] = [];
  private readonly gradients: GradientReading[] = [];
  private readonly steps: ReadonlySet<number> | null;
  private readonly every: number;
  private head: Minibatch | null = null;
  /** What a gradient probe of the step that is being made knows from before it. */
  private pending: { before: Network; gradientsOf: (network: Network) => readonly LayerGradients[] } | null =
    null;
  private norms: readonly GradientNorm[] = [];

  constructor(
    private readonly probes: Probes,
    private readonly data: Dataset,
    private readonly accumulate: number,
    /** The engine's generator of dropout masks; null: no dropout. */
    private readonly random: Random | null,
  ) {
    const { at } = probes;
    this.steps = Array.isArray(at) ? new Set(at) : null;
    // no list, so it is the other: TypeScript does not narrow a readonly array away here
    this.every = this.steps === null ? (at as { every: number }).every : 0;
  }

  /** What has been read so far. */
  get readings(): ProbeReadings {
    return { states: this.states, gradients: this.gradients };
  }

  /** To be called before step `step` is made with these examples. */
  beforeStep(step: number, engine: Engine, indices: ArrayLike<number>): void {
    const { gradientNorms, gradientShift } = this.probes;
    if (!this.wants(step) || !(gradientNorms || gradientShift)) {
      return;
    }
    const before = engine.network();
    const gradientsOf = this.gradientsOn(step, indices);
    this.norms = gradientNorms ? gradientNormsOf(before, gradientsOf) : [];
    this.pending = { before, gradientsOf };
  }

  /** To be called when step `step` is done (0: before the first); `rate` is the one it was made with. */
  afterStep(step: number, engine: Engine, rate: number | null): void {
    if (!this.wants(step)) {
      return;
    }
    if (this.pending !== null) {
      const { before, gradientsOf } = this.pending;
      const shift = this.probes.gradientShift ? shiftBy(before, engine.network(), gradientsOf) : [];
      this.gradients.push({ step, norms: this.norms, shift });
      this.pending = null;
    }
    const { units = [], saturation = false, weights = false } = this.probes;
    if (units.length === 0 && saturation === false && !weights) {
      return;
    }
    this.states.push({
      step,
      units: this.readUnits(engine),
      saturation: this.readSaturation(engine),
      weights: weights ? readWeights(engine.network(), rate) : [],
    });
  }

  private wants(step: number): boolean {
    return this.steps === null ? step % this.every === 0 : this.steps.has(step);
  }

  /** How to get gradients on the minibatches of a step, with the masks that the engine will draw for it. */
  private gradientsOn(
    step: number,
    indices: ArrayLike<number>,
  ): (network: Network, watch?: Watch) => readonly LayerGradients[] {
    // a copy: the order of the examples reuses its array
    const drawn = Uint32Array.from(indices);
    const size = drawn.length / this.accumulate;
    const parts = Array.from({ length: this.accumulate }, (_, part) =>
      gather(this.data, drawn.subarray(part * size, (part + 1) * size)),
    );
    return (network, watch) =>
      accumulateGradients(
        parts.map(({ x, labels, m }, part) => {
          const masks = this.random === null ? 'none' : stepMasks(network, m, this.random, step, part);
          const share = m / drawn.length;
          return networkGradients(network, Float64Array.from(x), labels, m, masks, (layer, du) =>
            watch?.(layer, du, share),
          );
        }),
      ).gradients;
  }

  /** The examples that units and saturation are looked at on. */
  private examples(): Minibatch {
    const { examples = 500 } = this.probes;
    const head = firstExamples(this.data, Math.min(examples, this.data.count));
    this.head ??= gather(
      head,
      Uint32Array.from({ length: head.count }, (_, i) => i),
    );
    return this.head;
  }

  private readUnits(engine: Engine): UnitReading[] {
    const { units = [], percents = [15, 50, 85] } = this.probes;
    if (units.length === 0) {
      return [];
    }
    const { x, m } = this.examples();
    const inputs = new Map<number, FloatArray>(); // each layer's inputs are computed once
    return units.map(({ layer, unit }) => {
      const values = inputs.get(layer) ?? engine.activationInputs(x, m, layer);
      inputs.set(layer, values);
      const d = values.length / m;
      const column = Float64Array.from({ length: m }, (_, i) => values[i * d + unit]);
      return { layer, unit, values: percentiles(column, percents) };
    });
  }

  private readSaturation(engine: Engine): number[] {
    const { saturation = false } = this.probes;
    if (saturation === false) {
      return [];
    }
    const below = saturation === true ? SATURATED_BELOW : saturation;
    const { definition, layers } = engine.network();
    const { x, m } = this.examples();
    return layers
      .slice(0, -1)
      .map((_, layer) =>
        saturatedShare(engine.activationInputs(x, m, layer), definition.activation, definition.leak, below),
      );
  }
}

/** Sees dl/du of each layer, with the share of the step's examples that it is over. */
type Watch = (layer: number, du: FloatArray, share: number) => void;

function gradientNormsOf(
  network: Network,
  gradientsOf: (network: Network, watch?: Watch) => readonly LayerGradients[],
): GradientNorm[] {
  const squares = new Float64Array(network.layers.length);
  // du is of a minibatch's mean loss: over several minibatches it counts by its share
  const gradients = gradientsOf(network, (layer, du, share) => {
    squares[layer] += (share * norm(du)) ** 2;
  });
  return gradients.map(({ weights }, layer) => ({ weights: norm(weights), u: Math.sqrt(squares[layer]) }));
}

function readWeights(network: Network, rate: number | null): WeightReading[] {
  return network.layers.map(({ weights }) => {
    const length = norm(weights);
    return { norm: length, effectiveRate: rate === null ? null : rate / length ** 2 };
  });
}

/** The Euclidean norm. */
function norm(x: FloatArray): number {
  let sum = 0;
  for (const value of x) {
    sum += value * value;
  }
  return Math.sqrt(sum);
}
