import { type Lecture, type Numbers, number, read, readShare, row } from '../lecture.js';

const free = { share: false, room: 0.1 };
const kinds = ['none', 'batchNorm', 'noisyBatchNorm'];
const named = (bn: boolean) => `${bn ? 'with' : 'without'} BN`;
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const rates = [0.01, 0.03, 0.1, 0.3, 1];

export const lecture: Lecture = {
  measure: async (lab, seed, note) => {
    const seeds = [seed];
    const noisy = await lab.noisyBatchNorm({ seeds });
    const louder = await lab.noisyBatchNorm({ seeds, kinds: ['noisyBatchNorm'], noiseMean: 1 });
    for (const { kind, accuracy, shift } of [
      ...noisy.runs,
      ...louder.runs.map((run) => ({ ...run, kind: 'louder' })),
    ]) {
      note(`${kind}: accuracy`, accuracy.at(-1) ?? Number.NaN);
      note(`${kind}: shift`, shift.at(-1) ?? Number.NaN, {
        share: false,
        room: kind === 'batchNorm' ? 0.001 : 0.05,
      });
    }
    for (const learningRate of [0.1, 0.01]) {
      const { runs } = await lab.gradientShiftStudy({ seeds, learningRate });
      for (const { batchNorm, difference } of runs) {
        note(
          `rate ${learningRate}, ${named(batchNorm)}: distance of the gradients`,
          mean(difference[1]),
          free,
        );
      }
    }
    const sweep = await lab.learningRateSweep({ seeds, activations: ['relu'], learningRates: rates });
    const at = (rate: number, bn: boolean) =>
      sweep.cells.find((cell) => cell.learningRate === rate && cell.batchNorm === bn)?.accuracy ?? Number.NaN;
    const best = (bn: boolean) => Math.max(...rates.map((rate) => at(rate, bn)));
    note('lead of BN at rate 0.03', at(0.03, true) - at(0.03, false), { share: false, room: 0.03 });
    note('lead of BN at the best rates', best(true) - best(false), { share: false, room: 0.03 });
    const { train } = lab.loadMnist();
    const images = lab.gather(
      train,
      Array.from({ length: 200 }, (_, i) => i),
    ).x;
    for (const batchNorm of [false, true]) {
      const { network } = await lab.trainNetwork(
        { sizes: [784, 50, 50, 50, 10], activation: 'relu', batchNorm, initial: { kind: 'he' } },
        { train, steps: 3, learningRate: 3, seed },
      );
      const { layers } = lab.networkForward(network, images, 200, 'training');
      for (const layer of [0, 3]) {
        const size = Math.sqrt(mean(Array.from(layers[layer].activationInput, (value) => value * value)));
        note(`${named(batchNorm)}, step 3: log10 of layer ${layer + 1}`, Math.log10(size), free);
      }
    }
    for (const { activation, m, growth } of (await lab.gradientGrowth({ seeds })).cells) {
      note(`${activation}, B = ${m}: growth a layer`, growth, { share: false, room: 0.03 });
    }
  },
  read: (text) => {
    const numbers: Numbers = {};
    for (const kind of [...kinds, 'louder']) {
      numbers[`${kind}: accuracy`] = readShare(text, `^${kind}: ${number} % of the last`);
      numbers[`${kind}: shift`] = read(text, `^${kind}: .* shift ${number}$`);
    }
    for (const rate of ['0.1', '0.01']) {
      const line = `^rate ${rate.replace('.', '\\.')}: distance`;
      numbers[`rate ${rate}, with BN: distance of the gradients`] = read(text, `${line} ${number} with BN`);
      const without = `${line} [\\d.]+ with BN, ${number} without BN`;
      numbers[`rate ${rate}, without BN: distance of the gradients`] = read(text, without);
    }
    numbers['lead of BN at rate 0.03'] = readShare(
      text,
      `^same rate, 0\\.03: BN is ahead by ${number} points`,
    );
    numbers['lead of BN at the best rates'] = readShare(
      text,
      `^best of each: BN is ahead by ${number} points`,
    );
    for (const bn of [false, true]) {
      const sizes = row(text, `${named(bn)}, step 3`).map(Number);
      for (const layer of [0, 3]) {
        numbers[`${named(bn)}, step 3: log10 of layer ${layer + 1}`] = Math.log10(sizes[layer]);
      }
    }
    for (const m of [8, 64]) {
      const [relu, , linear] = row(text, `B = ${m}`).map(Number);
      numbers[`relu, B = ${m}: growth a layer`] = relu;
      numbers[`identity, B = ${m}: growth a layer`] = linear;
    }
    return numbers;
  },
  claims: [
    {
      claim: 'BN works because it reduces internal covariate shift.',
      source: 'Ioffe and Szegedy 2015, sections 1 and 2',
      numbers: [
        'batchNorm: accuracy',
        'noisyBatchNorm: accuracy',
        'louder: accuracy',
        'louder: shift',
        'none: shift',
      ],
      holds: (n) =>
        n['louder: shift'] > n['none: shift'] &&
        n['louder: accuracy'] > n['none: accuracy'] + 0.2 &&
        n['noisyBatchNorm: accuracy'] > n['batchNorm: accuracy'] - 0.1,
      agrees: 'no',
      remark:
        'With noise that makes the inputs shift more than without BN, the network still trains far better.',
    },
    {
      claim: 'BN with noise trains as well as BN, though its inputs shift more than without BN.',
      source: 'Santurkar et al. 2018, section 2.2 and figure 2',
      numbers: [
        'noisyBatchNorm: accuracy',
        'batchNorm: accuracy',
        'noisyBatchNorm: shift',
        'none: shift',
        'batchNorm: shift',
      ],
      holds: (n) =>
        n['noisyBatchNorm: shift'] > 20 * n['batchNorm: shift'] &&
        n['noisyBatchNorm: shift'] < 1.6 * n['none: shift'] &&
        n['louder: shift'] > n['none: shift'],
      agrees: 'yes',
      remark:
        'At full size wholly: 98.6 % of the minibatches right against 99.0 with BN and 86.4 without, and from step 1,500 of 5,000 on a larger shift than without BN, 0.18 against 0.15, for each of five seeds. In the lecture’s 200 steps, where the network without BN has not begun to learn, only with twice the noise.',
    },
    {
      claim: 'BN does not lessen the shift of gradients: it is similar or even worse.',
      source: 'Santurkar et al. 2018, definition 2.1 and figure 3',
      numbers: [
        'rate 0.01, with BN: distance of the gradients',
        'rate 0.01, without BN: distance of the gradients',
        'rate 0.1, with BN: distance of the gradients',
        'rate 0.1, without BN: distance of the gradients',
      ],
      holds: (n) =>
        n['rate 0.1, with BN: distance of the gradients'] <
          n['rate 0.1, without BN: distance of the gradients'] - 0.1 &&
        n['rate 0.01, with BN: distance of the gradients'] >
          n['rate 0.01, without BN: distance of the gradients'] - 0.05,
      agrees: 'partly',
      remark:
        'So at rate 0.01. At 0.1 the distance is clearly smaller with BN early in training, and similar over 10,000 steps: 0.77 against 0.78 (the cosine 0.72 against 0.64).',
    },
    {
      claim: 'BN primarily enables training with larger learning rates.',
      source: 'Bjorck et al. 2018, abstract',
      numbers: ['lead of BN at rate 0.03', 'lead of BN at the best rates'],
      holds: (n) => n['lead of BN at the best rates'] > 0,
      agrees: 'partly',
      remark:
        'At the best rates BN leads by more, in the lecture’s size; but it also learns faster at one and the same small rate. At full size it leads by 1.2 points at 0.03 and by 0.7 at the best rates.',
    },
    {
      claim: 'Without BN a large step makes activations grow uncontrollably with depth.',
      source: 'Bjorck et al. 2018, abstract',
      numbers: [
        'without BN, step 3: log10 of layer 1',
        'without BN, step 3: log10 of layer 4',
        'with BN, step 3: log10 of layer 4',
      ],
      holds: (n) =>
        n['without BN, step 3: log10 of layer 4'] > n['without BN, step 3: log10 of layer 1'] + 1 &&
        n['with BN, step 3: log10 of layer 4'] < 1,
      agrees: 'yes',
    },
    {
      claim:
        'With BN the squared gradient grows by π/(π - 1) = 1.467 a layer at initialisation (ReLU, large minibatches).',
      source: 'Yang et al. 2019',
      numbers: ['relu, B = 64: growth a layer'],
      holds: (n) => Math.abs(n['relu, B = 64: growth a layer'] - Math.PI / (Math.PI - 1)) < 0.1,
      agrees: 'yes',
    },
    {
      claim: 'In a linear network with BN it grows by (B - 2)/(B - 3).',
      source: 'Yang et al. 2019',
      numbers: ['identity, B = 8: growth a layer', 'identity, B = 64: growth a layer'],
      holds: (n) =>
        Math.abs(n['identity, B = 8: growth a layer'] - 6 / 5) < 0.1 &&
        Math.abs(n['identity, B = 64: growth a layer'] - 62 / 61) < 0.1,
      agrees: 'yes',
      remark: 'A little below it, at finite width.',
    },
  ],
};
