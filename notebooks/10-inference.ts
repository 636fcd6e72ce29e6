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
// # 10 · Inference
//
// **You will learn** which mean and variance BN uses when training is over, why it then is an affine function that can be
// folded into the layer beside it, and what goes wrong with statistics that are young, or that come from the test batch.
//
// **You need** the BN transform ([07](07-the-bn-transform.ipynb)), and to have trained a network.
//
// **Time:** about 40 minutes; the computer takes half a minute.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## One image, three companies
//
// In training BN normalises with the mean and variance **of the minibatch**. So what a network says of an image depends on
// the images beside it. Below, a network has been trained on MNIST for 300 steps. Then the *same* image is shown to it three times, each
// time among 7 other test images.
//
// **Predict first:** how far apart are the three probabilities that it gives the right digit? A thousandth? A tenth? More?

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 5 minutes. Most say "a little". Then ask who would like a bank's fraud check, or a scanner in a hospital, to work like that.

// %% slideshow={"slide_type": "subslide"}
import { firstExamples, gather, loadMnist, networkForward, showTable, trainNetwork } from 'batchnorm';

const { train, test } = loadMnist();
const trained = await trainNetwork(
  {
    sizes: [784, 50, 50, 50, 10],
    activation: 'sigmoid',
    batchNorm: true,
    initial: { kind: 'normal', std: 0.05 },
  },
  { train, test: firstExamples(test, 1000), steps: 300, learningRate: 0.5, seed: 1 },
);

// %% slideshow={"slide_type": "fragment"}
const image = 39; // a digit that is not written too clearly
const shareOf = (logits: ArrayLike<number>, label: number) => {
  const exp = Array.from({ length: 10 }, (_, k) => Math.exp(logits[k]));
  return exp[label] / exp.reduce((sum, value) => sum + value, 0);
};
const companies = [100, 200, 300].map((from) => {
  const { x } = gather(test, [image, ...Array.from({ length: 7 }, (_, i) => from + i)]);
  const { logits } = networkForward(trained.network, Float64Array.from(x), 8, 'training');
  return shareOf(logits, test.labels[image]);
});
const rows = companies.map((share, i) => [`company ${i + 1}`, share.toFixed(4)]);
showTable({ columns: ['image', `probability of the right digit, ${test.labels[image]}`], rows });

// %% [markdown] slideshow={"slide_type": "subslide"}
// "The normalization of activations that depends on the mini-batch allows efficient training, but is neither necessary nor desirable
// during inference; we want the output to depend only on the input, deterministically" (paper, section 3.1). And a batch of
// **one** image cannot be normalised at all: its variance is 0.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Population statistics
//
// After training, each BN layer gets a fixed mean and variance, over many training minibatches $\mathcal B$ of size $m$ (Algorithm 2,
// line 10):
//
// $$\mathrm{E}[x] = \mathrm{E}_{\mathcal B}[\mu_{\mathcal B}] \qquad
// \mathrm{Var}[x] = \frac{m}{m-1} \, \mathrm{E}_{\mathcal B}[\sigma_{\mathcal B}^2]$$
//
// Why $m/(m-1)$? Within a minibatch the deviations are taken from the minibatch's *own* mean, which lies nearer to
// its examples than the true mean does. **Predict first:** draw 20,000 minibatches of $m = 2$ from a distribution with variance 1. What is the mean
// of their variances $\sigma_{\mathcal B}^2$?

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 4 minutes. m/(m − 1) again, for the variance only. Ask why not for the mean.

// %% slideshow={"slide_type": "subslide"}
import { columnMoments, Random } from 'batchnorm';

const random = new Random(1);
const meanVariance = (m: number) => {
  let sum = 0;
  for (let batch = 0; batch < 20000; batch++) {
    const draws = Float64Array.from({ length: m }, () => random.normal());
    sum += columnMoments(draws, m, 1).variance[0];
  }
  return sum / 20000;
};
const unbiased = [2, 4, 8, 32].map((m) => {
  const biased = meanVariance(m);
  return [`m = ${m}`, biased.toFixed(3), ((biased * m) / (m - 1)).toFixed(3)];
});
showTable({ columns: ['size', 'mean of the variances', 'times m/(m − 1)'], rows: unbiased });

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Exercise 1: line 10 of Algorithm 2
//
// You get the variances $\sigma_{\mathcal B}^2$ of some minibatches of size $m$ (biased: over $m$). Return the population variance.
//
// <details><summary>Hint 1</summary>
//
// First the mean of the list.
//
// </details>
// <details><summary>Hint 2</summary>
//
// The table above says by what to multiply. For $m = 2$ it is 2, for large $m$ nearly 1.
//
// </details>

