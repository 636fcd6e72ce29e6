import { type Lecture, type Numbers, number, read, readShare } from '../lecture.js';

const exact = { room: 1e-9, share: false };
const variants = ['as in the paper', 'mixed', 'everywhere', 'nowhere'];
const measured = [
  'score',
  'classes',
  'Fréchet distance',
  'variety',
  'restlessness',
  'told apart (%)',
  'saturated (%)',
];

/** The means of a table of the ablation, by measure and variant. */
function means(rows: string[][]): Numbers {
  return Object.fromEntries(
    rows.flatMap(([name, ...cells]) =>
      cells.map((cell, i) => [`BN ${variants[i]}: ${name}`, Number(cell.split(' ')[0])]),
    ),
  );
}

export const lecture: Lecture = {
  measure: async (lab, seed, note, tensorflow) => {
    const tfjs = await tensorflow();
    for (const [name, value] of Object.entries(means(tfjs.ablationTable(tfjs.readAblation()).rows))) {
      note(name, value, exact);
    }
    await tfjs.tensorflow({ say: () => undefined });
    for (const name of tfjs.generatorNames) {
      const generator = tfjs.loadGenerator(name);
      const { step, measures } = generator.about as {
        step: number;
        measures: import('batchnorm/tfjs').DcganMeasures;
      };
      note(`${name}: steps`, step, exact);
      note(`${name}: variety`, Number(measures.diversity.toFixed(2)), exact);
      if (measures.digits) note('digits: judged', Number(measures.digits.score.toFixed(2)), exact);
      generator.dispose();
    }
    const shape = { height: 28, width: 28, channels: 1 } as const;
    const images = lab.imagesInMemory('digits', shape, lab.loadMnist().train.x as Uint8Array);
    const trained = await tfjs.trainDcgan({
      ...{ images, maps: 8, latent: 32, batchSize: 32, learningRate: 0.001, seed, steps: 6 },
    });
    const { discriminatorLoss, generatorLoss, accuracy } = trained.history;
    trained.dispose();
    const average = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    note('six steps: loss of D', average(discriminatorLoss), { room: 0.1, share: false });
    note('six steps: loss of G', average(generatorLoss), { room: 0.1, share: false });
    note('six steps: told apart', average(accuracy), { room: 0.05 });
  },
  read: (text) => {
    const rows = measured.map((name) => {
      const row = new RegExp(`^${name.replace(/[()]/g, String.raw`\$&`)}  +(.*)$`, 'm').exec(text)?.[1];
      if (!row) throw new Error(`no row for "${name}" is in:\n${text}`);
      return [name, ...row.trim().split(/ {2,}/)];
    });
    return {
      ...means(rows),
      'digits: steps': read(text, `^digits: ${number} steps in`),
      'faces: steps': read(text, `^faces: ${number} steps in`),
      'digits: variety': read(text, `^digits: .*variety ${number} of`),
      'faces: variety': read(text, `^faces: .*variety ${number} of`),
      'digits: judged': read(text, `a judge of digits gives them ${number} of 10`),
      'six steps: loss of D': read(text, `After 6 steps: loss of the discriminator ${number},`),
      'six steps: loss of G': read(text, `After 6 steps: .*of the generator ${number};`),
      'six steps: told apart': readShare(text, `After 6 steps: .*tells ${number} % of`),
    };
  },
  claims: [
    {
      claim:
        'BN is critical to get deep generators to begin learning; it prevents the generator from collapsing all samples to a single point.',
      source: 'Radford, Metz and Chintala 2016, section 3',
      numbers: [
        'BN nowhere: variety',
        'BN as in the paper: variety',
        'BN nowhere: score',
        'BN as in the paper: score',
      ],
      holds: (n) =>
        n['BN nowhere: variety'] < 0.7 * n['BN as in the paper: variety'] &&
        n['BN nowhere: score'] < n['BN as in the paper: score'] - 1,
      agrees: 'yes',
      remark:
        'Without BN all three seeds begin with nearly one picture for every z. After 1,500 steps one still draws a single digit and one a few; the third has recovered, to a score of 3.5 where the recipe has 5.1.',
    },
    {
      claim: 'BN in all layers resulted in sample oscillation and model instability.',
      source: 'Radford, Metz and Chintala 2016, section 3',
      numbers: [
        'BN everywhere: score',
        'BN as in the paper: score',
        'BN everywhere: restlessness',
        'BN as in the paper: restlessness',
        'BN nowhere: restlessness',
        'BN everywhere: saturated (%)',
      ],
      holds: (n) =>
        n['BN everywhere: score'] < n['BN as in the paper: score'] - 1 &&
        n['BN everywhere: saturated (%)'] < 5 &&
        n['BN everywhere: restlessness'] < 1.5 * n['BN as in the paper: restlessness'] &&
        n['BN nowhere: restlessness'] > 2 * n['BN as in the paper: restlessness'],
      agrees: 'partly',
      remark:
        'The pictures are bad: grey, since BN ties the output to its minibatch, and it learns slowly. They move no more than with the recipe; those without BN do.',
    },
    {
      claim: "Leaving BN out of the generator's output and the discriminator's input layer avoids that.",
      source: 'Radford, Metz and Chintala 2016, section 3',
      numbers: ['BN as in the paper: score', 'BN mixed: score', 'BN everywhere: score', 'BN nowhere: score'],
      holds: (n) =>
        n['BN as in the paper: score'] > Math.max(n['BN everywhere: score'], n['BN nowhere: score']) + 1,
      agrees: 'yes',
    },
    {
      claim: 'Real and generated images belong in separate minibatches in the discriminator.',
      source: 'Chintala et al. 2016, How to Train a GAN?, item 4',
      numbers: [
        'BN as in the paper: Fréchet distance',
        'BN mixed: Fréchet distance',
        'BN as in the paper: score',
        'BN mixed: score',
      ],
      holds: (n) =>
        n['BN as in the paper: Fréchet distance'] < 0.7 * n['BN mixed: Fréchet distance'] &&
        Math.abs(n['BN as in the paper: score'] - n['BN mixed: score']) < 0.3,
      agrees: 'partly',
      remark:
        'With separate ones the pictures differ from the start, and end half as far from real digits; from step 500 on the judge of digits scores both alike.',
    },
  ],
};
