import type { Lecture, Numbers } from '../lecture.js';

export const lecture: Lecture = {
  tslab: true,
  measure: async (lab, seed, note) => {
    const sweep = await lab.learningRateSweep({ seeds: [seed] });
    for (const { activation, batchNorm, learningRate, accuracy } of sweep.cells) {
      note(`${activation} ${batchNorm ? 'with' : 'without'} BN, lr ${learningRate}`, accuracy);
    }
  },
  read: (text) => {
    const rates = (/^learning rate +(.*)$/m.exec(text)?.[1] ?? '').trim().split(/ +/);
    const numbers: Numbers = {};
    for (const activation of ['sigmoid', 'relu']) {
      for (const bn of ['with', 'without']) {
        const row = new RegExp(`^${activation}, ${bn} BN +(.*)$`, 'mi').exec(text)?.[1];
        if (!row) throw new Error(`no row for ${activation} ${bn} BN is in:\n${text}`);
        const cells = row.trim().split(/ +/);
        rates.forEach((rate, i) => {
          numbers[`${activation} ${bn} BN, lr ${rate}`] = Number(cells[i]) / 100;
        });
      }
    }
    return numbers;
  },
  claims: [
    {
      claim: 'BN enables higher learning rates.',
      source: 'Ioffe and Szegedy 2015, section 3.3',
      numbers: [
        'relu with BN, lr 3',
        'relu without BN, lr 3',
        'sigmoid with BN, lr 10',
        'sigmoid without BN, lr 10',
      ],
      holds: (n) =>
        n['relu with BN, lr 3'] > n['relu without BN, lr 3'] + 0.5 &&
        n['sigmoid with BN, lr 10'] > n['sigmoid without BN, lr 10'] + 0.4,
      agrees: 'yes',
      remark:
        'At full size ReLU works up to a rate of 3 with BN and up to 0.3 without; sigmoid up to 30 and up to 3.',
    },
    {
      claim: 'With BN any learning rate works.',
      source: 'often said; not in the paper',
      numbers: ['relu with BN, lr 10', 'relu without BN, lr 10'],
      holds: (n) => n['relu with BN, lr 10'] < 0.35,
      agrees: 'no',
      remark: 'The largest rates kill ReLU with BN too.',
    },
    {
      claim: 'With BN a network with saturating activations trains, also at small rates.',
      source: 'Ioffe and Szegedy 2015, sections 3.3 and 4.2.2',
      numbers: ['sigmoid with BN, lr 0.01', 'sigmoid without BN, lr 0.01'],
      holds: (n) => n['sigmoid with BN, lr 0.01'] > n['sigmoid without BN, lr 0.01'] + 0.2,
      agrees: 'yes',
    },
  ],
};