// %% slideshow={"slide_type": "fragment"} tags=["exercise"]
import { checkPopulationVariance } from 'batchnorm';

const populationVariance = (variances: number[], m: number): number => {
  const mean = variances.reduce((sum, value) => sum + value, 0) / variances.length;
  // Your turn: correct the factor.
  const factor = m / m;
  return factor * mean;
};
checkPopulationVariance(populationVariance);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## With fixed statistics BN is affine
//
// Mean and variance are numbers now. Line 11 of Algorithm 2 multiplies by one number and adds another:
//
// $$y = \frac{\gamma}{\sqrt{\mathrm{Var}[x] + \varepsilon}} \cdot x +
// \left( \beta - \frac{\gamma \, \mathrm{E}[x]}{\sqrt{\mathrm{Var}[x] + \varepsilon}} \right)$$
//
// The layer before it is affine too, $u = Wx + b$. Two affine functions in a row are one: a new $W'$ and a new $b'$, and **BN is gone**. This
// is called the **fold**. It works for dense layers, convolutions and transposed convolutions, with a bias and without.
//
// **Predict first:** how large is the largest difference between folded and unfolded outputs? Exactly 0, or not?

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 5 minutes. Fixed numbers a and c for each feature: ax + c. Then ask whether the layer below could not do that as well: that is the fold.

// %% slideshow={"slide_type": "subslide"}
import { batchNormInference, convolve, foldIntoConvolution, foldIntoDense } from 'batchnorm';

const draw = (length: number, spread = 1) => Float64Array.from({ length }, () => spread * random.normal());
const statistics = { mean: draw(4), variance: draw(4).map((value) => 0.1 + value * value) };
const affine = { gamma: draw(4), beta: draw(4), epsilon: 1e-5 };
const largest = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i])));
const x = draw(3 * 6 * 6 * 2);
for (const transposed of [false, true]) {
  for (const bias of [null, draw(4)]) {
    const sizes = { kernel: [3, 3], inputChannels: 2, outputChannels: 4, transposed };
    const layer = { ...sizes, weights: draw(72), bias, stride: 2, padding: 1 };
    const u = convolve(x, 3, [6, 6], layer);
    const y = batchNormInference(u.x, u.x.length / 4, 4, statistics, affine);
    const folded = convolve(x, 3, [6, 6], foldIntoConvolution(layer, statistics, affine));
    const name = `${transposed ? 'transposed conv' : 'conv'} with${bias ? '' : 'out'} bias`;
    console.log(`${name}: largest difference ${largest(y, folded.x).toExponential(1)}`);
  }
}

// %% slideshow={"slide_type": "subslide"}
const dense = (weights: ArrayLike<number>, b: ArrayLike<number> | null, input: Float64Array) =>
  Float64Array.from({ length: 5 * 4 }, (_, at) => {
    const [i, j] = [Math.floor(at / 4), at % 4];
    let sum = b?.[j] ?? 0;
    for (let p = 0; p < 6; p++) sum += input[i * 6 + p] * weights[p * 4 + j];
    return sum;
  });
const input = draw(5 * 6);
for (const bias of [null, draw(4)]) {
  const weights = draw(24);
  const y = batchNormInference(dense(weights, bias, input), 5, 4, statistics, affine);
  const folded = foldIntoDense({ weights, bias, inputs: 6, outputs: 4 }, statistics, affine);
  const difference = largest(y, dense(folded.weights, folded.bias, input));
  console.log(`dense with${bias ? '' : 'out'} bias: largest difference ${difference.toExponential(1)}`);
}

// %% [markdown] slideshow={"slide_type": "subslide"}
// Not exactly 0, but **rounding only**: about $10^{-15}$ in float64. Note that the folded layer has a bias even where the layer had none:
// the shift of BN has to go somewhere.
//
// The fold is not always possible. BN *before* a convolution that pads with zeros: the folded layer would see zeros at the border where the
// unfolded one sees BN of nothing. The library refuses with the reason instead of being wrong at the border:

// %% slideshow={"slide_type": "fragment"}
import { foldForwardIntoConvolution } from 'batchnorm';

