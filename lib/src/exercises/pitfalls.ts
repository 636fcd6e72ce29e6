import { onePassVariance } from '../experiments/pitfalls/arithmetic.js';
import type { PitfallName } from '../experiments/pitfalls/pitfalls.js';
import { columnMoments } from '../transform.js';
import { judgeNumber, right, type Verdict, wrong } from './verdict.js';

/** Which bug a student suspects behind each of the three reports. */
export interface Diagnosis {
  a: PitfallName | '';
  b: PitfallName | '';
  c: PitfallName | '';
}

const truth: Diagnosis = { a: 'stale averages', b: 'forgotten bias', c: 'batch of one' };
const hints: Record<keyof Diagnosis, string> = {
  a: 'a: what is used in testing and not in training, and gets better by itself with time?',
  b: 'b: the network is right until a step that makes one layer of two. What may get lost in it?',
  c: 'c: it happens once in an epoch. How many examples are left for the last minibatch?',
};

/**
 * Checks the exercise of lecture 18: three reports, and the bug behind each.
 *
 * @example
 * console.log(checkDiagnosis({ a: 'stale averages', b: '', c: '' }).share.toFixed(2)); // prints 0.33
 */
export function checkDiagnosis(diagnosis: Diagnosis): Verdict {
  if (typeof diagnosis !== 'object' || diagnosis === null)
    return wrong('Give an object with a, b and c, each the name of a bug.');
  const { a, b, c } = diagnosis;
  if (a === 'training mode left on')
    return wrong(
      'a: in that case testing would use the minibatch’s statistics, and be about as good as training.',
    );
  if (a === 'momentum convention' && b === truth.b && c === truth.c)
    return wrong(
      'a: that average forgets too fast, not too slowly: it would be right within a few steps.',
      2 / 3,
    );
  if (b === 'ε outside the root')
    return wrong('b: folding and not folding would use the same ε, so they would agree.');
  if (c === 'constant channel')
    return wrong('c: that would give NaN, and at any step. The report speaks of one step in each epoch.');
  const missed = (['a', 'b', 'c'] as const).filter((letter) => diagnosis[letter] !== truth[letter]);
  if (missed.length === 0)
    return right('Three symptoms, three causes: each of them is caught by a test of one line.');
  return wrong(`Not yet. ${missed.map((letter) => hints[letter]).join(' ')}`, (3 - missed.length) / 3);
}

/** Computes the variance of float32 numbers. */
export type VarianceOf = (x: Float32Array) => number;
/** A test: takes a function that computes a variance, says whether it can be trusted. */
export type VarianceTest = (variance: VarianceOf) => boolean;

const twoPasses: VarianceOf = (x) => columnMoments(x, x.length, 1).variance[0];

/**
 * Checks the exercise of lecture 18: a test that tells a variance in two passes from one that cancels.
 *
 * @example
 * console.log(checkVarianceTest(() => true).passed); // prints false
 */
export function checkVarianceTest(test: VarianceTest): Verdict {
  let sawLarge = false;
  const watched =
    (variance: VarianceOf): VarianceOf =>
    (x) => {
      sawLarge ||= x.some((value) => Math.abs(value) >= 1000);
      return variance(x);
    };
  let verdicts: unknown[];
  try {
    verdicts = [twoPasses, onePassVariance, (x: Float32Array) => Math.sqrt(twoPasses(x))].map((one) =>
      test(watched(one)),
    );
  } catch (error) {
    return wrong(`Your test threw: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (verdicts.some((verdict) => typeof verdict !== 'boolean'))
    return wrong('Your test must return true or false.');
  const [good, cancels, root] = verdicts;
  if (good && cancels && root)
    return wrong('Your test trusts everything, even a function that returns the root.');
  if (!good && !cancels && !root)
    return wrong(
      'Your test trusts nothing. Float32 numbers are rounded: allow a difference of a hundredth, say.',
    );
  if (good && cancels && !sawLarge)
    return wrong(
      'Your test never tries numbers far from 0, where E[x²] − E[x]² fails: add 10,000 to each, for example.',
      0.5,
    );
  if (good && cancels) return wrong('Your test still trusts E[x²] − E[x]²: allow less difference.', 0.5);
  if (!good) return wrong('Your test refuses a variance in two passes, which is right.');
  if (root)
    return wrong(
      'Your test trusts a function that returns the standard deviation: compare with a known variance, not 1.',
      0.5,
    );
  return right(
    'One comparison far from 0 is enough. Keep it: kernels are rewritten for speed again and again.',
  );
}

/**
 * Checks the exercise of lecture 18: with gradients accumulated over 4 parts of 8, BN's statistics are those of 8.
 *
 * @example
 * console.log(checkStatisticsOf(32).passed); // prints false
 */
export function checkStatisticsOf(examples: number): Verdict {
  return judgeNumber(
    examples,
    8,
    [
      { gives: 32, say: 'The gradient is a mean over 32. But each part was normalised by itself.' },
      { gives: 4, say: 'That is the number of parts. How many examples does BN see at a time?' },
      { gives: 1, say: 'Not each example alone: each part is a minibatch of its own.' },
      { gives: 16, say: 'Nobody sees 16: the parts have 8 each.' },
    ],
    'Accumulation makes the step of 32, and leaves BN with 8: as ghost batches do, on purpose.',
    0.001,
  );
}
