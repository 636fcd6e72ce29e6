import { type Lecture, type Numbers, number, read, readShare } from '../lecture.js';

const exact = { room: 1e-6, share: false };
const placements = ['before', 'after', 'none'] as const;
const kinds = { before: 'BN before', after: 'BN after', none: 'without BN' };

export const lecture: Lecture = {
  measure: async (lab, seed, note, tensorflow) => {
    const { convNetStudy, foldSpeed, trainConvNet } = await tensorflow();
    const [perMap, perActivation] = lab.shiftedMaps({ seed, shift: 4 }).maps;
    note('one digit, per map', perMap.error, exact);
    note('one digit, per activation', perActivation.error, { room: 0.1, share: false });
    const study = await lab.convolutionStudy({ seeds: [seed] });
    for (const kind of ['none', 'perMap', 'perActivation'] as const) {
      const errors = study.equivariance.filter(({ normalisation }) => normalisation === kind);
      const least = Math.min(...errors.map(({ error }) => error));
      const most = Math.max(...errors.map(({ error }) => error));
      if (kind === 'perActivation') note(`shift, ${kind}: least`, least, { room: 0.1, share: false });
      note(`shift, ${kind}: most`, most, kind === 'perActivation' ? { room: 0.1, share: false } : exact);
    }
    for (const { normalisation, statistics, valuesEach } of study.moments.filter(
      (one) => one.normalisation !== 'none',
    )) {
      note(`${normalisation}: means`, statistics, exact);
      note(`${normalisation}: values in each`, valuesEach, exact);
    }
    const { runs } = await convNetStudy({ seeds: [seed] });
    for (const { data, placement, accuracy, palettes } of runs) {
      note(`${data}, BN ${placement}`, accuracy);
      for (const { palette, accuracy: shown, adapted } of palettes) {
        note(`BN ${placement}, ${palette}`, shown, { room: 0.1 });
        if (adapted !== null) note(`BN ${placement}, ${palette}, measured again`, adapted, { room: 0.1 });
      }
    }
    for (const pooled of [false, true]) {
      const fast = await convNetStudy({
        ...{ data: ['mnist'], learningRates: [1], steps: 25, testCount: 300, seeds: [seed], pooled },
      });
      for (const { placement, accuracy } of fast.runs) {
        note(`rate 1, ${pooled ? 144 : 784} inputs, BN ${placement}`, accuracy, { room: 0.1 });
      }
    }
    const { model } = await trainConvNet({ seed });
    const fold = await foldSpeed(model, { seed });
    model.dispose();
    note('fold: times as quick', fold.ratio, { room: 1, share: false });
    note('fold: difference', fold.difference, { room: 2e-5, share: false });
    note('fold: largest output', fold.largest, { room: 10, share: false });
    note('fold: same answers', fold.sameAnswers, { room: 1, share: false });
  },
  read: (text) => {
    const numbers: Numbers = {};
    const tested = String.raw`[\d.]+ %`;
    numbers['one digit, per map'] = /BN per map 0 but for rounding/.test(text) ? 0 : Number.NaN;
    numbers['one digit, per activation'] = readShare(
      text,
      `shifted by 4 pixels; .* BN per activation ${number} % of the output`,
    );
    for (const [kind, name] of [
      ['perMap', 'BN per feature map'],
      ['none', 'without BN'],
    ]) {
      numbers[`shift, ${kind}: most`] = new RegExp(`${name} exactly 0`).test(text)
        ? 0
        : read(text, `${name} at most ${number}`);
    }
    numbers['shift, perActivation: least'] = readShare(text, `, BN per activation ${number} % to`);
    numbers['shift, perActivation: most'] = readShare(text, `, BN per activation ${tested} to ${number} %`);
    for (const [kind, name] of [
      ['perMap', 'BN per feature map'],
      ['perActivation', 'BN per activation'],
    ]) {
      numbers[`${kind}: means`] = read(text, `^${name}  +${number} `);
      numbers[`${kind}: values in each`] = read(text, `^${name}  +\\d+  +${number} `);
    }
    for (const placement of placements) {
      for (const [data, heading] of [
        ['mnist', 'MNIST'],
        ['objects', 'objects'],
      ]) {
        const name = `${data}, BN ${placement}`;
        numbers[name] = readShare(text, `${heading} ${kinds[placement]}: ${number} % at lr 0\\.1`);
      }
      for (const palette of ['warm cats', 'cold cats', 'black and white']) {
        const name = `BN ${placement}, ${palette}`;
        numbers[name] = readShare(text, `^${name}  +${number} %`);
        if (placement !== 'none')
          numbers[`${name}, measured again`] = readShare(text, `^${name}  +${tested}  +${number} %`);
      }
      for (const inputs of [784, 144]) {
        const name = `rate 1, ${inputs} inputs, BN ${placement}`;
        numbers[name] = readShare(text, `^${name}: mean ${number} %`);
      }
    }
    return {
      ...numbers,
      'fold: times as quick': read(text, `the folded net is ${number} times as quick`),
      'fold: difference': read(text, `largest difference of an output ${number}`),
      'fold: largest output': read(text, `largest output ${number}`),
      'fold: same answers': read(text, `same answer for ${number} of 64 images`),
    };
  },
  claims: [
    {
      claim:
        'Normalised per feature map, over all locations jointly, BN obeys the convolutional property: a shifted image gives a shifted output.',
      source: 'Ioffe and Szegedy 2015, section 3.2',
      numbers: ['shift, perMap: most', 'shift, none: most', 'one digit, per map'],
      holds: (n) => n['shift, perMap: most'] < 1e-9 && n['one digit, per map'] < 1e-9,
      agrees: 'yes',
    },
    {
      claim: 'BN per activation, as in a dense layer, breaks shift-equivariance.',
      source: 'implied by Ioffe and Szegedy 2015, section 3.2',
      numbers: ['shift, perActivation: least', 'shift, perActivation: most', 'one digit, per activation'],
      holds: (n) => n['shift, perActivation: least'] > 0.1 && n['one digit, per activation'] > 0.1,
      agrees: 'yes',
    },
    {
      claim: "In a convolutional layer the effective mini-batch has m' = m p q values.",
      source: 'Ioffe and Szegedy 2015, section 3.2',
      numbers: [
        ...[
          'perMap: means',
          'perMap: values in each',
          'perActivation: means',
          'perActivation: values in each',
        ],
      ],
      // 36 x 36 locations and 4 maps; the sheet is 28 + 2 * 6 wide, the filter 5
      holds: (n) =>
        n['perMap: values in each'] === n['perActivation: values in each'] * 36 * 36 &&
        n['perMap: means'] * 36 * 36 === n['perActivation: means'],
      agrees: 'yes',
    },
    {
      claim: 'A conv net with BN learns more in the same number of steps.',
      source: 'Ioffe and Szegedy 2015, sections 3.3 and 4.2.2 (there Inception on ImageNet)',
      numbers: ['mnist, BN before', 'mnist, BN after', 'mnist, BN none'],
      holds: (n) => n['mnist, BN before'] > n['mnist, BN none'] && n['mnist, BN after'] > n['mnist, BN none'],
      agrees: 'yes',
    },
    {
      claim: 'BN enables higher learning rates, in a conv net too.',
      source: 'Ioffe and Szegedy 2015, section 3.3',
      numbers: [784, 144].flatMap((inputs) =>
        placements.map((placement) => `rate 1, ${inputs} inputs, BN ${placement}`),
      ),
      holds: (n) =>
        n['rate 1, 784 inputs, BN after'] < 0.2 &&
        n['rate 1, 784 inputs, BN before'] < n['rate 1, 144 inputs, BN before'] &&
        n['rate 1, 144 inputs, BN before'] > n['rate 1, 144 inputs, BN none'] &&
        n['rate 1, 144 inputs, BN after'] > n['rate 1, 144 inputs, BN none'],
      agrees: 'partly',
      remark:
        'A last dense layer of 784 inputs has no BN after it and breaks many nets at rate 1, all with BN after the ReLU; with its inputs averaged to 144, yes.',
    },
    {
      claim: 'BN reduces the harm that a covariate shift does.',
      source: 'often said; the paper speaks of the shift inside a net',
      numbers: ['BN before, cold cats', 'BN none, cold cats', 'BN before, cold cats, measured again'],
      holds: (n) => n['BN before, cold cats'] < 0.3 && n['BN before, cold cats, measured again'] < 0.3,
      agrees: 'no',
      remark: 'A net with BN goes by the colour as the one without does, also with new statistics.',
    },
    {
      claim: 'At inference BN is affine and folds into the convolution before it: the same function.',
      source: 'Ioffe and Szegedy 2015, section 3.1 and Algorithm 2, line 11',
      numbers: ['fold: difference', 'fold: largest output', 'fold: same answers', 'fold: times as quick'],
      holds: (n) =>
        n['fold: difference'] < 1e-5 * n['fold: largest output'] &&
        n['fold: same answers'] === 64 &&
        n['fold: times as quick'] > 1,
      agrees: 'yes',
      remark: 'To the rounding of float32; and the folded net is quicker.',
    },
  ],
};
