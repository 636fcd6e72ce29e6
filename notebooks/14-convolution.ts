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
// # 14 · Convolution
//
// **You will learn** over which numbers BN takes a mean in a convolutional layer, why it must be so, and what BN does for a
// small conv net: while it learns, on pictures it has never seen, and when it is folded away.
//
// **You need** what a convolution is, and the BN transform. [11](11-learning-rate-sweeps.ipynb) has the same
// questions for dense layers.
//
// **Time:** about 40 minutes, of which the computer takes less than one.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## What a convolution promises
//
// A convolution slides one filter over the whole image. So it treats every location alike: **shift the image, and the
// output shifts with it**, by as many pixels and with nothing else changed. This is called *shift-equivariance*.
//
// The output of one filter is a **feature map**: $p \times q$ numbers for each image. A layer with $c$ filters gives $n
// \times p \times q \times c$ numbers for a minibatch of $n$ images.
//
// BN in a dense layer takes one mean for each *activation*, over the $n$ examples. Two ways to carry that over:
//
// | | one mean for each | how many means | taken over |
// |---|---|---|---|
// | per activation | location of each map | $p q c$ | $n$ values |
// | per feature map | map | $c$ | $m' = n p q$ values |

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 4 minutes. Draw one map as a grid, and circle the numbers that are averaged in either case: through the pile of images at
// one place, or the whole pile. Let them vote now on which of the two the paper takes, and why.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## See it: one digit, one filter
//
// A digit on a larger sheet of paper, and the same digit some pixels to the right. Both go through one random filter of 5 × 5
// and then through BN, with statistics from 60 digits that were not shifted.
//
// **Predict first:** each row below ends with "the output of the shifted digit, moved back, minus the output of the
// digit". In which row is that 0 (plain mid-grey)?

// %% slideshow={"slide_type": "subslide"}
import { shiftedMaps, shiftedMapsFigure, show } from 'batchnorm';

const moved = shiftedMaps({ shift: 4 });
show(shiftedMapsFigure(moved));

// %% [markdown] slideshow={"slide_type": "subslide"}
// Per map, BN is one multiplication and one addition for the *whole* map, so the shape moves along. Per activation, every
// location has a factor and an offset of its own, measured on digits that all lie in the middle. At the edge of the paper, where ink
// was rare, the variance is almost 0 and the factor up to $1/\sqrt{\varepsilon} = 316$: a digit that moves there is blown up.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Try it: move the digit
//
// **Before you move it:** does the difference per activation grow with the shift? What will you see at 0?

// %% slideshow={"slide_type": "skip"} tags=["live"]
await widgets.interact(
  ({ shift, image, filter }) => show(shiftedMapsFigure(shiftedMaps({ shift, image, seed: filter }))),
  {
    shift: widgets.slider({ label: 'shift (pixels)', min: 0, max: 6, step: 1, value: 4 }),
    image: widgets.slider({ label: 'digit', min: 0, max: 20, step: 1, value: 0 }),
    filter: widgets.slider({ label: 'filter', min: 1, max: 10, step: 1, value: 1 }),
  },
);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## How far off, in numbers
//
// Now with several filters, digits, seeds and shifts: the distance between "shift, then layer" and "layer, then shift", as a
// part of the output's size.
//
// **Predict first:** draw the three curves over the shift. The vertical axis has powers of ten.

// %% slideshow={"slide_type": "subslide"}
import { convolutionFigure, convolutionStudy, interruptSignal, progress } from 'batchnorm';

const signal = interruptSignal();
const bar = progress('seeds');
const study = await convolutionStudy({}, { onProgress: bar.report, signal });
bar.finish();
show(convolutionFigure(study));

// %% slideshow={"slide_type": "subslide"}
import { showTable } from 'batchnorm';

const names = { none: 'without BN', perMap: 'BN per feature map', perActivation: 'BN per activation' };
const rows = study.moments
  .filter(({ seed }) => seed === study.config.seeds[0])
  .map(({ normalisation, statistics, valuesEach, mapMean, mapStd }) => [
    names[normalisation],
    String(statistics),
    String(valuesEach),
    mapMean.toExponential(0),
    mapStd.toExponential(0),
  ]);
