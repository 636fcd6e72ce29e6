import { judgeList, right, type Verdict, wrong } from './verdict.js';

/** Takes red, green and blue (0 to 1) and returns the three equal numbers of the grey pixel. */
export type GreyPixel = (red: number, green: number, blue: number) => number[];

/**
 * Checks the grey-scale transform of lecture 01: 0.299 R + 0.587 G + 0.114 B in all three places.
 *
 * @example
 * console.log(checkGreyPixel((red, green, blue) => [red, green, blue]).passed); // prints false
 */
export function checkGreyPixel(grey: GreyPixel): Verdict {
  const [r, g, b] = [0.9, 0.4, 0.1];
  const y = 0.299 * r + 0.587 * g + 0.114 * b;
  const three = (value: number) => [value, value, value];
  return judgeList(
    () => grey(r, g, b),
    three(y),
    [
      {
        gives: [r, g, b],
        say: 'The pixel came back in colour: all three numbers must become its brightness.',
      },
      {
        gives: three((r + g + b) / 3),
        say: 'That is the plain mean. The eye takes green for brighter than blue: weigh with 0.299, 0.587 and 0.114.',
      },
      { gives: three(0.114 * r + 0.587 * g + 0.299 * b), say: 'The weights of red and blue are swapped.' },
      {
        gives: [0.299 * r, 0.587 * g, 0.114 * b],
        say: 'You weighed the three channels but did not add them up: each of the three numbers is the same sum.',
      },
      {
        gives: three((0.299 * r + 0.587 * g + 0.114 * b) / 3),
        say: 'The weights add up to 1 already: do not divide by 3.',
      },
    ],
    'A pixel without colour: R = G = B = its brightness.',
  );
}

/**
 * Checks the question of lecture 01: which of four changes between training and use is a covariate shift?
 * `a` new scanners, `b` the hospital calls another size a tumour, `c` an epidemic, `d` more of the same pictures.
 *
 * @example
 * console.log(checkWhichShift('b').passed); // prints false
 */
export function checkWhichShift(answer: string): Verdict {
  switch (answer.trim().toLowerCase()) {
    case 'a':
      return right(
        'The inputs change, what they mean does not: P(x) moves, P(y | x) stays. That is covariate shift.',
      );
    case 'b':
      return wrong(
        'There the same picture gets another label: P(y | x) changes. That is concept shift, and no transform of x mends it.',
      );
    case 'c':
      return wrong(
        'There P(y) changes, and P(x) only through it: that is label shift (also called prior shift).',
      );
    case 'd':
      return wrong(
        'More pictures from the same source: neither P(x) nor P(y | x) changes. That is just more data.',
      );
    default:
      return wrong(`Answer with one letter, 'a' to 'd'; found '${answer}'.`);
  }
}
