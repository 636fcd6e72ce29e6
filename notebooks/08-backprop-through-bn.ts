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
// # 08 · Backprop through BN
//
// **You will learn** how the gradient comes back through BN, step by step along the graph and in one line; how to check a gradient; and what
// training does when a term of it is forgotten.
//
// **You need** the transform ([07](07-the-bn-transform.ipynb)) and the chain rule.
//
// **Time:** about 50 minutes; the computer takes half a minute.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## The question
//
// The layers above hand down $\dot y_i = \partial \ell / \partial y_i$ for each example $i$ of the minibatch. What is $\dot x_i = \partial \ell / \partial x_i$? (A
// dot always means the derivative of the loss.)
//
// $$\hat x_i = \frac{x_i - \mu}{s} \qquad s = \sqrt{\sigma^2 + \varepsilon} \qquad y_i = \gamma \hat x_i + \beta$$
//
// **Predict first:** only $\dot y_1$ is not zero: the loss looks at the first example only. Which of the $\dot x_i$ are not zero?

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 4 minutes. Most say: the first only. Let them find that x₂ moves the mean, and the mean moves every y. That is the whole lecture.

// %% slideshow={"slide_type": "subslide"}
import { batchNorm, batchNormBackward } from 'batchnorm';

const x = [1, 2, 6, 3];
const forward = batchNorm(x, 4, 1);
const { dx } = batchNormBackward([1, 0, 0, 0], forward);
console.log('dx:', Array.from(dx, (value) => value.toFixed(3)).join('  '));

// %% [markdown] slideshow={"slide_type": "slide"}
// ## The graph
//
// Every example takes part in the mean, and in the variance. Backprop walks the graph of the computation from right to left; a node with two ways
// out adds up what comes back by each:
//
// ```text
// x --+--> mean --> c = x - mean --+--> c² --> variance --> s --> 1/s --> xHat --> y
//     +-----------/                +-------------------------------------/
// ```
//
// $$\dot\beta = \sum_i \dot y_i \qquad \dot\gamma = \sum_i \dot y_i \hat x_i \qquad \dot{\hat x}_i = \gamma \dot y_i$$
//
// $$\dot{\sigma^2} = -\frac{1}{2 s^3} \sum_i \dot{\hat x}_i (x_i - \mu) \qquad
// \dot c_i = \frac{\dot{\hat x}_i}{s} + \dot{\sigma^2} \, \frac{2 (x_i - \mu)}{m}$$
//
// $$\dot\mu = -\sum_i \dot c_i \qquad \dot x_i = \dot c_i + \frac{\dot\mu}{m}$$
//
// (paper, section 3, the equations after Algorithm 1). The library has the gradient at every node:

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 8 minutes. Draw the graph once by hand, forward in one colour and backward in another; x has three ways to the loss.

// %% slideshow={"slide_type": "subslide"}
import { batchNormBackwardGraph, showTable } from 'batchnorm';

const graph = batchNormBackwardGraph([1, 0, 0, 0], forward);
const list = (values: ArrayLike<number>) => Array.from(values, (value) => value.toFixed(3)).join('  ');
showTable({
  columns: ['node', 'gradient of the loss there'],
  rows: [
    ['xHat', list(graph.dXHat)],
    ['1/s', list(graph.dInverseDeviation)],
    ['s', list(graph.dStandardDeviation)],
    ['variance', list(graph.dVariance)],
    ['x - mean', list(graph.dCentred)],
    ['mean', list(graph.dMean)],
    ['x', list(graph.dx)],
  ],
});

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Exercise 1: γ and β
//
// You get $\dot y_i$ and $\hat x_i$ of one feature. Return `[dGamma, dBeta]`.
//
// <details><summary>Hint 1</summary>
//
// $y_i = \gamma \hat x_i + \beta$. By how much does $y_i$ move when γ moves by 1? When β does?
//
// </details>
// <details><summary>Hint 2</summary>
//
// γ and β are in *every* $y_i$: what comes back is added up.
//
// </details>

// %% slideshow={"slide_type": "fragment"} tags=["exercise"]
import { checkGammaBeta } from 'batchnorm';

