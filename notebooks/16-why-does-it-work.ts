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
// # 16 · Does it work because of covariate shift?
//
// **You will learn** what later work says against the paper's own explanation, which of it you can see here with your own eyes,
// and which of it did not reproduce.
//
// **You need** BN and its backward pass; [01](01-covariate-shift.ipynb) and [11](11-learning-rate-sweeps.ipynb) for what is being
// explained.
//
// **Time:** about 50 minutes; the computer takes half a minute.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Four answers
//
// Nobody doubts *that* BN helps. Why does it?
//
// - **Ioffe and Szegedy 2015:** it reduces internal covariate shift, "the change in the distribution of network activations due to the
//   change in network parameters during training" (section 2).
// - **Santurkar et al. 2018:** no. Distributions made to shift train as well, and BN does not lessen the shift of *gradients*.
//   BN makes the loss smoother.
// - **Bjorck et al. 2018:** it "primarily enables training with larger learning rates"; without BN a large step makes activations grow
//   uncontrollably with depth.
// - **Yang et al. 2019:** and it has a price. At initialisation BN itself makes gradients grow exponentially with depth.
//
// We repeat one experiment for each claim. At the end a table says what reproduced, computed from the runs above it.

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 5 minutes. Let the class rank the four before anything runs. All of our networks are small and on MNIST; the papers used VGG
// and ResNets on CIFAR-10 and ImageNet. Where we disagree, the size may be the reason: say it each time.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## 1 · Noise after BN
//
// Santurkar et al. (section 2.2) take the stability away on purpose. After BN each unit gets noise, with a mean (up to ±0.5) and a scale
// (1 to 1.25) that are drawn **anew for every unit at every step**. If BN worked by stable distributions, this network would
// be as bad as one without BN.
//
// We train a sigmoid network without BN, with BN, and with BN and noise. The **shift** is how far a unit's mean moves from one step to
// the next, in standard deviations of the unit.
//
// **Predict first:** order the three by their loss, then by their shift.

// %% slideshow={"slide_type": "subslide"}
import { interruptSignal, liveFigure, noisyBatchNorm, noisyFigure, progress } from 'batchnorm';

const signal = interruptSignal();
const line = progress('noise after BN');
const live = liveFigure();
const noisy = await noisyBatchNorm(
  {},
  {
    onResult: (soFar) => live.update(() => noisyFigure(soFar)),
    onProgress: line.report,
    signal,
  },
);
live.finish(noisyFigure(noisy));
line.finish();

// %% [markdown] slideshow={"slide_type": "subslide"}
// - The **loss** of BN with noise falls like that of BN without noise.
// - Its **shift** is hundreds of times that of BN. So a small shift is not what BN needs.
// - But in our measure the network **without BN** shifts as much as the noisy one, or *more*. Santurkar et al. say that theirs shifts more than
//   the network without BN. With their noise, in so few steps of a small network, that half of the claim does **not** reproduce. In more
//   steps it does: see *At full size* below.
//
// **Predict first:** twice the noise of the mean, ±1. Now it shifts more than without BN. Does it still train?

// %% slideshow={"slide_type": "subslide"}
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const louder = await noisyBatchNorm({ kinds: ['noisyBatchNorm'], noiseMean: 1 }, { signal });
const ends = [...noisy.runs, ...louder.runs.map((run) => ({ ...run, kind: 'louder' as const }))];
const end = (kind: (typeof ends)[number]['kind'], what: 'accuracy' | 'shift') =>
  mean(ends.filter((run) => run.kind === kind).map((run) => run[what].at(-1) ?? Number.NaN));
for (const kind of ['none', 'batchNorm', 'noisyBatchNorm', 'louder'] as const) {
  const share = (100 * end(kind, 'accuracy')).toFixed(1);
  console.log(`${kind}: ${share} % of the last minibatches, shift ${end(kind, 'shift').toPrecision(2)}`);
}

