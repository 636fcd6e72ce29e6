import type { SweepCell } from '../experiments/learningRateSweep.js';
import { judgeNumber, right, type Verdict, wrong } from './verdict.js';

/** Takes runs of one curve and returns the largest learning rate that still works. */
export type LargestRate = (cells: SweepCell[]) => number;

const made = (learningRate: number, accuracy: number, diverged = false): SweepCell => ({
  learningRate,
  accuracy,
  diverged,
  finalLoss: diverged ? null : 0.5,
  activation: 'relu',
  batchNorm: true,
  seed: 1,
});

/** Made-up runs in which every usual mistake gives another rate. */
const runs = [
  made(0.1, 0.91),
  made(30, 0.1, true),
  made(0.01, 0.8),
  made(3, 0.89),
  made(1, 0.94),
  made(10, 0.9, true),
];

/**
 * Checks the exercise of lecture 11: the largest learning rate whose run did not diverge and whose accuracy is at
 * most 0.05 below the best.
 *
 * @example
 * console.log(checkLargestRate((cells) => Math.max(...cells.map((cell) => cell.learningRate))).passed); // prints false
 */
export function checkLargestRate(largest: LargestRate): Verdict {
  let answer: unknown;
  try {
    answer = largest(runs.map((run) => ({ ...run })));
  } catch (error) {
    return wrong(`Your function threw: ${error instanceof Error ? error.message : String(error)}`);
  }
  switch (answer) {
    case 3:
      return right('The largest rate that works: not the best one, but the width of the road.');
    case 1:
      return wrong('That is the rate with the best accuracy; asked is the largest within 0.05 of it.');
    case 10:
      return wrong(
        'That run diverged: its accuracy was high by luck before it broke. Leave out runs with `diverged`.',
      );
    case 30:
      return wrong('That is the largest rate of all, at which the run diverged: look at the accuracy too.');
    case 0.1:
      return wrong('That rate works, and so do larger ones: the runs are not sorted, so compare the rates.');
    case 0.01:
      return wrong('That is the smallest rate, and its run is more than 0.05 below the best.');
    default:
      return wrong(`Return one of the learning rates of the runs given; yours returned ${String(answer)}.`);
  }
}

/**
 * Checks the reading of the paper's table in lecture 11: BN-x5 reaches 72.2 % in 31.0M / 2.1M = 14.8 times fewer
 * steps than Inception.
 *
 * @example
 * console.log(checkFewerSteps(5).passed); // prints false
 */
export function checkFewerSteps(times: number): Verdict {
  return judgeNumber(
    times,
    31.0 / 2.1,
    [
      { gives: 2.1 / 31.0, say: 'The other way round: how many times does 2.1 go into 31.0?' },
      {
        gives: 31.0 / 13.3,
        say: 'That is BN-Baseline, at the same learning rate as Inception: look at BN-x5.',
      },
      { gives: 31.0 / 2.7, say: 'That is BN-x30: look at BN-x5.' },
      { gives: 13.3 / 2.1, say: 'That compares with BN-Baseline: compare with Inception, which has no BN.' },
      { gives: 31.0 - 2.1, say: 'That is how many million steps fewer, not how many times.' },
      {
        gives: 5,
        say: '5 is the factor of the learning rate in BN-x5. How many times fewer steps did it take?',
      },
    ],
    'About 15; the paper says "14 times fewer".',
    0.055,
  );
}
