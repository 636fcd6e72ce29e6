import { type Lecture, type Numbers, number, read, row } from '../lecture.js';

/** Powers of ten: a gradient may be a millionth. */
const decades = { share: false, room: 0.4 };
const exact = { share: false, room: 1e-9 };
const activations = ['sigmoid', 'tanh', 'relu'] as const;
const sides = ['without BN', 'with BN'] as const;

export const lecture: Lecture = {
  measure: async (lab, seed, note) => {
    note('slope of the sigmoid at 0', lab.activation('sigmoid').derivative(0), exact);
    note('slope of the sigmoid at 6', lab.activation('sigmoid').derivative(6), { share: false, room: 1e-4 });
    const random = new lab.Random(seed);
    const draws = Float64Array.from({ length: 20000 }, () => random.normal());
    for (const std of [1, 6.5]) {
      const inputs = draws.map((z) => std * z);
      note(`saturated sigmoids at std ${std}`, lab.saturatedShare(inputs, 'sigmoid'), { room: 0.01 });
    }
    const { runs, config } = await lab.depthStudy({ seeds: [seed] });
    const last = config.depth - 1;
    for (const run of runs) {
      const name = `${run.activation}, ${run.batchNorm ? 'with BN' : 'without BN'}`;
      note(`gradient, ${name} (powers of ten)`, Math.log10(run.gradient[0]), decades);
      note(`random, ${name} (powers of ten)`, Math.log10(run.randomChange[last]), decades);
      note(`scale, ${name} (powers of ten)`, Math.log10(run.scaleChange[last]), decades);
    }
    const { train, test } = lab.loadMnist();
    for (const batchNorm of [false, true]) {
      const { evaluations } = await lab.trainNetwork(
        { sizes: [784, 50, 50, 50, 50, 50, 50, 50, 50, 10], activation: 'sigmoid', batchNorm },
        { train, test: lab.firstExamples(test, 1000), steps: 300, learningRate: 0.5, seed },
      );
      const accuracy = evaluations.at(-1)?.accuracy ?? Number.NaN;
      note(`eight sigmoid layers ${batchNorm ? 'with' : 'without'} BN`, accuracy, { room: 0.06 });
    }
  },
  read: (text) => {
    const numbers: Numbers = {};
    const slopes = row(text, 'sigmoid').map(Number);
    numbers['slope of the sigmoid at 0'] = slopes[2];
    numbers['slope of the sigmoid at 6'] = slopes[4];
    for (const std of [1, 6.5])
      numbers[`saturated sigmoids at std ${std}`] =
        Number.parseFloat(row(text, `std ${std}, mean 0`)[0]) / 100;
    for (const what of ['gradient', 'random', 'scale']) {
      for (const activation of activations) {
        row(text, `${what}, ${activation}`).forEach((cell, i) => {
          numbers[`${what}, ${activation}, ${sides[i]} (powers of ten)`] = Math.log10(Number(cell));
        });
      }
    }
    for (const side of sides)
      numbers[`eight sigmoid layers ${side}`] = read(text, `eight sigmoid layers ${side}: ${number} %`) / 100;
    return numbers;
  },
  claims: [
    {
      claim: 'The slope of the sigmoid tends to zero as |x| increases.',
      source: 'Ioffe and Szegedy 2015, section 1',
      numbers: ['slope of the sigmoid at 0', 'slope of the sigmoid at 6'],
      holds: (n) => n['slope of the sigmoid at 0'] === 0.25 && n['slope of the sigmoid at 6'] < 0.0026,
      agrees: 'yes',
    },
    {
      claim:
        'For all dimensions of x but those with small absolute values the gradient flowing down vanishes, and the effect is amplified as the network depth increases.',
      source: 'Ioffe and Szegedy 2015, section 1',
      numbers: activations.flatMap((a) => sides.map((side) => `gradient, ${a}, ${side} (powers of ten)`)),
      holds: (n) =>
        n['gradient, sigmoid, without BN (powers of ten)'] < -3 &&
        n['gradient, tanh, without BN (powers of ten)'] > -1 &&
        n['gradient, sigmoid, with BN (powers of ten)'] > -0.5,
      agrees: 'partly',
      remark:
        'For sigmoid, by some twelve powers of ten over 20 layers; not for tanh with Xavier’s weights nor ReLU with He’s. With BN it vanishes for none, and grows.',
    },
    {
      claim: 'Small changes to the network parameters amplify as the network becomes deeper.',
      source: 'Ioffe and Szegedy 2015, section 1',
      numbers: activations.flatMap((a) => sides.map((side) => `random, ${a}, ${side} (powers of ten)`)),
      holds: (n) =>
        n['random, tanh, without BN (powers of ten)'] > 0.1 &&
        n['random, sigmoid, without BN (powers of ten)'] < 0 &&
        n['random, relu, with BN (powers of ten)'] > n['random, relu, without BN (powers of ten)'],
      agrees: 'partly',
      remark:
        'For tanh and ReLU; for a sigmoid they shrink. In a random direction they amplify more with BN than without, at initialisation.',
    },
    {
      claim: 'BN(aWu) = BN(Wu): a layer with BN does not notice the scale of its weights.',
      source: 'Ioffe and Szegedy 2015, section 3.3',
      numbers: activations.flatMap((a) => sides.map((side) => `scale, ${a}, ${side} (powers of ten)`)),
      holds: (n) => activations.every((a) => n[`scale, ${a}, with BN (powers of ten)`] < -2),
      agrees: 'yes',
    },
    {
      claim: 'With BN, networks with saturating nonlinearities can be trained.',
      source: 'Ioffe and Szegedy 2015, abstract and section 3',
      numbers: ['eight sigmoid layers without BN', 'eight sigmoid layers with BN'],
      holds: (n) => n['eight sigmoid layers with BN'] > n['eight sigmoid layers without BN'] + 0.4,
      agrees: 'yes',
    },
  ],
};
