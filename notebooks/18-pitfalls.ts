// -*- coding: utf-8 -*-
// ---
// jupyter:
//   jupytext:
//     formats: ipynb,ts:percent
//     text_representation:
//       extension: .ts
//       format_name: percent
//       format_version: '1.3'
//       jupytext_version: 1.19.6
//   kernelspec:
//     display_name: TypeScript
//     language: typescript
//     name: typescript
// ---

// %% [markdown] slideshow={"slide_type": "slide"}
// # 18 · Pitfalls
//
// **You will learn** twelve bugs that batch normalization invites, what one sees of each, and a test of one line that catches it. Each is a switch over code that really runs.
//
// **You need** the BN transform ([07](07-the-bn-transform.ipynb)) and inference ([10](10-inference.ipynb)).
//
// **Time:** about 45 minutes; the computer takes a few seconds.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## The failure museum
//
// A wrong BN layer seldom crashes. It trains, a little worse; or it is right in training and wrong in service; or it is right until the last minibatch of an epoch. So it has to be *tested*, with numbers that are
// known.
//
// **Predict first:** read the twelve names. Which of these bugs would you notice from the loss curve alone?

// %% slideshow={"slide_type": "subslide"}
import { pitfalls, showTable } from 'batchnorm';

const museum = pitfalls();
showTable({
  columns: ['room', 'bug'],
  rows: museum.exhibits.map(({ room, name }) => [room, name]),
});

// %% slideshow={"slide_type": "skip"}
import { type PitfallName, pitfallFigure, show } from 'batchnorm';

const visit = (name: PitfallName) => {
  const exhibit = museum.exhibits.find((one) => one.name === name) ?? museum.exhibits[0];
  display.markdown(`**Bug:** ${exhibit.bug}\n\n**Symptom:** ${exhibit.symptom}`);
  show(pitfallFigure(exhibit));
  display.markdown(`**Test:** ${exhibit.test}`);
  for (const version of ['right', 'buggy'] as const) {
    const { passes, found } = exhibit[version];
    console.log(`  ${version} code ${passes ? 'passes' : 'FAILS'}: ${found}`);
  }
};

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Room 1: statistics
//
// **Predict first:** Keras' momentum is 0.99, PyTorch's is 0.1, by default. Somebody copies 0.99 into PyTorch. What does the moving average look like?

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 2 to 3 minutes for each exhibit: bug, prediction, figure, test. Choose six of the twelve if the hour is short: momentum, mode, stale averages, ε, cancellation, accumulation.

// %% slideshow={"slide_type": "subslide"}
visit('momentum convention');

// %% [markdown] slideshow={"slide_type": "subslide"}
// "Momentum" is the weight of the *old* average in one library, and of the *new* minibatch in the other. Here neither is called momentum: `newWeight` and `decay`.

// %% slideshow={"slide_type": "subslide"}
visit('biased variance');

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Room 2: modes
//
// **Predict first:** a network is served in *training* mode by mistake. One example, eight times, each time with seven others. How different are the answers?

// %% slideshow={"slide_type": "subslide"}
visit('training mode left on');

// %% slideshow={"slide_type": "subslide"}
visit('stale averages');

// %% slideshow={"slide_type": "subslide"}
visit('batch of one');

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Room 3: arithmetic
//
// **Predict first:** $\frac{x - \mu}{\sigma + \varepsilon}$ or $\frac{x - \mu}{\sqrt{\sigma^2 + \varepsilon}}$: for which features does it matter?

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 3 minutes. Ask for the variance of 10,000 ± 1 by the formula E x² − (E x)² with seven digits.

// %% slideshow={"slide_type": "subslide"}
visit('ε outside the root');

// %% [markdown] slideshow={"slide_type": "subslide"}
// **Predict first:** float32 has about seven digits. A feature with mean 10,000 and variance 1: what is $\mathrm{E}[x^2] - \mathrm{E}[x]^2$?

// %% slideshow={"slide_type": "subslide"}
visit('cancellation');

// %% slideshow={"slide_type": "subslide"}
visit('constant channel');

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Exercise 1: a test that catches it
//
// Write a test for *any* function that computes the variance of float32 numbers: return `true` if it can be trusted. Yours will be tried on a right one, on $\mathrm{E}[x^2] - \mathrm{E}[x]^2$, and on one that returns the root.
//
// <details><summary>Hint 1</summary>
//
// Numbers whose variance you know: 1, 3, 1, 3, … have variance 1. Take some whose variance is not its own root.
//
// </details>
// <details><summary>Hint 2</summary>
//
// Adding the same number to each must not change it. How large must that number be to show the bug?
//
// </details>

// %% slideshow={"slide_type": "fragment"} tags=["exercise"]
import { checkVarianceTest, type VarianceTest } from 'batchnorm';

