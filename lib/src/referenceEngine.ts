/** The engine made of the readable functions, in float64. It can do all that a network's definition can say. */
import { accumulateGradients, networkGradients } from './accumulate.js';
import { checkCount, checkMatrix, type FloatArray } from './check.js';
import { type Dataset, gather } from './dataset.js';
import { stepMasks } from './dropoutMasks.js';
import type { Engine, LayerStatistics } from './engine.js';
import { checkLabels } from './loss.js';
import { type BatchNormParameters, copyNetwork, type Network } from './network.js';
import { type NetworkPass, networkForward } from './networkPass.js';
import { updateAverages } from './normalisation.js';
import { OptimiserState } from './optimiser.js';
import { type CompleteUpdateRule, completeUpdateRule, optimiserStep, type UpdateRule } from './updateRule.js';

export class ReferenceEngine implements Engine {
  readonly name = 'reference';
  private readonly current: Network;
  private readonly rule: CompleteUpdateRule;
  private readonly optimiser: OptimiserState;
  private steps = 0;

  constructor(
    network: Network,
    private readonly newWeight: number,
    rule: UpdateRule = {},
  ) {
    this.current = copyNetwork(network);
    this.rule = completeUpdateRule(network, rule);
    this.optimiser = new OptimiserState(this.rule.optimiser);
  }

  step(x: Float32Array, labels: Uint8Array, m: number, learningRate: number): number {
    const network = this.current;
    const inputs = network.definition.sizes[0];
    const { accumulate, l2 } = this.rule;
    checkMatrix('x', x, m, inputs, 'm', 'inputs');
    checkLabels(labels, m, network.layers[network.layers.length - 1].outputs);
    if (m % accumulate !== 0) {
      throw new RangeError(`m must be a multiple of accumulate = ${accumulate}, found ${m}`);
    }
    this.steps++;
    const size = m / accumulate;
    const parts = Array.from({ length: accumulate }, (_, part) => {
      const from = part * size;
      const rows = Float64Array.from(x.subarray(from * inputs, (from + size) * inputs));
      const result = networkGradients(
        network,
        rows,
        labels.subarray(from, from + size),
        size,
        this.masks(size, part),
      );
      this.average(result.pass);
      return result;
    });
    const { loss, gradients } = accumulateGradients(parts);
    optimiserStep(network, gradients, this.optimiser, learningRate, l2);
    return loss;
  }

  stepOn(data: Dataset, indices: ArrayLike<number>, learningRate: number): number {
    const { x, labels, m } = gather(data, indices);
    return this.step(x, labels, m, learningRate);
  }

  logitsOn(data: Dataset, indices: ArrayLike<number>): FloatArray {
    const { x, m } = gather(data, indices);
    return this.logits(x, m);
  }

  logits(x: Float32Array, m: number): FloatArray {
    return networkForward(this.current, Float64Array.from(x), m, 'inference').logits;
  }

  activationInputs(x: Float32Array, m: number, layer: number): FloatArray {
    return this.undropped(x, m).layers[layer].activationInput;
  }

  minibatchStatistics(x: Float32Array, m: number): readonly LayerStatistics[] {
    checkCount('m', m, 2);
    return this.undropped(x, m).layers.flatMap(({ normalised }) => normalised?.pooledStatistics ?? []);
  }

  setStatistics(statistics: readonly LayerStatistics[]): void {
    for (const [index, norm] of normLayers(this.current).entries()) {
      norm.mean.set(statistics[index].mean);
      norm.variance.set(statistics[index].variance);
    }
  }

  network(): Network {
    return copyNetwork(this.current);
  }

  private masks(m: number, part: number): ReturnType<typeof stepMasks> | 'none' {
    const { random } = this.rule;
    return random === null ? 'none' : stepMasks(this.current, m, random, this.steps, part);
  }

  /** Forward with the minibatch's statistics and nothing dropped. */
  private undropped(x: Float32Array, m: number): NetworkPass {
    return networkForward(this.current, Float64Array.from(x), m, 'training', 'none');
  }

  /** The moving averages take the minibatch in. */
  private average(pass: NetworkPass): void {
    for (const [index, { layer, normalised }] of pass.layers.entries()) {
      if (layer.norm !== null && normalised !== null) {
        const { normalisation } = this.current.definition.hidden[index];
        updateAverages(
          normalisation,
          layer.norm,
          normalised,
          this.newWeight,
          this.current.definition.epsilon,
        );
      }
    }
  }
}

/** The BN layers of a network that keep statistics, first layer first. */
export function normLayers(network: Network): BatchNormParameters[] {
  return network.layers.flatMap(({ norm }) => (norm === null || norm.mean.length === 0 ? [] : [norm]));
}
