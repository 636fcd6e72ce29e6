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
// # 12 · Initialisation sweeps
//
// **You will learn** how much the initial weights matter with and without BN, why BN is no protection against every
// choice, and what exactly breaks at either end.
//
// **You need** the backward pass and learning rates: best after [11](11-learning-rate-sweeps.ipynb).
//
// **Time:** about 35 minutes; the computer takes half a minute.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## The claim
//
// BN lets us "be less careful about initialization" (paper, abstract), since it reduces "the dependence of gradients on
// the scale of the parameters or of their initial values" (section 1). The argument is that of the learning rates: for
// any $a > 0$,
//
// $$\mathrm{BN}((aW) u) = \mathrm{BN}(W u) \qquad
// \frac{\partial\, \mathrm{BN}((aW)u)}{\partial u} = \frac{\partial\, \mathrm{BN}(Wu)}{\partial u} \qquad
// \frac{\partial\, \mathrm{BN}((aW)u)}{\partial (aW)} = \frac1a \cdot \frac{\partial\, \mathrm{BN}(Wu)}{\partial W}$$
//
// What goes forward does not notice $a$, and neither does what goes back to the layers below (section 3.3).

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 5 minutes. Ask which of the three equations could be trouble. The third: the weights' own gradient does notice a.
// Do not give it away; the right end of the figure will.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Predict first
//
// A network 784-h-h-h-10 on MNIST. **All** its weights are drawn from a normal distribution of one standard deviation, from
// 0.0001 to 5. A short training at learning rate 0.1, with sigmoid and ReLU, with and without BN. For each of the four:
//
// 1. For which standard deviations does it learn?
// 2. With BN: is the curve flat, as "BN does not notice $a$" suggests?
//
// Press **■** while it runs: you keep what is there.

// %% slideshow={"slide_type": "subslide"}
import { initialisationFigure, initialisationSweep, interruptSignal, liveFigure, progress } from 'batchnorm';

const signal = interruptSignal();
const line = progress('sweep');
const live = liveFigure();
const sweep = await initialisationSweep(
  {},
  {
    onResult: (soFar) => live.update(() => initialisationFigure(soFar)),
    onProgress: line.report,
    signal,
  },
);
live.finish(initialisationFigure(sweep));
line.finish(`${sweep.cells.length} of ${sweep.planned} runs`);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## The same as a table
//
// Means over the seeds; 10 % is guessing.

// %% slideshow={"slide_type": "subslide"}
import { showTable } from 'batchnorm';

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const inPercent = (runs: { accuracy: number }[]) =>
  runs.length === 0 ? '' : (100 * mean(runs.map((run) => run.accuracy))).toFixed(1);
const networks = sweep.config.activations.flatMap((activation) =>
  [true, false].map((bn) => ({
    name: `${activation} ${bn ? 'with' : 'without'} BN`,
    runs: sweep.cells.filter((cell) => cell.activation === activation && cell.batchNorm === bn),
  })),
);
const rows = sweep.config.stds.map((std) => [
  String(std),
  ...networks.map(({ runs }) => inPercent(runs.filter((run) => run.std === std))),
]);
showTable({ caption: 'mean test accuracy (%)', columns: ['std', ...networks.map(({ name }) => name)], rows });

// %% [markdown] slideshow={"slide_type": "slide"}
// ## What it shows
//
// - **Without BN** there is only a narrow range in which this network learns in so few steps: too small, and it guesses; too
//   large, and it guesses or diverges.
// - **With BN** the range is far wider, on the left side above all. ReLU with BN does not care whether the weights are
//   0.0001 or 0.03.
// - **But the curves are not flat.** Sigmoid with BN hardly learns from 0.0001, and both fall from 0.3 on. From 5,
//   ReLU with BN gets nowhere near its best.
//
// So "BN does not notice the scale" is not the whole truth. Two questions: what breaks on the left, and what on the right?

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 8 minutes with the sweep. Collect hypotheses on the board before going on. Usual ones: "it is too slow", "rounding errors",
// "the last layer". The last is half of the truth for the right end; the left end is nobody's guess.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Look inside, before the first step
//
// No training: 500 images through fresh networks. How far apart are the inputs of the activations for different images?
// Below, the standard deviation over the images, averaged over the units, for each hidden layer.
//
// **Predict first:** what should it be, in every layer, with BN?

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 5 minutes. Spread layer by layer, before any training: whoever sees it once will look at it first when a network does not train.

