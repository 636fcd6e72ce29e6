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
// # 07 · The BN transform
//
// **You will learn** what batch normalization computes, line by line, why it has γ and β, and what it does not notice: a bias, and
// the scale of the weights.
//
// **You need** mean, variance and the sigmoid. [05](05-bias-drift.ipynb) says why it is *this*
// transform and no other.
//
// **Time:** about 40 minutes; the computer takes a few seconds.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Two simplifications
//
// Full whitening makes all features of a layer decorrelated, over the whole training set. That is too costly ([06](06-why-not-full-whitening.ipynb)). Batch
// normalization simplifies twice (paper, section 3):
//
// 1. **each feature by itself**: mean 0 and variance 1, no decorrelation;
// 2. **each minibatch by itself**: mean and variance are estimated from the $m$ examples of the minibatch.
//
// So for one feature it takes $m$ numbers $x_1 \ldots x_m$ and returns $m$ numbers $y_1 \ldots y_m$.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Algorithm 1
//
// $$\mu_{\mathcal B} = \frac1m \sum_{i=1}^m x_i \qquad
// \sigma_{\mathcal B}^2 = \frac1m \sum_{i=1}^m (x_i - \mu_{\mathcal B})^2$$
//
// $$\hat x_i = \frac{x_i - \mu_{\mathcal B}}{\sqrt{\sigma_{\mathcal B}^2 + \varepsilon}} \qquad
// y_i = \gamma \hat x_i + \beta$$
//
// γ and β are learned, like weights. ε is a small constant, $10^{-5}$ here, so that nothing is divided by 0.
//
// **Predict first:** the numbers 2, 4, 4, 6 with γ = 1, β = 0. What are mean and variance? What becomes of the two 4s?

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 6 minutes. Line by line at the board, with three numbers: 1, 2, 6. The mean is 3, the variance 14/3, and the outputs are small enough to check.

// %% slideshow={"slide_type": "subslide"}
const x = [2, 4, 4, 6];
const m = x.length;
const epsilon = 1e-5;
const [gamma, beta] = [1, 0];

const mean = x.reduce((sum, value) => sum + value, 0) / m;
const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / m;
const xHat = x.map((value) => (value - mean) / Math.sqrt(variance + epsilon));
const y = xHat.map((value) => gamma * value + beta);

console.log(`mean ${mean}, variance ${variance}`);
console.log('xHat:', xHat.map((value) => value.toFixed(4)).join('  '));

// %% [markdown] slideshow={"slide_type": "fragment"}
// That is all of it. The library's `batchNorm` does the same for a matrix of $m$ examples and $d$ features, in two passes that stay exact for
// features with a large mean:

// %% slideshow={"slide_type": "fragment"}
import { batchNorm } from 'batchnorm';

const library = batchNorm(x, m, 1, { gamma: [gamma], beta: [beta], epsilon });
const difference = Math.max(...y.map((value, i) => Math.abs(value - library.y[i])));
console.log(`largest difference to the library: ${difference.toExponential(1)}`);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Exercise 1: write it yourself
//
// `normalise` takes the numbers of one feature and ε, and returns $\hat x$. The check knows the usual slips by name.
//
// <details><summary>Hint 1</summary>
//
// Mean first, then the mean of the squared deviations: divide by $m$, both times.
//
// </details>
// <details><summary>Hint 2</summary>
//
// Where exactly does ε stand in the third formula?
//
// </details>

// %% slideshow={"slide_type": "fragment"} tags=["exercise"]
import { checkNormalise } from 'batchnorm';

const normalise = (values: number[], epsilon: number): number[] => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  // Your turn: this takes the variance for 1.
  return values.map((value) => (value - mean) / Math.sqrt(1 + epsilon));
};
checkNormalise(normalise);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Eight features, before and after
//
// A layer's inputs $u = xW$ for a minibatch of 100: eight features with very different means and spreads.
//
// **Predict first:** after BN with γ = 1 and β = 0, what are the eight means, and the eight standard deviations? Exactly?

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 4 minutes. Somebody will ask why the spread is not exactly 1: that is ε.

// %% slideshow={"slide_type": "subslide"}
import { show, transformFigure, transformStudy } from 'batchnorm';

const study = transformStudy();
show(transformFigure(study));
const farthest = Math.max(...study.after.std.map((std) => Math.abs(std - 1)));
console.log(`standard deviation after BN: 1 to within ${farthest.toExponential(1)}`);

