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
// # 02 · Saturation and gradients
//
// **You will learn** why a unit that is driven too far to one side stops learning, how that compounds with depth, and what depth makes of a small change of the
// weights. It is the trouble that batch normalization was made for.
//
// **You need** derivatives and the chain rule; to know what a layer of a network computes.
//
// **Time:** about 40 minutes; the computer takes some ten seconds.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## A layer and its activation
//
// A layer computes $z = g(Wu + b)$, with an **activation function** $g$. The paper's example is the sigmoid, $g(x) = 1 / (1 + e^{-x})$. For gradient descent the *slope* $g'$ counts: what comes back from above is
// multiplied by it.
//
// **Predict first:** where is the slope of the sigmoid largest, and how large is it there? What is it at $x = 6$? And for tanh, ReLU, LeakyReLU?

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 5 minutes. Ask for the largest slope of the sigmoid first; most say 1. It is ¼, and that is half of the lecture.

// %% slideshow={"slide_type": "subslide"}
import { activationCurves, activationFigure, show } from 'batchnorm';

show(activationFigure(activationCurves()));

// %% [markdown] slideshow={"slide_type": "subslide"}
// The slope of the sigmoid "tends to zero as $|x|$ increases" (section 1): as the **size** of $x$ grows, on both sides, not as $x$ grows.

// %% slideshow={"slide_type": "fragment"}
import { activation, showTable } from 'batchnorm';

const names = ['sigmoid', 'tanh', 'relu', 'leakyRelu'] as const;
const at = [-6, -2, 0, 2, 6];
showTable({
  columns: ['slope at x =', ...at.map(String)],
  rows: names.map((name) => [name, ...at.map((x) => activation(name, 10).derivative(x).toPrecision(2))]),
});

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Exercise 1: the slope from the output
//
// You get outputs $g$ of a sigmoid. Return the slope at each, computed from $g$ alone. (That is what backprop does: $x$ need not be kept.)
//
// <details><summary>Hint 1</summary>
//
// At which two values of $g$ must the slope be 0?
//
// </details>
// <details><summary>Hint 2</summary>
//
// At $x = 0$ the output is ½ and the slope ¼.
//
// </details>

// %% slideshow={"slide_type": "fragment"} tags=["exercise"]
import { checkSlope } from 'batchnorm';

const slope = (outputs: number[]): number[] => {
  return outputs.map((g) => g); // yours
};
checkSlope(slope);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## What "saturating" means
//
// A definition by limits (Gulcehre et al. 2016, section 2): an activation **saturates** on a side where $\lim g'(x) = 0$. It is *saturating* when it does so on both sides. **Soft**: the slope tends to 0 and never is 0.
// **Hard**: it *is* 0 from some point on.
//
// **Predict first:** which of the four saturate, on which side, and how?

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 5 minutes. Go through the four by show of hands: left, right, both, none. ReLU divides the room, and "on one side, but hard" is worth the minute.

// %% slideshow={"slide_type": "subslide"}
import { saturation } from 'batchnorm';

for (const name of names) console.log(saturation(name, 10).sentence);

// %% [markdown] slideshow={"slide_type": "subslide"}
// - **ReLU** $\max(0, x)$ saturates on one side only, but *hard*: a unit that is negative for every example gets no gradient at all, and usually stays so.
// - **LeakyReLU** is $x$ above 0 and $x/a$ below, with $a$ in $(1, \infty)$: it saturates nowhere.
//
// Saturating activations are not *wrong*. With BN they can be trained, and deep: that is what this series is about.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Exercise 2: LeakyReLU
//
// Return LeakyReLU of each input, with the divisor `a`.
//
// <details><summary>Hint 1</summary>
//
// Which is flatter below 0, $ax$ or $x/a$, when $a$ is 4?
//
// </details>

// %% slideshow={"slide_type": "fragment"} tags=["exercise"]
import { checkLeaky } from 'batchnorm';

const leaky = (inputs: number[], a: number): number[] => {
  // Your turn: this divides everywhere.
  return inputs.map((x) => x / a);
};
checkLeaky(leaky);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## How a unit gets there
//
// $x = Wu + b$ is a sum of many terms. Its spread grows with the weights, its mean moves with $b$ and with the mean of $u$. Call a unit's input saturated where the slope is below 5 % of the largest.
//
// **Predict first:** normal inputs. For which standard deviation are half of a sigmoid's inputs saturated? 1? 5? 20?

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 4 minutes. Most say 5 for the sigmoid; it takes 6.5. With tanh it comes sooner. A mean of 6 is as bad as a large spread: remember it for the biases of lecture 05.

// %% slideshow={"slide_type": "subslide"}
import { Random, saturatedShare } from 'batchnorm';

