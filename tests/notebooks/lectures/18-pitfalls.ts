import { type Lecture, type Numbers, number, read } from '../lecture.js';

const exact = { share: false, room: 1e-9 };
const free = { share: false, room: 0.1 };

export const lecture: Lecture = {
  measure: (lab, seed, note) => {
    const { exhibits } = lab.pitfalls({ seed });
    note('bugs', exhibits.length, exact);
    note('bugs caught', exhibits.filter(({ right, buggy }) => right.passes && !buggy.passes).length, exact);
    const point = (name: string, at: number) => {
      const exhibit = exhibits.find((one) => one.name === name);
      return exhibit?.curves.points.find((one) => one.at === at)?.buggy ?? Number.NaN;
    };
    note('variance from minibatches of 4, biased', point('biased variance', 4), { share: false, room: 0.02 });
    note('mean left over after 100 steps', point('stale averages', 100), free);
    note('ε outside: standard deviation 0.001 becomes', point('ε outside the root', 0.001), {
      share: false,
      room: 0.01,
    });
    note('decay: γ ends at', point('decay on γ and β', 100), { share: false, room: 0.001 });
  },
  read: (text) => {
    const numbers: Numbers = {};
    numbers.bugs = read(text, `^${number} of \\d+ bugs caught$`) && read(text, `of ${number} bugs caught$`);
    numbers['bugs caught'] = read(text, `^${number} of \\d+ bugs caught$`);
    numbers['variance from minibatches of 4, biased'] = read(
      text,
      `buggy code FAILS: it is ${number}, the truth is 1`,
    );
    numbers['mean left over after 100 steps'] = read(
      text,
      `buggy code FAILS: after 100 steps the mean is ${number}`,
    );
    numbers['ε outside: standard deviation 0.001 becomes'] = read(
      text,
      `buggy code FAILS: it comes out with ${number},`,
    );
    numbers['decay: γ ends at'] = read(text, `buggy code FAILS: γ ends at ${number},`);
    numbers['variance at mean 10,000, one pass'] = read(
      text,
      `buggy code FAILS: it is [\\d.]+ before and ${number} after`,
    );
    numbers['accumulation: gradient off by'] = read(text, `buggy code FAILS: it is off by ${number} %`) / 100;
    return numbers;
  },
  claims: [
    {
      claim: 'Each of the twelve bugs is caught by a test of one line, which right code passes.',
      source: 'this lecture',
      numbers: ['bugs', 'bugs caught'],
      holds: (n) => n.bugs === 12 && n['bugs caught'] === 12,
      agrees: 'yes',
    },
    {
      claim: 'The variances of minibatches are too small by 1/m.',
      source: 'Ioffe and Szegedy 2015, Algorithm 2, line 10',
      numbers: ['variance from minibatches of 4, biased'],
      holds: (n) => Math.abs(n['variance from minibatches of 4, biased'] - 0.75) < 0.03,
      agrees: 'yes',
    },
    {
      claim: 'Weight decay on γ and β weakens what a layer can give.',
      source: 'common advice',
      numbers: ['decay: γ ends at'],
      // (2 · 2) / (2 + 0.5): where the gradients of the error and of the penalty are equal
      holds: (n) => Math.abs(n['decay: γ ends at'] - 1.6) < 0.001,
      agrees: 'yes',
    },
  ],
};
