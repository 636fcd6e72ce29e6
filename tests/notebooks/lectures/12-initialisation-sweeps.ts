import { type Lecture, type Numbers, number, read, readShare, row } from '../lecture.js';

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

export const lecture: Lecture = {
  measure: async (lab, seed, note) => {
    const seeds = [seed];
    const sweep = await lab.initialisationSweep({ seeds });
    for (const { activation, batchNorm, std, accuracy } of sweep.cells) {
      note(`${activation} ${batchNorm ? 'with' : 'without'} BN, std ${std}`, accuracy);
    }
    const sigmoid = { stds: [0.0001, 0.001], activations: ['sigmoid' as const], batchNorm: [true], seeds };
    for (const epsilon of [1e-5, 1e-12]) {
      for (const { std, accuracy } of (await lab.initialisationSweep({ ...sigmoid, epsilon })).cells) {
        note(`sigmoid with BN, std ${std}, epsilon ${epsilon}`, accuracy);
      }
    }
    const relu = { stds: [0.05, 5], activations: ['relu' as const], batchNorm: [true], seeds };
    for (const lastStd of [0.05, 5]) {
      for (const { std, accuracy } of (await lab.initialisationSweep({ ...relu, lastStd })).cells) {
        note(`hidden layers ${std}, last layer ${lastStd}`, accuracy);
      }
    }
    const images = lab.gather(
      lab.loadMnist().train,
      Uint32Array.from({ length: 500 }, (_, i) => i),
    ).x;
    for (const std of [0.0001, 5]) {
      const network = lab.createNetwork(
        {
          sizes: [784, 50, 50, 50, 10],
          activation: 'sigmoid',
          batchNorm: true,
          initial: { kind: 'normal', std },
        },
        new lab.Random(seed),
      );
      const { activationInput } = lab.networkForward(network, images, 500, 'training').layers[2];
      const { variance } = lab.columnMoments(activationInput, 500, 50);
      note(`spread in layer 3, sigmoid with BN, std ${std}`, mean(Array.from(variance, Math.sqrt)), {
        room: std === 5 ? 0.01 : 0.0002,
      });
    }
  },
  read: (text) => {
    const numbers: Numbers = {};
    const networks = row(text, 'std');
    for (const std of ['0.0001', '0.03', '5']) {
      row(text, std).forEach((cell, i) => {
        numbers[`${networks[i]}, std ${std}`] = Number(cell) / 100;
      });
    }
    for (const std of ['0.0001', '0.001']) {
      for (const epsilon of [1e-5, 1e-12]) {
        const name = `sigmoid with BN, std ${std}, epsilon ${epsilon}`;
        numbers[name] = readShare(text, `^${name}: ${number} %`);
      }
    }
    for (const last of ['0.05', '5']) {
      row(text, `last layer ${last}`).forEach((cell, i) => {
        numbers[`hidden layers ${['0.05', '5'][i]}, last layer ${last}`] = Number(cell) / 100;
      });
    }
    for (const std of ['0.0001', '5']) {
      const found = `^sigmoid with BN, ${std} +\\S+ +\\S+ +${number}$`;
      numbers[`spread in layer 3, sigmoid with BN, std ${std}`] = read(text, found);
    }
    return numbers;
  },
  claims: [
    {
      claim: 'BN lets one be less careful about initialisation.',
      source: 'Ioffe and Szegedy 2015, abstract',
      numbers: ['relu with BN, std 0.0001', 'relu without BN, std 0.0001', 'relu with BN, std 0.03'],
      holds: (n) =>
        n['relu with BN, std 0.0001'] > n['relu without BN, std 0.0001'] + 0.4 &&
        n['sigmoid with BN, std 0.03'] > n['sigmoid without BN, std 0.03'] + 0.2,
      agrees: 'yes',
      remark:
        'At full size, from weights of 0.0001: ReLU 97.7 against 11.3 % without BN, sigmoid 92.4 against 10.6 %.',
    },
    {
      claim: 'BN is proof against every initialisation, since BN(aWu) = BN(Wu).',
      source: 'often concluded from Ioffe and Szegedy 2015, section 3.3; not in the paper',
      numbers: ['relu with BN, std 5', 'relu with BN, std 0.03'],
      holds: (n) => n['relu with BN, std 5'] < n['relu with BN, std 0.03'] - 0.3,
      agrees: 'no',
      remark:
        'From weights of 5, ReLU with BN hardly learns: the step turns long weights by 1/a². At full size it comes to 72.1 %, against 97.8 % from 0.03.',
    },
    {
      claim: 'BN(aWu) = BN(Wu): what goes forward does not notice the scale of the weights.',
      source: 'Ioffe and Szegedy 2015, section 3.3',
      numbers: [
        'spread in layer 3, sigmoid with BN, std 5',
        'spread in layer 3, sigmoid with BN, std 0.0001',
        'sigmoid with BN, std 0.0001, epsilon 0.00001',
        'sigmoid with BN, std 0.0001, epsilon 1e-12',
      ],
      holds: (n) =>
        Math.abs(n['spread in layer 3, sigmoid with BN, std 5'] - 1) < 0.01 &&
        n['spread in layer 3, sigmoid with BN, std 0.0001'] < 0.01 &&
        n['sigmoid with BN, std 0.0001, epsilon 1e-12'] >
          n['sigmoid with BN, std 0.0001, epsilon 0.00001'] + 0.1,
      agrees: 'partly',
      remark:
        'Exact for epsilon = 0. Where the variances are below epsilon BN does not normalise, and sigmoid does not learn.',
    },
    {
      claim: 'Under BN the effective learning rate is the rate over |W|²: long weights hardly turn.',
      source: 'van Laarhoven 2017, section 3',
      numbers: ['hidden layers 0.05, last layer 0.05', 'hidden layers 5, last layer 0.05'],
      holds: (n) =>
        n['hidden layers 5, last layer 0.05'] < n['hidden layers 0.05, last layer 0.05'] - 0.1 &&
        n['hidden layers 5, last layer 5'] < n['hidden layers 0.05, last layer 5'] - 0.1,
      agrees: 'yes',
    },
  ],
};
