import { type Lecture, type Numbers, number, read } from '../lecture.js';

const names = { nothing: 'nothing', mean: 'the mean’s term', variance: 'the variance’s term', both: 'both' };

export const lecture: Lecture = {
  measure: async (lab, seed, note) => {
    const { cells, leftOut } = lab.gradientCheck({ seeds: [seed] });
    const at = cells.filter(({ step }) => step === 1e-5);
    const largest = Math.max(...at.map((cell) => Math.max(cell.x, cell.gamma, cell.beta)));
    note('central differences at h = 1e-5: largest relative error', largest, { room: 1e-8, share: false });
    for (const { leftOut: term, error, sum, alongXHat } of leftOut) {
      const wide = { room: term === 'nothing' ? 1e-12 : 1, share: false };
      note(`left out ${names[term]}: error of dx`, error, wide);
      note(`left out ${names[term]}: sum of dx`, sum < 1e-12 ? 0 : sum, wide);
      note(`left out ${names[term]}: sum of dx xHat`, alongXHat < 1e-3 ? 0 : alongXHat, wide);
    }
    const { runs } = await lab.leftOutTraining({ seeds: [seed] });
    for (const { leftOut: term, accuracy, batchAccuracy, bias } of runs) {
      note(`training, left out ${names[term]}: moving averages`, accuracy);
      note(`training, left out ${names[term]}: own statistics`, batchAccuracy);
      note(`training, left out ${names[term]}: |b|`, bias.at(-1) ?? Number.NaN, { room: 0.1, share: false });
    }
  },
  read: (text) => {
    const numbers: Numbers = {
      'central differences at h = 1e-5: largest relative error': read(
        text,
        'largest relative error at h = 1e-5: ([\\de.+-]+\\d)',
      ),
    };
    const [first, second] = text.split('test accuracy, and the bias');
    for (const name of Object.values(names)) {
      const cell = (part: string, before: number) =>
        read(part, `^${name} +${'\\S.*? {2,}'.repeat(before)}${number}`);
      numbers[`left out ${name}: error of dx`] = cell(first, 0);
      numbers[`left out ${name}: sum of dx`] = cell(first, 1);
      numbers[`left out ${name}: sum of dx xHat`] = cell(first, 2);
      numbers[`training, left out ${name}: moving averages`] = cell(second, 0) / 100;
      numbers[`training, left out ${name}: own statistics`] = cell(second, 1) / 100;
      numbers[`training, left out ${name}: |b|`] = cell(second, 2);
    }
    return numbers;
  },
  claims: [
    {
      claim: 'The gradients through the BN transform, by the chain rule.',
      source: 'Ioffe and Szegedy 2015, section 3, the equations after Algorithm 1',
      numbers: ['central differences at h = 1e-5: largest relative error'],
      holds: (n) => n['central differences at h = 1e-5: largest relative error'] < 1e-7,
      agrees: 'yes',
      remark: 'Each one, along the graph and in the compact form, against central differences.',
    },
    {
      claim: 'The gradient has no component along a common shift of the inputs, nor along their stretching.',
      source: 'follows from BN(ax + b) = BN(x); section 3.3',
      numbers: [
        'left out nothing: sum of dx',
        'left out the mean’s term: sum of dx',
        'left out nothing: sum of dx xHat',
        'left out the variance’s term: sum of dx xHat',
      ],
      holds: (n) =>
        n['left out nothing: sum of dx'] === 0 &&
        n['left out nothing: sum of dx xHat'] === 0 &&
        n['left out the mean’s term: sum of dx'] > 0.1 &&
        n['left out the variance’s term: sum of dx xHat'] > 0.1,
      agrees: 'yes',
      remark: 'Along the stretching it is exact for ε = 0.',
    },
    {
      claim: 'Leaving the statistics out of the gradient makes a bias before BN grow, as in naive centring.',
      source: 'Ioffe and Szegedy 2015, section 2',
      numbers: [
        'training, left out nothing: |b|',
        'training, left out the mean’s term: |b|',
        'training, left out the mean’s term: moving averages',
        'training, left out the mean’s term: own statistics',
      ],
      holds: (n) =>
        n['training, left out nothing: |b|'] < 0.01 &&
        n['training, left out the mean’s term: |b|'] > 0.3 &&
        n['training, left out the mean’s term: moving averages'] <
          n['training, left out the mean’s term: own statistics'] - 0.2,
      agrees: 'yes',
      remark:
        'It still trains; the moving averages lag behind the drift, so the accuracy at inference collapses.',
    },
  ],
};
