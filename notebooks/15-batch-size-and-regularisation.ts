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
// # 15 · Batch size and regularisation
//
// **You will learn** how noisy a minibatch's statistics are, what that noise does, how BN gets along with dropout and L2, and why
// with BN it matters which examples come together.
//
// **You need** BN in training and at inference. Best after [12](12-initialisation-sweeps.ipynb), which has the effective
// learning rate.
//
// **Time:** about 50 minutes; the computer takes half a minute.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## An estimate is noisy
//
// In training BN does not know a unit's mean and variance. It *estimates* both from the $m$ examples of the minibatch. The same
// example comes out differently in different company: the network is "no longer producing deterministic values for a given
// training example. In our experiments, we found this effect to be advantageous to the generalization of the network"
// (paper, section 3.4).
//
// So BN is also a form of **regularisation**: noise that keeps a network from learning its examples by heart. Generalisation, doing well
// on new examples, is what one hopes to get from it.
//
// **Predict first:** how does the squared error of the mean fall with $m$? And that of the variance: larger or smaller?

// %% slideshow={"slide_type": "subslide"}
import { interruptSignal, show, showTable, statisticsNoise, statisticsNoiseFigure } from 'batchnorm';

const signal = interruptSignal();
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const noise = await statisticsNoise({}, { signal });
show(statisticsNoiseFigure(noise));
const noiseRows = noise.config.batchSizes.map((m) => {
  const at = (pick: 'mean' | 'variance' | 'biased') =>
    mean(noise.cells.filter((cell) => cell.m === m).map((cell) => cell[pick]));
  const numbers = [m * at('mean'), (m - 1) * at('variance'), at('biased'), (m - 1) / m];
  return [`m = ${m}`, ...numbers.map((value) => value.toFixed(3))];
});
const noiseColumns = ['', 'm · error of mean', '(m − 1) · error of variance', 'biased variance', '(m − 1)/m'];
showTable({ columns: noiseColumns, rows: noiseRows });

// %% [markdown] slideshow={"slide_type": "subslide"}
// - The mean's squared error is $\sigma^2 / m$: the first column is 1 for every $m$.
// - The variance is worse known than the mean. For a normal distribution its relative squared error is $2/(m-1)$: the second
//   column would be 2. These units are nearly so.
// - The minibatch's variance is too small by $(m-1)/m$ on average; Algorithm 2 corrects that with $m/(m-1)$ for inference.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Exercise 1
//
// A unit has standard deviation 2 over the data. How far off, as a standard deviation, is the mean of a minibatch of **16**?
//
// <details><summary>Hint 1</summary>
//
// The variance of a sum of independent numbers is the sum of their variances.
//
// </details>
// <details><summary>Hint 2</summary>
//
// $\mathrm{Var}\left[\frac1m \sum_i x_i\right] = \frac{m \sigma^2}{m^2}$. Then take the root.
//
// </details>

// %% slideshow={"slide_type": "fragment"} tags=["exercise"]
import { checkMeanNoise } from 'batchnorm';

const noiseOfTheMean = Number.NaN; // your number here
checkMeanNoise(noiseOfTheMean);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Try it: one digit in changing company
//
// One training image and one unit of the first layer. In each of the minibatches the image is the same, its $m - 1$ companions are
// not. Left: the minibatches' statistics. Right: what BN makes of our image.
//
// **Before you move it:** how is $\hat x$ spread at $m = 2$? (Two examples only: think before you look.)

// %% slideshow={"slide_type": "skip"} tags=["live"]
import { companions, companionsFigure } from 'batchnorm';

await widgets.interact(
  ({ m, example }) => show(companionsFigure(companions({ m: Math.round(m), example: Math.round(example) }))),
  {
    m: widgets.slider({ label: 'm', min: 2, max: 256, log: true, value: 8, format: 'd' }),
    example: widgets.slider({ label: 'which image', min: 0, max: 50, step: 1, value: 0 }),
  },
);

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 10 minutes up to here. At m = 2 the normalised values are +1 and −1 whatever the pictures are: all that is left of an
// image is which of the two is larger. Let someone derive it on the board before the slider is moved.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Accuracy against m
//
// Every run sees the same number of examples: a small $m$ means many steps, a large $m$ few. ReLU, learning rate 0.1 for all.
//
// **Predict first:** draw the curves with and without BN. Where is each best? What happens at $m = 2$?

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 5 minutes. Same number of images for every m, so small minibatches make many more steps. Ask which of the two effects wins where.

