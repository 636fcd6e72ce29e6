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
// # 11 · Learning-rate sweeps
//
// **You will learn** how wide the range of learning rates is that a network stands, with and without BN, for sigmoid and
// ReLU, and to read the paper's own table on it.
//
// **You need** to know what a learning rate is. Best after [05](05-bias-drift.ipynb).
//
// **Time:** about 30 minutes; the computer takes half a minute.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## The claim
//
// "Batch Normalization enables higher learning rates" (paper, section 3.3). The argument: BN does not notice the scale of
// the weights,
//
// $$\mathrm{BN}(W u) = \mathrm{BN}((a W) u) \qquad
// \frac{\partial\, \mathrm{BN}((aW)u)}{\partial (aW)} = \frac1a \cdot \frac{\partial\, \mathrm{BN}(Wu)}{\partial W}$$
//
// so larger weights get *smaller* gradients. A step that is too long makes the weights large, and large weights make the
// next steps short.

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 8 minutes with the sweep. Have the class draw two curves on paper, accuracy over the learning rate on a log axis, before the sweep starts. The
// figure fills seed by seed: while it does, let them defend their drawings.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Predict first
//
// A network with three hidden layers on MNIST gets a fixed, short training at ten learning rates from 0.001 to 30, with
// sigmoid and with ReLU, with and without BN, for three seeds each: 120 runs. For each of the four curves:
//
// 1. At which learning rate is it best?
// 2. Where does it break on the right, if it does?
// 3. How does it look at 0.001?
//
// Press **■** while it runs: you keep what is there.

// %% slideshow={"slide_type": "subslide"}
import { interruptSignal, learningRateSweep, liveFigure, progress, sweepFigure } from 'batchnorm';

const line = progress('sweep');
const live = liveFigure();
const sweep = await learningRateSweep(
  {},
  {
    onResult: (soFar) => live.update(() => sweepFigure(soFar)),
    onProgress: line.report,
    signal: interruptSignal(),
  },
);
live.finish(sweepFigure(sweep));
line.finish(`${sweep.cells.length} of ${sweep.planned} runs`);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## How to read it
//
// - **Lines** are means over the seeds, **bands** go from the worst to the best seed, the **dotted line** is guessing (10 %).
// - A **cross** at the foot marks a rate at which some run **diverged**: its loss became infinite, or ended worse than
//   guessing costs (1.5 · ln 10 nats).
//
// The same numbers as a table, for the middle of the range:

// %% slideshow={"slide_type": "subslide"}
import { showTable } from 'batchnorm';

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const rates = sweep.config.learningRates;
const rows = sweep.config.activations.flatMap((activation) =>
  [true, false].map((batchNorm) => [
    `${activation === 'relu' ? 'ReLU' : activation}, ${batchNorm ? 'with' : 'without'} BN`,
    ...rates.map((rate) => {
      const runs = sweep.cells.filter(
        (cell) =>
          cell.activation === activation && cell.batchNorm === batchNorm && cell.learningRate === rate,
      );
      return runs.length === 0 ? '' : (100 * mean(runs.map((run) => run.accuracy))).toFixed(1);
    }),
  ]),
);
showTable({ caption: 'mean test accuracy (%)', columns: ['learning rate', ...rates.map(String)], rows });

// %% [markdown] slideshow={"slide_type": "slide"}
// ## What it shows
//
// - **ReLU without BN** works in a narrow range and then dies: one long step makes every unit negative for every input,
//   and a ReLU that is never positive learns nothing more.
// - **ReLU with BN** stands rates ten times as large and more. It is not proof against everything: the largest rates kill it too.
// - **Sigmoid without BN** barely starts in so few steps unless the rate is large: its gradients shrink with each layer.
// - **Sigmoid with BN** learns from the small rates on, and stays near its best over about two powers of ten.
//
// BN does not only move the best rate to the right: it makes the road *wider*. At the best rate of each, the gap is much
// smaller than at a fixed rate chosen for one of them.

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 5 minutes. Let them compare with their drawings. Who drew BN too good at the right end? Most.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## What it does not show
//
// - The training here is **short**. Given many more steps, sigmoid without BN catches up a good part: [09](09-training-a-bn-network.ipynb) shows it.
// - The widest range is not the best accuracy, and accuracy after a fixed number of *steps* is not accuracy after a fixed
//   number of *seconds*: a step with BN costs more.
// - One network, one data set, plain SGD. Momentum or Adam would move every curve.
//
// *(A one-seed pilot in another program, with longer training, showed the same: ReLU at rate 3 alive with BN and dead
// without, both dead at 10, sigmoid at 10 alive with BN alone. Its accuracies were a few points higher than ours.)*

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 3 minutes. "Any rate" is what people remember of BN; at 10 ReLU fails with it, too.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Exercise 1: the largest rate that works
//
// From the runs of one curve, return the largest learning rate whose run did not diverge and whose accuracy is at most
// 0.05 below the best run's.
//
// <details><summary>Hint 1</summary>
//
// First the best accuracy, then all runs that are good enough and did not diverge.
//
// </details>
// <details><summary>Hint 2</summary>
//
// Of these the largest `learningRate`. The runs are not sorted.
//
// </details>

