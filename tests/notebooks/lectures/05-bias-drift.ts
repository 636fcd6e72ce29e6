import { type Lecture, number, read } from '../lecture.js';

const free = { room: 0.01, share: false };
const exact = { room: 0.0001, share: false };

export const lecture: Lecture = {
  tslab: true,
  measure: (lab, seed, note) => {
    const { centring, scaling } = lab.biasDrift({ seed });
    const [b, w] = [centring[0], scaling[0]];
    note('b after 200 steps', b.parameter[200], free);
    note('centring: loss before', b.loss[0], free);
    note('centring: loss after', b.loss[200], free);
    note('b with the true gradient', centring[1].parameter[200], exact);
    note('w after 200 steps', w.parameter[200], free);
    note('scaling: loss before', w.loss[0], free);
    note('scaling: loss after', w.loss[200], free);
    note('w with the true gradient', scaling[1].parameter[200], exact);
  },
  read: (text) => ({
    'b after 200 steps': read(text, `b moves from 0.00 to ${number}`),
    'centring: loss before': read(text, `b moves .* loss goes from ${number}`),
    'centring: loss after': read(text, `b moves .* loss goes from [\\d.]+ to ([\\d.]+\\d)`),
    'b with the true gradient': read(text, `b moves .* b ends at (-?[\\d.]+\\d)`),
    'w after 200 steps': read(text, `w moves from 1.00 to ${number}`),
    'scaling: loss before': read(text, `w moves .* loss goes from ${number}`),
    'scaling: loss after': read(text, `w moves .* loss goes from [\\d.]+ to ([\\d.]+\\d)`),
    'w with the true gradient': read(text, `w moves .* w ends at (-?[\\d.]+\\d)`),
    'beta after 100 steps': read(text, `beta after 100 steps: ${number}`),
  }),
  claims: [
    {
      claim: 'With naive centring, b grows without end while the loss remains fixed.',
      source: 'Ioffe and Szegedy 2015, section 2',
      numbers: ['b after 200 steps', 'centring: loss before', 'centring: loss after'],
      holds: (n) => n['b after 200 steps'] === 60 && n['centring: loss after'] === n['centring: loss before'],
      agrees: 'yes',
    },
    {
      claim: 'The same happens when activations are scaled beside gradient descent, and is worse.',
      source:
        'Ioffe and Szegedy 2015, section 2 ("this problem can get worse if the normalization not only centers but also scales")',
      numbers: ['w after 200 steps', 'scaling: loss before', 'scaling: loss after'],
      holds: (n) => n['scaling: loss after'] === n['scaling: loss before'] && n['w after 200 steps'] > 1.5,
      agrees: 'partly',
      remark: 'The weight runs too, but like a root of the number of steps: slower than b.',
    },
    {
      claim: 'With the gradient flowing through the statistics nothing drifts.',
      source: 'Ioffe and Szegedy 2015, section 2',
      numbers: ['b with the true gradient', 'w with the true gradient'],
      holds: (n) => n['b with the true gradient'] === 0 && n['w with the true gradient'] === 1,
      agrees: 'yes',
    },
  ],
};