// %% slideshow={"slide_type": "subslide"}
import { columnMoments, createNetwork, gather, loadMnist, networkForward, Random } from 'batchnorm';

const first = Array.from({ length: 500 }, (_, i) => i);
const images = gather(loadMnist().train, first).x;
const looks: string[][] = [];
for (const activation of ['sigmoid', 'relu'] as const) {
  for (const place of [0, 1, 2, 3, 4, 5]) {
    const [batchNorm, std] = [place < 3, [0.0001, 0.05, 5][place % 3]];
    const start = { activation, batchNorm, initial: { kind: 'normal', std } } as const;
    const network = createNetwork({ sizes: [784, 50, 50, 50, 10], ...start }, new Random(1));
    const hidden = networkForward(network, images, 500, 'training').layers.slice(0, 3);
    const spreads = hidden.map(({ activationInput }) => {
      const { variance } = columnMoments(activationInput, 500, 50);
      return String(Number(mean(Array.from(variance, Math.sqrt)).toPrecision(2)));
    });
    looks.push([`${activation} ${batchNorm ? 'with' : 'without'} BN, ${std}`, ...spreads]);
  }
}
showTable({ columns: ['network, std', 'layer 1', 'layer 2', 'layer 3'], rows: looks });

// %% [markdown] slideshow={"slide_type": "subslide"}
// - **Without BN** small weights make the spread shrink in every layer: the third layer cannot tell two images apart. Large
//   ones make it grow: the sigmoids saturate, and the ReLUs' outputs explode.
// - **With BN** it is 1 in every layer for 0.05 and for 5, as promised.
// - **With BN and 0.0001 it is not 1.** It falls from layer to layer, as if BN were not there.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## The left end: it is ε
//
// BN divides by $\sqrt{\sigma^2 + \varepsilon}$, and $\varepsilon = 10^{-5}$ is there against division by zero (Algorithm 1).
// With weights of 0.0001 the variance $\sigma^2$ of a unit is *smaller* than that. Then BN multiplies by about
// $1/\sqrt{\varepsilon}$, a constant, and does not normalise.
//
// **Exercise 1.** A unit has variance $\sigma^2$ over the minibatch. What is the standard deviation of $\hat x$?
//
// <details><summary>Hint 1</summary>
//
// $\hat x$ is $x - \mu$ over a number. What does dividing by a number do to a standard deviation?
//
// </details>
// <details><summary>Hint 2</summary>
//
// The standard deviation of $x$ is $\sqrt{\sigma^2}$, the number is $\sqrt{\sigma^2 + \varepsilon}$.
//
// </details>

// %% slideshow={"slide_type": "fragment"} tags=["exercise"]
import { checkNormalisedStd } from 'batchnorm';

const normalisedStd = (variance: number, epsilon: number): number => {
  // Your turn: this is what BN divides by.
  return Math.sqrt(variance + epsilon);
};
checkNormalisedStd(normalisedStd);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Is that it? Take ε away
//
// If ε is the culprit, the sigmoid network must learn from tiny weights once ε is tiny too. **Predict first:** by how much
// does the accuracy change at 0.0001, and at 0.001?

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 4 minutes. A hypothesis, a prediction, a test: say that this is the method of the whole series.

// %% slideshow={"slide_type": "subslide"}
const small = { stds: [0.0001, 0.001], activations: ['sigmoid' as const], batchNorm: [true] };
for (const epsilon of [1e-5, 1e-12]) {
  const { cells } = await initialisationSweep({ ...small, epsilon }, { signal });
  for (const std of small.stds) {
    const share = inPercent(cells.filter((cell) => cell.std === std));
    console.log(`sigmoid with BN, std ${std}, epsilon ${epsilon}: ${share} %`);
  }
}

