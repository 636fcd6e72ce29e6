/**
 * The failure museum of lecture 18: twelve bugs of batch normalization, each with right and wrong code that really runs,
 * what one sees of it, and a test that catches it.
 */
import { checkChoice, checkCount, checkOptions } from '../../check.js';
import { cancellation, constantChannel, epsilonOutside } from './arithmetic.js';
import { forgottenBias } from './deployment.js';
import { batchOfOne, staleAverages, trainingModeLeftOn } from './modes.js';
import type { Pitfall, PitfallCurves, PitfallRoom, PitfallTest } from './pitfall.js';
import { biasedVariance, momentum, unequalWorkers } from './statistics.js';
import { decayOnGamma, gradientAccumulation } from './training.js';

export type { PitfallCurves, PitfallRoom, PitfallTest } from './pitfall.js';

const museum = {
  'momentum convention': momentum,
  'biased variance': biasedVariance,
  'training mode left on': trainingModeLeftOn,
  'stale averages': staleAverages,
  'batch of one': batchOfOne,
  'ε outside the root': epsilonOutside,
  cancellation,
  'constant channel': constantChannel,
  'decay on γ and β': decayOnGamma,
  'gradient accumulation': gradientAccumulation,
  'forgotten bias': forgottenBias,
  'unequal workers': unequalWorkers,
} as const satisfies Record<string, Pitfall>;

/** The name of one of the bugs. */
export type PitfallName = keyof typeof museum;

/** The names of the twelve bugs, in the order of the museum. */
export const pitfallNames = Object.keys(museum) as PitfallName[];

/** What `pitfalls` can be told. */
export interface PitfallsConfig {
  /** Left out: all twelve. */
  names?: PitfallName[];
  /** Left out: 1. */
  seed?: number;
}

/** One exhibit: what the bug does, and what its test finds in right and in buggy code. */
export interface PitfallResult {
  name: PitfallName;
  room: PitfallRoom;
  /** What the program does wrong. */
  bug: string;
  /** What one sees of it. */
  symptom: string;
  /** The test that catches it. */
  test: string;
  /** What both versions compute over a range. */
  curves: PitfallCurves;
  /** The test, run on the right code and on the buggy one. */
  right: PitfallTest;
  buggy: PitfallTest;
}

/** What `pitfalls` gives back. */
export interface PitfallsResult {
  config: Required<PitfallsConfig>;
  exhibits: PitfallResult[];
}

/**
 * Runs the bugs: both versions over a range, and the test on both. A second or less for all twelve.
 *
 * @throws RangeError for an unknown name, TypeError for an unknown option
 *
 * @example
 * const [exhibit] = pitfalls({ names: ['ε outside the root'] }).exhibits;
 * console.log(exhibit.right.passes, exhibit.buggy.passes); // prints true false
 */
export function pitfalls(config: PitfallsConfig = {}): PitfallsResult {
  checkOptions('pitfalls', config, ['names', 'seed']);
  const { names = pitfallNames, seed = 1 } = config;
  for (const name of names) checkChoice('names', name, pitfallNames);
  checkCount('the number of names', names.length);
  return {
    config: { names, seed },
    exhibits: names.map((name) => {
      const { room, bug, symptom, test, curves, check }: Pitfall = museum[name];
      return {
        ...{ name, room, bug, symptom, test },
        curves: curves(seed),
        right: check(false, seed),
        buggy: check(true, seed),
      };
    }),
  };
}
