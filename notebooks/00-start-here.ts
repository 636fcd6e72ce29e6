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
// # Start here
//
// Batch normalization ("BN") in interactive lectures: every claim is an experiment that you can predict, run, and change.
//
// **You will learn** how to run a cell, read a figure, change the library, and check an exercise.
//
// **You need** to read a little TypeScript or JavaScript. No library to install, no account, no network.
//
// **Time:** about 20 minutes.

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 5 minutes. Run the cells live, one by one, with Shift+Enter. Ask for a prediction before every figure and let the room vote;
// a figure seen without a prediction is forgotten. Every lecture is a slide show too: the projector button above the
// notebook starts it. There Ctrl+Enter runs a cell and stays on its slide.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## A cell, and how to run it
//
// Click into the cell below and press **Shift+Enter**. What it prints stands under it.
// Press the **■** button to stop a cell that runs too long; nothing that earlier cells made is lost.

// %% slideshow={"slide_type": "fragment"}
const batch = [1, 2, 3, 4, 10];
const batchMean = batch.reduce((sum, value) => sum + value, 0) / batch.length;
console.log(`mean of ${batch.length} numbers: ${batchMean}`);

// %% [markdown] slideshow={"slide_type": "subslide"}
// Names live on: the next cell uses `batch` from the cell above. Change a number up there, run both again, and see.
//
// Types are checked before a cell runs. Write `const wrong: number = 'three';` into a cell and try: the message names the
// line, and nothing of that cell is run.

// %% slideshow={"slide_type": "fragment"}
const batchVariance = batch.reduce((sum, value) => sum + (value - batchMean) ** 2, 0) / batch.length;
console.log(`variance: ${batchVariance}, standard deviation: ${Math.sqrt(batchVariance).toFixed(3)}`);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## The library
//
// Everything comes from one package, `batchnorm`. Here is the BN transform itself (Algorithm 1 of the paper), on a
// mini-batch of 5 examples with 1 feature.
//
// **Predict first:** what will the mean and the variance of its output be?

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 4 minutes. Let them say mean and variance of the result before the cell is run.

// %% slideshow={"slide_type": "fragment"}
import { batchNorm, columnMoments } from 'batchnorm';

const { y } = batchNorm(batch, batch.length, 1);
const moments = columnMoments(y, batch.length, 1);
console.log('normalised:', Array.from(y, (value) => value.toFixed(3)).join('  '));
console.log(`mean ${moments.mean[0].toFixed(6)}, variance ${moments.variance[0].toFixed(6)}`);

// %% [markdown] slideshow={"slide_type": "subslide"}
// Mean 0 and variance 1, but for a hair: the variance is a little below 1, since a small ε stands beside the variance
// under the root so that nothing is ever divided by 0.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## A figure, and a change in the library
//
// LeakyReLU passes positive numbers on and divides negative ones by $a$, a number in $(1, \infty)$. The library's
// $a$ is 100 unless told otherwise.
//
// **Predict first:** with $a = 100$, can you see the negative side at all?

// %% slideshow={"slide_type": "subslide"}
import { activation, lineFigure, show } from 'batchnorm';

const inputs = Array.from({ length: 81 }, (_, i) => (i - 40) / 10);
const leaky = activation('leakyRelu');
const outputs = inputs.map((u) => leaky.apply(u));
show(
  lineFigure([{ name: 'LeakyReLU', x: inputs, y: outputs }], {
    title: 'LeakyReLU',
    x: 'input u',
    y: 'output g(u)',
  }),
);

// %% [markdown] slideshow={"slide_type": "subslide"}
// **Now change the library.** Open `lib/src/activations.ts` (in the file browser on the left, one folder up from
// `notebooks`), find
//
// ```ts
// export const DEFAULT_LEAK = 100;
// ```
//
// make it `3`, save, and run the cell above again. The left half of the figure bends: your change took effect at once,
// with no build and no restart. Then put the 100 back.
//
// *(Under stock tslab, run `npm run build` after a change and restart its kernel.)*

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 4 minutes. Do this live, with the editor beside the notebook (drag its tab to the right edge). It is the moment in which a class
// understands that the lectures hide nothing.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Your first exercise
//
// Write `standardise`: it takes a list of numbers and returns it with mean 0 and variance 1. The check tells you what is
// missing, and knows the usual mistakes by name.
//
// <details><summary>Hint 1</summary>
//
// The mean is the sum of the values over their number; the variance is the mean of the squared distances from it.
//
// </details>
// <details><summary>Hint 2</summary>
//
// After subtracting the mean, divide by the *root* of the variance.
//
// </details>

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 5 minutes. Type a wrong answer first, on purpose, so that everybody sees that a check names the mistake.