// %% slideshow={"slide_type": "subslide"}
import { batchSizeFigure, batchSizeSweep, liveFigure, progress } from 'batchnorm';

const line = progress('batch sizes');
const live = liveFigure();
const sizes = await batchSizeSweep(
  {},
  {
    onResult: (soFar) => live.update(() => batchSizeFigure(soFar)),
    onProgress: line.report,
    signal,
  },
);
live.finish(batchSizeFigure(sizes));
line.finish(`${sizes.cells.length} of ${sizes.planned} runs`);

// %% slideshow={"slide_type": "subslide"}
const sizeRows = [true, false].map((bn) => [
  `accuracy ${bn ? 'with' : 'without'} BN`,
  ...sizes.config.batchSizes.map((m) => {
    const runs = sizes.cells.filter((cell) => cell.batchNorm === bn && cell.m === m);
    return runs.length === 0 ? '' : (100 * mean(runs.map((run) => run.accuracy))).toFixed(1);
  }),
]);
const sizeColumns = ['minibatch size m', ...sizes.config.batchSizes.map(String)];
showTable({ caption: 'mean test accuracy (%)', columns: sizeColumns, rows: sizeRows });

// %% [markdown] slideshow={"slide_type": "subslide"}
// - **m = 2 ruins BN**, while the network without BN learns. Of a pair only the order is left in training; at inference
//   the network gets numbers that it never saw.
// - **m = 4** hurts BN still. From 16 on BN is ahead.
// - At large $m$ both fall: fewer steps at the same rate. BN falls less.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## The noise by itself: ghost batches
//
// With $m$ both the noise and the number of steps change. **Ghost batches** (Hoffer, Hubara and Soudry 2017) part the two: the step uses
// all examples of a large minibatch, but BN normalises groups of it, each with statistics of its own.
//
// **Exercise 2.** Normalise the values of one unit in ghost batches of `size` neighbours.
//
// <details><summary>Hint 1</summary>
//
// `values.slice(0, size)` is the first ghost batch. Which slice is the next?
//
// </details>
// <details><summary>Hint 2</summary>
//
// A loop `for (let start = 0; start < values.length; start += size)`, and each part goes through `normalise` by itself.
//
// </details>

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 5 minutes. Steps and rate are now the same for all; only the statistics differ. That is the cleaner experiment.

// %% slideshow={"slide_type": "fragment"} tags=["exercise"]
import { batchNorm, checkGhostNormalise } from 'batchnorm';

const ghostNormalise = (values: number[], size: number): number[] => {
  const normalise = (part: number[]) => Array.from(batchNorm(part, part.length, 1).y);
  // Your turn: this takes no notice of the size.
  return size > 0 ? normalise(values) : values;
};
checkGhostNormalise(ghostNormalise);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## More noise, less learned by heart?
//
// The same minibatches and the same number of steps on few images; only the size of the ghost batches changes.
//
// **Predict first:** how does the *training* loss change with it? And the *test* accuracy?

// %% slideshow={"slide_type": "subslide"}
import { ghostFigure, ghostSweep } from 'batchnorm';

const ghostLine = progress('ghost batches');
const ghosts = await ghostSweep({}, { onProgress: ghostLine.report, signal });
ghostLine.finish();
show(ghostFigure(ghosts));

// %% [markdown] slideshow={"slide_type": "subslide"}
// The **training loss** falls all the way as the ghost batches grow: less noise, easier to learn by heart. The **test accuracy** does
// *not* rise all the way: groups of two or four are too noisy to learn from, and from about 16 on there is nothing more to gain,
// though the training loss goes on falling. That is what a regulariser does. A clear best size in the middle, as Hoffer et
// al. report it for large minibatches, this short training does not show: the difference is within that of the seeds. A longer one does, see
// *At full size* below.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## With dropout
//
// If BN regularises, is dropout still needed? The paper: in a network with BN "we found that it can be either removed
// or reduced in strength" (section 3.4; section 4.2.1 removes it). 500 training images only, so there is something to overfit.
//
// **Predict first:** which rate is best with BN, which without?

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 3 minutes. In the paper BN makes dropout less needed, in some networks not at all (section 3.4). Ask what the figure would look like then.

// %% slideshow={"slide_type": "subslide"}
import { dropoutFigure, dropoutSweep } from 'batchnorm';

