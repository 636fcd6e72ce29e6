import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../lib/src/exercises/verdict.js';

/** Tests of an exercise's check: right answers pass, each wrong one is told so in words of its own. */
export function exercise<Answer>(
  name: string,
  check: (answer: Answer) => Verdict,
  right: Answer[],
  wrong: [Answer, RegExp][],
): void {
  describe(name, () => {
    it.each(right.map((answer) => [answer] as const))('takes %s', (answer) => {
      expect(check(answer)).toMatchObject({ passed: true, message: expect.stringMatching(/./) });
    });
    it.each(wrong)('tells %s', (answer, words) => {
      expect(check(answer)).toMatchObject({ passed: false, message: expect.stringMatching(words) });
    });
    it('says something else of each mistake', () => {
      const messages = wrong.map(([answer]) => check(answer).message);
      expect(new Set(messages).size).toBe(messages.length);
    });
  });
}

/** For a check that must say what the student's function threw. */
export const throwing = (): never => {
  throw new Error('not written yet');
};