// %% slideshow={"slide_type": "fragment"} tags=["exercise"]
import { checkStandardise } from 'batchnorm';

const standardise = (values: number[]): number[] => {
  // Your turn: subtract the mean, then divide by the standard deviation.
  return values;
};
checkStandardise(standardise);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Exercise 2: predict, then try
//
// Every value of a list is doubled, then 10 is added. By how much does `standardise` of the list change? (Its largest change, over all values.)
//
// <details><summary>Hint 1</summary>
//
// What happens to the mean? To the standard deviation?
//
// </details>

// %% slideshow={"slide_type": "fragment"} tags=["exercise"]
import { checkShiftAndScale } from 'batchnorm';

const change = Number.NaN; // your number here
checkShiftAndScale(change);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## The lectures
//
// | # | Lecture |
// |---|---|
// | 00 | Start here (this one) |
// | 01 | [Covariate shift](01-covariate-shift.ipynb) |
// | 02 | [Saturation and gradients](02-saturation-and-gradients.ipynb) |
// | 03 | [Mini-batches](03-mini-batches.ipynb) |
// | 04 | [Whitening inputs](04-whitening-inputs.ipynb) |
// | 05 | [Naive centring: the bias drift](05-bias-drift.ipynb) |
// | 06 | [Why not full whitening](06-why-not-full-whitening.ipynb) |
// | 07 | [The BN transform](07-the-bn-transform.ipynb) |
// | 08 | [Backprop through BN](08-backprop-through-bn.ipynb) |
// | 09 | [Training a BN network](09-training-a-bn-network.ipynb) |
// | 10 | [Inference](10-inference.ipynb) |
// | 11 | [Learning-rate sweeps](11-learning-rate-sweeps.ipynb) |
// | 12 | [Initialisation sweeps](12-initialisation-sweeps.ipynb) |
// | 13 | [Where to put BN](13-where-to-put-bn.ipynb) |
// | 14 | [Convolution](14-convolution.ipynb) |
// | 15 | [Batch size and regularisation](15-batch-size-and-regularisation.ipynb) |
// | 16 | [Does it work because of covariate shift?](16-why-does-it-work.ipynb) |
// | 17 | [BN in a DCGAN](17-dcgan.ipynb) |
// | 18 | [Pitfalls](18-pitfalls.ipynb) |

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Which way?
//
// - **An hour**: 05, 07, and the first half of 10.
// - **Beginner** (you have seen a neural network, and want to know what BN does): 01, 02, 03, 05, 07, 11.
// - **Practitioner** (you want to place, tune and ship BN without surprises): 07, 10, 11, 12, 13, 14, 15, 18.
// - **Researcher** (you want the derivations, the checks, and what did not reproduce): 04, 05, 06, 08, 09, 12, 15, 16, 17, 18.

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 2 minutes. One sentence for each path.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Terms
//
// | English | Polski | Русский | 中文 |
// |---|---|---|---|
// | batch normalization | normalizacja wsadowa | пакетная нормализация | 批归一化 |
// | internal covariate shift | wewnętrzne przesunięcie rozkładu | внутренний ковариационный сдвиг | 内部协变量偏移 |
// | learning rate | współczynnik uczenia | скорость обучения | 学习率 |
// | whitening | wybielanie | отбеливание | 白化 |
// | saturation | nasycenie | насыщение | 饱和 |
// | moving average | średnia krocząca | скользящее среднее | 滑动平均 |
// | bias | obciążenie (bias) | смещение | 偏置 |
//
// `docs/glossary.md` has forty more.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Summary
//
// - Shift+Enter runs a cell, ■ stops it, names live on from cell to cell, types are checked first.
// - Predict, run, change: the library is plain TypeScript in `lib/src`, and an edit takes effect at once.
// - A check under an exercise names the mistake.
//
// **Next:** [01 Covariate shift](01-covariate-shift.ipynb).
//
// ### Sources
//
// - S. Ioffe and C. Szegedy, *Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate
//   Shift*, 2015, [arXiv 1502.03167](https://arxiv.org/abs/1502.03167): "the paper" in all lectures. The transform is its
//   Algorithm 1.
// - Figure colours: M. Okabe and K. Ito, *Color Universal Design*, 2008.
