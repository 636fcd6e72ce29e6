import { type Lecture, type Numbers, number, read, row } from '../lecture.js';

/** A drift is in units of the activation's input. */
const drift = { share: false, room: 0.3 };

/** The notebook's gaps are in points. */
const points = { share: false, room: 0.04 };

export const lecture: Lecture = {
  measure: async (lab, seed, note) => {
    const paper = await lab.paperFigure({ seeds: [seed], timing: false });
    for (const run of paper.runs) {
      const name = run.batchNorm ? 'with BN' : 'without BN';
      for (const step of [60, 150, 300])
        note(`${name} after ${step} steps`, run.accuracies[run.steps.indexOf(step)]);
      note(`${name}: drift of the median`, run.drift, drift);
    }
    const { cells, config } = await lab.paperScan({ seeds: [seed] });
    for (const std of config.stds) {
      for (const rate of config.learningRates) {
        const of = (bn: boolean) =>
          cells.find((cell) => cell.std === std && cell.learningRate === rate && cell.batchNorm === bn)
            ?.accuracy[config.steps.length - 1] ?? Number.NaN;
        note(`gap at std ${std}, lr ${rate}`, of(true) - of(false), points);
      }
    }
  },
  read: (text) => {
    const numbers: Numbers = {};
    const steps = row(text, 'test accuracy after step');
    for (const name of ['with BN', 'without BN']) {
      row(text, name).forEach((cell, i) => {
        if (Number(steps[i]) >= 60)
          numbers[`${name} after ${steps[i]} steps`] = Number.parseFloat(cell) / 100;
      });
      numbers[`${name}: drift of the median`] = read(
        text,
        `${name.replace('w', '[Ww]')} the median moves by up to ${number}`,
      );
    }
    const rates = row(text, 'std');
    for (const std of [0.05, 0.2]) {
      row(text, String(std)).forEach((cell, i) => {
        numbers[`gap at std ${std}, ${rates[i]}`] = Number(cell) / 100;
      });
    }
    return numbers;
  },
  claims: [
    {
      claim: 'BN helps the network train faster and achieve higher accuracy (MNIST, 784-100-100-100-10).',
      source: 'Ioffe and Szegedy 2015, section 4.1 and figure 1a',
      numbers: ['with BN after 300 steps', 'without BN after 300 steps'],
      holds: (n) => n['with BN after 300 steps'] > n['without BN after 300 steps'] + 0.3,
      agrees: 'yes',
      remark:
        'At standard deviation 0.05 and rate 0.1; after 50,000 steps of three seeds 97.9 to 98.0 % with BN, 97.1 to 97.2 % without.',
    },
    {
      claim: 'The batch-normalized network enjoys the higher test accuracy.',
      source: 'Ioffe and Szegedy 2015, section 4.1',
      numbers: ['gap at std 0.2, lr 1', 'gap at std 0.05, lr 0.1'],
      holds: (n) => n['gap at std 0.2, lr 1'] < n['gap at std 0.05, lr 0.1'],
      agrees: 'partly',
      remark:
        'The paper states no spread, rate or optimiser: at standard deviation 0.1 and rate 0.5 the gap after 50,000 steps is 0.1 to 0.5 points.',
    },
    {
      claim:
        'The distributions in the batch-normalized network are much more stable as training progresses, which aids the training.',
      source: 'Ioffe and Szegedy 2015, section 4.1 and figure 1b, c',
      numbers: ['with BN: drift of the median', 'without BN: drift of the median'],
      holds: (n) => n['with BN: drift of the median'] < 1.5,
      agrees: 'partly',
      remark:
        'Over 50,000 steps the median moves by 0.3 to 0.4 with BN and by 0.7 to 1.1 without, in all three seeds; over a few hundred steps the network without BN has hardly begun to move.',
    },
  ],
};