// %% [markdown] slideshow={"slide_type": "subslide"}
// It does, a little slower. A network whose inputs shift more than without BN trains far better than without BN: **the core of
// Santurkar's claim stands.** A steady distribution is not what makes the difference.

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 12 minutes up to here. Someone will object that the network without BN does not train at all, so its units hardly differ between
// images and its shift *in standard deviations* is large. That is right, and worth saying: the measure decides who shifts more.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## 2 · The shift that matters to a layer
//
// What a layer needs from its step is its gradient. Santurkar et al. (definition 2.1) therefore measure: $G$ is a layer's gradient on
// a minibatch; then the layers **below** make their step, and $G'$ is its gradient on the same minibatch now. If
// nothing shifts, $G' = G$.
//
// $$\cos(G, G') = \frac{G \cdot G'}{|G| \, |G'|} \quad (1 \text{ is no shift}) \qquad \frac{|G - G'|}{|G|} \quad (0 \text{ is no shift})$$
//
// **Exercise 1.** Write the cosine.
//
// <details><summary>Hint 1</summary>
//
// The cosine of a vector with itself must be 1, however long the vector is.
//
// </details>
// <details><summary>Hint 2</summary>
//
// `Math.hypot(...vector)` is its length.
//
// </details>

// %% slideshow={"slide_type": "fragment"} tags=["exercise"]
import { checkCosine } from 'batchnorm';

const cosine = (before: number[], after: number[]): number => {
  const product = before.reduce((sum, value, i) => sum + value * after[i], 0);
  // Your turn: this is the scalar product alone.
  return product;
};
checkCosine(cosine);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Does BN lessen it?
//
// Santurkar et al. find "similar, or even worse" with BN (figure 3). ReLU, at learning rate 0.1 and at 0.01.
//
// **Predict first:** at which of the two rates will BN have the smaller shift, if at either?

// %% slideshow={"slide_type": "subslide"}
import { gradientShiftFigure, gradientShiftStudy, show } from 'batchnorm';

const shiftLine = progress('shift of gradients');
const shifted = await gradientShiftStudy({ learningRate: 0.1 }, { onProgress: shiftLine.report, signal });
show(gradientShiftFigure(shifted));
const slowly = await gradientShiftStudy({ learningRate: 0.01 }, { onProgress: shiftLine.report, signal });
shiftLine.finish();
const distance = (study: typeof shifted, bn: boolean) =>
  mean(study.runs.filter((run) => run.batchNorm === bn).flatMap((run) => run.difference[1]));
for (const study of [shifted, slowly]) {
  const [withBN, without] = [true, false].map((bn) => distance(study, bn).toFixed(2));
  console.log(`rate ${study.config.learningRate}: distance ${withBN} with BN, ${without} without BN`);
}

// %% [markdown] slideshow={"slide_type": "subslide"}
// - At **0.01** BN has as large a shift or a slightly larger one: "similar, or even worse", as Santurkar et al. report it.
// - At **0.1** BN has clearly the *smaller* one: early in training that does **not** reproduce.
//
// Whether BN lessens this shift depends on the rate. At a rate that is large for the network without BN, its gradients are thrown
// about, and BN does steady them. At a small rate there is hardly a shift to be lessened. (Theirs: VGG on CIFAR-10 and deep linear networks,
// ours: three hidden layers on MNIST.)

// %% [markdown] slideshow={"slide_type": "slide"}
// ## 3 · Larger steps
//
// Bjorck et al.: BN "primarily enables training with larger learning rates". Then at **one and the same small rate** BN should gain
// little, and most of its gain should come with the larger rate.
//
// **Predict first:** by how many points is BN ahead at 0.03? And the best of each curve?

// %% slideshow={"slide_type": "subslide"}
import { learningRateSweep, sweepFigure } from 'batchnorm';

const rates = [0.01, 0.03, 0.1, 0.3, 1];
const rateLine = progress('learning rates');
const reluOnly = { activations: ['relu' as const], learningRates: rates };
const sweep = await learningRateSweep(reluOnly, { onProgress: rateLine.report, signal });
rateLine.finish();
show(sweepFigure(sweep));
const accuracy = (rate: number, bn: boolean) =>
  mean(
    sweep.cells.filter((run) => run.learningRate === rate && run.batchNorm === bn).map((run) => run.accuracy),
  );