const columns = ['', 'means', 'values in each', 'worst |mean|', 'worst |std − 1|'];
showTable({ caption: 'a map over all images and locations', columns, rows });

// %% [markdown] slideshow={"slide_type": "subslide"}
// - **Without BN** and with **BN per feature map** the layer keeps its promise.
// - **BN per activation** breaks it, at a shift of one pixel already: the error is larger than the output itself.
// - Per map, there are few means, each over very many values: good estimates, even from few images.
//
// "For convolutional layers, we additionally want the normalization to obey the convolutional property – so that different
// elements of the same feature map, at different locations, are normalized in the same way" (paper, section 3.2).

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 8 minutes with the digit that moves. Ask why per activation the error is there at one pixel already: each location was
// measured by itself, so even neighbours differ. Exercises 1 to 3 take ten minutes more.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Exercise 1: over which axes?
//
// The images are $x[\text{image}][\text{row}][\text{column}][\text{map}]$. Return the mean of each map, as BN takes it.
//
// <details><summary>Hint 1</summary>
//
// Which of the four indices does the mean still have? Over all others it is taken.
//
// </details>
// <details><summary>Hint 2</summary>
//
// `x.flat(2)` is a list of all locations of all images; each is a list with one number for each map.
//
// </details>

// %% slideshow={"slide_type": "fragment"} tags=["exercise"]
import { checkMapMeans } from 'batchnorm';

// x[image][row][column][map]
const mapMeans = (x: number[][][][]): number[] => {
  // Your turn: these are the means of the first image alone.
  const locations = x[0].flat();
  return locations[0].map((_, c) => locations.reduce((sum, at) => sum + at[c], 0) / locations.length);
};
checkMapMeans(mapMeans);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Exercise 2: how large is the minibatch, really?
//
// **60** images of 28 × 28 pixels go through a convolution with **32** filters and stride 2: its maps have 14 × 14 locations.
// Over how many values does BN take each mean?
//
// <details><summary>Hint 1</summary>
//
// The paper: "if $\mathcal{B}$ is the set of all values in a feature map across both the elements of a mini-batch and spatial
// locations … we use the effective mini-batch of size $m' = |\mathcal{B}| = m \cdot p q$".
//
// </details>

// %% slideshow={"slide_type": "fragment"} tags=["exercise"]
import { checkEffectiveBatch } from 'batchnorm';

const effectiveBatch = Number.NaN; // your number here
checkEffectiveBatch(effectiveBatch);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Exercise 3: what does it learn?
//
// The same layer: 32 maps of 14 × 14 locations. How many numbers does its BN **learn**?
//
// <details><summary>Hint 1</summary>
//
// A location must not have parameters of its own. What has?
//
// </details>
// <details><summary>Hint 2</summary>
//
// $y = \gamma \hat x + \beta$. The mean and the variance are measured.
//
// </details>

// %% slideshow={"slide_type": "fragment"} tags=["exercise"]
import { checkMapParameters } from 'batchnorm';

const learned = Number.NaN; // your number here
checkMapParameters(learned);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## A conv net that learns
//
// Two convolutions of 3 × 3 with stride 2 (8 and 16 maps), ReLU, and a dense layer. BN stands before the ReLU, after it, or
// nowhere. It learns digits, and the drawn **objects** of [01](01-covariate-shift.ipynb): cat or not, where all cats are in
// warm colours. Conv nets run on TensorFlow.js, with BN as a layer from `batchnorm/tfjs`.
//
// **Predict first:** for each panel, which curve is highest on the left? And which one goes on furthest to the right?

// %% slideshow={"slide_type": "subslide"}
import { liveFigure } from 'batchnorm';
import { convNetFigure, convNetStudy, tensorflow } from 'batchnorm/tfjs';

await tensorflow();
const line = progress('conv nets');
const live = liveFigure();
const onResult = (soFar: Parameters<typeof convNetFigure>[0]) => live.update(() => convNetFigure(soFar));
const nets = await convNetStudy({}, { onResult, onProgress: line.report, signal });
live.finish(convNetFigure(nets));
line.finish(`${nets.runs.length} of ${nets.planned} nets`);