const padded = { kernel: [3, 3], inputChannels: 4, outputChannels: 1, weights: draw(36), padding: 1 };
try {
  foldForwardIntoConvolution(statistics, padded, affine);
} catch (error) {
  console.log((error as RangeError).message); // the library throws RangeErrors
}

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Exercise 2: fold BN into a dense layer
//
// One unit: $u = w x + b$, then BN with fixed mean, variance, γ, β and ε. Return the folded weight and bias, `[w', b']`.
//
// <details><summary>Hint 1</summary>
//
// Call $s = \gamma / \sqrt{\mathrm{Var} + \varepsilon}$. Then $y = s (u - \mathrm{E}) + \beta$.
//
// </details>
// <details><summary>Hint 2</summary>
//
// Put $u = w x + b$ in, and collect what multiplies $x$, and the rest. The rest has three parts.
//
// </details>

// %% slideshow={"slide_type": "fragment"} tags=["exercise"]
import { checkFold, type UnitToFold } from 'batchnorm';

const fold = (unit: UnitToFold): number[] => {
  // Your turn: unit.mean, unit.variance, unit.gamma, unit.beta and unit.epsilon are BN's.
  return [unit.w, unit.b];
};
checkFold(fold);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Where do the statistics come from?
//
// Three ways, for the same weights:
//
// - **exact averages** over many minibatches after training, as in Algorithm 2;
// - a **moving average** that is updated in every training step, what PyTorch and Keras do (section 3.1 suggests it to follow a model's accuracy while it
//   trains). One smooths $\mu$, another $\sigma^2$; each has its own state:
//   $\;\text{state} \leftarrow (1 - w)\,\text{state} + w \cdot \text{new}$;
// - **testing by batches**: the test batch's own statistics, as in the first cell.
//
// **Predict first:** after 20 training steps, which is best, and by how much? After 1000? And how small may a test batch be?

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 8 minutes with the run. A moving average starts at mean 0 and variance 1 and remembers 1/w minibatches: with w = 0.01,
// after 20 steps 82 % of it is still the start. Do not say so before the figure.

// %% slideshow={"slide_type": "subslide"}
import { inferenceFigure, inferenceStudy, interruptSignal, liveFigure, progress } from 'batchnorm';

const line = progress('three seeds');
const live = liveFigure();
const study = await inferenceStudy(
  {},
  {
    onResult: (soFar) => live.update(() => inferenceFigure(soFar)),
    onProgress: line.report,
    signal: interruptSignal(),
  },
);
live.finish(inferenceFigure(study));
line.finish(`${study.looks.length} looks`);

// %% slideshow={"slide_type": "subslide"}
import type { InferenceLook } from 'batchnorm';

const inPercent = (looks: InferenceLook[], of: (look: InferenceLook) => number) =>
  ((100 * looks.reduce((sum, look) => sum + of(look), 0)) / looks.length).toFixed(1);
const { newWeights, testBatches } = study.config;
const table = study.config.steps.flatMap((step) => {
  const looks = study.looks.filter((look) => look.step === step);
  if (looks.length === 0) return []; // stopped before
  const moving = newWeights.map((_, i) => inPercent(looks, (look) => look.movingAverage[i]));
  const byBatches = testBatches.map((_, i) => inPercent(looks, (look) => look.byBatches[i]));
  return [[String(step), inPercent(looks, (look) => look.population), ...moving, ...byBatches]];
});
const columns = [
  'steps',
  'exact',
  ...newWeights.map((w) => `moving ${w}`),
  ...testBatches.map((m) => `by ${m}`),
];
showTable({ caption: 'mean test accuracy (%)', columns, rows: table });

// %% [markdown] slideshow={"slide_type": "slide"}
// ## What it shows
//
// - **Young moving averages are wrong.** With weight 0.01 the same weights that reach their accuracy with exact averages are tested with
//   statistics which still are mostly the start, 0 and 1. They catch up after a few times $1/w$ steps.
// - **Small test batches are noisy.** By batches of 2 accuracy collapses; by batches of 50 it is as good as with exact averages.
// - **Exact averages need one more pass** through some training data, and are right at every moment.
//
// If a network with BN is good in training and bad in testing, look at the statistics first.
//
// *(A one-seed pilot in another program had 62.9 % for weight 0.01 against 81.1 % with exact averages after 20 steps, with another learning rate. The table has
// ours.)*

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Try it: how fast does it forget?
//
// Minibatches of 4 from a unit whose mean moves, as it does while layers below are trained. Move the weight of the new minibatch.
//
// **Before you move it:** which side follows late, which side is noisy?

// %% slideshow={"slide_type": "skip"} tags=["live"]
import { lineFigure, MovingAverage, show } from 'batchnorm';

const truth = Array.from({ length: 300 }, (_, t) => 3 - 3 * Math.exp(-t / 60));
const means = truth.map((value) => value + random.normal() / Math.sqrt(4));

