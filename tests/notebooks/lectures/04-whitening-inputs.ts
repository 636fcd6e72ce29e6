import { type Lecture, type Numbers, number, read, row } from '../lecture.js';

const exact = { room: 1e-9, share: false };
const steps = { room: 40, share: false };
const names = ['raw', 'centred', 'whitened'] as const;

export const lecture: Lecture = {
  measure: async (lab, seed, note) => {
    const inputs = lab.whiteningInputs({ seeds: [seed, seed + 10, seed + 20] });
    const { covariance } = inputs.stages[3];
    note('whitened: variances', (covariance[0] + covariance[3]) / 2, exact);
    note('whitened: covariance', covariance[1], exact);
    for (const path of inputs.paths)
      note(`${path.inputs}: both weights the same way`, path.together, { room: 0.15 });
    for (const { inputs: how, condition, stepsToThousandth } of inputs.curves) {
      // The page has seeds 1, 2 and 3, and all three together.
      note(`${how}: condition number`, condition, { room: 0.2 * condition, share: false });
      note(`${how}: steps to 0.001`, Math.max(...stepsToThousandth.map((s) => s ?? 600)), steps);
    }
    const digits = await lab.whitenedDigits({ seeds: [seed] });
    for (const how of names) {
      const [best] = lab.bestRuns(digits, how);
      note(`${how} digits, early`, best.accuracy[0], { room: 0.1 });
      note(`${how} digits, at the end`, best.accuracy.at(-1) ?? Number.NaN, { room: 0.1 });
    }
  },
  read: (text) => {
    const numbers: Numbers = {
      'whitened: variances': read(text, `equalised: means 0 and 0, variances ${number}`),
      'whitened: covariance': read(
        text,
        `equalised: means 0 and 0, variances [\\d.]+ and [\\d.]+, covariance ([\\d.]+\\d|0)`,
      ),
    };
    for (const how of names) {
      // Two tables have such rows: the paths' comes first.
      const [first, second] = [...text.matchAll(new RegExp(`^${how} {2,}(.*)$`, 'gm'))].map((found) =>
        found[1].trim().split(/ {2,}/),
      );
      numbers[`${how}: both weights the same way`] = Number.parseFloat(first[0]) / 100;
      numbers[`${how}: condition number`] = Number(second[1]);
      numbers[`${how}: steps to 0.001`] = Math.max(
        ...second[2].split(', ').map((s) => Number(s.replace('>', ''))),
      );
      const accuracies = row(text, `${how} digits`).map((cell) => Number(cell) / 100);
      numbers[`${how} digits, early`] = accuracies[0];
      numbers[`${how} digits, at the end`] = accuracies.at(-2) ?? Number.NaN;
    }
    return numbers;
  },
  claims: [
    {
      claim: 'Network training converges faster if its inputs are whitened.',
      source: 'Ioffe and Szegedy 2015, section 2; LeCun, Bottou, Orr and Müller 1998, section 4.3',
      numbers: names.flatMap((how) => [`${how}: steps to 0.001`, `${how} digits, at the end`]),
      holds: (n) =>
        n['whitened: steps to 0.001'] < n['centred: steps to 0.001'] / 5 &&
        n['centred: steps to 0.001'] < n['raw: steps to 0.001'] / 3 &&
        // The tests train for 60 steps, which is early.
        n['whitened digits, at the end'] > n['raw digits, at the end'],
      agrees: 'partly',
      remark:
        'A hundred times faster for one neuron with two hand-made features; on digits a head start that is gone after 3000 steps.',
    },
    {
      claim:
        'With all-positive inputs all weights of a neuron are updated in the same direction, so its weight vector changes direction only by zigzagging.',
      source: 'LeCun, Bottou, Orr and Müller 1998, section 4.3',
      numbers: ['raw: both weights the same way', 'whitened: both weights the same way'],
      holds: (n) =>
        n['raw: both weights the same way'] === 1 && n['whitened: both weights the same way'] < 0.75,
      agrees: 'yes',
    },
    {
      claim: 'Whitened features have mean 0, variance 1 and are decorrelated.',
      source: 'Ioffe and Szegedy 2015, section 2',
      numbers: ['whitened: variances', 'whitened: covariance'],
      holds: (n) =>
        Math.abs(n['whitened: variances'] - 1) < 1e-9 && Math.abs(n['whitened: covariance']) < 1e-9,
      agrees: 'yes',
    },
  ],
};
