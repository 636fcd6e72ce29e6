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
// # 06 · Why not full whitening?
//
// **You will learn** what it takes to whiten a layer *inside* a network so that gradient descent knows of it: an inverse root of a covariance and two Jacobians; what
// they cost; when they do not exist; and the two simplifications that make batch normalization out of it.
//
// **You need** whitening ([04](04-whitening-inputs.ipynb)), the bias drift ([05](05-bias-drift.ipynb)), and to have seen a Jacobian.
//
// **Time:** about 40 minutes; the computer takes some ten seconds.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Whitening as a layer
//
// [05](05-bias-drift.ipynb) showed that a normalisation beside gradient descent drifts. So it must be a *layer*, a function that the gradient goes through:
//
// $$\hat x = \mathrm{Norm}(x, \mathcal X)$$
//
// It "depends not only on the given training example $x$ but on all examples $\mathcal X$" (paper, section 2). For whitening:
//
// $$\mathrm{Norm}(x, \mathcal X) = \mathrm{Cov}[x]^{-1/2} (x - \mathrm{E}[x])$$
//
// **Predict first:** 200 examples of three correlated features go in. What are the covariances that come out?

// %% slideshow={"slide_type": "subslide"}
import { covarianceMatrix, Random, showTable, whiten } from 'batchnorm';

const [m, d] = [200, 3];
const random = new Random(1);
const x = new Float64Array(m * d);
for (let i = 0; i < m; i++) {
  const [a, b, c] = [random.normal(), random.normal(), random.normal()];
  x.set([1 + 2 * a, 3 + a + 0.5 * b, -2 + 0.8 * b + 0.3 * c], i * d);
}
const white = whiten(x, m, d);
const tidy = (value: number) => (Math.abs(value) < 1e-9 ? '0' : value.toFixed(3));
const rows = [x, white.y].flatMap((values, k) => {
  const { covariance } = covarianceMatrix(values, m, d);
  const name = k === 0 ? 'covariance before' : 'covariance after';
  return [0, 1, 2].map((p) => [p === 0 ? name : '', ...[0, 1, 2].map((q) => tidy(covariance[3 * p + q]))]);
});
showTable({ columns: ['', 'x1', 'x2', 'x3'], rows });

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Exercise 1: the inverse root
//
// $\mathrm{Cov} = V \, \mathrm{diag}(\lambda) \, V^T$. You get the two eigenvalues, the four numbers of $V$ row by row (its *columns* are the
// eigenvectors), and an ε that is added to the eigenvalues. Return the four numbers of $(\mathrm{Cov} + \varepsilon I)^{-1/2}$.
//
// <details><summary>Hint 1</summary>
//
// The inverse root has the same eigenvectors. What are its eigenvalues?
//
// </details>
// <details><summary>Hint 2</summary>
//
// Number $(p, q)$ of $V D V^T$ is $\sum_a V_{pa} D_{aa} V_{qa}$.
//
// </details>

// %% slideshow={"slide_type": "fragment"} tags=["exercise"]
import { checkInverseRoot } from 'batchnorm';

const inverseRoot = (eigenvalues: number[], vectors: number[], epsilon: number): number[] => {
  const [a, b, c, d] = vectors; // the eigenvectors are (a, c) and (b, d)
  // Your turn: so far this is the covariance, plus epsilon on its diagonal.
  const [s, t] = eigenvalues.map((value) => value + epsilon);
  return [a * s * a + b * t * b, a * s * c + b * t * d, c * s * a + d * t * b, c * s * c + d * t * d];
};
checkInverseRoot(inverseRoot);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Two Jacobians
//
// Backprop needs how $\hat x$ moves when $x$ moves, *and* when the others move:
//
// $$\frac{\partial\, \mathrm{Norm}(x, \mathcal X)}{\partial x} \quad \text{and} \quad \frac{\partial\, \mathrm{Norm}(x, \mathcal X)}{\partial \mathcal X}$$
//
// The first is just $\mathrm{Cov}^{-1/2}$. The second is over **all of** $\mathcal X$, every number of every example: "ignoring the latter term would lead to the explosion described above" (section 2).
//
// **Predict first:** add the same vector to $x$ *and* to all of $\mathcal X$. How much does $\hat x$ move? What does that say about the sum of the two Jacobians?

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 6 minutes. Two things depend on one example: its own output, and the statistics of all outputs. Who did lecture 08 before may be asked for the analogue there.

// %% slideshow={"slide_type": "subslide"}
import { whiteningJacobians } from 'batchnorm';

const first = x.slice(0, d);
const { dPoint, dSet } = whiteningJacobians(first, white);
console.log(`over x: ${dPoint.length} numbers; over all of X: ${dSet.length} numbers`);
let together = 0;
for (let pq = 0; pq < d * d; pq++) {
  let sum = dPoint[pq];
  for (let i = 0; i < m; i++) sum += dSet[i * d * d + pq];
  together = Math.max(together, Math.abs(sum));
}
console.log(`everything moved together: x-hat moves by ${together.toExponential(1)}`);