// %% slideshow={"slide_type": "skip"} tags=["live"]
const averaged = (weight: number) => {
  const average = new MovingAverage([0], { newWeight: weight });
  const states = means.map((value) => {
    average.update([value]);
    return average.state[0];
  });
  const steps = truth.map((_, t) => t + 1);
  const name = `moving average: new weight ${weight.toPrecision(2)}, decay ${(1 - weight).toPrecision(3)}`;
  const lines = [
    { name: 'the unit’s mean', x: steps, y: truth },
    { name, x: steps, y: states },
  ];
  show(lineFigure(lines, { title: 'A moving average follows', x: 'training step', y: 'mean' }));
};
await widgets.interact(({ weight }) => averaged(weight), {
  weight: widgets.slider({ label: 'new weight', min: 0.002, max: 1, log: true, value: 0.02 }),
});

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Exercise 3: two conventions, one name
//
// Both call it **momentum**, and mean opposite things: in PyTorch it is the weight of the *new* minibatch, in Keras the weight of the *old*
// state. Keras' default is `momentum=0.99`. What must `momentum` be in PyTorch for the same moving average?
//
// <details><summary>Hint 1</summary>
//
// The two weights add up to 1.
//
// </details>

// %% slideshow={"slide_type": "fragment"} tags=["exercise"]
import { checkPytorchMomentum } from 'batchnorm';

const pytorchMomentum = Number.NaN; // your number here
checkPytorchMomentum(pytorchMomentum);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Alone, or in company
//
// With fixed statistics a batch of one is fine, and an image gets the same answer alone and among others.

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 4 minutes. One image by itself in training mode: variance 0. Let them say what comes out (β, whatever the image is).

// %% slideshow={"slide_type": "fragment"}
const alone = gather(test, [image]);
const among = gather(test, [image, 100, 101, 102]);
const [one, many] = [alone, among].map(({ x: pixels, m }) =>
  networkForward(trained.network, Float64Array.from(pixels), m, 'inference').logits.slice(0, 10),
);
console.log(`alone and among others: largest difference of a logit ${largest(one, many)}`);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## At full size
//
// Five seeds, 5,000 test images, up to 5,000 steps; mean test accuracy in per cent (`data/lectures/inference.json`; `npm run lectures:full -- inference` makes it):
//
// | after step | 5 | 20 | 100 | 200 | 1000 | 5000 |
// |---|---:|---:|---:|---:|---:|---:|
// | exact averages | 53.6 | 73.7 | 84.9 | 87.2 | 91.0 | 96.1 |
// | moving averages, weight 0.1 | 17.7 | 50.6 | 85.0 | 86.7 | 91.1 | 96.1 |
// | moving averages, weight 0.01 | 14.4 | 15.7 | 47.8 | 82.2 | 90.8 | 95.9 |
// | by batches of 2 | 30.6 | 43.4 | 54.6 | 55.7 | 54.6 | 50.2 |
// | by batches of 10 | 50.1 | 69.0 | 80.1 | 82.1 | 85.8 | 91.2 |
// | by batches of 100 | 54.2 | 73.7 | 84.8 | 86.9 | 90.8 | 95.7 |
//
// Batches of 2 get *worse* as the network gets better: it was trained with 60 others, and relies on them. The fold changes the logits by less than $10^{-13}$.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Summary
//
// - For inference BN uses fixed statistics: $\mathrm E[\mu_{\mathcal B}]$ and $\frac{m}{m-1} \mathrm E[\sigma^2_{\mathcal B}]$. Then the output depends on the
//   input only.
// - Then it is affine, and folds into the dense or convolutional layer beside it: no cost, equal to rounding.
// - A moving average is a convenience of training. It is wrong while it is young, and "momentum" has two conventions.
// - Testing by batches is an estimate from the batch: fine for large batches, ruin for small ones, impossible for one.
//
// **Next:** [11 Learning-rate sweeps](11-learning-rate-sweeps.ipynb).
//
// ### Sources
//
// - Ioffe and Szegedy 2015, [arXiv 1502.03167](https://arxiv.org/abs/1502.03167), section 3.1 ("Training and Inference with Batch-Normalized
//   Networks"), Algorithm 2, lines 7 to 11.
// - PyTorch 2, `torch.nn.BatchNorm1d` (momentum 0.1: the weight of the new value; running variance unbiased); Keras 3, `BatchNormalization` (momentum 0.99:
//   the weight of the old state).
// - Data: MNIST (LeCun, Cortes and Burges). The code: `lib/src/fold.ts`, `foldConvolution.ts`, `movingAverage.ts`, `experiments/inferenceStudy.ts`.
