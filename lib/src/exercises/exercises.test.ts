import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { SweepCell } from '../experiments/learningRateSweep.js';
import { checkDriftPrediction, checkThroughTheMean } from './biasDrift.js';
import { checkGreyPixel, checkWhichShift } from './covariateShift.js';
import { checkFewerSteps, checkLargestRate } from './learningRates.js';
import { checkStandardise } from './startHere.js';

const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
const mean = (values: number[]) => sum(values) / values.length;
const variance = (values: number[]) => mean(values.map((v) => (v - mean(values)) ** 2));
const std = (values: number[]) => Math.sqrt(variance(values));
const centred = (values: number[]) => values.map((v) => v - mean(values));

/** A right answer, and wrong ones with a word that the check must say of each. */
interface Exercise<Answer> {
  check: (answer: Answer) => { passed: boolean; message: string };
  right: Answer[];
  wrong: [Answer, RegExp][];
}

function exercise<Answer>(name: string, { check, right, wrong }: Exercise<Answer>): void {
  describe(name, () => {
    it.each(right)('takes %s', (answer) => {
      const verdict = check(answer);
      expect(verdict.message).not.toBe('');
      expect(verdict.passed).toBe(true);
    });
    it.each(wrong)('tells %s', (answer, words) => {
      const verdict = check(answer);
      expect(verdict.passed).toBe(false);
      expect(verdict.message).toMatch(words);
    });
    it('says something else of each mistake', () => {
      const messages = wrong.map(([answer]) => check(answer).message);
      expect(new Set(messages).size).toBe(messages.length);
    });
  });
}

const throwing = () => {
  throw new Error('not written yet');
};

exercise<(values: number[]) => number[]>('checkStandardise', {
  check: checkStandardise,
  right: [
    (v) => centred(v).map((x) => x / std(v)),
    (v) => Array.from(Float64Array.from(centred(v)), (x) => x / std(v)),
  ],
  wrong: [
    [(v) => v, /came back as it was/],
    [centred, /variance is not 1/],
    [(v) => v.map((x) => x / std(v)), /mean is not 0/],
    [(v) => centred(v).map((x) => x / variance(v)), /divided by the variance/],
    [
      (v) => centred(v).map((x) => x / Math.sqrt(sum(centred(v).map((c) => c * c)) / (v.length - 1))),
      /m − 1/,
    ],
    [(v) => centred(v).map((x) => x / Math.sqrt(sum(centred(v).map((c) => c * c)))), /root of the sum/],
    [(v) => centred(v).map((x) => x / (std(v) * v.length)), /One m too many/],
    [() => [1], /one for each given; yours returned 1/],
    [(v) => v.map(() => Number.NaN), /finite/],
    [(v) => v.map((x) => x + 1), /Not yet/],
    [throwing, /threw: not written yet/],
    [() => undefined as unknown as number[], /Return a list of 9 numbers; yours returned undefined/],
  ],
});

exercise<(red: number, green: number, blue: number) => number[]>('checkGreyPixel', {
  check: checkGreyPixel,
  right: [(r, g, b) => [0, 1, 2].map(() => 0.299 * r + 0.587 * g + 0.114 * b)],
  wrong: [
    [(r, g, b) => [r, g, b], /still|in colour/],
    [(r, g, b) => [0, 1, 2].map(() => (r + g + b) / 3), /plain mean/],
    [(r, g, b) => [0, 1, 2].map(() => 0.114 * r + 0.587 * g + 0.299 * b), /swapped/],
    [(r, g, b) => [0.299 * r, 0.587 * g, 0.114 * b], /did not add/],
    [(r, g, b) => [0, 1, 2].map(() => (0.299 * r + 0.587 * g + 0.114 * b) / 3), /do not divide/],
    [(r) => [r], /Return 3 numbers/],
  ],
});

exercise<string>('checkWhichShift', {
  check: checkWhichShift,
  right: ['a', ' A '],
  wrong: [
    ['b', /concept shift/],
    ['c', /label shift/],
    ['d', /more data/],
    ['?', /one letter.*found '\?'/],
  ],
});

exercise<(gradient: number[]) => number[]>('checkThroughTheMean', {
  check: checkThroughTheMean,
  right: [centred],
  wrong: [
    [(g) => g, /naive update/],
    [(g) => g.map((v) => v - sum(g)), /1\/m is missing/],
    [(g) => g.map((v) => v + mean(g)), /sign/],
    [(g) => g.map((v) => v - v / g.length), /sum over all k/],
    [(g) => g.map(() => mean(g)), /direct part/],
    [(g) => g.map(() => 0), /SUM is 0/],
    [() => [], /Return 4 numbers/],
  ],
});

exercise<number>('checkDriftPrediction', {
  check: checkDriftPrediction,
  right: [100],
  wrong: [
    [0, /true gradient/],
    [-100, /sign/],
    [40, /200 steps/],
    [300, /target 3/],
    [150, /learning rate 0\.1, as above/],
    [50, /Half/],
    [500, /learning rate is missing/],
    [1, /does not stop at the target/],
    [0.2, /one step/],
    [77, /not it yet/],
    [Number.NaN, /Put a number/],
  ],
});

exercise<(cells: SweepCell[]) => number>('checkLargestRate', {
  check: checkLargestRate,
  right: [
    (cells) => {
      const best = Math.max(...cells.filter((c) => !c.diverged).map((c) => c.accuracy));
      const good = cells.filter((c) => !c.diverged && c.accuracy >= best - 0.05);
      return Math.max(...good.map((c) => c.learningRate));
    },
  ],
  wrong: [
    [(cells) => cells.reduce((a, b) => (b.accuracy > a.accuracy ? b : a)).learningRate, /best accuracy/],
    [(cells) => Math.max(...cells.map((c) => c.learningRate)), /largest rate of all/],
    [(cells) => Math.min(...cells.map((c) => c.learningRate)), /smallest rate/],
    [
      (cells) => Math.max(...cells.filter((c) => c.accuracy >= 0.89).map((c) => c.learningRate)),
      /diverged: its accuracy/,
    ],
    [(cells) => cells.find((c) => c.accuracy >= 0.89)?.learningRate ?? 0, /not sorted/],
    [() => 7, /yours returned 7/],
    [throwing, /threw: not written yet/],
  ],
});

exercise<number>('checkFewerSteps', {
  check: checkFewerSteps,
  right: [31.0 / 2.1, 14.8, 14, 15],
  wrong: [
    [2.1 / 31.0, /other way round/],
    [31.0 / 13.3, /BN-Baseline, at the same/],
    [31.0 / 2.7, /BN-x30/],
    [13.3 / 2.1, /compares with BN-Baseline/],
    [28.9, /how many million steps/],
    [5, /factor of the learning rate/],
  ],
});

describe('a verdict', () => {
  it('shows itself in a notebook, in a terminal and as text', () => {
    const verdict = checkWhichShift('b');
    expect(inspect(verdict)).toBe(verdict.toString());
    expect(verdict.toString()).toMatch(/^✗ /);
    const bundle = verdict[
      Symbol.for('Jupyter.display') as unknown as keyof typeof verdict
    ] as unknown as () => object;
    expect(bundle.call(verdict)).toMatchObject({
      'text/plain': verdict.toString(),
      'text/html': expect.stringContaining('✗ There the same picture'),
    });
  });
});