// %% [markdown] slideshow={"slide_type": "subslide"}
// Are they right? Move one number of $\mathcal X$ a little up and a little down, whiten again, and compare (central differences).

// %% slideshow={"slide_type": "fragment"}
const h = 1e-5;
const moved = (q: number, by: number) => {
  const other = x.slice();
  other[5 * d + q] += by; // example 5
  const { mean, inverseRoot } = whiten(other, m, d);
  const sum = (p: number) => first.reduce((s, value, k) => s + (value - mean[k]) * inverseRoot[k * d + p], 0);
  return [0, 1, 2].map(sum);
};
const errors = [0, 1, 2].flatMap((q) => {
  const [up, down] = [moved(q, h), moved(q, -h)];
  return up.map((value, p) => Math.abs((value - down[p]) / (2 * h) - dSet[(5 * d + p) * d + q]));
});
console.log(`largest difference to central differences: ${Math.max(...errors).toExponential(1)}`);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Exercise 2: how large is the second one?
//
// A layer with $d = 100$ units and a minibatch of $m = 60$. How many numbers does $\partial\, \mathrm{Norm}(x, \mathcal X) / \partial \mathcal X$ have, for **one** $x$?
//
// <details><summary>Hint 1</summary>
//
// A Jacobian has a row for each output and a column for each input.
//
// </details>
// <details><summary>Hint 2</summary>
//
// How many inputs are there: how many numbers does $\mathcal X$ hold?
//
// </details>

// %% slideshow={"slide_type": "fragment"} tags=["exercise"]
import { checkJacobianSize } from 'batchnorm';

const numbers = Number.NaN; // your number here
checkJacobianSize(numbers);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## What if one leaves the second out?
//
// Then the gradient takes mean and covariance for constants. **Predict first:** how wrong is it? A few per cent?

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 3 minutes. The same mistake as in lecture 05, now with a matrix.

// %% slideshow={"slide_type": "subslide"}
import { whitenBackward } from 'batchnorm';

const dy = Float64Array.from({ length: m * d }, () => random.normal());
const right = whitenBackward(dy, white).dx;
const length = (values: ArrayLike<number>) => Math.hypot(...Array.from(values));
for (const [name, options] of [
  ['the mean', { throughMean: false }],
  ['the covariance', { throughCovariance: false }],
  ['both', { throughMean: false, throughCovariance: false }],
] as const) {
  const other = whitenBackward(dy, white, options).dx;
  const error = length(right.map((value, i) => value - other[i])) / length(right);
  console.log(`without the way through ${name}: off by ${(100 * error).toFixed(1)} %`);
}

// %% [markdown] slideshow={"slide_type": "subslide"}
// For a random gradient and 200 examples it is a few per cent: each example is only a small part of the statistics. It is not the *size* of the error that hurts, but its *direction*: it is the same at every
// step. In [05](05-bias-drift.ipynb) that missing part was the whole reason why $b$ grew for ever. Here is what it does to a shift that all examples share:

// %% slideshow={"slide_type": "fragment"}
const shared = Float64Array.from({ length: m * d }, (_, i) => (i % d === 0 ? 1 : 0));
const pull = (options: object) =>
  Array.from(whitenBackward(shared, white, options).dx)
    .filter((_, i) => i % d === 0)
    .reduce((sum, value) => sum + value, 0);
console.log(`a shift of all examples, full gradient: ${pull({}).toExponential(1)}`);
const without = pull({ throughMean: false, throughCovariance: false });
console.log(`a shift of all examples, second Jacobian left out: ${without.toFixed(1)}`);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## What it costs
//
// For each minibatch, in each layer, at each step: the covariance, its eigenvectors, and the way back through them. Written down as the paper does, with the Jacobians, it is worse; there is a
// way without them, but not without $d^2$ to $d^3$ work.
//
// **Predict first:** from 32 to 64 features, by which factor does the time of the Jacobians grow? And that of BN?

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 6 minutes. Have them compute what d = 1000 would take, from the power in the sentence below the figure: for the Jacobians some half an hour for *one* x.

// %% slideshow={"slide_type": "subslide"}
import { interruptSignal, progress, show, whiteningCost, whiteningCostFigure } from 'batchnorm';

const line = progress('measuring');
const cost = await whiteningCost({}, { onProgress: line.report, signal: interruptSignal() });
line.finish(`${cost.points.length} sizes`);
show(whiteningCostFigure(cost));

// %% [markdown] slideshow={"slide_type": "slide"}
// ## When it does not exist
//
// The covariance of $m$ examples has rank at most $m - 1$. With fewer examples than features it is **singular**: some direction has variance 0, and there is no $\mathrm{Cov}^{-1/2}$. The paper's net has 100 units in a
// layer and minibatches of 60.
//
// **Predict first:** the true covariance is $I$, all eigenvalues are 1. What are the smallest and the largest that 60 examples of 30 features *show*?

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 6 minutes. With 60 examples of 30 features, most guess 0.9 to 1.1. The figure is a shock, and explains why nobody whitens with small minibatches.