// %% [markdown] slideshow={"slide_type": "subslide"}
// - At small and middle rates **BN gets further in the same number of steps**, most of all on digits; here a little further *after*
//   the ReLU than before it. ([13](13-where-to-put-bn.ipynb) asks that question with more care.)
// - The objects are easy: cats are known by their colour, and every net sees that soon.
// - At rate 1, on digits, the curves fall, **with BN too**. Did the paper not say "higher learning rates"?

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 8 minutes with the study. Do not explain the right end yet: ask which layer has no BN. Somebody will find it.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Who breaks at rate 1?
//
// One layer has no BN after it: the dense one. It gets 7 · 7 · 16 = 784 numbers of about size 1, and one step at rate
// $\eta$ moves a logit of the same image by about $\eta \, |z|^2$, with $|z|^2$ of the order of hundreds.
//
// If that is so, a dense layer with fewer inputs must stand it. Average the last maps over 3 × 3 locations first, which leaves
// 3 · 3 · 16 = 144 inputs, each smaller. **Predict first:** who learns at rate 1 now?

// %% slideshow={"slide_type": "subslide"}
import { experimentSize } from 'batchnorm';

const seeds = experimentSize() === 'small' ? [1] : [1, 2, 3];
const fast = { data: ['mnist' as const], learningRates: [1], seeds, steps: 25, testCount: 300 };
const average = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
for (const pooled of [false, true]) {
  const { runs, config } = await convNetStudy({ ...fast, pooled }, { signal });
  for (const placement of config.placements) {
    const shares = runs.filter((run) => run.placement === placement).map((run) => 100 * run.accuracy);
    const each = shares.map((value) => value.toFixed(0)).join(', ');
    const name = `rate 1, ${pooled ? 144 : 784} inputs, BN ${placement}`;
    console.log(`${name}: mean ${average(shares).toFixed(1)} % (seeds: ${each})`);
  }
}

// %% [markdown] slideshow={"slide_type": "subslide"}
// After 25 steps: with 784 inputs, BN after the ReLU diverges for every seed, and the others hang on the seed. With 144 inputs
// the nets with BN learn at rate 1, and more than the one without. BN protects the layers that it follows; **a last layer
// without it has a limit of its own**. Networks such as the paper's Inception average their last maps over all locations.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Colours it has never seen
//
// The nets learned from warm cats. Now the cats are cold and the other things warm, or there is no colour at all.
//
// **Predict first:** BN was invented against a *shift of distributions*. Does it help with this one? And if the BN layers
// measure their means and variances on the new pictures, without labels (AdaBN, Li et al. 2016)?

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 4 minutes. Back to lecture 01, now with convolutions: let them bet.

// %% slideshow={"slide_type": "subslide"}
const rate = nets.config.learningRates.includes(0.1) ? 0.1 : nets.config.learningRates[0];
const share = (value: number | null) => (value === null ? '–' : `${(100 * value).toFixed(1)} %`);
const scores = nets.runs
  .filter(
    ({ data, learningRate, seed }) =>
      data === 'objects' && learningRate === rate && seed === nets.config.seeds[0],
  )
  .flatMap(({ placement, palettes }) =>
    palettes.map(({ palette, accuracy, adapted }) => [
      `BN ${placement}, ${palette}`,
      share(accuracy),
      share(adapted),
    ]),
  );
showTable({ columns: ['net, pictures', 'as it was', 'measured again'], rows: scores });

// %% [markdown] slideshow={"slide_type": "subslide"}
// No. All nets take the cold cats for other things and the warm things for cats, with BN and without. BN keeps the distributions
// *inside* the net in order while it learns; what a picture means is in the weights. New statistics cannot help where
// colours have changed sides, and do little here without colour.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## At inference: fold it away
//
// With fixed statistics, BN multiplies a map by one number and adds another. A convolution can do that itself:
//
// $$W'(\cdot, \cdot, \cdot, k) = s_k W(\cdot, \cdot, \cdot, k) \qquad b'_k = s_k (b_k - \mu_k) + \beta_k \qquad
// s_k = \frac{\gamma_k}{\sqrt{\sigma_k^2 + \varepsilon}}$$
//
// **Predict first:** the folded net does fewer operations. By which factor is it quicker? And is it *exactly* the same function?