const varianceTest: VarianceTest = (variance) => {
  // Your turn: is this enough?
  return variance(Float32Array.of(1, 1, 1, 1)) === 0;
};
checkVarianceTest(varianceTest);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Room 4: training
//
// **Predict first:** weight decay on all parameters, γ and β too. A layer needs γ = 2. Where does γ end?

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 3 minutes. Each of these passes every unit test of the layer alone.

// %% slideshow={"slide_type": "subslide"}
visit('decay on γ and β');

// %% slideshow={"slide_type": "subslide"}
visit('gradient accumulation');

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Exercise 2: accumulation
//
// The gradients of 4 parts of 8 examples are added up before each step. Over how many examples are BN's mean and variance taken?
//
// <details><summary>Hint 1</summary>
//
// When the first part goes forward, the others have not been seen.
//
// </details>

// %% slideshow={"slide_type": "fragment"} tags=["exercise"]
import { checkStatisticsOf } from 'batchnorm';

const statisticsOf = Number.NaN; // your number here
checkStatisticsOf(statisticsOf);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Room 5: deployment
//
// **Predict first:** the fold forgets the convolution's bias. In which networks does nobody notice?

// %% slideshow={"slide_type": "subslide"}
visit('forgotten bias');

// %% slideshow={"slide_type": "subslide"}
visit('unequal workers');

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Exercise 3: three reports
//
// - **a.** "Training accuracy is 95 % after 100 steps, and testing looks like guessing. When I train for 5000 steps, testing is fine."
// - **b.** "All is well in our framework. The exported network, with its BN folded away, answers a little differently, always in the same direction."
// - **c.** "60,001 training images, minibatches of 60. Once in every epoch one step changes nothing but β, and our loss curve has a dent."
//
// Which bug is behind each? Give their names as in the table at the top.
//
// <details><summary>Hint 1</summary>
//
// For c: how many images has the last minibatch of an epoch?
//
// </details>

// %% slideshow={"slide_type": "fragment"} tags=["exercise"]
import { checkDiagnosis, type Diagnosis } from 'batchnorm';

const diagnosis: Diagnosis = {
  a: '', // your turn
  b: '',
  c: '',
};
checkDiagnosis(diagnosis);

// %% [markdown] slideshow={"slide_type": "subslide"}
// In the notebook: each bug with its switch.

// %% slideshow={"slide_type": "skip"} tags=["live"]
import { pitfallNames } from 'batchnorm';

await widgets.interact(
  ({ name, code, seed }) => show(pitfallFigure(pitfalls({ names: [name], seed }).exhibits[0], code)),
  {
    name: widgets.dropdown({ label: 'bug', options: pitfallNames }),
    code: widgets.dropdown({ label: 'code', options: ['both', 'right', 'buggy'] as const }),
    seed: widgets.slider({ label: 'seed', min: 1, max: 20, value: 1 }),
  },
);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## All tests at once
//
// A test that cannot fail is worth nothing: each of these was run on right code *and* on the bug.

// %% slideshow={"slide_type": "subslide"}
const caught = museum.exhibits.filter(({ right, buggy }) => right.passes && !buggy.passes).length;
showTable({
  caption: `${caught} of ${museum.exhibits.length} bugs caught`,
  columns: ['bug', 'right code', 'with the bug'],
  rows: museum.exhibits.map(({ name, right, buggy }) => [
    name,
    ...[right, buggy].map(({ passes }) => (passes ? 'passes' : 'fails')),
  ]),
});

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 5 minutes. Ask who has met one of them. Usual answer: training mode left on; the one that costs most is stale averages, because it looks like overfitting.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Summary
//
// - Most BN bugs are silent: right in the ordinary case, wrong for a small minibatch, a large mean, a bias, an unequal worker.
// - Test at the edges: tiny variance, large mean, constant channel, $m = 1$, unequal counts, non-zero bias.
// - Test what must be *equal*: alone and in company, folded and unfolded, in parts and at once.
//
// This is the last lecture. The [first one](00-start-here.ipynb) has the map.
//
// ### Sources
//
// - Ioffe and Szegedy 2015, [arXiv 1502.03167](https://arxiv.org/abs/1502.03167), Algorithm 1 (ε under the root), Algorithm 2, line 10 (m/(m − 1)), section 3.1 (inference, moving averages).
// - T. Chan, G. Golub and R. LeVeque 1983, *Algorithms for computing the sample variance* (cancellation, and merging counts, means and variances of parts).
// - T. van Laarhoven 2017, [arXiv 1706.05350](https://arxiv.org/abs/1706.05350) (decay under BN); E. Hoffer et al. 2017, [arXiv 1705.08741](https://arxiv.org/abs/1705.08741) (statistics of parts).
// - The documentation of PyTorch's `BatchNorm2d` and of Keras' `BatchNormalization` (the two momentums).
// - The code: `lib/src/experiments/pitfalls/`.
