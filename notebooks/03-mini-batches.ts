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
// # 03 · Mini-batches
//
// **You will learn** in which sense a minibatch's gradient estimates that of the whole training set, how its noise falls with the minibatch's size, what an example costs, and what
// changes in all of this when BN is in the network.
//
// **You need** gradient descent; mean and variance.
//
// **Time:** about 35 minutes; the computer takes a quarter of a minute.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## An estimate
//
// The loss is a mean over $N$ training examples. A **minibatch** of $m$ of them gives
//
// $$\frac1m \sum_{i=1}^{m} \frac{\partial \ell(x_i, \Theta)}{\partial \Theta}$$
//
// "The gradient of the loss over a mini-batch is an estimate of the gradient over the training set, whose quality improves as the batch size increases" (paper, section 1). And many examples at once
// compute faster than one after the other.
//
// **Predict first:** a problem with two weights, $N = 1000$. The gradients of 300 minibatches of 16 are drawn as points. What does the picture look like? And with 64?

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 5 minutes. Draw the cross, and let somebody sketch the two clouds around it; ask what the picture would be for all 1000.

// %% slideshow={"slide_type": "subslide"}
import { gradientCloud, gradientCloudFigure, show } from 'batchnorm';

show(gradientCloudFigure(gradientCloud({ m: 16 })));

// %% slideshow={"slide_type": "fragment"}
import { showTable } from 'batchnorm';

showTable({
  columns: ['minibatch size', 'distance from the full gradient', 'theory'],
  rows: [1, 4, 16, 64, 256, 1000].map((m) => {
    const { spread, expected } = gradientCloud({ m });
    return [`cloud of ${m}`, spread.toFixed(4), expected.toFixed(4)];
  }),
});

// %% [markdown] slideshow={"slide_type": "subslide"}
// The cloud is *around* the full gradient: the estimate is **unbiased**. Its width falls with $\sqrt m$. With all 1000 examples nothing is left.
//
// In the notebook, move $m$:

// %% slideshow={"slide_type": "skip"} tags=["live"]
const cloudOf = (m: number, seed: number) => gradientCloudFigure(gradientCloud({ m: Math.round(m), seed }));
await widgets.interact(({ m, seed }) => show(cloudOf(m, seed)), {
  m: widgets.slider({ label: 'm', min: 1, max: 1000, log: true, value: 16, format: 'd' }),
  seed: widgets.slider({ label: 'seed', min: 1, max: 20, value: 1 }),
});

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Exercise 1: a minibatch's gradient
//
// `gradients` holds the gradient of each training example, `minibatch` the numbers of those that are in the minibatch. Return the minibatch's gradient.
//
// <details><summary>Hint 1</summary>
//
// The loss is a *mean*. Over how many?
//
// </details>

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 8 minutes for exercises 1 to 3. The third is the hard one; let them check the two ends m = 1 and m = N before they write anything.

// %% slideshow={"slide_type": "fragment"} tags=["exercise"]
import { checkMinibatchGradient } from 'batchnorm';

const minibatchGradient = (gradients: number[], minibatch: number[]): number => {
  // Your turn: this adds the first few.
  return gradients.slice(0, minibatch.length).reduce((sum, g) => sum + g, 0);
};
checkMinibatchGradient(minibatchGradient);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Exercise 2: four times as many
//
// The minibatch grows from 16 to 64, out of very many examples. By which number is the **standard deviation** of the gradient multiplied?
//
// <details><summary>Hint 1</summary>
//
// The variance of a mean of $m$ independent numbers is the variance of one of them, over $m$.
//
// </details>

// %% slideshow={"slide_type": "fragment"} tags=["exercise"]
import { checkNoiseFactor } from 'batchnorm';

