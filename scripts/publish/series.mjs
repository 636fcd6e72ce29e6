// @ts-check
// The map of the series: which lectures belong together, and in which order readers of three kinds may take them.

/** @type {{ title: string, about: string, lectures: string[] }[]} */
export const parts = [
  {
    title: 'Why normalise',
    about: 'What goes wrong without: shifting inputs, saturated units, noisy batches.',
    lectures: ['00', '01', '02', '03'],
  },
  {
    title: 'The road to BN',
    about: 'Whitening, the naive ways that fail, and why.',
    lectures: ['04', '05', '06'],
  },
  {
    title: 'The transform',
    about: 'Forward, backward, in training, at inference.',
    lectures: ['07', '08', '09', '10'],
  },
  {
    title: 'What it buys',
    about: 'Learning rates, initial weights, and the place of BN in a network.',
    lectures: ['11', '12', '13'],
  },
  {
    title: 'Beyond dense layers',
    about: 'Feature maps, batch sizes, a generator of images.',
    lectures: ['14', '15', '17'],
  },
  {
    title: 'Questions that stay',
    about: 'Whether it works for the reason that its authors gave, and where it fails.',
    lectures: ['16', '18'],
  },
];

/** @type {{ title: string, about: string, lectures: string[] }[]} */
export const paths = [
  {
    title: 'Beginner',
    about: 'You have seen a neural network and want to know what BN does. Little algebra.',
    lectures: ['00', '01', '02', '03', '05', '07', '11'],
  },
  {
    title: 'Practitioner',
    about: 'You train networks and want to place, tune and ship BN without surprises.',
    lectures: ['00', '07', '10', '11', '12', '13', '14', '15', '18'],
  },
  {
    title: 'Researcher',
    about: 'You want the derivations, the checks, and what did not reproduce.',
    lectures: ['04', '05', '06', '08', '09', '12', '15', '16', '17', '18'],
  },
];
