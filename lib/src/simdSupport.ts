/** What the SIMD engine cannot do, so that nobody gets the slow engine, or a wrong result, without being told. */
import { checkChoice } from './check.js';
import type { EngineName } from './engine.js';
import type { Network } from './network.js';

/**
 * Why the SIMD engine cannot train (or evaluate) this network, in one clause; null when it can. Every update rule
 * it can.
 */
export function simdLacks(network: Network): string | null {
  const { hidden, conv } = network.definition;
  if (conv.length > 0) {
    return 'it has no convolutional layers';
  }
  const other = hidden.find(
    ({ normalisation, placement }) => placement !== 'none' && normalisation.kind !== 'batch',
  );
  return other === undefined ? null : `it has no normalisation "${other.normalisation.kind}"`;
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
export function chooseEngine(network: Network, asked?: EngineName): EngineChoice {
  if (asked !== undefined) {
    checkChoice('engine', asked, ['simd', 'reference']);
  }
  if (asked === 'reference') {
    return { name: 'reference', reason: null };
  }
  const lack = simdLacks(network);
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
