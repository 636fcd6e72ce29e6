/** The engine made of the readable functions, in float64. */
import { checkCount, type FloatArray } from './check.js';
import { type Dataset, gather } from './dataset.js';
import type { Engine, LayerStatistics } from './engine.js';
import { softmaxCrossEntropy } from './loss.js';
import { type BatchNormParameters, copyNetwork, type Network } from './network.js';
import { networkBackward, networkForward } from './networkPass.js';
import { unbiasedFactor } from './population.js';
import { sgdStep } from './sgd.js';

export class ReferenceEngine implements Engine {
  readonly name = 'reference';
  private readonly current: Network;

  constructor(
    network: Network,
    private readonly newWeight: number,
  ) {
    this.current = copyNetwork(network);
  }

  step(x: Float32Array, labels: Uint8Array, m: number, learningRate: number): number {
    const network = this.current;
    const pass = networkForward(network, Float64Array.from(x), m, 'training');
    const { loss, gradient } = softmaxCrossEntropy(
      pass.logits,
      labels,
      m,
      network.definition.sizes.at(-1) ?? 0,
    );
    for (const { layer, norm } of pass.layers) {
      if (layer.norm !== null && norm !== null) {
        const factor = unbiasedFactor(m);
        average(layer.norm.mean, norm.mean, 1, this.newWeight);
        average(layer.norm.variance, norm.variance, factor, this.newWeight);
      }
    }
    sgdStep(network, networkBackward(network, pass, gradient), learningRate);
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
    return networkForward(this.current, Float64Array.from(x), m, 'training').layers[layer].activationInput;
  }

  minibatchStatistics(x: Float32Array, m: number): readonly LayerStatistics[] {
    checkCount('m', m, 2);
    const pass = networkForward(this.current, Float64Array.from(x), m, 'training');
    return pass.layers.flatMap(({ norm }) => (norm === null ? [] : [norm]));
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
}

/** The BN layers of a network, first layer first. */
export function normLayers(network: Network): BatchNormParameters[] {
  return network.layers.flatMap(({ norm }) => (norm === null ? [] : [norm]));
}

/** state <- (1 - newWeight) state + newWeight factor value */
function average(state: Float64Array, value: FloatArray, factor: number, newWeight: number): void {
  for (let j = 0; j < state.length; j++) {
    state[j] = (1 - newWeight) * state[j] + newWeight * factor * value[j];
  }
}
