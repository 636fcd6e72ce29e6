// Measures the lectures' headline numbers at the size `small` for several seeds, and writes them with the bands that
// the tests hold the notebooks to:
//
//   npm run build && node tests/notebooks/measure.mjs
//
// A band goes from the lowest to the highest of the seeds, wider on both sides by the whole distance between them and
// by `room`, since a few seeds do not show the rarest; shares stay within 0 and 1.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

process.env.BATCHNORM_LAB_SIZE = 'small';
const { biasDrift, internalShift, learningRateSweep, objectShift, statisticsAdaptation } = await import(
  'batchnorm'
);

const seeds = [1, 2, 3, 4, 5];

/** @type {Record<string, Record<string, { room: number, share: boolean, values: number[] }>>} */
const measured = { '01-covariate-shift': {}, '05-bias-drift': {}, '11-learning-rate-sweeps': {} };

/** @param {string} lecture @param {string} name @param {number} value @param {number} [room] @param {boolean} [share] */
function note(lecture, name, value, room = 0.03, share = true) {
  measured[lecture][name] ??= { room, share, values: [] };
  measured[lecture][name].values.push(value);
}

for (const seed of seeds) {
  const shift = '01-covariate-shift';
  for (const trainedOn of /** @type {const} */ (['warm cats', 'black and white'])) {
    const { scores } = await objectShift({ trainedOn, seeds: [seed] });
    for (const { testedOn, grey, accuracy } of scores) {
      note(shift, `${trainedOn} to ${testedOn}${grey ? ', grey' : ''}`, accuracy[0]);
    }
  }
  const adapted = await statisticsAdaptation({ target: 'black and white', seeds: [seed] });
  note(shift, 'adaptation: home', adapted.home[0]);
  note(shift, 'adaptation: before', adapted.before[0]);
  note(shift, 'adaptation: after', adapted.after[0]);
  const swapped = await statisticsAdaptation({ target: 'cold cats', seeds: [seed] });
  note(shift, 'adaptation to cold cats: before', swapped.before[0]);
  note(shift, 'adaptation to cold cats: after', swapped.after[0]);
  const inside = await internalShift({ seed });
  for (const { batchNorm, accuracy, p15, p85 } of inside.runs) {
    const name = `inside, ${batchNorm ? 'with' : 'without'} BN`;
    note(shift, `${name}: accuracy`, accuracy);
    note(shift, `${name}: width at the start`, p85[0] - p15[0], 0.1, false);
    if (batchNorm)
      note(shift, `${name}: width at the end`, p85[p85.length - 1] - p15[p15.length - 1], 0.1, false);
  }

  const drift = '05-bias-drift';
  const { centring, scaling } = biasDrift({ seed });
  const [b, w] = [centring[0], scaling[0]];
  note(drift, 'b after 200 steps', b.parameter[200], 0.01, false);
  note(drift, 'centring: loss before', b.loss[0], 0.01, false);
  note(drift, 'centring: loss after', b.loss[200], 0.01, false);
  note(drift, 'b with the true gradient', centring[1].parameter[200], 0.0001, false);
  note(drift, 'w after 200 steps', w.parameter[200], 0.01, false);
  note(drift, 'scaling: loss before', w.loss[0], 0.01, false);
  note(drift, 'scaling: loss after', w.loss[200], 0.01, false);
  note(drift, 'w with the true gradient', scaling[1].parameter[200], 0.0001, false);

  const sweep = await learningRateSweep({ seeds: [seed] });
  for (const { activation, batchNorm, learningRate, accuracy } of sweep.cells) {
    note(
      '11-learning-rate-sweeps',
      `${activation} ${batchNorm ? 'with' : 'without'} BN, lr ${learningRate}`,
      accuracy,
    );
  }
  console.error(`seed ${seed} done`);
}

const rounded = (/** @type {number} */ value) => Number(value.toFixed(4)) + 0;
const bands = Object.fromEntries(
  Object.entries(measured).map(([lecture, numbers]) => [
    lecture,
    Object.fromEntries(
      Object.entries(numbers).map(([name, { room, share, values }]) => {
        const [low, high] = [Math.min(...values), Math.max(...values)];
        const reach = high - low + room;
        const band = share
          ? [Math.max(0, low - reach), Math.min(1, high + reach)]
          : [low - reach, high + reach];
        return [name, { band: band.map(rounded), values: values.map(rounded) }];
      }),
    ),
  ]),
);
const file = fileURLToPath(new URL('bands.json', import.meta.url));
writeFileSync(
  file,
  `${JSON.stringify({ command: 'npm run build && node tests/notebooks/measure.mjs', size: 'small', seeds, bands }, null, 2)}\n`,
);