const best = (bn: boolean) => Math.max(...rates.map((rate) => accuracy(rate, bn)));
const points = (share: number) => (100 * share).toFixed(1);
console.log(`same rate, 0.03: BN is ahead by ${points(accuracy(0.03, true) - accuracy(0.03, false))} points`);
console.log(`best of each: BN is ahead by ${points(best(true) - best(false))} points`);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## What a long step does without BN
//
// The same start, ReLU, learning rate **3**. After 0, 1, 2 and 3 steps: how large are the inputs of the activations (root mean square), in the
// three hidden layers and the last one?
//
// **Predict first:** does the first layer blow up, or the last?

// %% slideshow={"slide_type": "subslide"}
import { gather, loadMnist, networkForward, showTable, trainNetwork } from 'batchnorm';

const { train } = loadMnist();
const images = gather(
  train,
  Array.from({ length: 200 }, (_, i) => i),
).x;

// %% slideshow={"slide_type": "fragment"}
const growthRows: string[][] = [];
for (const place of [0, 1, 2, 3, 4, 5, 6, 7]) {
  const [batchNorm, steps] = [place > 3, place % 4];
  const start = { activation: 'relu', batchNorm, initial: { kind: 'he' } } as const;
  const training = { train, steps, learningRate: 3, seed: 1 };
  const { network } = await trainNetwork({ sizes: [784, 50, 50, 50, 10], ...start }, training);
  const sizes = networkForward(network, images, 200, 'training').layers.map(({ activationInput }) =>
    Math.sqrt(mean(Array.from(activationInput, (value) => value * value))),
  );
  const name = `${batchNorm ? 'with' : 'without'} BN, step ${steps}`;
  growthRows.push([name, ...sizes.map((size) => String(Number(size.toPrecision(2))))]);
}
showTable({ columns: ['', 'layer 1', 'layer 2', 'layer 3', 'last layer'], rows: growthRows });

// %% [markdown] slideshow={"slide_type": "subslide"}
// Without BN each step multiplies, and each layer multiplies what the layer below has multiplied: in a few steps the last layer is beyond
// all bounds. With BN every hidden layer starts from 1 again. **This claim of Bjorck et al. reproduces.**
//
// The other one in part: at its best rate BN gains more than at the same small rate, but in our short training it is ahead at the
// small rates too. It also *learns faster* there.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## 4 · The price: gradients that grow
//
// Yang et al. (2019) calculate, for very wide networks at initialisation, how the squared gradient grows for each layer on its way
// **down**:
//
// - ReLU with BN, large minibatches: by $\frac{\pi}{\pi - 1} = 1.467$ a layer;
// - linear layers with BN, minibatches of $B$: by $\frac{B-2}{B-3}$.
//
// No choice of the initial weights helps: BN does not notice their scale. **Predict first:** will 192 units be "very wide" enough?

// %% slideshow={"slide_type": "subslide"}
import { gradientGrowth, gradientGrowthFigure } from 'batchnorm';

const grown = await gradientGrowth({}, { signal });
show(gradientGrowthFigure(grown));
const rate = (activation: 'relu' | 'identity', m: number, pick: 'growth' | 'theory') =>
  mean(
    grown.cells.filter((cell) => cell.activation === activation && cell.m === m).map((cell) => cell[pick]),
  );
const growthTable = grown.config.batchSizes.map((m) => [
  `B = ${m}`,
  ...(['relu', 'identity'] as const).flatMap((name) => [
    rate(name, m, 'growth').toFixed(3),
    rate(name, m, 'theory').toFixed(3),
  ]),
]);
showTable({ columns: ['', 'ReLU', 'π/(π − 1)', 'linear', '(B − 2)/(B − 3)'], rows: growthTable });

// %% [markdown] slideshow={"slide_type": "subslide"}
// - **ReLU:** at the largest $B$ close to 1.467; in small minibatches the growth is larger still, as one may expect of a limit for
//   large ones.
// - **Linear:** follows $(B-2)/(B-3)$, and for larger $B$ a little below it: at the largest $B$ even below 1, where the theory, which
//   is of infinite width, stays above.
//
// So BN is not "good for the gradient flow" without condition. Three layers do not notice; fifty would.

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 10 minutes. Why do deep networks with BN train all the same? Skip connections pass the gradient by; and Yang et al. find
// that after a single step the gradients of the layers are far more alike (their abstract).

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Try it
//
// **Before you move it:** at which $B$ is the linear network's curve nearly flat? Does the ReLU's ever get flat?