const gammaBeta = (dy: number[], xHat: number[]): number[] => {
  // Your turn: [dGamma, dBeta]. This looks at the first example only.
  return [dy[0] * xHat[0], dy[0]];
};
checkGammaBeta(gammaBeta);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## The compact form
//
// Put the steps together, with $\langle a \rangle = \frac1m \sum_i a_i$ for a mean over the minibatch. The variance's share is
// $-\frac{1}{s} \hat x_i \langle \dot{\hat x} \hat x \rangle$, the mean's is $-\frac{1}{s} \langle \dot{\hat x} \rangle$, and
//
// $$\dot x_i = \frac{\gamma}{s} \Big( \dot y_i - \langle \dot y \rangle - \hat x_i \langle \dot y \hat x \rangle \Big)$$
//
// Three terms: the direct way, the way through the **mean**, the way through the **variance**. (`docs/formulas.md` has every line of
// the derivation.)
//
// ## Exercise 2: backprop through BN
//
// Write it. You get a feature's $\dot y$, its $\hat x$, γ, $\sigma^2$ and ε; return $\dot x$. The check knows what is missing by what comes out.
//
// <details><summary>Hint 1</summary>
//
// First the two means over the minibatch: of $\dot y_i$, and of $\dot y_i \hat x_i$. Both divide by $m$.
//
// </details>
// <details><summary>Hint 2</summary>
//
// Then for each $i$: the difference of three terms, times $\gamma / \sqrt{\sigma^2 + \varepsilon}$.
//
// </details>
// <details><summary>Hint 3</summary>
//
// Two sums to check yourself by: your $\dot x_i$ add up to 0, and so do (nearly) the $\dot x_i \hat x_i$.
//
// </details>

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 6 minutes. Read it in words: take the mean of the gradient away, and its part along x̂. Two projections.

// %% slideshow={"slide_type": "fragment"} tags=["exercise"]
import { type BackpropInput, checkBackprop } from 'batchnorm';

const backprop = ({ dy, xHat, gamma, variance, epsilon }: BackpropInput): number[] => {
  const factor = gamma / Math.sqrt(variance + epsilon);
  // Your turn: the direct way is there, the two other terms are still 0.
  const [meanDy, meanAlong] = [0, 0];
  return dy.map((value, i) => factor * (value - meanDy - xHat[i] * meanAlong));
};
checkBackprop(backprop);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Is it right? Central differences
//
// A gradient is checked by moving each number a little both ways:
//
// $$\frac{\partial \ell}{\partial x_i} \approx \frac{\ell(x_i + h) - \ell(x_i - h)}{2h}$$
//
// Its error falls like $h^2$. **Predict first:** so the smaller $h$, the better? Draw the error for $h$ from 1 down to $10^{-12}$.

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 5 minutes. Ask which step is best: very small is the usual answer, and the figure shows why not.

// %% slideshow={"slide_type": "subslide"}
import { gradientCheck, gradientCheckFigure, show } from 'batchnorm';

const checked = gradientCheck();
show(gradientCheckFigure(checked));
const at = checked.cells.filter(({ step }) => step === 1e-5);
const largest = Math.max(...at.map((cell) => Math.max(cell.x, cell.gamma, cell.beta)));
console.log(`largest relative error at h = 1e-5: ${largest.toExponential(1)}`);

// %% [markdown] slideshow={"slide_type": "subslide"}
// Down to $10^{-5}$ it falls; then **rounding** takes over: two nearly equal losses are subtracted, and their last digits, divided by a tiny $h$, are all that is left. γ and β
// behave better still: the loss is a parabola in them, for which central differences are exact at any $h$.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Exercise 3: check a gradient
//
// Return the derivative of `f` at `x` by central differences with step `h`.
//
// <details><summary>Hint 1</summary>
//
// Two calls of `f`: one step up, one step down. How far are the two points apart?
//
// </details>

// %% slideshow={"slide_type": "fragment"} tags=["exercise"]
import { checkCentralDifference } from 'batchnorm';

const centralDifference = (f: (x: number) => number, x: number, h: number): number => {
  // Your turn: this looks to one side only.
  return (f(x + h) - f(x)) / h;
};
checkCentralDifference(centralDifference);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## What if a term is forgotten?
//
// The classical bug, and the naive method of [05](05-bias-drift.ipynb), in one: to take the mean, or the variance, for a constant.
//
// With both terms, $\sum_i \dot x_i = 0$ and (but for ε) $\sum_i \dot x_i \hat x_i = 0$: moving all $x_i$ alike, or stretching them, changes
// nothing, so the gradient has nothing to say there. **Predict first:** which of the two sums is not 0 when the mean's term is left out?

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 5 minutes. Let the class choose which term looks harmless, before the numbers.

// %% slideshow={"slide_type": "subslide"}
const names = { nothing: 'nothing', mean: 'the mean’s term', variance: 'the variance’s term', both: 'both' };
const rows = checked.leftOut
  .filter(({ seed }) => seed === 1)
  .map((row) => [
    names[row.leftOut],
    row.error.toFixed(2),
    row.sum < 1e-12 ? '0' : row.sum.toFixed(2),
    row.alongXHat < 1e-3 ? '0 (but for ε)' : row.alongXHat.toFixed(2),
  ]);
showTable({ columns: ['left out', 'error of dx', 'sum of dx', 'sum of dx xHat'], rows });