const dropoutLine = progress('dropout');
const dropped = await dropoutSweep({}, { onProgress: dropoutLine.report, signal });
dropoutLine.finish();
show(dropoutFigure(dropped));

// %% [markdown] slideshow={"slide_type": "subslide"}
// With and without BN, a little dropout changes the accuracy by a point or so, and half of the units is too much. Removing it from the
// network with BN costs little, as the paper says. But BN does **not** take its place here: without dropout the
// network with BN is no better than the one without BN. The effect that the paper saw on ImageNet, a network that needs no
// dropout *because* of BN, this small experiment does not show.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## With L2
//
// L2 adds $\frac\lambda2 |W|^2$ to the loss: short weights, a simpler function. But with BN after it, the length of $W$ does not
// change the function at all: $\mathrm{BN}(aWu) = \mathrm{BN}(Wu)$. What then is L2 good for? It keeps $W$ short, and a step of the same
// length turns short weights further: **under BN, L2 only changes the effective learning rate** $\eta / |W|^2$ (van Laarhoven 2017).
//
// **Predict first:** a strong λ crushes the network without BN. And the one with BN?

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 5 minutes. Lecture 07 said that BN does not notice the scale of the weights: so what does a penalty on the scale do?

// %% slideshow={"slide_type": "subslide"}
import { l2Figure, l2Sweep } from 'batchnorm';

const l2Line = progress('L2');
const decayed = await l2Sweep({}, { onProgress: l2Line.report, signal });
l2Line.finish();
show(l2Figure(decayed));

// %% [markdown] slideshow={"slide_type": "subslide"}
// The strongest λ takes a large part of the accuracy from the network without BN: its weights are too short for what it must
// compute. With BN the accuracy stays nearly where it was, and the effective rate goes up many times over. (Our λ acts on the
// last layer too, which has no BN; there it is still an ordinary L2.)

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Exercise 3
//
// In a layer with BN after it, L2 has made $|W|$ **half** as long; the learning rate is the same. By which factor has the
// *effective* learning rate changed?
//
// <details><summary>Hint 1</summary>
//
// Two things change: the gradient, and how far a step of given length turns the weights.
//
// </details>
// <details><summary>Hint 2</summary>
//
// $\eta / |W|^2$.
//
// </details>

// %% slideshow={"slide_type": "fragment"} tags=["exercise"]
import { checkEffectiveRate } from 'batchnorm';

const timesTheEffectiveRate = Number.NaN; // your number here
checkEffectiveRate(timesTheEffectiveRate);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Who comes with whom
//
// With BN an example meets the others of its minibatch *inside* the network. The paper therefore shuffles more thoroughly, which
// "prevents the same examples from always appearing in a mini-batch together" and led to "about 1% improvements in the
// validation accuracy" on ImageNet (section 4.2.1). Four orders:
//
// - **new each epoch:** as always;
// - **once for all:** shuffled once, then round and round: every example has the same companions in every epoch;
// - **class by class:** all zeros, then all ones, …;
// - **one class a minibatch:** the minibatches come in random order, but each holds one digit only.
//
// **Predict first:** which of them hurts with BN, and which also without?

// %% slideshow={"slide_type": "subslide"}
import { shufflingFigure, shufflingSweep } from 'batchnorm';

const orderLine = progress('orders');
const ordersLive = liveFigure();
const orders = await shufflingSweep(
  {},
  {
    onResult: (soFar) => ordersLive.update(() => shufflingFigure(soFar)),
    onProgress: orderLine.report,
    signal,
  },
);
ordersLive.finish(shufflingFigure(orders));
orderLine.finish();

// %% [markdown] slideshow={"slide_type": "subslide"}
// - **Once for all** costs the network *with* BN a point or two, and the one without BN less or nothing: the same companions
//   mean the same noise in every epoch, and noise that repeats itself can be learned by heart. The paper's "about 1%" is of that size.
// - **One class a minibatch** ruins BN, and BN alone. In such a minibatch the mean *is* the class. BN subtracts it, and what would
//   tell a 3 from an 8 is gone. At inference the statistics are those of all classes, which the network has never seen.
// - **Class by class** ruins both, for a reason of its own: SGD forgets the first class while it learns the last.

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 8 minutes. "One class a minibatch" sounds contrived, but data that is stored by date, by patient or by camera and read in order
// is just that. Ask for the room's own data.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## A question to try
//
// Smaller minibatches, stronger noise: is the loss from "once for all" larger at $m = 4$? Predict it in points.

