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
    for (const { m, batchNorm, variance, expected, bias, noise } of cells) {
      if (expected !== null) note(`variance without BN over theory, m = ${m}`, variance / expected, free);
      const without = cells.find((cell) => cell.m === m && !cell.batchNorm)?.variance ?? Number.NaN;
      if (batchNorm)
        note(
          `variance with BN over without, m = ${m} (powers of ten)`,
          Math.log10(variance / without),
          decades,
        );
      note(`bias ${batchNorm ? 'with' : 'without'} BN over its noise, m = ${m}`, bias / noise, {
        share: false,
        room: 0.3,
      });
    }
  },
  read: (text) => {
    const numbers: Numbers = {};
    for (const m of [1, 4, 16, 64, 256, 1000]) {
      const [distance, theory] = row(text, `cloud of ${m}`).map(Number);
      numbers[`cloud of ${m}: distance`] = distance;
      numbers[`cloud of ${m}: theory`] = theory;
    }
    const [without, theory, withBn] = ['variance without BN', 'theory without BN', 'variance with BN'].map(
      (name) => row(text, name).map(Number),
    );
    sizes.forEach((m, i) => {
      numbers[`variance without BN over theory, m = ${m}`] = without[i] / theory[i];
      numbers[`variance with BN over without, m = ${m} (powers of ten)`] = Math.log10(withBn[i] / without[i]);
      for (const side of ['with', 'without'])
        numbers[`bias ${side} BN over its noise, m = ${m}`] = Number(
          row(text, `bias ${side} BN, over its noise`)[i],
        );
    });
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
        ...sizes.map((m) => `variance without BN over theory, m = ${m}`),
        'bias without BN over its noise, m = 32',
      ],
      holds: (n) =>
        n['cloud of 1000: distance'] < 1e-9 &&
        Math.abs(n['cloud of 16: distance'] / n['cloud of 64: distance'] - 2) < 0.35 &&
        sizes.every((m) => Math.abs(n[`variance without BN over theory, m = ${m}`] - 1) < 0.4),
      agrees: 'yes',
      remark:
        'Its variance is s²/m (N − m)/(N − 1), at full size within 4 %. With BN it is larger, falls faster than 1/m, and there is a bias.',
    },
    {
      claim: 'With BN in the network, a minibatch’s gradient is as noisy as without.',
      source: 'a common guess',
      numbers: sizes.map((m) => `variance with BN over without, m = ${m} (powers of ten)`),
      holds: (n) =>
        n['variance with BN over without, m = 2 (powers of ten)'] > 1 &&
        n['variance with BN over without, m = 32 (powers of ten)'] > 0.2,
      agrees: 'no',
      remark:
        'At m = 2 its variance is 20 to 400 times as large, from seed to seed; at full size 145 to 224 times, and still four to six times at 512.',
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
