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
// # 09 · Training a BN network
//
// **You will learn** the whole of Algorithm 2, from a network without BN to one that is trained and ready for inference; what the
// paper's own experiment on MNIST shows, what the paper does not say of it, and what BN costs in time.
//
// **You need** the BN transform ([07](07-the-bn-transform.ipynb)) and its backward pass ([08](08-backprop-through-bn.ipynb)).
//
// **Time:** about 45 minutes; the computer takes half a minute.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## One layer
//
// The paper puts BN between the affine part and the activation (section 3.2):
//
// $$z = g(\mathrm{BN}(W u))$$
//
// There is no bias: BN subtracts the mean, and any bias with it. β takes its role.
//
// **Predict first:** the network 784-100-100-100-10 has 99,710 weights and biases. How many numbers does it learn with BN in its hidden layers?

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 3 minutes. Wu, without b: ask where the bias went.

// %% slideshow={"slide_type": "subslide"}
import { createNetwork, Random, showTable } from 'batchnorm';

const definition = (batchNorm: boolean) => ({
  ...{ sizes: [784, 100, 100, 100, 10], activation: 'sigmoid' as const, batchNorm },
  initial: { kind: 'normal' as const, std: 0.05 },
});
const network = createNetwork(definition(true), new Random(1));
showTable({
  columns: ['layer', 'weights', 'biases', 'γ', 'β'],
  rows: network.layers.map(({ inputs, outputs, weights, bias, norm }) => [
    ...[`${inputs}-${outputs}`, String(weights.length), String(bias?.length ?? 0)],
    ...[String(norm?.gamma.length ?? 0), String(norm?.beta.length ?? 0)],
  ]),
});

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Exercise 1: the order
//
// Compute one unit's output $z$ for the examples of a minibatch: `u` holds its values of $Wu$, and $g$ is the sigmoid.
//
// <details><summary>Hint 1</summary>
//
// First the mean and the variance of `u`, both over the examples.
//
// </details>
// <details><summary>Hint 2</summary>
//
// $y = \gamma \, (u - \mu) / \sqrt{\sigma^2 + \varepsilon} + \beta$, and only then $z = 1 / (1 + e^{-y})$.
//
// </details>

// %% slideshow={"slide_type": "fragment"} tags=["exercise"]
import { type BNLayer, checkBNLayer } from 'batchnorm';