const random = new Random(1);
const draws = Float64Array.from({ length: 20000 }, () => random.normal());
const share = (name: 'sigmoid' | 'tanh', std: number, mean: number) => {
  const inputs = draws.map((z) => mean + std * z);
  return `${(100 * saturatedShare(inputs, name)).toFixed(1)} %`;
};
const inputs = ['1 0', '2 0', '6.5 0', '1 3', '1 6'].map((pair) => pair.split(' ').map(Number));
showTable({
  columns: ['inputs (std, mean)', 'saturated: sigmoid', 'saturated: tanh'],
  rows: inputs.map(([std, mean]) => {
    const shares = [share('sigmoid', std, mean), share('tanh', std, mean)];
    return [`std ${std}, mean ${mean}`, ...shares];
  }),
});

// %% [markdown] slideshow={"slide_type": "slide"}
// ## It compounds with depth
//
// The chain rule multiplies one slope (and one weight matrix) for each layer.
//
// **Exercise 3.** Ten sigmoid layers of one unit each, all weights 1. Of the gradient at the top, which share reaches the bottom **at most**?
//
// <details><summary>Hint 1</summary>
//
// What is the largest slope of a sigmoid? How often is it multiplied?
//
// </details>

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 3 minutes. In the head: first two layers, then five, then ten. Let the class say a power of ten before the check does.

// %% slideshow={"slide_type": "fragment"} tags=["exercise"]
import { checkShrinking } from 'batchnorm';

const share10 = Number.NaN; // your number here
checkShrinking(share10);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Exercise 4: derive it
//
// Now with weights: $z_l = g(x_l)$ with $x_l = w_l z_{l-1}$, for $l = 1 \dots L$, one sigmoid unit a layer; $z_0$ is the input. **Derive** $\partial z_L / \partial z_0$ on paper, then write it, for any number of layers.
//
// <details><summary>Hint 1</summary>
//
// One layer first: $\partial z_l / \partial z_{l-1} = g'(x_l) \, w_l$.
//
// </details>
// <details><summary>Hint 2</summary>
//
// Walk forward: keep the current $z$, and multiply what you have by one layer's factor at each step.
//
// </details>

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 6 minutes. Who is done early: what must $w$ be for a chain of ten to lose nothing, if every unit sits at $x = 0$? (4, and then the units do not stay there.)

// %% slideshow={"slide_type": "fragment"} tags=["exercise"]
import { checkChainGradient } from 'batchnorm';

const chainGradient = (weights: number[], input: number): number => {
  const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
  let [z, gradient] = [input, 1];
  for (const w of weights) {
    // Your turn: this only walks forward.
    z = sigmoid(w * z);
  }
  return gradient;
};
checkChainGradient(chainGradient);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## A deep network, before any training
//
// **Predict first:** draw the size of the gradient of each layer's weights, from the last to the first, for sigmoid, tanh and ReLU with the usual initial weights (Xavier's, He's). Then the same with BN.

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 8 minutes. Let them read off the left axis how many powers of ten the sigmoid loses for each layer. The rise with BN, from the top to the bottom, is no mistake: lecture 16 comes back to it.

// %% slideshow={"slide_type": "subslide"}
import { depthStudy, gradientDepthFigure } from 'batchnorm';

const study = await depthStudy();
show(gradientDepthFigure(study));

// %% slideshow={"slide_type": "fragment"}
const runsOf = (name: string, bn: boolean) =>
  study.runs.filter((run) => run.activation === name && run.batchNorm === bn);
const middle = (values: number[]) =>
  Math.exp(values.reduce((sum, v) => sum + Math.log(v), 0) / values.length);
const tidy = (v: number) => (v < 0.01 ? v.toExponential(1) : v.toFixed(2));
const rowsOf = (pick: (run: (typeof study.runs)[number]) => number) =>
  ['sigmoid', 'tanh', 'relu'].map((name) => [
    name,
    ...[false, true].map((bn) => tidy(middle(runsOf(name, bn).map(pick)))),
  ]);
showTable({
  columns: [`gradient of the first of ${study.config.depth} layers, over the last`, 'without BN', 'with BN'],
  rows: rowsOf((run) => run.gradient[0]).map(([name, ...cells]) => [`gradient, ${name}`, ...cells]),
});

// %% [markdown] slideshow={"slide_type": "subslide"}
// - **Sigmoid without BN**: nothing is left. The first layers would learn a million million times as slowly as the last.
// - **Tanh and ReLU** with weights made for them keep the gradient. That is what these initial weights are *for*.
// - **With BN** no activation loses it. It even *grows* towards the first layers.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Small changes
//
// "Small changes to the network parameters amplify as the network becomes deeper" (section 1). Here all weights are changed by 0.1 % of their size, and each layer's output is compared.
//
// **Predict first:** by how much does the last layer's output change, in per cent, if the weights change in a *random* direction? And if they are all just multiplied by 1.001?

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 6 minutes. Let them choose a side: does BN damp a small change, or amplify it? The answer depends on the direction of the change.

