import { type Lecture, type Numbers, number, read } from '../lecture.js';

const rounding = { room: 1e-12, share: false };
/** What depends on the seed is in units of an eigenvalue, or of a correlation. */
const free = { room: 0.1, share: false };

const seeds = (seed: number) => [seed, seed + 10, seed + 20];

export const lecture: Lecture = {
  measure: (lab, seed, note) => {
    const random = new lab.Random(seed);
    const [m, d] = [200, 3];
    const x = new Float64Array(m * d);
    for (let i = 0; i < m; i++) {
      const [a, b, c] = [random.normal(), random.normal(), random.normal()];
      x.set([1 + 2 * a, 3 + a + 0.5 * b, -2 + 0.8 * b + 0.3 * c], i * d);
    }
    const white = lab.whiten(x, m, d);
    const after = lab.covarianceMatrix(white.y, m, d).covariance;
    note('whitened: largest covariance', Math.max(Math.abs(after[1]), Math.abs(after[2])), rounding);
    const { dPoint, dSet } = lab.whiteningJacobians(x.slice(0, d), white);
    note('numbers over x', dPoint.length, rounding);
    note('numbers over X', dSet.length, rounding);
    let together = 0;
    for (let pq = 0; pq < d * d; pq++) {
      let sum = dPoint[pq];
      for (let i = 0; i < m; i++) sum += dSet[i * d * d + pq];
      together = Math.max(together, Math.abs(sum));
    }
    note('everything moved together', together, rounding);
    const shared = Float64Array.from({ length: m * d }, (_, i) => (i % d === 0 ? 1 : 0));
    const pull = (options: object) =>
      Array.from(lab.whitenBackward(shared, white, options).dx)
        .filter((_, i) => i % d === 0)
        .reduce((sum, value) => sum + value, 0);
    note('shift, full gradient', Math.abs(pull({})), rounding);
    note('shift, second Jacobian left out', pull({ throughMean: false, throughCovariance: false }), {
      room: 15,
      share: false,
    });
    const bn = lab.covarianceMatrix(lab.batchNorm(x, m, d, { epsilon: 0 }).y, m, d).covariance;
    note('BN: variance', bn[0], rounding);
    note('BN: correlation of x1 and x2', bn[1], free);
    const { points } = lab.singularCovariance({ seeds: seeds(seed), features: [30, 60] });
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    note('d = 30, m = 60: smallest eigenvalue', mean(points[0].smallest), free);
    note('d = 30, m = 60: largest eigenvalue', mean(points[0].largest), { room: 0.3, share: false });
    note('d = 60, m = 60: refused', points[1].refusal === null ? 0 : 1, rounding);
  },
  read: (text) => {
    const numbers: Numbers = {};
    const after = /^covariance after {2,}(\S+) +(\S+) +(\S+)$/m.exec(text) ?? [];
    numbers['whitened: largest covariance'] = Math.max(...after.slice(2, 4).map((v) => Math.abs(Number(v))));
    numbers['numbers over x'] = read(text, `over x: ${number} numbers`);
    numbers['numbers over X'] = read(text, `over all of X: ${number} numbers`);
    numbers['everything moved together'] = read(text, 'moved together: x-hat moves by ([\\de.+-]+\\d)');
    numbers['Jacobian against differences'] = read(text, 'to central differences: ([\\de.+-]+\\d)');
    for (const way of ['the mean', 'the covariance', 'both'])
      numbers[`off without ${way}`] = read(text, `way through ${way}: off by ${number} %`) / 100;
    numbers['shift, full gradient'] = Math.abs(
      read(text, 'shift of all examples, full gradient: (-?[\\de.+-]+\\d)'),
    );
    numbers['shift, second Jacobian left out'] = read(text, `second Jacobian left out: ${number}`);
    const bn = /^x1 {2,}(\S+) +(\S+) +(\S+)$/m.exec(text) ?? [];
    numbers['BN: variance'] = Number(bn[1]);
    numbers['BN: correlation of x1 and x2'] = Number(bn[2]);
    numbers['d = 30, m = 60: smallest eigenvalue'] = read(text, `d = 30: ${number} to`);
    numbers['d = 30, m = 60: largest eigenvalue'] = read(text, `d = 30: [\\d.]+ to ([\\d.]+\\d)`);
    numbers['d = 60, m = 60: refused'] = /Refused without epsilon: d = 60/.test(text) ? 1 : 0;
    return numbers;
  },
  claims: [
    {
      claim:
        'For backprop both Jacobians are needed, ∂Norm(x,X)/∂x and ∂Norm(x,X)/∂X; ignoring the latter leads to the explosion of a bias that gradient descent cannot see to be useless.',
      source: 'Ioffe and Szegedy 2015, section 2',
      numbers: ['everything moved together', 'shift, full gradient', 'shift, second Jacobian left out'],
      holds: (n) =>
        n['everything moved together'] < 1e-12 &&
        n['shift, full gradient'] < 1e-9 &&
        Math.abs(n['shift, second Jacobian left out']) > 50,
      agrees: 'yes',
    },
    {
      claim: 'Whitening the layer inputs is expensive: it needs Cov[x] and its inverse square root.',
      source: 'Ioffe and Szegedy 2015, section 2',
      numbers: ['numbers over x', 'numbers over X'],
      // Times differ from run to run: what is sure is how many numbers there are.
      holds: (n) => n['numbers over x'] === 9 && n['numbers over X'] === 200 * n['numbers over x'],
      agrees: 'yes',
      remark:
        'At d = 64 and m = 256: BN about 0.5 ms, whitening 10 ms, its backward pass 16 ms, the Jacobians at one x 440 ms on one machine.',
    },
    {
      claim: 'The covariance is singular when the minibatch has no more examples than there are features.',
      source: 'Ioffe and Szegedy 2015, section 3 ("the mini-batch size is likely to be smaller")',
      numbers: [
        'd = 30, m = 60: smallest eigenvalue',
        'd = 30, m = 60: largest eigenvalue',
        'd = 60, m = 60: refused',
      ],
      holds: (n) =>
        n['d = 60, m = 60: refused'] === 1 &&
        n['d = 30, m = 60: smallest eigenvalue'] < 0.25 &&
        n['d = 30, m = 60: largest eigenvalue'] > 2,
      agrees: 'yes',
      remark: 'Long before that it is far from the true one.',
    },
    {
      claim: 'BN normalises each feature alone, even when the features are not decorrelated.',
      source: 'Ioffe and Szegedy 2015, section 3',
      numbers: ['BN: variance', 'BN: correlation of x1 and x2'],
      holds: (n) => Math.abs(n['BN: variance'] - 1) < 1e-9 && n['BN: correlation of x1 and x2'] > 0.5,
      agrees: 'yes',
    },
  ],
};
