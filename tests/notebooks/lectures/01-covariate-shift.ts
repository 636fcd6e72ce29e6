import { type Lecture, type Numbers, number, read, readShare } from '../lecture.js';

const palettes = ['warm cats', 'cold cats', 'black and white'];
const free = { room: 0.1, share: false };

export const lecture: Lecture = {
  tslab: true,
  measure: async (lab, seed, note) => {
    for (const trainedOn of ['warm cats', 'black and white'] as const) {
      const { scores } = await lab.objectShift({ trainedOn, seeds: [seed] });
      for (const { testedOn, grey, accuracy } of scores) {
        note(`${trainedOn} to ${testedOn}${grey ? ', grey' : ''}`, accuracy[0]);
      }
    }
    const adapted = await lab.statisticsAdaptation({ target: 'black and white', seeds: [seed] });
    note('adaptation: home', adapted.home[0]);
    note('adaptation: before', adapted.before[0]);
    note('adaptation: after', adapted.after[0]);
    const swapped = await lab.statisticsAdaptation({ target: 'cold cats', seeds: [seed] });
    note('adaptation to cold cats: before', swapped.before[0]);
    note('adaptation to cold cats: after', swapped.after[0]);
    const inside = await lab.internalShift({ seed });
    for (const { batchNorm, accuracy, p15, p85 } of inside.runs) {
      const name = `inside, ${batchNorm ? 'with' : 'without'} BN`;
      note(`${name}: accuracy`, accuracy);
      note(`${name}: width at the start`, p85[0] - p15[0], free);
      if (batchNorm) note(`${name}: width at the end`, p85[p85.length - 1] - p15[p15.length - 1], free);
    }
  },
  read: (text) => {
    const line = (trained: string) => {
      const found = new RegExp(`^Trained on ${trained}: .*$`, 'm').exec(text);
      if (!found) throw new Error(`no sentence on training with ${trained} is in:\n${text}`);
      return found[0].replace(/^Trained on [^:]*: /, '; ');
    };
    const numbers: Numbers = {};
    for (const trained of ['warm cats', 'black and white']) {
      for (const tested of palettes) {
        numbers[`${trained} to ${tested}`] = readShare(line(trained), `; ${tested} ${number} % as they are`);
        const grey = `; ${tested} [\\d.]+ % as they are, ${number} % in grey`;
        numbers[`${trained} to ${tested}, grey`] = readShare(line(trained), grey);
      }
    }
    return {
      ...numbers,
      'adaptation: home': readShare(text, `${number} % at home`),
      'adaptation: before': readShare(text, `${number} % on the new pictures`),
      'adaptation: after': readShare(text, `${number} % after measuring`),
      'adaptation to cold cats: before': readShare(text, `cold cats: ${number} % before`),
      'adaptation to cold cats: after': readShare(text, `% before, ${number} % adapted`),
      'inside, without BN: accuracy': readShare(text, `Without BN .*?test accuracy ${number} %`),
      'inside, with BN: accuracy': readShare(text, `; with BN .*?test accuracy ${number} %`),
      'inside, without BN: width at the start': read(text, `without BN: width of the band ${number}`),
      'inside, with BN: width at the start': read(text, `\nwith BN: width of the band ${number}`),
      'inside, with BN: width at the end': read(
        text,
        `\nwith BN: width of the band .*? ${number} at the end`,
      ),
    };
  },
  claims: [
    {
      claim:
        'Where the inputs of training and test are distributed differently, a learned function fails (covariate shift).',
      source: 'Ioffe and Szegedy 2015, section 1, after Shimodaira 2000',
      numbers: ['warm cats to warm cats', 'warm cats to cold cats', 'warm cats to black and white'],
      holds: (n) =>
        n['warm cats to cold cats'] < 0.1 &&
        n['black and white to warm cats'] > n['warm cats to black and white'] + 0.3,
      agrees: 'yes',
    },
    {
      claim: 'A transform that takes the shifted property away (grey instead of colour) repairs it.',
      source: 'lecture notes on covariate shift',
      numbers: ['warm cats to cold cats', 'warm cats to cold cats, grey'],
      holds: (n) => n['warm cats to cold cats, grey'] > n['warm cats to cold cats'] + 0.8,
      agrees: 'yes',
    },
    {
      claim: 'Domain adaptation is the other remedy: statistics measured on the new inputs restore accuracy.',
      source: 'Ioffe and Szegedy 2015, section 1 (Jiang 2008); Li et al. 2016 (AdaBN)',
      numbers: [
        'adaptation: before',
        'adaptation: after',
        'adaptation to cold cats: before',
        'adaptation to cold cats: after',
      ],
      holds: (n) =>
        n['adaptation: after'] > n['adaptation: before'] + 0.05 && n['adaptation to cold cats: after'] < 0.1,
      agrees: 'partly',
      remark: 'It helps where the inputs are shifted and scaled; it cannot help where colours are swapped.',
    },
    {
      claim:
        'Inside a network, BN keeps the distribution of a hidden unit’s input much more stable while it trains.',
      source: 'Ioffe and Szegedy 2015, section 4.1, figure 1 (b, c)',
      numbers: ['inside, with BN: width at the start', 'inside, with BN: width at the end'],
      holds: (n) =>
        n['inside, with BN: accuracy'] > n['inside, without BN: accuracy'] + 0.5 &&
        n['inside, with BN: width at the end'] < 2 * n['inside, with BN: width at the start'],
      agrees: 'yes',
    },
  ],
};