// %% slideshow={"slide_type": "subslide"}
import { changeDepthFigure } from 'batchnorm';

show(changeDepthFigure(study, 'random'));
show(changeDepthFigure(study, 'scale'));

// %% slideshow={"slide_type": "fragment"}
const named = (what: string) => (row: string[]) => [`${what}, ${row[0]}`, ...row.slice(1)];
showTable({
  columns: ['last layer: change of the output over change of the weights', 'without BN', 'with BN'],
  rows: [
    ...rowsOf((run) => run.randomChange[study.config.depth - 1]).map(named('random')),
    ...rowsOf((run) => run.scaleChange[study.config.depth - 1]).map(named('scale')),
  ],
});

// %% [markdown] slideshow={"slide_type": "subslide"}
// - Without BN the changes *do* amplify for tanh and ReLU; for the sigmoid a random change shrinks on the way, with its gradient.
// - A change of **scale** is what BN takes away altogether: $\mathrm{BN}(aWu) = \mathrm{BN}(Wu)$.
// - A change in a **random direction** is amplified *more* with BN, here. So BN is no cure for every amplification; before training, that part of the claim does not hold for it.

// %% [markdown] slideshow={"slide_type": "subslide"}
// Try other depths and other weights in the notebook. Which curve does not mind the weights' size, and why?

// %% slideshow={"slide_type": "skip"} tags=["live"]
await widgets.interact(
  async ({ depth, name, gain }) =>
    show(gradientDepthFigure(await depthStudy({ depth, activations: [name], gain, width: 32, seeds: [1] }))),
  {
    gain: widgets.slider({ label: 'weights times', min: 0.1, max: 10, log: true, value: 1 }),
    depth: widgets.slider({ label: 'layers', min: 2, max: 40, value: 10 }),
    name: widgets.dropdown({ label: 'activation', options: ['sigmoid', 'tanh', 'relu'] as const }),
  },
);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## And in training?
//
// Eight hidden layers of sigmoid units on MNIST, 300 steps. **Predict first:** the test accuracies, with BN and without.

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 3 minutes. 10 % is guessing. Ask whether more steps would help; the gradient table above has the answer.

// %% slideshow={"slide_type": "subslide"}
import { firstExamples, loadMnist, trainNetwork } from 'batchnorm';

const mnist = loadMnist();
for (const batchNorm of [false, true]) {
  const { evaluations } = await trainNetwork(
    { sizes: [784, 50, 50, 50, 50, 50, 50, 50, 50, 10], activation: 'sigmoid', batchNorm },
    { train: mnist.train, test: firstExamples(mnist.test, 1000), steps: 300, learningRate: 0.5, seed: 1 },
  );
  const accuracy = (100 * (evaluations.at(-1)?.accuracy ?? Number.NaN)).toFixed(1);
  console.log(`eight sigmoid layers ${batchNorm ? 'with' : 'without'} BN: ${accuracy} %`);
}

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Summary
//
// - $g'$ shrinks as $|x|$ grows; a saturated unit passes no gradient.
// - Saturating is defined by limits of $g'$: sigmoid and tanh on both sides, ReLU hard on one, LeakyReLU nowhere.
// - The slopes of all layers multiply: a deep sigmoid network without BN does not begin to learn; with BN it does.
// - Depth amplifies small changes for tanh and ReLU. BN takes away those of scale, not those in a random direction.
//
// **Next:** [03 Mini-batches](03-mini-batches.ipynb).
//
// ### Sources
//
// - Ioffe and Szegedy 2015, [arXiv 1502.03167](https://arxiv.org/abs/1502.03167), section 1 (saturation, vanishing gradients, amplification) and section 3.3 (BN(aWu) = BN(Wu)).
// - C. Gulcehre, M. Moczulski, M. Denil and Y. Bengio 2016, *Noisy Activation Functions*, [arXiv 1603.00391](https://arxiv.org/abs/1603.00391), section 2 (saturation by limits, soft and hard).
// - X. Glorot and Y. Bengio 2010 (initial weights for sigmoid and tanh), K. He et al. 2015, [arXiv 1502.01852](https://arxiv.org/abs/1502.01852) (for ReLU); A. Maas et al. 2013 (LeakyReLU).
// - Data: MNIST (LeCun, Cortes and Burges). The code: `lib/src/saturation.ts`, `lib/src/experiments/activationCurves.ts` and `depth.ts`.