// %% [markdown] slideshow={"slide_type": "subslide"}
// The mean is 0 to rounding. The standard deviation is a hair *below* 1: $\sigma / \sqrt{\sigma^2 + \varepsilon}$. The smaller a feature's variance, the
// more ε counts.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Why γ and β?
//
// "Simply normalizing each input of a layer may change what the layer can represent" (section 3). Take a sigmoid. An input with mean 0
// and variance 1 hardly leaves the middle of the curve, where the sigmoid is nearly a **straight line**. Layers of straight lines are one
// straight line.
//
// **Predict first:** normal inputs of standard deviation γ. How much of the sigmoid's output does the best straight line explain at γ = 1? At 16?

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 6 minutes. The usual answer is "to undo it". The better one: to choose mean and spread freely, without all the weights below.

// %% slideshow={"slide_type": "subslide"}
import { sigmoidPartFigure } from 'batchnorm';

show(sigmoidPartFigure(study));

// %% [markdown] slideshow={"slide_type": "subslide"}
// At γ = 1 the line explains nearly everything: the sigmoid is not used as a sigmoid. With a γ that is *learned*, the network chooses how far it goes
// into the curve, and with β where.
//
// (That is no reason to avoid saturating activations. BN is what makes them trainable; see
// [11](11-learning-rate-sweeps.ipynb).)

// %% [markdown] slideshow={"slide_type": "slide"}
// ## It can be the identity
//
// γ and β can undo the normalisation, "if that were the optimal thing to do". So nothing is lost.
//
// **Exercise 2.** Which γ and β give $y = x$ **exactly**? You get $\mu_{\mathcal B}$, $\sigma^2_{\mathcal B}$ and ε; return `[gamma, beta]`.
//
// <details><summary>Hint 1</summary>
//
// Set $\gamma \frac{x - \mu}{\sqrt{\sigma^2 + \varepsilon}} + \beta = x$ and compare what multiplies $x$ on both sides.
//
// </details>
// <details><summary>Hint 2</summary>
//
// The paper writes $\gamma = \sqrt{\mathrm{Var}[x]}$. It says so before it introduces ε.
//
// </details>

// %% slideshow={"slide_type": "fragment"} tags=["exercise"]
import { checkIdentity, type FeatureStatistics } from 'batchnorm';

const identityParameters = (feature: FeatureStatistics): number[] => {
  // Your turn: [gamma, beta]. There are feature.mean, feature.variance and feature.epsilon.
  return [1, feature.mean];
};
checkIdentity(identityParameters);

// %% slideshow={"slide_type": "fragment"}
console.log(`largest |y - x| of the study, with those two: ${study.identityError.toExponential(1)}`);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## A bias before BN does nothing
//
// $u = xW + b$: the mean of $u$ contains $b$, and is subtracted. So BN layers leave the bias of the layer before out, and β takes its role
// (section 3.2).
//
// **Predict first:** with biases drawn at random, how much does the output of BN change? What is the loss's gradient for such a bias?

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 3 minutes. After lecture 05 the class knows it; ask what takes the bias over (β).

// %% slideshow={"slide_type": "subslide"}
console.log(`largest change of the output by a bias: ${study.biasChange.toExponential(1)}`);
console.log(`largest gradient of a bias: ${study.biasGradient.toExponential(1)}`);
console.log(`largest gradient of a beta: ${study.betaGradient.toFixed(3)}`);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## BN does not notice the scale of the weights
//
// Multiply all weights by $a > 0$. Mean and standard deviation are multiplied by $a$ too, and cancel (but for ε):
//
// $$\mathrm{BN}((aW)u) = \mathrm{BN}(Wu) \qquad
// \frac{\partial\, \mathrm{BN}((aW)u)}{\partial (aW)} = \frac1a \cdot \frac{\partial\, \mathrm{BN}(Wu)}{\partial W}$$
//
// **Predict first:** weights ten times as large get gradients how large? Is that good or bad for stability?

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 6 minutes. "Larger weights lead to smaller gradients, and Batch Normalization will stabilize the parameter growth" (section 3.3).
// Ask what happens to weights that are far too large: they hardly move any more. That is lecture 12.

// %% slideshow={"slide_type": "subslide"}
import { scaleInvarianceFigure } from 'batchnorm';

show(scaleInvarianceFigure(study));

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Exercise 3: and the step?
//
// The weights before a BN are made **5 times** as large. By which number is the gradient of the loss for **these weights** multiplied?
//
// <details><summary>Hint 1</summary>
//
// The second equation, with $a = 5$.
//
// </details>

// %% slideshow={"slide_type": "fragment"} tags=["exercise"]
import { checkGradientScale } from 'batchnorm';