// %% slideshow={"slide_type": "skip"} tags=["live"]
import { lineFigure } from 'batchnorm';

const layersDown = async (m: number) => {
  const small = { batchSizes: [m], width: 96, depth: 12, seeds: [1] };
  const { cells } = await gradientGrowth(small, { workers: 0 });
  const curves = cells.flatMap(({ activation, gradient, theory }) => {
    const x = gradient.map((_, i) => gradient.length - 1 - i);
    const name = activation === 'relu' ? 'ReLU' : 'linear';
    return [
      { name, x, y: gradient.map((value) => Math.log10(value)) },
      { name: `${name}, theory`, x, y: x.map((down) => down * Math.log10(theory)) },
    ];
  });
  const y = 'log10 of the squared gradient';
  show(lineFigure(curves, { title: `Squared gradient, minibatches of ${m}`, x: 'layers below the top', y }));
};
await widgets.interact(({ m }) => layersDown(Math.round(m)), {
  m: widgets.slider({ label: 'B', min: 4, max: 128, log: true, value: 8, format: 'd' }),
});

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Exercise 2: fifty layers
//
// ReLU with BN and large minibatches: the **squared** gradient grows by $\pi/(\pi-1)$ a layer. By which factor does the gradient
// itself grow over **50** layers?
//
// <details><summary>Hint 1</summary>
//
// Each layer multiplies. What does 50 times multiplying by the same number give?
//
// </details>
// <details><summary>Hint 2</summary>
//
// From a square to what was squared: take the root.
//
// </details>

// %% slideshow={"slide_type": "fragment"} tags=["exercise"]
import { checkGrowthOverDepth } from 'batchnorm';

const growthOver50 = Number.NaN; // your number here
checkGrowthOverDepth(growthOver50);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Exercise 3: which minibatch?
//
// A linear network with BN. What is the smallest minibatch $B$ for which the squared gradient grows by **at most 1.1** a layer?
//
// <details><summary>Hint 1</summary>
//
// $\frac{B-2}{B-3} = 1 + \frac{1}{B-3}$.
//
// </details>
// <details><summary>Hint 2</summary>
//
// $\frac{1}{B-3}$ must be at most 0.1.
//
// </details>

// %% slideshow={"slide_type": "fragment"} tags=["exercise"]
import { checkSmallestBatch } from 'batchnorm';

const smallestBatch = Number.NaN; // your number here
checkSmallestBatch(smallestBatch);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## The score
//
// Each row is computed from the runs above. A claim is reproduced where the first number is above the second.

// %% slideshow={"slide_type": "subslide"}
const [noise, plain, none] = (['noisyBatchNorm', 'batchNorm', 'none'] as const).map((kind) => ({
  right: end(kind, 'accuracy'),
  shift: end(kind, 'shift'),
}));
// Each claim holds where the first number is above the second.
const santurkar: [string, number, number][] = [
  ['as accurate with noise as BN, within 0.05', noise.right + 0.05, plain.right],
  ['more accurate with noise than without BN', noise.right, none.right],
  ['shifts more with noise than without BN', noise.shift, none.shift],
  ['… with twice the noise', end('louder', 'shift'), none.shift],
  ['gradients shift as much with BN as without, at 0.01', distance(slowly, true), distance(slowly, false)],
  ['… at 0.1', distance(shifted, true), distance(shifted, false)],
];

// %% slideshow={"slide_type": "fragment"}
const scoreOf = ([claim, a, b]: [string, number, number]) => {
  return [claim, ...[a, b].map((value) => String(Number(value.toPrecision(3)))), a > b ? 'yes' : 'no'];
};
showTable({
  columns: ['Santurkar et al.', 'this …', '… above this', 'reproduced'],
  rows: santurkar.map(scoreOf),
});

// %% slideshow={"slide_type": "subslide"}
const largest = Math.max(...grown.config.batchSizes);
const offBy = (name: 'relu' | 'identity') =>
  Math.abs(rate(name, largest, 'growth') / rate(name, largest, 'theory') - 1);