// %% [markdown] slideshow={"slide_type": "subslide"}
// That is it. With ε far below the variances, tiny weights are as good as others, as $\mathrm{BN}(aWu) = \mathrm{BN}(Wu)$
// says: the equation is exact for ε = 0 only.
//
// Why then did **ReLU** with BN not mind? Its spread falls too, but not by the sigmoid's slope of at most ¼ in each layer,
// so that a gradient comes through, the weights grow, and within some steps the variances are above ε.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## The right end: two suspects
//
// - **The hidden layers.** Their output does not notice the factor $a$, but the third equation says: their gradient is $1/a$ of
//   what it was. And a step turns long weights less: together $1/a^2$.
// - **The last layer.** No BN follows it. Weights of 5 make huge logits: the network is *sure*, and wrong.
//
// **Predict first:** ReLU with BN. Give only one of the two parts weights of 5, the other 0.05. Who is guilty?

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 6 minutes. Four cells in a table. Let them say beforehand what each of the suspects would leave in it.

// %% slideshow={"slide_type": "subslide"}
const relu = { stds: [0.05, 5], activations: ['relu' as const], batchNorm: [true] };
const guilty: string[][] = [];
for (const lastStd of [0.05, 5]) {
  const { cells } = await initialisationSweep({ ...relu, lastStd }, { signal });
  guilty.push([
    `last layer ${lastStd}`,
    ...relu.stds.map((std) => inPercent(cells.filter((cell) => cell.std === std))),
  ]);
}
const columns = ['ReLU with BN', 'hidden layers 0.05', 'hidden layers 5'];
showTable({ caption: 'mean test accuracy (%)', columns, rows: guilty });

// %% [markdown] slideshow={"slide_type": "subslide"}
// Both, and the hidden layers more. A last layer of 5 costs some accuracy, which the training mostly repairs. Hidden layers of
// 5 stay what they were drawn as: random features, of which only γ, β and the last layer learn. Both together are worst.
//
// $\eta / |W|^2$ is called the **effective learning rate** (van Laarhoven 2017): what counts under BN is how far a step *turns* the
// weights. [15](15-batch-size-and-regularisation.ipynb) meets it again.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Exercise 2: how much larger a rate?
//
// The weights before a BN are made **10 times** as large. By which factor must the learning rate grow, so that these weights
// *turn* as fast as before?
//
// <details><summary>Hint 1</summary>
//
// By which factor has the gradient changed? (Third equation, $a = 10$.)
//
// </details>
// <details><summary>Hint 2</summary>
//
// A step of length 1 turns weights of length 1 by about 45°. How far does it turn weights of length 10?
//
// </details>

// %% slideshow={"slide_type": "fragment"} tags=["exercise"]
import { checkRateForScale } from 'batchnorm';

const timesTheRate = Number.NaN; // your number here
checkRateForScale(timesTheRate);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Try it: one slider
//
// Both networks from the same weights, 100 steps of 60 images each. Move the standard deviation, switch the activation.
//
// **Before you move it:** where does the line without BN come to life? Can you find a value where BN does *worse*?

// %% slideshow={"slide_type": "skip"} tags=["live"]
import { firstExamples, lossCurvesFigure, show, trainNetwork } from 'batchnorm';

const mnist = { train: loadMnist().train, test: firstExamples(loadMnist().test, 1000) };
const activationNames: ('sigmoid' | 'relu')[] = ['sigmoid', 'relu'];
const twoRuns = async (std: number, activation: 'sigmoid' | 'relu') => {
  const initial = { kind: 'normal', std } as const;
  const curves = [true, false].map(async (batchNorm) => {
    const run = await trainNetwork(
      { sizes: [784, 50, 50, 50, 10], activation, batchNorm, initial },
      { ...mnist, steps: 100, learningRate: 0.1, seed: 1 },
    );
    return { batchNorm, losses: run.losses, accuracy: run.diverged ? null : run.evaluations[0].accuracy };
  });
  show(lossCurvesFigure(`Training from weights of std ${std.toPrecision(2)}`, await Promise.all(curves)));
};
await widgets.interact(({ std, activation }) => twoRuns(std, activation), {
  std: widgets.slider({ label: 'std', min: 0.0001, max: 5, log: true, value: 0.03 }),
  activation: widgets.dropdown({ label: 'activation', options: activationNames }),
});