// %% slideshow={"slide_type": "subslide"}
import { foldModel, foldSpeed, trainConvNet } from 'batchnorm/tfjs';

const { model } = await trainConvNet();
const kinds = (net: typeof model) => net.layers.map((layer) => layer.getClassName()).join(', ');
console.log(kinds(model));
console.log(kinds(foldModel(model)));
const fold = await foldSpeed(model, { signal });
const middle = (times: number[]) => [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)];
const [plain, quick] = [middle(fold.unfoldedMs), middle(fold.foldedMs)].map((ms) => ms.toFixed(2));
console.log(`64 images: with BN ${plain} ms, folded ${quick} ms (medians of ${fold.foldedMs.length})`);
console.log(`the folded net is ${fold.ratio.toFixed(2)} times as quick`);
console.log(`largest difference of an output ${fold.difference.toExponential(1)}`);
console.log(`largest output ${fold.largest.toFixed(1)}`);
console.log(`same answer for ${fold.sameAnswers} of ${fold.images} images`);

// %% [markdown] slideshow={"slide_type": "subslide"}
// Quicker, and the same function but for the rounding of 32-bit numbers. The factor depends on the machine and on how small the net is:
// in a large net the convolutions take most of the time, and less is gained.
//
// It works because BN stands **right after** the convolution. After the ReLU it could only be folded into the *next* layer,
// and a convolution that pads its border with zeros spoils that: the zeros did not come through BN.

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 5 minutes. The list of layers says it all: two BatchNorm are gone, and nothing else changed. Run the cell twice: the
// factor moves, the difference does not.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Exercise 4: fold a convolution that has a bias
//
// One map: one weight of the filter, the bias, and BN's numbers. Return the new weight and the new bias.
//
// <details><summary>Hint 1</summary>
//
// Write $\gamma \, \frac{(w x + b) - \mu}{\sqrt{\sigma^2 + \varepsilon}} + \beta$ and collect what multiplies $x$.
//
// </details>
// <details><summary>Hint 2</summary>
//
// What is left when $x = 0$ is the new bias.
//
// </details>

// %% slideshow={"slide_type": "fragment"} tags=["exercise"]
import { checkFoldMap, type MapToFold } from 'batchnorm';

const foldMap = (map: MapToFold): number[] => {
  // Your turn: from map.weight, .bias, .gamma, .beta, .mean, .variance and .epsilon
  return [map.weight, map.bias];
};
checkFoldMap(foldMap);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Summary
//
// - In a convolutional layer BN has one mean, one variance, one γ and one β **for each feature map**, over all images and all
//   locations: $m' = n p q$.
// - So every location is treated alike, and a shifted image still gives a shifted output. BN per activation breaks that.
// - On digits the conv net with BN learned more in the same steps. How high a rate it stood was up to the last
//   dense layer, which has no BN.
// - BN is no cure for a covariate shift of the *inputs*: the net still goes by the colour.
// - At inference BN folds into the convolution before it: the same function, quicker.
//
// **Next:** [15 Batch size and regularisation](15-batch-size-and-regularisation.ipynb).
//
// ### Sources
//
// - Ioffe and Szegedy 2015, [arXiv 1502.03167](https://arxiv.org/abs/1502.03167): section 3.2 (Batch-Normalized
//   Convolutional Networks, $m' = m \cdot p q$, γ and β per feature map), section 3.3 (higher learning rates), Algorithm 2
//   (inference; the fold is its line 11 put into the layer before).
// - Li et al. 2016, *Revisiting Batch Normalization For Practical Domain Adaptation*, [arXiv
//   1603.04779](https://arxiv.org/abs/1603.04779), section 3.
// - The code: `lib/src/featureMaps.ts`, `lib/src/experiments/convolutionStudy.ts`, `lib/src/tfjs/convNetStudy.ts`,
//   `lib/src/tfjs/foldModel.ts`.