const ahead = accuracy(0.03, true) - accuracy(0.03, false);
const [firstLayer, lastLayer] = [Number(growthRows[3][1]), Number(growthRows[3][4])];
const others: [string, number, number][] = [
  ['Bjorck: a larger lead at the best rates than at 0.03', best(true) - best(false), ahead],
  ['Bjorck: a lead of less than a point at 0.03', 0.01, ahead],
  ['Bjorck: without BN, last layer 100 times the first', lastLayer, 100 * firstLayer],
  [`Yang: ReLU is off by less than 5 % at B = ${largest}`, 0.05, offBy('relu')],
  [`Yang: linear is off by less than 5 % at B = ${largest}`, 0.05, offBy('identity')],
];
showTable({
  columns: ['Bjorck et al., Yang et al.', 'this …', '… above this', 'reproduced'],
  rows: others.map(scoreOf),
});

// %% [markdown] slideshow={"slide_type": "slide"}
// ## At full size
//
// Five seeds each (`data/lectures/`: `noisy-bn.json`, `gradient-shift.json`, `gradient-growth.json`, `learning-rates.json`; `npm run lectures:full` makes them).
//
// - **Noise after BN**, 5,000 steps, 64 units: 98.6 % of the last minibatches right with noise, 99.0 with BN alone, 86.4 without BN. The shift at the end: 0.18 with noise, 0.0001 with BN, 0.15 without. From step 1,500 on the inputs with noise shift
//   **more** than without BN, for each seed: **Santurkar's claim reproduces, both halves.** Before that the network without BN has not begun to learn.
// - **Shift of gradients**, 10,000 steps at rate 0.1: $|G - G'| / |G|$ in the middle hidden layer 0.77 with BN, 0.78 without; the cosine 0.72 and 0.64. Over a whole training the distance is *similar*, as Santurkar et al. report; the early lead of BN goes.
// - **Larger rates**, 3,000 steps, ReLU: BN is ahead by 1.2 points at 0.03 and by 0.7 points at the best rate of each. So after a long training most of what BN gains here is **not** due to the larger rate.
// - **Growth** of the squared gradient a layer, 768 units: ReLU 1.47 at $B = 256$ (theory 1.467), 3.0 at $B = 4$; linear 1.98, 1.49, 1.20 at $B = 4, 5, 8$ (theory 2, 1.5, 1.2).

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Summary
//
// - Stable distributions are not *why* BN works: with noise that makes them shift more than without BN, it works nearly as well.
// - What BN does do here: it keeps a long step from blowing up the layers above, and so stands larger rates.
// - Whether it lessens the shift of *gradients* depends on the learning rate. "Similar or worse" at a small one; smaller at a large one, for a while.
// - At initialisation BN makes gradients grow with depth, as calculated.
// - Santurkar's own answer, a smoother loss (their sections 3 and 4), is not tested here.
//
// *(A one-seed pilot in another program had a growth of 1.477 for ReLU; ours is in the table.)*
//
// ### Sources
//
// - Ioffe and Szegedy 2015, [arXiv 1502.03167](https://arxiv.org/abs/1502.03167), section 2 (internal covariate shift).
// - S. Santurkar, D. Tsipras, A. Ilyas and A. Madry 2018, [arXiv 1805.11604](https://arxiv.org/abs/1805.11604), section 2.2 and figure 2
//   (noise), definition 2.1 and figure 3 (shift of gradients), appendix A (the noise's sizes).
// - J. Bjorck, C. Gomes, B. Selman and K. Weinberger 2018, [arXiv 1806.02375](https://arxiv.org/abs/1806.02375), abstract (both claims).
// - G. Yang, J. Pennington, V. Rao, J. Sohl-Dickstein and S. Schoenholz 2019, [arXiv 1902.08129](https://arxiv.org/abs/1902.08129)
//   (gradients that grow; the two rates).
// - Data: MNIST (LeCun, Cortes and Burges). The code: `lib/src/experiments/`, `noisyBatchNorm.ts`, `gradientShiftStudy.ts`,
//   `gradientGrowth.ts`, `learningRateSweep.ts`.
