/** One bug of the failure museum (lecture 18): right and wrong code side by side, and the test that tells them apart. */

/** Where in a program the bug lives. */
export type PitfallRoom = 'statistics' | 'modes' | 'arithmetic' | 'training' | 'deployment';

/** What both versions give over a range of something. */
export interface PitfallCurves {
  /** What is varied, and what comes out. */
  readonly x: string;
  readonly y: string;
  readonly logX?: boolean;
  readonly points: readonly { readonly at: number; readonly right: number; readonly buggy: number }[];
}

/** What the catching test found. */
export interface PitfallTest {
  readonly passes: boolean;
  /** One sentence with the numbers. */
  readonly found: string;
}

/** A bug. */
export interface Pitfall {
  readonly room: PitfallRoom;
  /** What the program does wrong, in one sentence. */
  readonly bug: string;
  /** What one sees of it, in one sentence. */
  readonly symptom: string;
  /** The test that catches it, in one sentence. */
  readonly test: string;
  /** What both versions compute. */
  readonly curves: (seed: number) => PitfallCurves;
  /** Runs the test on one of the two versions. */
  readonly check: (buggy: boolean, seed: number) => PitfallTest;
}

/** A number in a sentence. */
export const brief = (value: number): string => {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size < 1e-12) return '0';
  return size >= 0.001 && size < 1e5 ? String(Number(value.toPrecision(4))) : value.toExponential(1);
};