// %% slideshow={"slide_type": "fragment"} tags=["exercise"]
import { checkLargestRate, type SweepCell } from 'batchnorm';

const largestRate = (cells: SweepCell[]): number => {
  // Your turn: this returns the rate of the best run.
  const best = cells.reduce((a, b) => (b.accuracy > a.accuracy ? b : a));
  return best.learningRate;
};
checkLargestRate(largestRate);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## The paper's table
//
// Inception on ImageNet: training steps until its single-crop accuracy reached 72.2 %, the best of the network without BN, and the best accuracy of each (paper, section 4.2.2, figure 3).
//
// | Model | learning rate | steps to 72.2 % | best accuracy |
// |---|---:|---:|---:|
// | Inception (no BN) | 0.0015 | 31.0 · 10⁶ | 72.2 % |
// | BN-Baseline | 0.0015 | 13.3 · 10⁶ | 72.7 % |
// | BN-x5 | 0.0075 | 2.1 · 10⁶ | 73.0 % |
// | BN-x30 | 0.045 | 2.7 · 10⁶ | 74.8 % |
// | BN-x5-Sigmoid | 0.0075 | – | 69.8 % |
//
// These are the paper's measurements, not ours: nothing here trains on ImageNet. From BN-x5 on, the learning rate is not
// the only change: the paper also drops dropout, weakens the L2 penalty, shuffles better and distorts the pictures less
// (section 4.2.1).

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 4 minutes. Read the rows of Inception and of BN-x5 aloud, and let them compare rates and steps.

// %% [markdown] slideshow={"slide_type": "subslide"}
// **Predict first:** BN-x30 takes longer than BN-x5 to reach 72.2 %. Why would anyone use it?
//
// **Exercise 2.** In how many times fewer steps than Inception does BN-x5 reach 72.2 %?
//
// <details><summary>Hint 1</summary>
//
// How many times does 2.1 go into the number of Inception?
//
// </details>

// %% slideshow={"slide_type": "fragment"} tags=["exercise"]
import { checkFewerSteps } from 'batchnorm';

const timesFewer = Number.NaN; // your number here
checkFewerSteps(timesFewer);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## A question to try
//
// Change the sweep, and predict before you run it. For instance only ReLU without BN, with twice the steps: does a longer
// training rescue large rates?

// %% slideshow={"slide_type": "fragment"}
import { percent } from 'batchnorm';

const mine = await learningRateSweep(
  { activations: ['relu'], batchNorm: [false], learningRates: [0.1, 0.3, 1, 3], seeds: [1], steps: 400 },
  { signal: interruptSignal() },
);
for (const run of mine.cells) {
  console.log(`lr ${run.learningRate}: ${percent(run.accuracy)}${run.diverged ? ', diverged' : ''}`);
}

// %% [markdown] slideshow={"slide_type": "slide"}
// ## At full size
//
// The same sweep with 3,000 steps, 100 units in each hidden layer, five seeds and all 10,000 test images; mean test accuracy in per cent (`data/lectures/learning-rates.json`; `npm run lectures:full -- learning-rates`
// makes it):
//
// | learning rate | 0.001 | 0.01 | 0.1 | 1 | 3 | 10 | 30 |
// |---|---:|---:|---:|---:|---:|---:|---:|
// | sigmoid, with BN | 81.3 | 91.0 | 94.6 | 96.5 | 96.8 | 96.6 | 93.6 |
// | sigmoid, without BN | 11.3 | 16.0 | 87.5 | 95.8 | 96.4 | 13.8 | 10.3 |
// | ReLU, with BN | 87.1 | 95.3 | 97.4 | 97.6 | 97.3 | 10.3 | 10.2 |
// | ReLU, without BN | 85.2 | 93.6 | 96.9 | 16.1 | 10.0 | 10.0 | 10.0 |
//
// A tenfold training changes two things: sigmoid without BN has caught up between 0.3 and 3, and at the best rate of each curve the gap is below one point. What stays is the width of the road: ReLU with BN works up to 3, without up
// to 0.3; sigmoid with BN works over four powers of ten.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Summary
//
// - With BN both activations work over a range of learning rates that is many times wider; sigmoid gains most.
// - BN is no guarantee: at the largest rates, ReLU dies with BN too.
// - In the paper's Inception, five times the learning rate reached the same accuracy in about a fifteenth of the steps.
//
// ### Sources
//
// - Ioffe and Szegedy 2015, [arXiv 1502.03167](https://arxiv.org/abs/1502.03167), section 3.3 (higher learning rates; the
//   two equations above), section 4.2.1 and 4.2.2 with figures 2 and 3 (the table).
// - He et al. 2015, [arXiv 1502.01852](https://arxiv.org/abs/1502.01852), equation 10 (initial weights for ReLU); Glorot and
//   Bengio 2010, equation 12 (for sigmoid).
// - Data: MNIST (LeCun, Cortes and Burges). The code: `lib/src/experiments/learningRateSweep.ts`.
