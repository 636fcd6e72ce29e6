/** How an engine turns a minibatch's gradients into a step: optimiser, L2, dropout's seed, accumulation. */
import { checkCount, checkOptions } from './check.js';
import { hasDropout } from './dropoutMasks.js';
import { type CompleteL2, completeL2, type L2, parameterKinds, parameterOf, withL2 } from './l2.js';
import type { Network } from './network.js';
import type { LayerGradients } from './networkPass.js';
import {
  type CompleteOptimiser,
  completeOptimiser,
  type Optimiser,
  type OptimiserState,
} from './optimiser.js';
import type { Random } from './random.js';

/** Left out as a whole: plain SGD. */
export interface UpdateRule {
  /** Left out: SGD without momentum. */
  optimiser?: Optimiser;
  /** L2, and which parameters it acts on; the optimiser's decoupled decay acts on the same ones. Left out: 0. */
  l2?: L2;
  /**
   * How many minibatches of equal size a step's examples are cut into. Each has BN statistics of its own; their
   * gradients are averaged, and one update follows. Left out: 1.
   */
  accumulate?: number;
  /** Where dropout's masks are drawn from; a network with dropout needs it. */
  random?: Random;
}

/** A rule with nothing left out. */
export interface CompleteUpdateRule {
  readonly optimiser: CompleteOptimiser;
  readonly l2: CompleteL2;
  readonly accumulate: number;
  readonly random: Random | null;
}

/**
 * Checks a rule and fills in what was left out.
 * @throws RangeError or TypeError for an option that cannot be, or dropout without a generator
 */
export function completeUpdateRule(network: Network, rule: UpdateRule = {}): CompleteUpdateRule {
  checkOptions('the update rule', rule, ['optimiser', 'l2', 'accumulate', 'random']);
  const { accumulate = 1, random = null } = rule;
  checkCount('accumulate', accumulate);
  if (random === null && hasDropout(network)) {
    throw new RangeError(
      'random must be given for a network with dropout, found none: masks are drawn from it',
    );
  }
  return { optimiser: completeOptimiser(rule.optimiser), l2: completeL2(rule.l2), accumulate, random };
}

/** True for plain SGD on one minibatch a step: no momentum, no decay, no L2. */
export function isPlain({ optimiser, l2, accumulate }: CompleteUpdateRule): boolean {
  const { kind, decay } = optimiser;
  return kind === 'sgd' && optimiser.momentum === 0 && decay === 0 && l2.lambda === 0 && accumulate === 1;
}

/**
 * Updates every parameter of a network in place by its optimiser, with L2's gradient added where it acts.
 * @param gradients the loss's own gradients, without L2
 *
 * @example
 * const network = createNetwork({ sizes: [2, 3, 2], activation: 'tanh' }, new Random(1));
 * const state = new OptimiserState({ kind: 'adam' });
 * const pass = networkForward(network, [1, 2, 3, 5], 2, 'training');
 * const { loss, gradient } = softmaxCrossEntropy(pass.logits, [0, 1], 2, 2);
 * optimiserStep(network, networkBackward(network, pass, gradient), state, 0.01);
 * const after = networkForward(network, [1, 2, 3, 5], 2, 'training');
 * console.log(softmaxCrossEntropy(after.logits, [0, 1], 2, 2).loss < loss); // prints true
 */
export function optimiserStep(
  network: Network,
  gradients: readonly LayerGradients[],
  state: OptimiserState,
  learningRate: number,
  l2: CompleteL2 = completeL2(),
): void {
  for (const [index, layer] of network.layers.entries()) {
    for (const kind of parameterKinds) {
      const parameter = parameterOf(layer, kind);
      const gradient = gradients[index][kind];
      if (parameter !== null && gradient !== null) {
        const acts = l2.on.includes(kind);
        state.update(parameter, withL2(gradient, parameter, acts ? l2.lambda : 0), learningRate, acts);
      }
    }
  }
}
