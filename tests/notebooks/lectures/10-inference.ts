import { type Lecture, type Numbers, number, read } from '../lecture.js';

/** Rounding differs from seed to seed; what matters is that it is rounding. */
const rounding = { room: 1e-13, share: false };
const free = { room: 0.02, share: false };

export const lecture: Lecture = {
  measure: async (lab, seed, note) => {
    const random = new lab.Random(seed);
    for (const m of [2, 4, 8, 32]) {
      let sum = 0;
      for (let batch = 0; batch < 20000; batch++) {
        sum += lab.columnMoments(
          Float64Array.from({ length: m }, () => random.normal()),
          m,
          1,
        ).variance[0];
      }
      note(`mean of the variances, m = ${m}`, sum / 20000, free);
    }
    const { looks, config } = await lab.inferenceStudy({ seeds: [seed] });
    for (const look of looks) {
      if (look.step !== 20 && look.step !== 100) continue;
      note(`exact after ${look.step} steps`, look.population);
      config.newWeights.forEach((weight, i) => {
        note(`moving ${weight} after ${look.step} steps`, look.movingAverage[i]);
      });
      for (const size of [2, 50]) {
        note(
          `by batches of ${size} after ${look.step} steps`,
          look.byBatches[config.testBatches.indexOf(size)],
        );
      }
    }
    note('fold of the network: largest difference', Math.max(...looks.map((look) => look.foldDifference)), {
      room: 1e-12,
      share: false,
    });
    const draw = (length: number) => Float64Array.from({ length }, () => random.normal());
    const statistics = { mean: draw(4), variance: draw(4).map((value) => 0.1 + value * value) };
    const affine = { gamma: draw(4), beta: draw(4), epsilon: 1e-5 };
    const x = draw(216);
    for (const transposed of [false, true]) {
      for (const bias of [null, draw(4)]) {
        const layer = {
          ...{ kernel: [3, 3], inputChannels: 2, outputChannels: 4, transposed, weights: draw(72), bias },
          ...{ stride: 2, padding: 1 },
        };
        const u = lab.convolve(x, 3, [6, 6], layer);
        const y = lab.batchNormInference(u.x, u.x.length / 4, 4, statistics, affine);
        const folded = lab.convolve(x, 3, [6, 6], lab.foldIntoConvolution(layer, statistics, affine)).x;
        const difference = Math.max(...Array.from(y, (value, i) => Math.abs(value - folded[i])));
        note(
          `${transposed ? 'transposed conv' : 'conv'} with${bias ? '' : 'out'} bias`,
          difference,
          rounding,
        );
      }
    }
  },
  read: (text) => {
    const numbers: Numbers = {};
    for (const m of [2, 4, 8, 32])
      numbers[`mean of the variances, m = ${m}`] = read(text, `^m = ${m} +${number} `);
    const row = (name: string) => {
      const found = new RegExp(`^${name}  +(.*)$`, 'm').exec(text)?.[1];
      if (!found) throw new Error(`no row "${name}" is in:\n${text}`);
      return found.trim().split(/ {2,}/);
    };
    const columns = row('steps');
    for (const step of [20, 100]) {
      row(String(step)).forEach((cell, i) => {
        const name = columns[i].replace(/^by /, 'by batches of ');
        numbers[`${name} after ${step} steps`] = Number(cell) / 100;
      });
    }
    numbers['fold of the network: largest difference'] = read(
      text,
      'a fold changes a logit by at most ([\\de.+-]+\\d)',
    );
    for (const name of ['conv', 'transposed conv']) {
      for (const bias of ['with', 'without']) {
        numbers[`${name} ${bias} bias`] = read(
          text,
          `^${name} ${bias} bias: largest difference ([\\de.+-]+\\d)`,
        );
      }
    }
    numbers['dense with bias'] = read(text, '^dense with bias: largest difference ([\\de.+-]+\\d)');
    numbers['alone and among others'] = read(text, `^alone and among others: .* ${number}$`);
    for (const i of [1, 2, 3]) numbers[`company ${i}`] = read(text, `^company ${i} +${number}`);
    return numbers;
  },
  claims: [
    {
      claim:
        'Normalising by the minibatch is neither necessary nor desirable during inference: the output should depend on the input only.',
      source: 'Ioffe and Szegedy 2015, section 3.1',
      numbers: ['by batches of 2 after 100 steps', 'exact after 100 steps'],
      // The company numbers are read off the page only.
      holds: (n) =>
        n['exact after 100 steps'] > n['by batches of 2 after 100 steps'] + 0.2 &&
        (n['alone and among others'] ?? 0) < 1e-12,
      agrees: 'yes',
    },
    {
      claim: 'The variances of minibatches are too small by (m − 1)/m; m/(m − 1) makes them unbiased.',
      source: 'Ioffe and Szegedy 2015, section 3.1 and Algorithm 2, line 10',
      numbers: [2, 4, 8, 32].map((m) => `mean of the variances, m = ${m}`),
      holds: (n) =>
        [2, 4, 8, 32].every((m) => Math.abs((n[`mean of the variances, m = ${m}`] * m) / (m - 1) - 1) < 0.05),
      agrees: 'yes',
    },
    {
      claim:
        'With fixed statistics BN is affine and can be folded into dense, conv and transposed conv layers.',
      source: 'Ioffe and Szegedy 2015, section 3.1; Algorithm 2, line 11',
      numbers: [
        ...[
          'conv with bias',
          'conv without bias',
          'transposed conv with bias',
          'transposed conv without bias',
        ],
        'fold of the network: largest difference',
      ],
      holds: (n) =>
        ['conv', 'transposed conv'].every((layer) =>
          ['with', 'without'].every((bias) => n[`${layer} ${bias} bias`] < 1e-12),
        ) && n['fold of the network: largest difference'] < 1e-9,
      agrees: 'yes',
    },
    {
      claim: 'Moving averages instead of exact averages track the accuracy of a model as it trains.',
      source: 'Ioffe and Szegedy 2015, section 3.1',
      numbers: [20, 100].flatMap((step) =>
        ['exact', 'moving 0.1', 'moving 0.01'].map((name) => `${name} after ${step} steps`),
      ),
      holds: (n) =>
        n['exact after 20 steps'] > n['moving 0.01 after 20 steps'] + 0.05 &&
        n['moving 0.1 after 100 steps'] > n['exact after 100 steps'] - 0.1,
      agrees: 'partly',
      remark:
        'Only once they are old: with weight 0.01 the first hundred steps are tested with mostly the start.',
    },
    {
      claim: 'Testing by batches works when they are large, and fails when they are small.',
      source: 'lecture notes on batch normalization',
      numbers: [
        'by batches of 2 after 100 steps',
        'by batches of 50 after 100 steps',
        'exact after 100 steps',
      ],
      holds: (n) =>
        n['by batches of 50 after 100 steps'] > n['exact after 100 steps'] - 0.1 &&
        n['by batches of 2 after 100 steps'] < n['by batches of 50 after 100 steps'] - 0.2,
      agrees: 'yes',
    },
  ],
};