// %% [markdown] slideshow={"slide_type": "slide"}
// ## What one did before BN
//
// Choose the spread by the number of inputs, so that a layer passes on the variance that it gets: Xavier (Glorot and Bengio
// 2010) for sigmoid and tanh, He (He et al. 2015) for ReLU. One standard deviation for all layers, as in our sweep, cannot
// do that: a layer with 784 inputs needs another than one with 50.
//
// **Exercise 3.** Which standard deviation does He's rule give a ReLU layer with **50 inputs** and **200 units**?
//
// <details><summary>Hint 1</summary>
//
// A unit before its ReLU is a sum of 50 products of a weight and an input. The variances of independent summands add up.
//
// </details>
// <details><summary>Hint 2</summary>
//
// Of inputs that came through a ReLU, the mean square is half the variance that the ReLU got: $50 \cdot \mathrm{Var}[w] \cdot
// \tfrac12 = 1$.
//
// </details>

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 3 minutes. Xavier and He in one sentence: keep the spread from layer to layer, by the choice of the weights.

// %% slideshow={"slide_type": "fragment"} tags=["exercise"]
import { checkHeStd } from 'batchnorm';

const heStd = Number.NaN; // your number here
checkHeStd(heStd);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## A question to try
//
// Does patience help? Train ReLU with BN from 5 for three times as long; then ReLU without BN from 0.01. Predict before you
// run it.

// %% slideshow={"slide_type": "fragment"}
const patient = { activations: ['relu' as const], seeds: [1], steps: 3 * sweep.config.steps };
const late = await initialisationSweep({ ...patient, stds: [5], batchNorm: [true] }, { signal });
console.log(`with BN from 5: ${inPercent(late.cells)} % after ${patient.steps} steps`);
const tiny = await initialisationSweep({ ...patient, stds: [0.01], batchNorm: [false] }, { signal });
console.log(`without BN from 0.01: ${inPercent(tiny.cells)} % after ${patient.steps} steps`);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## At full size
//
// With 3,000 steps, 100 units in each hidden layer and five seeds; mean test accuracy in per cent (`data/lectures/initialisation.json`; `npm run lectures:full -- initialisation` makes it):
//
// | standard deviation | 0.0001 | 0.001 | 0.01 | 0.1 | 0.3 | 1 | 3 | 5 |
// |---|---:|---:|---:|---:|---:|---:|---:|---:|
// | sigmoid, with BN | 92.4 | 93.7 | 94.6 | 93.7 | 91.8 | 88.8 | 84.3 | 81.9 |
// | sigmoid, without BN | 10.6 | 10.6 | 10.6 | 87.5 | 92.1 | 84.8 | 39.9 | 17.6 |
// | ReLU, with BN | 97.7 | 97.8 | 97.8 | 97.1 | 95.2 | 89.8 | 79.4 | 72.1 |
// | ReLU, without BN | 11.3 | 11.3 | 90.5 | 96.5 | 93.6 | 10.5 | 10.3 | 10.3 |
//
// Time heals a good part of both ends: with BN the tiny weights of the sigmoid have grown out of ε's reach, and from 5 both learn, badly. BN widens the range of initial weights by powers of ten. It does not abolish it.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Summary
//
// - With BN the range of initial weights that work is many powers of ten wider than without.
// - BN is not proof against every choice. On the left, ε is larger than the variances and BN stops normalising: sigmoid
//   cannot learn. On the right, long weights hardly turn, and the last layer has no BN.
// - So: less careful, yes. Careless, no. He's and Xavier's rules cost nothing and are kept with BN too.
//
// *(A one-seed pilot in another program, with longer training, had for ReLU 94.6 % with BN at 0.0001 and 57.2 % at 5, against
// 9.4 % and 10.8 % without. Ours is trained for fewer steps and gives less at both ends, in the same order: see the table.)*
//
// **Next:** [13 Where to put BN](13-where-to-put-bn.ipynb).
//
// ### Sources
//
// - Ioffe and Szegedy 2015, [arXiv 1502.03167](https://arxiv.org/abs/1502.03167), abstract and section 1 (the claim), Algorithm 1
//   (ε), section 3.3 (the equations with $a$).
// - X. Glorot and Y. Bengio 2010, *Understanding the difficulty of training deep feedforward neural networks*, equation 12.
// - K. He et al. 2015, [arXiv 1502.01852](https://arxiv.org/abs/1502.01852), equation 10.
// - T. van Laarhoven 2017, [arXiv 1706.05350](https://arxiv.org/abs/1706.05350), section 3 (the effective learning rate).
// - Data: MNIST (LeCun, Cortes and Burges). The code: `lib/src/experiments/initialisationSweep.ts`.
