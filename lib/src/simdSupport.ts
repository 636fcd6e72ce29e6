/** What the SIMD engine cannot do, so that nobody gets the slow engine, or a wrong result, without being told. */
import { checkChoice } from './check.js';
import { hasDropout } from './dropoutMasks.js';
import type { EngineName } from './engine.js';
import type { Network } from './network.js';
import { completeUpdateRule, type UpdateRule } from './updateRule.js';

/**
 * Why the SIMD engine cannot train (or evaluate) this network by this rule, in one clause; null when it can.
 * @param rule left out: only what the network's definition asks for is looked at
 */
export function simdLacks(network: Network, rule?: UpdateRule): string | null {
  const { hidden, conv } = network.definition;
  if (conv.length > 0) {
    return 'it has no convolutional layers';
  }
  if (hidden.some(({ placement }) => placement !== hidden[0].placement)) {
    return 'it has one placement of BN for all hidden layers';
  }
  const other = hidden.find(
    ({ normalisation, placement }) => placement !== 'none' && normalisation.kind !== 'batch',
  );
  if (other !== undefined) {
    return `it has no normalisation "${other.normalisation.kind}"`;
  }
  return rule === undefined ? null : simdLacksRule(network, rule);
}

function simdLacksRule(network: Network, rule: UpdateRule): string | null {
  const { optimiser, l2, accumulate } = completeUpdateRule(network, rule);
  if (optimiser.kind !== 'sgd' || optimiser.momentum > 0 || optimiser.decay > 0) {
    return 'it has no optimiser but plain SGD';
  }
  if (l2.lambda > 0) {
    return 'it has no L2';
  }
  if (accumulate > 1) {
    return 'it does not accumulate gradients';
  }
  return hasDropout(network) ? 'it has no dropout' : null;
}

/** Which engine is to be used, and why when it is not the fast one. */
export interface EngineChoice {
  readonly name: EngineName;
  /** One sentence when the reference engine stands in for the SIMD engine; null otherwise. */
  readonly reason: string | null;
}

/**
 * The engine that was asked for; when none was, the SIMD engine where it can do what is needed, else the reference
 * engine, with the reason.
 * @throws RangeError when the SIMD engine was asked for by name and cannot do it
 *
 * @example
 * const definition = { image: { height: 4, width: 4, channels: 1 }, conv: [{ filters: 2, kernel: 3 }], sizes: [16, 2] } as const;
 * const network = createNetwork({ ...definition, activation: 'relu' }, new Random(1));
 * console.log(chooseEngine(network).reason); // prints the reference engine is used, since the SIMD engine cannot do this: it has no convolutional layers
 */
export function chooseEngine(network: Network, rule?: UpdateRule, asked?: EngineName): EngineChoice {
  if (asked !== undefined) {
    checkChoice('engine', asked, ['simd', 'reference']);
  }
  if (asked === 'reference') {
    return { name: 'reference', reason: null };
  }
  const lack = simdLacks(network, rule);
  if (lack === null) {
    return { name: 'simd', reason: null };
  }
  if (asked === 'simd') {
    throw new RangeError(
      `engine "simd" cannot do what is asked: ${lack}; leave engine out or take "reference", which is slower`,
    );
  }
  return {
    name: 'reference',
    reason: `the reference engine is used, since the SIMD engine cannot do this: ${lack}`,
  };
}