// %% [markdown] slideshow={"slide_type": "slide"}
// ## And training?
//
// A small sigmoid network with BN on MNIST. Its layers keep the bias that BN cancels, so that we can watch it. Four kinds of gradient, three seeds.
//
// **Predict first:** which kind learns at all? Which shows the drift of [05](05-bias-drift.ipynb)?

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 6 minutes. The moral: a wrong gradient can still learn, so a falling loss proves nothing.

// %% slideshow={"slide_type": "subslide"}
import { interruptSignal, leftOutTraining, leftOutTrainingFigure, liveFigure, progress } from 'batchnorm';

const line = progress('training');
const live = liveFigure();
const training = await leftOutTraining(
  {},
  {
    onResult: (soFar) => live.update(() => leftOutTrainingFigure(soFar)),
    onProgress: line.report,
    signal: interruptSignal(),
  },
);
live.finish(leftOutTrainingFigure(training));
line.finish(`${training.runs.length} of ${training.planned} runs`);

// %% slideshow={"slide_type": "subslide"}
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const ended = training.config.leftOut.map((term) => {
  const runs = training.runs.filter((run) => run.leftOut === term);
  const share = (of: (run: (typeof runs)[number]) => number) =>
    runs.length === 0 ? '' : (100 * mean(runs.map(of))).toFixed(1);
  const bias = runs.length === 0 ? '' : mean(runs.map((run) => run.bias.at(-1) ?? 0)).toFixed(2);
  return [names[term], share((run) => run.accuracy), share((run) => run.batchAccuracy), bias];
});
const columns = ['left out', 'moving averages (%)', 'own statistics (%)', '|b| at the end'];
showTable({ caption: 'test accuracy, and the bias', columns, rows: ended });

// %% [markdown] slideshow={"slide_type": "subslide"}
// - **All four learn**, and in training the losses look harmless. That is what makes the bug nasty.
// - **Without the mean's term the bias runs away**, though BN cancels it: the drift of 05. The network's own function does not notice. But the
//   **moving averages** follow a mean that runs, always late; so with them the accuracy collapses.
// - **Without the variance's term** the weights grow faster, and it learns worse.
// - With the **true gradient** the bias stays where it was.
//
// So "it trains" is no proof of a right gradient. A check by central differences is.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Try it: formula against central differences
//
// A minibatch of $m$ examples under the loss $\frac12 \sum_i (y_i - t_i)^2$. Leave terms out and see where the formula parts from the truth.
//
// **Before you move it:** for which $m$ do the forgotten terms matter more, small or large?

// %% slideshow={"slide_type": "skip"} tags=["live"]
import { type LeftOut, leftOut, leftOutTerms, lineFigure, Random } from 'batchnorm';

const compare = (m: number, term: LeftOut) => {
  const random = new Random(m);
  const [points, target] = [0, 1].map(() => Float64Array.from({ length: m }, () => random.normal()));
  const loss = (at: Float64Array) =>
    Array.from(batchNorm(at, m, 1).y).reduce((sum, y, i) => sum + (y - target[i]) ** 2 / 2, 0);
  const moved = (i: number, h: number) => loss(points.with(i, points[i] + h));
  const numeric = Array.from(points, (_, i) => (moved(i, 1e-5) - moved(i, -1e-5)) / 2e-5);
  const run = batchNorm(points, m, 1);
  const dy = Array.from(run.y, (y, i) => y - target[i]);
  const formula = Array.from(batchNormBackward(dy, run, leftOut[term]).dx);
  const x = numeric.map((_, i) => i + 1);
  const series = [
    { name: 'central differences', x, y: numeric },
    { name: 'formula', x, y: formula },
  ];
  show(lineFigure(series, { title: `dx, left out: ${term}`, x: 'example', y: 'gradient of the loss' }));
};

// %% slideshow={"slide_type": "skip"} tags=["live"]
await widgets.interact(({ m, term }) => compare(m, term), {
  m: widgets.slider({ label: 'm', min: 2, max: 30, step: 1, value: 8 }),
  term: widgets.dropdown({ label: 'left out', options: leftOutTerms }),
});

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Summary
//
// - Every example is in the mean and in the variance, so each $\dot x_i$ depends on all $\dot y_k$.
// - $\dot x_i = \frac{\gamma}{s} ( \dot y_i - \langle \dot y \rangle - \hat x_i \langle \dot y \hat x \rangle )$: direct, mean, variance.
// - Central differences check it, at an $h$ that is neither large nor tiny.
// - Leave a term out and it still trains, with a drift that shows only at inference.
//
// **Next:** [09 Training a BN network](09-training-a-bn-network.ipynb).
//
// ### Sources
//
// - Ioffe and Szegedy 2015, [arXiv 1502.03167](https://arxiv.org/abs/1502.03167), section 3, the six equations after Algorithm 1; section 2 (why the statistics must be
//   part of the gradient).
// - The code: `lib/src/backward.ts`, `experiments/gradientCheck.ts`, `experiments/leftOutTraining.ts`; the derivation: `docs/formulas.md`.
