/** Dropout in the SIMD engine: the masks of a step, drawn as the reference engine draws them, and their arrays. */
import { stepMasks } from './dropoutMasks.js';
import type { Address, Arena, Kernels } from './kernels.js';
import type { Network } from './network.js';
import type { Random } from './random.js';
import type { SimdLayer } from './simdLayer.js';

/** The arrays of one layer that drops, one row for each example, padded as all rows are. */
interface Place {
  readonly mask: Address;
  /** What is left of the numbers. */
  readonly kept: Address;
}

export class SimdDropout {
  private places: readonly (Place | null)[] = [];

  constructor(
    private readonly kernels: Kernels,
    /** Its definition and sizes are looked at, its parameters not. */
    private readonly network: Network,
    private readonly layers: readonly SimdLayer[],
    private readonly random: Random,
  ) {}

  /** Makes room for `rows` examples (a multiple of 4). */
  layOut(arena: Arena, rows: number): void {
    this.places = this.layers.map((layer, index) => {
      const rate = this.network.definition.hidden.at(index)?.dropout ?? 0;
      const matrix = (): Address => arena.floats(rows * layer.outputs4);
      return rate === 0 ? null : { mask: matrix(), kept: matrix() };
    });
  }

  /** Draws the masks of a step, counted from 1, for m examples. */
  draw(m: number, step: number, part: number): void {
    const memory = new Float32Array(this.kernels.memory.buffer);
    for (const [index, mask] of stepMasks(this.network, m, this.random, step, part).entries()) {
      const place = this.places[index];
      if (mask === null || place === null) {
        continue;
      }
      const { outputs, outputs4 } = this.layers[index];
      for (let i = 0; i < m; i++) {
        memory.set(mask.subarray(i * outputs, (i + 1) * outputs), place.mask / 4 + i * outputs4);
      }
    }
  }

  /** mask * from, in an array of its own; `from` itself where layer `index` drops nothing. */
  keep(index: number, from: Address, m: number): Address {
    const place = this.places[index];
    if (place === null) {
      return from;
    }
    this.kernels.maskLayer(place.kept, from, place.mask, m * this.layers[index].outputs4);
    return place.kept;
  }

  /** dz <- mask * dz, in place. */
  backward(index: number, dz: Address, m: number): void {
    const place = this.places[index];
    if (place !== null) {
      this.kernels.maskLayer(dz, dz, place.mask, m * this.layers[index].outputs4);
    }
  }
}
