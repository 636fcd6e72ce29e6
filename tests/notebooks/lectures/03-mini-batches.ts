import { type Lecture, type Numbers, number, read, row } from '../lecture.js';

const free = { share: false, room: 0.02 };
/** Powers of ten: a variance may be ten thousand times another. */
const decades = { share: false, room: 0.3 };
const sizes = [2, 4, 8, 16, 32];

export const lecture: Lecture = {
  measure: async (lab, seed, note) => {
    for (const m of [1, 4, 16, 64, 256, 1000])
      note(`cloud of ${m}: distance`, lab.gradientCloud({ m, seed }).spread, free);
    const { cells } = await lab.gradientVariance({ seeds: [seed] });
    for (const { m, batchNorm, variance } of cells)
      note(
        `variance ${batchNorm ? 'with' : 'without'} BN, m = ${m} (powers of ten)`,
        Math.log10(variance),
        decades,
      );
  },
  read: (text) => {
    const numbers: Numbers = {};
    for (const m of [1, 4, 16, 64, 256, 1000]) {
      const [distance, theory] = row(text, `cloud of ${m}`).map(Number);
      numbers[`cloud of ${m}: distance`] = distance;
      numbers[`cloud of ${m}: theory`] = theory;
    }
    for (const side of ['with', 'without']) {
      row(text, `variance ${side} BN`).forEach((cell, i) => {
        numbers[`variance ${side} BN, m = ${sizes[i]} (powers of ten)`] = Math.log10(Number(cell));
      });
    }
    numbers['time alone over time in a minibatch, without BN'] =
      read(text, `without BN ${number} µs at m = 1 `) /
      read(text, `without BN .* and ${number} µs at m = 1024`);
    return numbers;
  },
  claims: [
    {
      claim:
        'The gradient of the loss over a mini-batch is an estimate of the gradient over the training set, whose quality improves as the batch size increases.',
      source: 'Ioffe and Szegedy 2015, section 1',
      numbers: [
        ...[1, 4, 16, 64, 256, 1000].map((m) => `cloud of ${m}: distance`),
        ...sizes.map((m) => `variance without BN, m = ${m} (powers of ten)`),
      ],
      holds: (n) =>
        n['cloud of 1000: distance'] < 1e-9 &&
        Math.abs(n['cloud of 16: distance'] / n['cloud of 64: distance'] - 2) < 0.35 &&
        Math.abs(
          n['variance without BN, m = 2 (powers of ten)'] -
            n['variance without BN, m = 32 (powers of ten)'] -
            Math.log10(16),
        ) < 0.35,
      agrees: 'yes',
      remark: 'Its variance is s²/m (N − m)/(N − 1). With BN it is larger, and falls faster than 1/m.',
    },
    {
      claim: 'With BN in the network, a minibatch’s gradient is as noisy as without.',
      source: 'a common guess',
      numbers: [2, 32].flatMap((m) =>
        ['with', 'without'].map((side) => `variance ${side} BN, m = ${m} (powers of ten)`),
      ),
      holds: (n) =>
        n['variance with BN, m = 2 (powers of ten)'] > n['variance without BN, m = 2 (powers of ten)'] + 1 &&
        n['variance with BN, m = 32 (powers of ten)'] > n['variance without BN, m = 32 (powers of ten)'],
      agrees: 'no',
      remark:
        'At m = 2 its variance is 20 to 400 times as large, from seed to seed; at 128 still four times.',
    },
    {
      claim:
        'Computation over a batch can be much more efficient than m computations for individual examples.',
      source: 'Ioffe and Szegedy 2015, section 1',
      numbers: [],
      // Times are read off the page only; in the tests' few milliseconds all that is sure is which way it goes.
      holds: (n) => (n['time alone over time in a minibatch, without BN'] ?? 2) > 1,
      agrees: 'yes',
      remark:
        'On one core, with our engine, an example alone takes two to four times as long as one in a large minibatch.',
    },
  ],
};