const noiseFactor = Number.NaN; // your number here
checkNoiseFactor(noiseFactor);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Exercise 3: a finite set
//
// Within an epoch minibatches are drawn **without replacement**. With $s^2$ the variance of one example's gradient (its divisor is $N$), return the variance of a minibatch's.
//
// <details><summary>Hint 1</summary>
//
// What must it be for $m = N$? And for $m = 1$?
//
// </details>
// <details><summary>Hint 2</summary>
//
// It is $s^2/m$ times a factor that falls in a straight line from 1 at $m = 1$ to 0 at $m = N$.
//
// </details>

// %% slideshow={"slide_type": "fragment"} tags=["exercise"]
import { checkWithoutReplacement } from 'batchnorm';

const withoutReplacement = (variance: number, m: number, population: number): number => {
  // Your turn: this is not 0 at m = N.
  return m < population ? variance / m : variance / population;
};
checkWithoutReplacement(withoutReplacement);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Exercise 4: the noise, from one minibatch
//
// In training there is just one minibatch at a time. `gradients` holds what each of its $m$ examples says of one weight. **Derive** an estimate of the variance of their mean that is right on average (as if $N$ were
// endless), and write it.
//
// <details><summary>Hint 1</summary>
//
// First estimate the variance $s^2$ of a single example's gradient, then use exercise 2's rule.
//
// </details>
// <details><summary>Hint 2</summary>
//
// $\sum_i (g_i - \bar g)^2$ is too small, since $\bar g$ lies in the middle of just these examples. Show that its expectation is $(m-1) s^2$.
//
// </details>

// %% slideshow={"slide_type": "fragment"} tags=["exercise"]
import { checkEstimatedNoise } from 'batchnorm';

const estimatedNoise = (gradients: number[]): number => {
  const m = gradients.length;
  const mean = gradients.reduce((sum, g) => sum + g, 0) / m;
  const squares = gradients.reduce((sum, g) => sum + (g - mean) ** 2, 0);
  return squares; // yours
};
checkEstimatedNoise(estimatedNoise);

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 6 minutes. The step that is hard: $\mathrm{E}\,(g_i - \bar g)^2 = s^2 (1 - \tfrac1m)$, since $g_i$ is itself one $m$-th of $\bar g$. The same $m/(m-1)$ comes back in lecture 10, for the population variance.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## In a network
//
// The same for all the weights of a small network on MNIST: the sum of the variances of all components of the gradient, against $m$, on log axes. Theory says a straight line of slope −1.
//
// **Predict first:** is it so with BN in the network, too? At $m = 2$?

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 6 minutes. The curve with BN is the surprise. Ask why: with BN an example has no gradient of its own, the whole minibatch computes it together.

// %% slideshow={"slide_type": "subslide"}
import { gradientVariance, gradientVarianceFigure, interruptSignal, liveFigure, progress } from 'batchnorm';

const line = progress('drawing minibatches');
const live = liveFigure();
const variance = await gradientVariance(
  {},
  {
    onResult: (soFar) => live.update(() => gradientVarianceFigure(soFar)),
    onProgress: line.report,
    signal: interruptSignal(),
  },
);
live.finish(gradientVarianceFigure(variance));
line.finish(`${variance.cells.length} of ${variance.planned} runs`);

