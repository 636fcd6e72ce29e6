// The numbers that a lecture prints, by name, read from the text it shows: what a person would read off the page.

const number = '(-?[\\d.]+)';

function read(text: string, pattern: string): number {
  const found = new RegExp(pattern).exec(text);
  if (!found) throw new Error(`nothing like "${pattern}" is in:\n${text}`);
  return Number(found[1]);
}

/** Per cent, as a share. */
const share = (text: string, pattern: string): number => read(text, pattern) / 100;

function covariateShift(text: string): Record<string, number> {
  const palettes = ['warm cats', 'cold cats', 'black and white'];
  const line = (trained: string) => {
    const found = new RegExp(`^Trained on ${trained}: .*$`, 'm').exec(text);
    if (!found) throw new Error(`no sentence on training with ${trained} is in:\n${text}`);
    return found[0].replace(/^Trained on [^:]*: /, '; ');
  };
  const numbers: Record<string, number> = {};
  for (const trained of ['warm cats', 'black and white']) {
    for (const tested of palettes) {
      numbers[`${trained} to ${tested}`] = share(line(trained), `; ${tested} ${number} % as they are`);
      const grey = `; ${tested} [\\d.]+ % as they are, ${number} % in grey`;
      numbers[`${trained} to ${tested}, grey`] = share(line(trained), grey);
    }
  }
  return {
    ...numbers,
    'adaptation: home': share(text, `${number} % at home`),
    'adaptation: before': share(text, `${number} % on the new pictures`),
    'adaptation: after': share(text, `${number} % after measuring`),
    'adaptation to cold cats: before': share(text, `cold cats: ${number} % before`),
    'adaptation to cold cats: after': share(text, `% before, ${number} % adapted`),
    'inside, without BN: accuracy': share(text, `Without BN .*?test accuracy ${number} %`),
    'inside, with BN: accuracy': share(text, `; with BN .*?test accuracy ${number} %`),
    'inside, without BN: width at the start': read(text, `without BN: width of the band ${number}`),
    'inside, with BN: width at the start': read(text, `\nwith BN: width of the band ${number}`),
    'inside, with BN: width at the end': read(text, `\nwith BN: width of the band .*? ${number} at the end`),
  };
}

function biasDrift(text: string): Record<string, number> {
  return {
    'b after 200 steps': read(text, `b moves from 0.00 to ${number}`),
    'centring: loss before': read(text, `b moves .* loss goes from ${number}`),
    'centring: loss after': read(text, `b moves .* loss goes from [\\d.]+ to ([\\d.]+\\d)`),
    'b with the true gradient': read(text, `b moves .* b ends at (-?[\\d.]+\\d)`),
    'w after 200 steps': read(text, `w moves from 1.00 to ${number}`),
    'scaling: loss before': read(text, `w moves .* loss goes from ${number}`),
    'scaling: loss after': read(text, `w moves .* loss goes from [\\d.]+ to ([\\d.]+\\d)`),
    'w with the true gradient': read(text, `w moves .* w ends at (-?[\\d.]+\\d)`),
    'beta after 100 steps': read(text, `beta after 100 steps: ${number}`),
  };
}

function learningRates(text: string): Record<string, number> {
  const rates = (/^learning rate +(.*)$/m.exec(text)?.[1] ?? '').trim().split(/ +/);
  const numbers: Record<string, number> = {};
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
}

/** For each headline lecture, how its numbers are read. */
export const headlines: Record<string, (text: string) => Record<string, number>> = {
  '01-covariate-shift': covariateShift,
  '05-bias-drift': biasDrift,
  '11-learning-rate-sweeps': learningRates,
};
