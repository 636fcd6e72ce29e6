import { type Lecture, type Numbers, row } from '../lecture.js';

const free = { share: false, room: 0.1 };

export const lecture: Lecture = {
  measure: async (lab, seed, note) => {
    const sweep = await lab.placementSweep({ seeds: [seed] });
    for (const { activation, placement, learningRate, accuracy } of sweep.cells) {
      const place = placement === 'none' ? 'no BN' : `BN ${placement}`;
      note(`${activation}, ${place}, lr ${learningRate}`, accuracy);
    }
    const { readings } = await lab.activationShapes({ seed });
    for (const { activation, place, layer, skewness, kurtosis, zeros, mean } of readings) {
      if (layer !== 3) continue;
      note(`${activation}, ${place}: skewness`, skewness, free);
      note(`${activation}, ${place}: excess kurtosis`, kurtosis, { share: false, room: 0.2 });
      note(`${activation}, ${place}: zeros`, zeros);
      note(`${activation}, ${place}: mean`, mean, free);
    }
  },
  read: (text) => {
    const numbers: Numbers = {};
    const rates = row(text, 'learning rate');
    for (const activation of ['sigmoid', 'relu']) {
      for (const place of ['BN before', 'BN after', 'no BN']) {
        row(text, `${activation}, ${place}`).forEach((cell, i) => {
          numbers[`${activation}, ${place}, lr ${rates[i]}`] = Number.parseFloat(cell) / 100;
        });
      }
      for (const place of ['u', 'z']) {
        const [skewness, kurtosis, zeros, mean] = row(text, `${activation}, ${place}`).map(Number);
        const name = `${activation}, ${place}`;
        numbers[`${name}: skewness`] = skewness;
        numbers[`${name}: excess kurtosis`] = kurtosis;
        numbers[`${name}: zeros`] = zeros;
        numbers[`${name}: mean`] = mean;
      }
    }
    return numbers;
  },
  claims: [
    {
      claim: 'BN belongs immediately before the nonlinearity.',
      source: 'Ioffe and Szegedy 2015, section 3.2',
      numbers: [
        'relu, BN before, lr 0.1',
        'relu, BN after, lr 0.1',
        'sigmoid, BN before, lr 0.1',
        'sigmoid, BN after, lr 0.1',
        'sigmoid, BN before, lr 1',
        'sigmoid, BN after, lr 1',
      ],
      holds: (n) =>
        Math.abs(n['relu, BN before, lr 0.1'] - n['relu, BN after, lr 0.1']) < 0.05 &&
        n['sigmoid, BN after, lr 0.1'] > n['sigmoid, BN before, lr 0.1'],
      agrees: 'no',
      remark:
        'A tie for ReLU; for sigmoid BN after is better up to rate 1, and diverges at 3. At full size it leads by 2 points at rate 0.1 and by 1 at 1.',
    },
    {
      claim: 'Wu is more likely to have a symmetric, non-sparse distribution, that is "more Gaussian".',
      source: 'Ioffe and Szegedy 2015, section 3.2',
      numbers: [
        'relu, u: skewness',
        'relu, z: skewness',
        'relu, z: zeros',
        'sigmoid, u: skewness',
        'sigmoid, z: skewness',
        'sigmoid, u: excess kurtosis',
        'sigmoid, z: excess kurtosis',
      ],
      holds: (n) =>
        n['relu, z: skewness'] > n['relu, u: skewness'] + 0.5 &&
        n['relu, z: zeros'] > 0.3 &&
        n['relu, u: zeros'] === 0 &&
        n['sigmoid, z: skewness'] < n['sigmoid, u: skewness'] + 0.1 &&
        n['sigmoid, z: zeros'] === 0,
      agrees: 'partly',
      remark: 'True for ReLU. A sigmoid’s output is as symmetric as its input and not sparse, but flatter.',
    },
    {
      claim: 'With BN before it, a sigmoid gives the next layer inputs that are not centred.',
      source: 'our explanation, after LeCun et al. 1998, section 4.3',
      numbers: ['sigmoid, z: mean', 'relu, z: mean'],
      holds: (n) => Math.abs(n['sigmoid, z: mean'] - 0.5) < 0.1 && n['relu, z: mean'] > 0.25,
      agrees: 'yes',
    },
  ],
};