const layer: BNLayer = (unit) => {
  const average = (values: readonly number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;
  const g = (v: number) => 1 / (1 + Math.exp(-v));
  // Your turn: so far no BN. There are unit.gamma, unit.beta and unit.epsilon.
  const mean = average(unit.u);
  return unit.u.map((v) => g(v - mean));
};
checkBNLayer(layer);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Exercise 2: how many more?
//
// How many numbers **more** than without BN does this network learn by gradient? (The table above has what it learns with BN.)
//
// <details><summary>Hint 1</summary>
//
// Count what comes, γ and β, and what goes.
//
// </details>
// <details><summary>Hint 2</summary>
//
// Without BN each of the 300 hidden units has a bias.
//
// </details>

// %% slideshow={"slide_type": "fragment"} tags=["exercise"]
import { checkExtraParameters } from 'batchnorm';

const more = Number.NaN; // your number here
checkExtraParameters(more);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Algorithm 2, lines 1 to 7: train
//
// Put BN into the network, then train it by minibatches: forward, loss, backward *through* the statistics (08), and move every parameter, γ and β like
// any other.
//
// **Predict first:** after 100 steps, what is γ of a unit? Still near 1?

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 6 minutes. Have the two modes in two columns on the board; everything in the right column comes from the left one.

// %% slideshow={"slide_type": "subslide"}
import { gather, loadMnist, MinibatchOrder } from 'batchnorm';

const { train, test } = loadMnist();
const order = new MinibatchOrder(train.count, 60, new Random('order'));

// %% slideshow={"slide_type": "fragment"}
import { networkBackward, networkForward, sgdStep, softmaxCrossEntropy } from 'batchnorm';

for (let step = 1; step <= 100; step++) {
  const { x, labels } = gather(train, order.draw());
  const pass = networkForward(network, Float64Array.from(x), 60, 'training');
  const { loss, gradient } = softmaxCrossEntropy(pass.logits, labels, 60, 10);
  sgdStep(network, networkBackward(network, pass, gradient), 0.5);
  if (step % 25 === 0) console.log(`step ${step}: loss ${loss.toFixed(3)}`);
}
const { gamma = [], beta = [] } = network.layers[2].norm ?? {};
const range = (values: ArrayLike<number>) =>
  [Math.min(...Array.from(values)), Math.max(...Array.from(values))].map((v) => v.toFixed(2)).join(' to ');
console.log(`third layer: γ from ${range(gamma)}, β from ${range(beta)}`);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Lines 8 to 12: prepare for inference
//
// Take population statistics over training minibatches and put them in place of the minibatch's. Then BN is affine, and folds into the layer before it
// ([10](10-inference.ipynb) tells how and why). The network that is left has no BN, and what it says of an image does not depend on other images.

// %% slideshow={"slide_type": "subslide"}
import { evaluate, firstExamples, inferenceNetwork } from 'batchnorm';

const some = firstExamples(test, 2000);
const ready = inferenceNetwork(network, train, { random: new Random('population') });
console.log(`with statistics never taken: ${(100 * evaluate(network, some).accuracy).toFixed(1)} %`);
console.log(`with population statistics, folded: ${(100 * evaluate(ready, some).accuracy).toFixed(1)} %`);
console.log(`layers with BN: ${ready.layers.filter(({ norm }) => norm !== null).length}`);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Exercise 3: a step
//
// Write the update of one unit: it has a weight $w$, a γ and a β, and their gradients. Return `[w, gamma, beta]` after one step of SGD.
//
// <details><summary>Hint 1</summary>
//
// parameter ← parameter − learning rate · gradient, for each of the three.
//
// </details>

// %% slideshow={"slide_type": "fragment"} tags=["exercise"]
import { checkTrainingStep, type TrainingStep } from 'batchnorm';

const trainingStep: TrainingStep = (parameters, gradients, rate) => {
  // Your turn: this moves w alone.
  return [parameters.w - rate * gradients.w, parameters.gamma, parameters.beta];
};
checkTrainingStep(trainingStep);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## The paper's experiment
//
// Section 4.1: MNIST, 28 × 28 pixels in, three hidden layers of 100 **sigmoid** units, 10 out, cross-entropy, minibatches of 60, 50,000 steps. Figure 1 shows test accuracy over training, and
// the 15th, 50th and 85th percentiles of the input of one sigmoid of the last hidden layer.
//
// The paper does **not** say: the spread of the initial weights ("small random Gaussian values"), the learning rate, the optimiser. Here: standard deviation 0.05, rate 0.1, plain
// SGD. So this is *a* network that fits the paper's words, not *the* one.
//
// **Predict first:** draw both accuracy curves. When does the network without BN begin to learn?

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 10 minutes. Collect the drawings before you run the cell; it fills the plot as it trains. Have somebody say what "the network without BN stays at 10 %" means: it
// answers the same digit for every image.

// %% slideshow={"slide_type": "subslide"}
import { interruptSignal, liveFigure, paperAccuracyFigure, paperFigure, progress } from 'batchnorm';

const line = progress('training');
const live = liveFigure();
const signal = interruptSignal();
const paper = await paperFigure(
  {},
  { onResult: (soFar) => live.update(() => paperAccuracyFigure(soFar)), onProgress: line.report, signal },
);
live.finish(paperAccuracyFigure(paper));
line.finish(`${paper.config.steps} steps`);

// %% slideshow={"slide_type": "fragment"}
import { percent } from 'batchnorm';

const [withoutBN, withBN] = [false, true].map((bn) => paper.runs.filter((run) => run.batchNorm === bn)[0]);
const at = (share: number) => Math.round(share * (withBN.steps.length - 1));
const shares = [0, 0.1, 0.2, 0.5, 1];
showTable({
  columns: ['test accuracy after step', ...shares.map((share) => String(withBN.steps[at(share)]))],
  rows: [withBN, withoutBN].map((run) => [
    run.batchNorm ? 'with BN' : 'without BN',
    ...shares.map((share) => percent(run.accuracies[at(share)])),
  ]),
});

// %% [markdown] slideshow={"slide_type": "slide"}
// ## What the paper saw, and what we see
//
// - "The batch-normalized network enjoys the higher test accuracy": so it is here, during all of the training.
// - The gap *shrinks*. We trained both for the paper's full 50,000 steps with three seeds: after 10,000 steps 91 to 92 % without BN against 97 % with, at the end
//   **97.1 to 97.2 % without BN, 97.9 to 98.0 % with**. Most of what the plot above shows is a head start. (`data/lectures/paper.json`; `npm run lectures:full -- paper` makes it.)
//
// The head start is a plateau: without BN, small weights and three sigmoids leave almost no gradient for the first layers
// ([02](02-saturation-and-gradients.ipynb)).

// %% [markdown] slideshow={"slide_type": "slide"}
// ## One unit's input while it trains
//
// **Predict first:** which of the two moves more: the median without BN, or with BN? And the distance between the 15th and 85th percentile?

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 5 minutes. Three lines: 15, 50 and 85 of a hundred. Where would a sigmoid like them to be?

// %% slideshow={"slide_type": "subslide"}
import { paperPercentileFigure, show } from 'batchnorm';

show(paperPercentileFigure(paper));

// %% [markdown] slideshow={"slide_type": "subslide"}
// Now as a film: press ▶ below the next cell. (Not in the slides' window: in the notebook.)
//
// The paper's words are "the distributions in the batch-normalized network are much more stable". Look at both scales: with BN the band keeps its place from the first steps on, without BN
// it is almost a point at first, and then opens and moves.

// %% slideshow={"slide_type": "skip"} tags=["live"]
const { looks } = paper.config;
const film = widgets.play({ min: 1, max: looks, interval: 200 });
const look = widgets.slider({ label: 'look', min: 1, max: looks });
widgets.link(film, look);
await display(film);
await widgets.interact((moved) => show(paperPercentileFigure(paper, 1, moved.look)), { look });

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Steps or seconds?
//
// A step with BN takes longer: statistics, normalisation, and their gradients. **Predict first:** by how much, for this network? 10 %? 50 %? Twice?

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 4 minutes. A fair comparison counts both; the class rarely asks for it by itself.

// %% slideshow={"slide_type": "subslide"}
const timing = paper.millisecondsPerStep ?? { withBN: Number.NaN, withoutBN: Number.NaN };
console.log(`a step with BN: ${timing.withBN.toFixed(2)} ms, without: ${timing.withoutBN.toFixed(2)} ms`);
console.log(`a step with BN takes ${(timing.withBN / timing.withoutBN).toFixed(2)} times as long`);

// %% [markdown] slideshow={"slide_type": "subslide"}
// The right panel of the accuracy figure has seconds below it. BN's share of a step depends on the network and on the program: in large
// convolutional networks BN is "a significant fraction of training run-time" (Gitman and Ginsburg 2017). A comparison by steps alone is fair only if
// this is said.
//
// **Exercise 4.** Return how many steps without BN take the time of `stepsWithBN` steps with BN.
//
// <details><summary>Hint 1</summary>
//
// How many milliseconds do the steps with BN take in all?
//
// </details>

// %% slideshow={"slide_type": "fragment"} tags=["exercise"]
import { checkSameTime } from 'batchnorm';

const sameTime = (stepsWithBN: number, msWithBN: number, msWithoutBN: number): number => {
  // Your turn: this gives fewer steps.
  return (stepsWithBN * msWithoutBN) / msWithBN;
};
checkSameTime(sameTime);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## What the paper does not state: a scan
//
// The same network over a grid of initial spreads and learning rates, with a short training for each.
//
// **Predict first:** is there a cell where the network *without* BN is as good? At small or at large rates?

// %% slideshow={"slide_type": "subslide"}
import { paperScan, paperScanFigure } from 'batchnorm';

const scanLine = progress('scan');
const grid = liveFigure();
const onResult = (soFar: Awaited<ReturnType<typeof paperScan>>) => grid.update(() => paperScanFigure(soFar));
const scan = await paperScan({}, { onResult, onProgress: scanLine.report, signal: interruptSignal() });
grid.finish(paperScanFigure(scan));
scanLine.finish(`${scan.cells.length} of ${scan.planned} runs`);

// %% slideshow={"slide_type": "fragment"}
const last = scan.config.steps.length - 1;
const gap = (std: number, rate: number) => {
  const of = (bn: boolean) =>
    scan.cells.find((cell) => cell.std === std && cell.learningRate === rate && cell.batchNorm === bn);
  const [a, b] = [of(true), of(false)];
  return a && b ? (100 * (a.accuracy[last] - b.accuracy[last])).toFixed(1) : '';
};
showTable({
  caption: `points that BN is ahead after ${scan.config.steps[last]} steps`,
  columns: ['std', ...scan.config.learningRates.map((rate) => `lr ${rate}`)],
  rows: scan.config.stds.map((std) => [
    String(std),
    ...scan.config.learningRates.map((rate) => gap(std, rate)),
  ]),
});

// %% [markdown] slideshow={"slide_type": "subslide"}
// So "how much does BN help?" has no single answer. With a good spread and a good rate for the network without BN, the gap after many steps nearly vanishes: at standard
// deviation 0.1 and rate 0.5 we measured, after 50,000 steps and with three seeds, **97.7 to 97.9 % without BN and 98.0 to 98.2 % with**. After 300 steps of the same runs it was 57 to 64 % against 89 to 91 %.
//
// What BN buys here is speed and a much wider choice of settings ([11](11-learning-rate-sweeps.ipynb), [12](12-initialisation-sweeps.ipynb)), and little in the end.

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 5 minutes. A good question for the class: if you may choose only *one* cell of the grid before you know the data, which one, and with BN or without?

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Summary
//
// - A BN layer is $z = g(\mathrm{BN}(Wu))$, without a bias; γ and β are learned by the same rule as the weights.
// - Algorithm 2: put BN in, train with the minibatch's statistics and with the gradient through them, then fix population statistics for inference.
// - On the paper's MNIST network BN gives a head start, steadier inputs, and a fraction of a point to a point in the end; how much depends on settings that the paper does not state.
// - A step with BN takes longer. Say whether you compare steps or seconds.
//
// *(A one-seed pilot in another program, with less training data per look, had 87.4 against 9.6 % after 300 steps, 92.5 against 89.0 % after 10,000, and 93.2 against 91.6 % after 30,000; its gap, too, vanished at
// standard deviation 0.1 and rate 0.5. Our accuracies are higher, the picture is the same.)*
//
// **Next:** [10 Inference](10-inference.ipynb).
//
// ### Sources
//
// - Ioffe and Szegedy 2015, [arXiv 1502.03167](https://arxiv.org/abs/1502.03167), Algorithm 2; section 3.2 ($z = g(\mathrm{BN}(Wu))$, the bias is subsumed by β); section 4.1 with figure 1.
// - I. Gitman and B. Ginsburg 2017, [arXiv 1709.08145](https://arxiv.org/abs/1709.08145) (what BN costs in a convolutional network).
// - Data: MNIST (LeCun, Cortes and Burges). The code: `lib/src/experiments/paper.ts`.