const timesTheGradient = Number.NaN; // your number here
checkGradientScale(timesTheGradient);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## γ and β reach a layer directly
//
// Without BN, the mean and spread of what the third layer gets depend on *all* weights before it: to change them, three layers have to
// move together. With BN they are γ and β of one layer.
//
// **Predict first:** double the weights of the first layer of a ReLU network. What happens to the third layer's mean and spread, without BN and with? Then
// set γ = 2 and β = 1 in the third.

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 3 minutes. Two numbers, instead of all the weights of the layers below.

// %% slideshow={"slide_type": "subslide"}
import { columnMoments, createNetwork, networkForward, Random, showTable } from 'batchnorm';

const random = new Random(1);
const inputs = Float64Array.from({ length: 500 * 20 }, () => random.normal());
const average = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0) / values.length;

// %% slideshow={"slide_type": "fragment"}
const rows = [false, true].flatMap((batchNorm) => {
  const sizes = [20, 30, 30, 30, 2];
  const network = createNetwork({ sizes, activation: 'relu', batchNorm }, new Random(2));
  const look = (what: string) => {
    const { activationInput } = networkForward(network, inputs, 500, 'training').layers[2];
    const { mean: means, variance: variances } = columnMoments(activationInput, 500, 30);
    const spread = average(Array.from(variances, Math.sqrt));
    return [`${batchNorm ? 'with' : 'without'} BN, ${what}`, average(means).toFixed(3), spread.toFixed(3)];
  };
  const start = look('as drawn');
  network.layers[0].weights.forEach((weight, i, weights) => {
    weights[i] = 2 * weight;
  });
  const doubled = look('first weights doubled');
  network.layers[2].norm?.gamma.fill(2);
  network.layers[2].norm?.beta.fill(1);
  return batchNorm ? [start, doubled, look('γ = 2 and β = 1')] : [start, doubled];
});
showTable({ columns: ['third layer’s input', 'mean', 'standard deviation'], rows });

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Try it: all four sliders
//
// 2000 draws, multiplied by $a$, through BN. The dotted curve is what comes in, the other what goes out.
//
// **Before you move them:** which slider does nothing? Which one does something only at its far end?

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 3 minutes. Give the sliders to a student and let the others say what will happen.

// %% slideshow={"slide_type": "skip"} tags=["live"]
import { lineFigure } from 'batchnorm';

const draws = Float64Array.from({ length: 2000 }, () => 1 + 0.5 * random.normal());
const centres = Array.from({ length: 61 }, (_, i) => -6 + 0.2 * i);
const density = (values: ArrayLike<number>) => {
  const counts = centres.map(() => 0);
  for (const value of Array.from(values)) {
    const bin = Math.round((value + 6) / 0.2);
    if (bin in counts) counts[bin] += 1 / 2000;
  }
  return counts;
};

// %% slideshow={"slide_type": "skip"}
const through = (a: number, g: number, b: number, e: number) => {
  const u = draws.map((value) => a * value);
  const out = batchNorm(u, 2000, 1, { gamma: [g], beta: [b], epsilon: e }).y;
  const series = [
    { name: 'out: y', x: centres, y: density(out) },
    { name: 'in: a x', x: centres, y: density(u), dash: 'dot' as const },
  ];
  show(lineFigure(series, { title: 'Into BN, and out of it', x: 'value', y: 'share of the examples' }));
};

// %% slideshow={"slide_type": "skip"} tags=["live"]
await widgets.interact(({ a, g, b, e }) => through(a, g, b, e), {
  a: widgets.slider({ label: 'a', min: 0.01, max: 10, log: true, value: 1 }),
  g: widgets.slider({ label: 'γ', min: 0.1, max: 3, step: 0.1, value: 1 }),
  b: widgets.slider({ label: 'β', min: -3, max: 3, step: 0.1, value: 0 }),
  e: widgets.slider({ label: 'ε', min: 1e-8, max: 1, log: true, value: 1e-5 }),
});

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Summary
//
// - BN: mean 0 and variance 1 for each feature over the minibatch, then $\gamma \hat x + \beta$, both learned.
// - γ and β keep what the layer can represent: any spread, any place on the sigmoid, even the identity.
// - A bias before BN is cancelled; β takes its role.
// - BN(aWu) = BN(Wu): the scale of the weights does not matter going forward, and long weights get short gradients.
// - ε is part of it: under the root, and more than a formality where variances are small.
//
// **Next:** [08 Backprop through BN](08-backprop-through-bn.ipynb).
//
// ### Sources
//
// - Ioffe and Szegedy 2015, [arXiv 1502.03167](https://arxiv.org/abs/1502.03167), section 3 and Algorithm 1 (the transform, identity), section 3.2 (bias), section
//   3.3 (scale).
// - The code: `lib/src/transform.ts`, `lib/src/experiments/transformStudy.ts`; the derivations: `docs/formulas.md`.
