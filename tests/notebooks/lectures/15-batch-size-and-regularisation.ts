import { type Lecture, type Numbers, number, read, readShare, row } from '../lecture.js';

const free = { share: false, room: 0.1 };
const orders = {
  eachEpoch: 'new each epoch',
  once: 'once for all',
  byClass: 'class by class',
  sameClass: 'one class a minibatch',
};
const named = (bn: boolean) => `${bn ? 'with' : 'without'} BN`;

/** The numbers of one curve in a figure's sentence, such as "76.8 % at λ 0, 74.0 % at λ 0.1", by what stands behind "at". */
function curve(text: string, pattern: string): [string, number][] {
  const part = new RegExp(pattern, 'm').exec(text)?.[1];
  if (!part) throw new Error(`nothing like "${pattern}" is in:\n${text}`);
  return [...part.matchAll(/([\d.]+) % at ([^,]+)/g)].map(([, share, at]) => [at, Number(share) / 100]);
}

export const lecture: Lecture = {
  measure: async (lab, seed, note) => {
    const seeds = [seed];
    for (const cell of (await lab.statisticsNoise({ seeds })).cells) {
      const { m } = cell;
      note(`m = ${m}: m times the error of the mean`, m * cell.mean, free);
      note(`m = ${m}: m - 1 times the error of the variance`, (m - 1) * cell.variance, {
        ...free,
        room: 0.3,
      });
      note(`m = ${m}: biased variance`, cell.biased, { share: false, room: 0.02 });
    }
    for (const { m, batchNorm, accuracy } of (await lab.batchSizeSweep({ seeds })).cells) {
      note(`m = ${m}, ${named(batchNorm)}`, accuracy);
    }
    for (const { ghost, accuracy, finalLoss } of (await lab.ghostSweep({ seeds })).cells) {
      note(`ghost batches of ${ghost}`, accuracy);
      note(`ghost batches of ${ghost}: training loss`, finalLoss ?? Number.NaN, free);
    }
    for (const { rate, batchNorm, accuracy } of (await lab.dropoutSweep({ seeds })).cells) {
      note(`dropout ${100 * rate} %, ${named(batchNorm)}`, accuracy);
    }
    for (const { lambda, batchNorm, accuracy, effectiveRate } of (await lab.l2Sweep({ seeds })).cells) {
      note(`λ ${lambda}, ${named(batchNorm)}`, accuracy);
      note(`λ ${lambda}, ${named(batchNorm)}: effective rate`, effectiveRate, { share: false, room: 0.0005 });
    }
    for (const { order, batchNorm, accuracy } of (await lab.shufflingSweep({ seeds })).cells) {
      note(`${orders[order as keyof typeof orders]}, ${named(batchNorm)}`, accuracy); // it has these four
    }
  },
  read: (text) => {
    const numbers: Numbers = {};
    for (const m of [2, 8, 32]) {
      const [mean, variance, biased] = row(text, `m = ${m}`).map(Number);
      numbers[`m = ${m}: m times the error of the mean`] = mean;
      numbers[`m = ${m}: m - 1 times the error of the variance`] = variance;
      numbers[`m = ${m}: biased variance`] = biased;
    }
    const sizes = row(text, 'minibatch size m');
    for (const bn of [true, false]) {
      row(text, `accuracy ${named(bn)}`).forEach((cell, i) => {
        numbers[`m = ${sizes[i]}, ${named(bn)}`] = Number(cell) / 100;
      });
      const dropout = bn ? 'steps, with BN: ([^;]*);' : 'steps, with BN: .*; without BN: (.*)\\.$';
      for (const [rate, share] of curve(text, `Test accuracy after \\d+ ${dropout}`)) {
        numbers[`dropout ${rate}, ${named(bn)}`] = share;
      }
      const l2 = bn ? 'with BN ([^;]*);' : '.*; without BN (.*?)\\. Effective';
      for (const [lambda, share] of curve(text, `Test accuracy: ${l2}`)) {
        numbers[`${lambda}, ${named(bn)}`] = share;
      }
      const rates = `Effective rate: .*?${named(bn)} from`;
      numbers[`λ 0, ${named(bn)}: effective rate`] = read(text, `${rates} ${number}`);
      numbers[`λ 0.03, ${named(bn)}: effective rate`] = read(text, `${rates} [\\d.]+ to ([\\d.]*\\d)`);
      for (const name of Object.values(orders)) {
        const place = bn ? '' : '[\\d.]+ % with BN, ';
        numbers[`${name}, ${named(bn)}`] = readShare(text, `${name}: ${place}${number} % ${named(bn)}`);
      }
    }
    for (const size of [2, 8, 64]) {
      numbers[`ghost batches of ${size}`] = readShare(text, `ghost batches of ${size}: ${number} %`);
      const loss = `ghost batches of ${size}: [\\d.]+ %, training loss ([\\d.]*\\d)`;
      numbers[`ghost batches of ${size}: training loss`] = read(text, loss);
    }
    return numbers;
  },
  claims: [
    {
      claim: 'A minibatch’s variance is short by (m - 1)/m, which inference corrects.',
      source: 'Ioffe and Szegedy 2015, Algorithm 2',
      numbers: ['m = 2: biased variance', 'm = 8: biased variance'],
      holds: (n) =>
        Math.abs(n['m = 2: biased variance'] - 0.5) < 0.05 &&
        Math.abs(n['m = 8: biased variance'] - 0.875) < 0.05,
      agrees: 'yes',
    },
    {
      claim: 'Small minibatches hurt BN: its statistics are estimates.',
      source: 'Ioffe 2017 (arXiv 1702.03275), section 1',
      numbers: ['m = 2, with BN', 'm = 2, without BN', 'm = 64, with BN'],
      holds: (n) => n['m = 2, with BN'] < n['m = 2, without BN'] - 0.2,
      agrees: 'yes',
      remark:
        'At full size 85.5 against 92.9 % without BN at m = 3, and 96.1 against 95.6 % at m = 8; at m = 2 neither learns at this rate.',
    },
    {
      claim:
        'BN regularises: an example is seen in conjunction with others, so its output is not deterministic.',
      source: 'Ioffe and Szegedy 2015, section 3.4',
      numbers: [
        'ghost batches of 8: training loss',
        'ghost batches of 64: training loss',
        'ghost batches of 8',
        'ghost batches of 64',
      ],
      holds: (n) =>
        n['ghost batches of 8: training loss'] > n['ghost batches of 64: training loss'] + 0.1 &&
        n['ghost batches of 2'] < n['ghost batches of 64'] - 0.2,
      agrees: 'yes',
      remark:
        'The noise raises the training loss, as a regulariser does. That it raises the test accuracy is within the seeds’ range here; at full size ghost batches of 16 are ahead of the whole minibatch of 256 for each of five seeds, 89.2 against 87.6 %.',
    },
    {
      claim: 'With BN, dropout can be removed or reduced in strength.',
      source: 'Ioffe and Szegedy 2015, sections 3.4 and 4.2.1',
      numbers: ['dropout 0 %, with BN', 'dropout 50 %, with BN', 'dropout 0 %, without BN'],
      holds: (n) => n['dropout 0 %, with BN'] > n['dropout 50 %, with BN'] - 0.02,
      agrees: 'partly',
      remark: 'It can be removed, but not because BN takes its place: without BN that costs no more here.',
    },
    {
      claim: 'Under BN, L2 does not regularise: it changes the effective learning rate.',
      source: 'van Laarhoven 2017, section 3',
      numbers: [
        'λ 0, with BN: effective rate',
        'λ 0.03, with BN: effective rate',
        'λ 0, with BN',
        'λ 0.03, with BN',
      ],
      holds: (n) =>
        n['λ 0.03, with BN: effective rate'] > 1.3 * n['λ 0, with BN: effective rate'] &&
        Math.abs(n['λ 0.03, with BN'] - n['λ 0, with BN']) < 0.06,
      agrees: 'yes',
    },
    {
      claim:
        'Examples should be shuffled more thoroughly: the same ones should not always come together (about 1 %).',
      source: 'Ioffe and Szegedy 2015, section 4.2.1',
      numbers: [
        'new each epoch, with BN',
        'once for all, with BN',
        'new each epoch, without BN',
        'once for all, without BN',
        'one class a minibatch, with BN',
        'one class a minibatch, without BN',
      ],
      holds: (n) =>
        n['new each epoch, with BN'] > n['once for all, with BN'] - 0.03 &&
        n['one class a minibatch, with BN'] < n['one class a minibatch, without BN'] - 0.2,
      agrees: 'yes',
    },
  ],
};
