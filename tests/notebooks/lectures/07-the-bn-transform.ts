import { type Lecture, number, read } from '../lecture.js';

const rounding = { room: 1e-12, share: false };

export const lecture: Lecture = {
  measure: (lab, seed, note) => {
    const study = lab.transformStudy({ seed });
    note('standard deviation after BN: farthest from 1', Math.max(...study.after.std.map((s) => 1 - s)), {
      room: 1e-4,
      share: false,
    });
    note('identity: largest error', study.identityError, rounding);
    note('bias: largest change', study.biasChange, rounding);
    note('bias: largest gradient', study.biasGradient, rounding);
    note('beta: largest gradient', study.betaGradient, { room: 0.2, share: false });
    for (const a of [0.1, 10]) {
      const effect = study.scales.find((scale) => Math.abs(scale.a - a) < 1e-9);
      note(`a = ${a}: gradient times`, effect?.gradientRatio ?? Number.NaN, {
        room: 0.05 * (1 / a),
        share: false,
      });
    }
    for (const gamma of [1, 16]) {
      const part = study.sigmoid.find((one) => one.gamma === gamma);
      note(`straight line at γ = ${gamma}`, part?.linearShare ?? Number.NaN, { room: 0.01 });
    }
    const random = new lab.Random(seed);
    const inputs = Float64Array.from({ length: 500 * 20 }, () => random.normal());
    const average = (values: ArrayLike<number>) =>
      Array.from(values).reduce((a, b) => a + b, 0) / values.length;
    for (const batchNorm of [false, true]) {
      const network = lab.createNetwork(
        { sizes: [20, 30, 30, 30, 2], activation: 'relu', batchNorm },
        new lab.Random(seed + 1),
      );
      const look = (what: string) => {
        const { activationInput } = lab.networkForward(network, inputs, 500, 'training').layers[2];
        const { mean, variance } = lab.columnMoments(activationInput, 500, 30);
        const name = `${batchNorm ? 'with' : 'without'} BN, ${what}`;
        note(`${name}: mean`, average(mean), { room: 0.001, share: false });
        note(`${name}: spread`, average(Array.from(variance, Math.sqrt)), { room: 0.001, share: false });
      };
      look('as drawn');
      network.layers[0].weights.forEach((weight, i, weights) => {
        weights[i] = 2 * weight;
      });
      look('first weights doubled');
      if (!batchNorm) continue;
      network.layers[2].norm?.gamma.fill(2);
      network.layers[2].norm?.beta.fill(1);
      look('γ = 2 and β = 1');
    }
  },
  read: (text) => {
    const small = '([\\de.+-]+\\d)';
    const places = [
      'without BN, as drawn',
      'without BN, first weights doubled',
      'with BN, as drawn',
      'with BN, first weights doubled',
      'with BN, γ = 2 and β = 1',
    ];
    return {
      'standard deviation after BN: farthest from 1': read(
        text,
        `standard deviation after BN: 1 to within ${small}`,
      ),
      'identity: largest error': read(text, `largest .y - x. of the study, with those two: ${small}`),
      'bias: largest change': read(text, `largest change of the output by a bias: ${small}`),
      'bias: largest gradient': read(text, `largest gradient of a bias: ${small}`),
      'beta: largest gradient': read(text, `largest gradient of a beta: ${number}`),
      'a = 0.1: gradient times': read(text, 'a = 0.1: gradient times ([\\d.]+\\d)'),
      'a = 10: gradient times': read(text, 'a = 10: gradient times ([\\d.]+\\d)'),
      'straight line at γ = 1': read(text, `γ = 1 a straight line explains ${number} %`) / 100,
      'straight line at γ = 16': read(text, `at γ = 16 ${number} %`) / 100,
      ...Object.fromEntries(
        places.flatMap((place) => [
          [`${place}: mean`, read(text, `^${place} +${number} `)],
          [`${place}: spread`, read(text, `^${place} +\\S+ +${number}`)],
        ]),
      ),
    };
  },
  claims: [
    {
      claim: 'Each feature gets mean 0 and variance 1, as long as ε is small beside the variance.',
      source: 'Ioffe and Szegedy 2015, section 3, Algorithm 1',
      numbers: ['standard deviation after BN: farthest from 1'],
      holds: (n) => Math.abs(n['standard deviation after BN: farthest from 1']) < 1e-3,
      agrees: 'yes',
    },
    {
      claim:
        'Normalising the inputs of a sigmoid would constrain them to the linear regime of the nonlinearity.',
      source: 'Ioffe and Szegedy 2015, section 3',
      numbers: ['straight line at γ = 1', 'straight line at γ = 16'],
      holds: (n) => n['straight line at γ = 1'] > 0.98 && n['straight line at γ = 16'] < 0.8,
      agrees: 'yes',
    },
    {
      claim: 'With γ = √Var and β = E the original activations can be recovered.',
      source: 'Ioffe and Szegedy 2015, section 3',
      numbers: ['identity: largest error'],
      holds: (n) => n['identity: largest error'] < 1e-10,
      agrees: 'yes',
      remark: 'Exactly with γ = √(Var + ε): the paper says it before it introduces ε.',
    },
    {
      claim: 'The bias before BN is cancelled by the mean and can be left out; β takes its role.',
      source: 'Ioffe and Szegedy 2015, section 3.2',
      numbers: ['bias: largest change', 'bias: largest gradient', 'beta: largest gradient'],
      holds: (n) =>
        n['bias: largest change'] < 1e-10 &&
        n['bias: largest gradient'] < 1e-10 &&
        n['beta: largest gradient'] > 0.01,
      agrees: 'yes',
    },
    {
      claim: 'BN(aWu) = BN(Wu), and larger weights lead to smaller gradients: 1/a.',
      source: 'Ioffe and Szegedy 2015, section 3.3',
      numbers: ['a = 0.1: gradient times', 'a = 10: gradient times'],
      holds: (n) =>
        Math.abs(n['a = 10: gradient times'] - 0.1) < 0.002 &&
        Math.abs(n['a = 0.1: gradient times'] - 10) < 0.2,
      agrees: 'yes',
    },
    {
      claim: 'γ and β set a layer’s spread and mean directly, instead of through all the weights before it.',
      source: 'Goodfellow, Bengio and Courville 2016, Deep Learning, section 8.7.1',
      numbers: [
        'without BN, as drawn: spread',
        'without BN, first weights doubled: spread',
        'with BN, first weights doubled: spread',
        'with BN, γ = 2 and β = 1: mean',
        'with BN, γ = 2 and β = 1: spread',
      ],
      holds: (n) =>
        n['without BN, first weights doubled: spread'] > 1.5 * n['without BN, as drawn: spread'] &&
        Math.abs(n['with BN, first weights doubled: spread'] - 1) < 0.01 &&
        Math.abs(n['with BN, γ = 2 and β = 1: mean'] - 1) < 1e-3 &&
        Math.abs(n['with BN, γ = 2 and β = 1: spread'] - 2) < 0.01,
      agrees: 'yes',
    },
  ],
};
