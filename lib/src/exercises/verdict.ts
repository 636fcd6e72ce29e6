import { inspect } from 'node:util';
import { escapeXml } from '../figures/svgMarks.js';

/**
 * What a check says of an answer: shown under the cell when it is the cell's last expression.
 *
 * @example
 * console.log(String(new Verdict(false, 'The sign is wrong.')).includes('The sign is wrong.')); // prints true
 */
export class Verdict {
  constructor(
    readonly passed: boolean,
    readonly message: string,
    /** The part of an exercise's points that the answer is worth, from 0 to 1. */
    readonly share: number = passed ? 1 : 0,
  ) {}

  toString(): string {
    return `${this.passed ? '✓' : '✗'} ${this.message}`;
  }

  /** A terminal and stock tslab print it this way. */
  [inspect.custom](): string {
    return this.toString();
  }

  /** Our kernel shows it this way. */
  [Symbol.for('Jupyter.display')](): Record<string, string> {
    const [color, paper] = this.passed ? ['#00664b', '#e6f5f0'] : ['#8a3c00', '#fdf0e6'];
    const style = `font-size:17px;color:${color};background:${paper};border-left:5px solid;padding:8px 14px`;
    return {
      'text/html': `<div role="status" style="${style}">${escapeXml(this.toString())}</div>`,
      'text/plain': this.toString(),
    };
  }
}

/**
 * The points of an exercise in a course, as nbgrader counts them: all for a right answer, a part of them for a mistake
 * that is worth one.
 * @param points what a right answer earns
 * @throws Error with the verdict's message for an answer that is worth nothing; RangeError for points that are not above 0
 *
 * @example
 * console.log(credit(checkDriftPrediction(100), 2)); // prints 2
 */
export function credit(verdict: Verdict, points: number): number {
  if (!(points > 0 && Number.isFinite(points))) {
    throw new RangeError(`points must be a number above 0, found ${points}`);
  }
  if (verdict.share === 0) throw new Error(verdict.message);
  return points * verdict.share;
}

export const right = (message: string): Verdict => new Verdict(true, message);
/** @param share what the answer is worth all the same, from 0 to 1 */
export const wrong = (message: string, share = 0): Verdict => new Verdict(false, message, share);

/** A mistake that students make: what it gives, and what to say to who made it. */
export interface KnownMistake<Answer> {
  gives: Answer;
  say: string;
  /** The part of the points that it earns, from 0 to 1: an idea that is right but for one thing is worth a half, say. */
  worth?: number;
}

/** Whether two numbers agree but for rounding, relative to their size. */
export function near(a: number, b: number, tolerance = 1e-9): boolean {
  return Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(a), Math.abs(b));
}

/** Whether two lists agree but for rounding. */
export function allNear(a: readonly number[], b: readonly number[], tolerance = 1e-9): boolean {
  return a.length === b.length && a.every((value, i) => near(value, b[i], tolerance));
}

/** A list in a sentence: the first few numbers, rounded. */
export function brief(values: readonly number[]): string {
  const shown = values.slice(0, 5).map((value) => Number(value.toPrecision(4)));
  return `[${shown.join(', ')}${values.length > 5 ? ', …' : ''}]`;
}

/**
 * Judges a list that a student's function gave for a given input.
 * @param attempt calls the student's function; what it throws becomes part of the verdict
 */
export function judgeList(
  attempt: () => unknown,
  expected: readonly number[],
  mistakes: readonly KnownMistake<readonly number[]>[],
  praise: string,
): Verdict {
  let answer: unknown;
  try {
    answer = attempt();
  } catch (error) {
    return wrong(`Your function threw: ${error instanceof Error ? error.message : String(error)}`);
  }
  const isList = Array.isArray(answer) || ArrayBuffer.isView(answer);
  if (!isList) {
    return wrong(`Return a list of ${expected.length} numbers; yours returned ${inspect(answer)}.`);
  }
  const values = Array.from(answer as ArrayLike<unknown>, Number); // an array or a typed array: seen just above
  if (values.length !== expected.length) {
    return wrong(`Return ${expected.length} numbers, one for each given; yours returned ${values.length}.`);
  }
  if (values.some((value) => !Number.isFinite(value))) {
    return wrong(`Every number must be finite; yours returned ${brief(values)}.`);
  }
  if (allNear(values, expected)) return right(praise);
  const known = mistakes.find(({ gives }) => allNear(values, gives, 1e-6));
  return wrong(
    known?.say ?? `Not yet: expected ${brief(expected)}, yours returned ${brief(values)}.`,
    known?.worth,
  );
}

/** Judges one number, right within `tolerance` of its size. */
export function judgeNumber(
  answer: unknown,
  expected: number,
  mistakes: readonly KnownMistake<number>[],
  praise: string,
  tolerance = 0.02,
): Verdict {
  if (typeof answer !== 'number' || !Number.isFinite(answer)) {
    return wrong(`Put a number in place of ${inspect(answer)}.`);
  }
  const agrees = (value: number) => Math.abs(answer - value) <= tolerance * Math.abs(value) + 1e-12;
  if (agrees(expected)) return right(praise);
  const known = mistakes.find(({ gives }) => agrees(gives));
  return wrong(known?.say ?? `${answer} is not it yet.`, known?.worth);
}