// %% slideshow={"slide_type": "fragment"}
const few = await shufflingSweep({ batchSize: 4, orders: ['eachEpoch', 'once'], seeds: [1] }, { signal });
for (const { order, batchNorm: bn, accuracy } of few.cells) {
  console.log(`m = 4, ${order}, ${bn ? 'with' : 'without'} BN: ${(100 * accuracy).toFixed(1)} %`);
}

// %% [markdown] slideshow={"slide_type": "slide"}
// ## At full size
//
// 60,000 examples seen whatever $m$ is, 100 units in each hidden layer, ReLU, rate 0.1, five seeds; mean test accuracy in per cent (`data/lectures/batch-size.json`; `npm run lectures:full -- batch-size` makes it):
//
// | m | 2 | 3 | 4 | 8 | 16 | 32 | 64 | 128 | 256 | 512 |
// |---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|
// | with BN | 18.4 | 85.5 | 92.3 | 96.1 | 96.6 | 96.7 | 96.4 | 95.8 | 94.7 | 93.1 |
// | without BN | 28.8 | 92.9 | 93.7 | 95.6 | 95.2 | 95.7 | 95.2 | 93.9 | 92.2 | 90.4 |
//
// BN is behind at 3 and 4, and ahead from 8 on. At 2, rate 0.1 is too large for either.
//
// Ghost batches, 1,000 steps on 2,000 training images with minibatches of 256, five seeds (`data/lectures/ghost.json`):
//
// | ghost batches of | 2 | 4 | 8 | 16 | 32 | 64 | 128 | 256 |
// |---|---:|---:|---:|---:|---:|---:|---:|---:|
// | training loss (nats) | 1.75 | 0.34 | 0.06 | 0.015 | 0.005 | 0.003 | 0.002 | 0.001 |
// | test accuracy (%) | 58.5 | 88.9 | 88.9 | 89.2 | 88.4 | 88.1 | 87.9 | 87.6 |
//
// Here the noise of small groups does regularise: 16 is ahead of 256 for each of the five seeds, though it fits the training images ten times worse.
//
// Dropout of 0, 10, 25, 50, 75 %, on 1,000 training images (`data/lectures/dropout.json`): with BN 88.6, 89.6, 90.2, 89.6, 87.8; without BN 88.4, 89.6, 89.8, 89.2, 87.3 %. A little dropout helps both alike.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Summary
//
// - A minibatch's statistics are estimates with squared errors of about $1/m$ (mean) and $2/(m-1)$ (variance). At $m = 2$ that ruins BN; from
//   about 16 on it is no harm.
// - The noise is a form of regularisation: more noise raises the training loss. In a long training on few images the test accuracy gains one or two
//   points by it, up to where the noise is too strong to learn from.
// - Dropout still changes little with BN or without, here; removing it costs little. L2 before a BN changes the effective learning rate.
// - With BN the order of the examples matters more: fresh companions each epoch, and never one class a minibatch.
//
// *(A one-seed pilot in another program, with 60,000 examples seen, had with BN 13.2 % at m = 2, 92.0 % at 4, 94.2 % at 8 and 92.5 % at
// 256. Ours sees fewer examples and gives less everywhere; the shape is the same, with the best m at 16 to 32.)*
//
// **Next:** [16 Does it work because of covariate shift?](16-why-does-it-work.ipynb)
//
// ### Sources
//
// - Ioffe and Szegedy 2015, [arXiv 1502.03167](https://arxiv.org/abs/1502.03167), section 3.4 (BN regularises; dropout), section 4.2.1
//   (dropout removed, shuffling), Algorithm 2 (m/(m − 1)).
// - E. Hoffer, I. Hubara and D. Soudry 2017, [arXiv 1705.08741](https://arxiv.org/abs/1705.08741), section 4 and Algorithm 1 (ghost
//   batches).
// - T. van Laarhoven 2017, [arXiv 1706.05350](https://arxiv.org/abs/1706.05350), section 3 (the effective learning rate).
// - Data: MNIST (LeCun, Cortes and Burges). The code: `lib/src/experiments/`, `statisticsNoise.ts`, `batchSizeSweep.ts`,
//   `ghostSweep.ts`, `regularisation.ts`, `shufflingSweep.ts`.