// %% slideshow={"slide_type": "fragment"}
const meanOf = (values: number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;
const sizes = variance.config.batchSizes;
const cellsAt = (m: number, bn: boolean) =>
  variance.cells.filter((cell) => cell.m === m && cell.batchNorm === bn);
type Cell = (typeof variance.cells)[number];
const rowOf = (name: string, bn: boolean, pick: (cell: Cell) => number) => [
  name,
  ...sizes.map((m) => String(Number(meanOf(cellsAt(m, bn).map(pick)).toPrecision(3)))),
];
showTable({
  columns: ['the gradient at m =', ...sizes.map(String)],
  rows: [
    rowOf('variance without BN', false, (cell) => cell.variance),
    rowOf('theory without BN', false, (cell) => cell.expected ?? Number.NaN),
    rowOf('variance with BN', true, (cell) => cell.variance),
    rowOf('bias without BN, over its noise', false, (cell) => cell.bias / cell.noise),
    rowOf('bias with BN, over its noise', true, (cell) => cell.bias / cell.noise),
  ],
});

// %% [markdown] slideshow={"slide_type": "subslide"}
// - **Without BN** it is $s^2/m$, to the noise of so few draws.
// - **With BN** it is larger, and falls faster. At $m = 2$ it is enormous: with two examples the normalised values are always near +1 and −1, and a small difference divides by next to nothing.
//
// With BN the minibatch does two things: it estimates the gradient *and* it gives the mean and variance that every example is normalised with. So BN asks for larger minibatches;
// [15](15-batch-size-and-regularisation.ipynb) looks into that.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## What an example costs
//
// **Predict first:** a training step with 64 examples takes how many times as long as one with a single example? 64 times?

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 4 minutes. The gain is small on this one core, and tenfold or more on a machine that computes many examples at once. Who has trained on a graphics processor?

// %% slideshow={"slide_type": "subslide"}
import { timePerExample, timePerExampleFigure } from 'batchnorm';

const timeLine = progress('measuring');
const times = await timePerExample({}, { onProgress: timeLine.report, signal: interruptSignal() });
timeLine.finish(`${times.times.length} sizes`);
show(timePerExampleFigure(times));

// %% [markdown] slideshow={"slide_type": "subslide"}
// "Computation over a batch can be much more efficient than $m$ computations for individual examples" (section 1). Here, on one core and without BN, an example in a large minibatch costs a half to a
// quarter of what it costs alone: the weights are read and updated once for all. A machine with more units to fill gains more.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## At full size
//
// 10,000 examples, 32 hidden units, 400 minibatches drawn for each $m$, five seeds (`data/lectures/gradient-variance.json`; `npm run lectures:full -- gradient-variance` makes it). Lowest to highest of the seeds:
//
// | m | 2 | 4 | 8 | 16 | 64 | 512 |
// |---|---:|---:|---:|---:|---:|---:|
// | variance without BN, over theory | 0.97–1.04 | 0.98–1.02 | 0.99–1.02 | 0.97–1.00 | 0.99–1.02 | 0.99–1.02 |
// | variance with BN, over without | 145–224 | 7.6–10.9 | 5.0–6.8 | 4.5–6.2 | 4.2–5.7 | 4.1–5.7 |
// | bias without BN, over its noise | 0.9–1.1 | 0.8–1.1 | 0.9–1.1 | 0.8–1.1 | 0.8–1.0 | 1.0–1.1 |
// | bias with BN, over its noise | 1.0–1.1 | 1.3–1.7 | 1.3–1.5 | 1.2–1.4 | 1.0–1.1 | 1.0–1.2 |
//
// The theory is right within 4 %. With BN the noise never comes down to that without. And a bias that is more than the noise of so many draws: the mean of many small minibatches' gradients is **not** the gradient of the whole set.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Summary
//
// - Without BN, a minibatch's gradient is an unbiased estimate, with variance $\frac{s^2}{m} \cdot \frac{N-m}{N-1}$. With BN it is biased a little, too: its statistics are not those of the whole set.
// - Four times the examples halve the noise. So more and more examples buy less and less.
// - An example is cheaper in company.
// - With BN the minibatch also gives the statistics; the gradient is noisier, most of all for small $m$.
//
// **Next:** [04 Whitening inputs](04-whitening-inputs.ipynb).
//
// ### Sources
//
// - Ioffe and Szegedy 2015, [arXiv 1502.03167](https://arxiv.org/abs/1502.03167), section 1 (minibatches).
// - W. G. Cochran 1977, *Sampling Techniques*, section 2.5 (the variance when drawing without replacement).
// - Data: MNIST (LeCun, Cortes and Burges). The code: `lib/src/experiments/gradientCloud.ts` and `gradientVariance.ts`.