// %% slideshow={"slide_type": "subslide"}
import { singularCovariance, singularCovarianceFigure } from 'batchnorm';

const spectrum = singularCovariance();
show(singularCovarianceFigure(spectrum));
console.log(spectrum.points.find(({ refusal }) => refusal !== null)?.refusal ?? 'nothing is refused');

// %% [markdown] slideshow={"slide_type": "subslide"}
// Long before it is singular, whitening divides by the root of a number that is small **by chance**, and so magnifies noise. An ε under the root limits it, and then the result is not white.
//
// Try it in the notebook: with more examples, or fewer features, the eigenvalues come together.

// %% slideshow={"slide_type": "skip"} tags=["live"]
import { lineFigure, symmetricEigen } from 'batchnorm';

const shownSpectrum = (examples: number, features: number) => {
  const draw = new Random(1);
  const data = Float64Array.from({ length: examples * features }, () => draw.normal());
  const { values } = symmetricEigen(covarianceMatrix(data, examples, features).covariance, features);
  const order = Array.from(values, (_, a) => a + 1);
  const title = `${features} features, ${examples} examples: eigenvalues from ${values[0].toFixed(2)} to ${tidy(values[features - 1])}`;
  const truth = { name: 'in truth', x: order, y: order.map(() => 1) };
  const seen = { name: 'seen', x: order, y: [...values] };
  return lineFigure([truth, seen], { title, x: 'eigenvalue, from the largest', y: 'size' });
};
await widgets.interact(({ examples, features }) => show(shownSpectrum(examples, features)), {
  examples: widgets.slider({ label: 'm', min: 5, max: 400, value: 60 }),
  features: widgets.slider({ label: 'd', min: 2, max: 60, value: 30 }),
});

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Exercise 3: how many examples?
//
// What is the smallest minibatch for which the covariance of 100 features can have an inverse?
//
// <details><summary>Hint 1</summary>
//
// $m$ deviations from their own mean sum to zero. How many of them can be independent?
//
// </details>

// %% slideshow={"slide_type": "fragment"} tags=["exercise"]
import { checkExamplesNeeded } from 'batchnorm';

const examplesNeeded = Number.NaN; // your number here
checkExamplesNeeded(examplesNeeded);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Two simplifications
//
// "Since the full whitening of each layer's inputs is costly and not everywhere differentiable, we make two necessary simplifications" (section 3):
//
// 1. **each feature alone**: mean 0 and variance 1, "even when the features are not decorrelated";
// 2. **statistics of the minibatch** in place of the whole training set, so that they can take part in backprop.
//
// The second is possible *because of* the first: each variance needs two examples, a covariance more than there are features.
//
// **Predict first:** BN instead of whitening for our three features. What are the covariances now?

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 5 minutes. Each feature by itself; statistics of the minibatch. Let the class say what each of them gives up.

// %% slideshow={"slide_type": "subslide"}
import { batchNorm } from 'batchnorm';

const { covariance: left } = covarianceMatrix(batchNorm(x, m, d, { epsilon: 0 }).y, m, d);
showTable({
  columns: ['after BN', 'x1', 'x2', 'x3'],
  rows: [0, 1, 2].map((p) => [`x${p + 1}`, ...[0, 1, 2].map((q) => tidy(left[3 * p + q]))]),
});

// %% [markdown] slideshow={"slide_type": "subslide"}
// The diagonal is 1; the correlations are as they were. BN is **not** whitening: it does its first and third step, on the axes as they stand.
//
// | for a layer of $d$ features | full whitening | BN |
// |---|---|---|
// | statistics | $d + d(d+1)/2$ | $2d$ |
// | examples needed | $d + 1$ | 2 |
// | work | $m d^2 + d^3$ | $m d$ |
// | afterwards | covariance $I$ | variances 1, correlations stay |
// | learned parameters | | γ and β, so that nothing is lost |
//
// (Whitening layers exist: decorrelated BN, Huang et al. 2018, whitens in groups of features, and pays for it.)

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Summary
//
// - A layer's normalisation depends on $x$ and on all of $\mathcal X$; backprop needs both Jacobians, and the second is $m$ times as large as the first.
// - Full whitening takes $d^2$ to $d^3$ work at each step, and does not exist for $m \le d$.
// - BN keeps two numbers for each feature, and takes them from the minibatch. Correlations stay.
//
// **Next:** [07 The BN transform](07-the-bn-transform.ipynb).
//
// ### Sources
//
// - Ioffe and Szegedy 2015, [arXiv 1502.03167](https://arxiv.org/abs/1502.03167), section 2 (Norm(x, X), both Jacobians, the explosion) and section 3 (the two simplifications).
// - L. Huang, D. Yang, B. Lang and J. Deng 2018, [arXiv 1804.08450](https://arxiv.org/abs/1804.08450) (decorrelated batch normalization).
// - V. Marchenko and L. Pastur 1967 (the eigenvalues that a sample of independent features shows).
// - The code: `lib/src/whitening.ts`, `whiteningBackward.ts`, `lib/src/experiments/whiteningCost.ts` and `singularCovariance.ts`.
