/**
 * Updates of the SIMD engine by other rules than plain SGD. A gradient is first gathered in an array of its own,
 * since momentum, Adam, L2 and accumulation need it as such; then one pass over each parameter makes the step.
 */
import type { Address, Arena, Kernels } from './kernels.js';
import { type ParameterKind, parameterKinds } from './l2.js';
import type { SimdLayer } from './simdLayer.js';
import type { CompleteUpdateRule } from './updateRule.js';

/** Where backprop adds a layer's gradients: the same arrays as the layer's own, 0 where it has no such parameter. */
export type GradientAddresses = Readonly<Record<ParameterKind, Address>>;

/** One parameter array with its gradient and the optimiser's two arrays (the second is 0 unless it is Adam). */
interface Slot {
  readonly kind: ParameterKind;
  readonly parameter: Address;
  readonly gradient: Address;
  readonly first: Address;
  readonly second: Address;
  /** Numbers in each, padding included. */
  readonly count: number;
}

/** The addresses of a layer's own parameters: where plain SGD updates in place. */
export function ownAddresses({ weights, bias, gamma, beta }: SimdLayer): GradientAddresses {
  return { weights, bias, gamma, beta };
}

export class SimdUpdate {
  /** One element for each layer. */
  readonly gradients: readonly GradientAddresses[];
  private readonly slots: readonly Slot[];
  private steps = 0;

  constructor(
    private readonly kernels: Kernels,
    arena: Arena,
    layers: readonly SimdLayer[],
    private readonly rule: CompleteUpdateRule,
  ) {
    const adam = rule.optimiser.kind === 'adam';
    const slots: Slot[] = [];
    this.gradients = layers.map((layer) => {
      const own = ownAddresses(layer);
      const at: Record<ParameterKind, Address> = { weights: 0, bias: 0, gamma: 0, beta: 0 };
      for (const kind of parameterKinds) {
        const count = kind === 'weights' ? layer.inputs4 * layer.outputs4 : layer.outputs4;
        if (own[kind] !== 0) {
          at[kind] = arena.floats(count);
          const first = arena.floats(count);
          const second = adam ? arena.floats(count) : 0;
          slots.push({ kind, parameter: own[kind], gradient: at[kind], first, second, count });
        }
      }
      return at;
    });
    this.slots = slots;
  }

  /** Before backprop: every gradient starts from L2's part. */
  begin(): void {
    const { lambda, on } = this.rule.l2;
    for (const { kind, parameter, gradient, count } of this.slots) {
      this.kernels.startGradient(gradient, parameter, count, on.includes(kind) ? lambda : 0);
    }
  }

  /** After backprop: one step of the optimiser. */
  finish(rate: number): void {
    const { kernels, rule } = this;
    const { optimiser } = rule;
    this.steps++;
    for (const { kind, parameter, gradient, first, second, count } of this.slots) {
      const keep = rule.l2.on.includes(kind) ? 1 - rate * optimiser.decay : 1;
      if (optimiser.kind === 'sgd') {
        const { momentum, nesterov } = optimiser;
        kernels.momentumStep(parameter, gradient, first, count, rate, momentum, nesterov, keep);
      } else {
        const { beta1, beta2, epsilon } = optimiser;
        // biome-ignore format: arguments that belong together stand in one row
        kernels.adamStep(
          parameter, gradient, first, second, count, rate, beta1, beta2, 1 - beta1, 1 - beta2,
          1 - beta1 ** this.steps, 1 - beta2 ** this.steps, epsilon, keep,
        );
      }
    }
  }
}
