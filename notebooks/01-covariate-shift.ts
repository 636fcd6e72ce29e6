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
// # 01 · Covariate shift
//
// **You will learn** what covariate shift is, how little it takes to break a classifier, two remedies, and what changes
// when the shift happens *inside* a network.
//
// **You need** to know what a classifier and its test accuracy are. [00 Start here](00-start-here.ipynb) shows how to run
// cells.
//
// **Time:** about 35 minutes; the computer takes half a minute.

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 3 minutes. Everything below runs on two cores in about half a minute. Run the cells from the top before the class once: the first
// run of a kernel is the slowest.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## One function, two distributions
//
// A classifier learns $P(y \mid x)$: what a picture $x$ shows. **Covariate shift** means: in use, the pictures come from
// another distribution $P(x)$ than in training, while $P(y \mid x)$ stays what it was.
//
// Here a picture is a cat or something else, and that depends on its **shape alone**. The three rows show the same kinds
// of things. Only the colours differ.

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 5 minutes. Show the pictures alone first and let the class say what they see: two sorts of things, in two colours. Nobody names the colour as the rule, and the network will.

// %% slideshow={"slide_type": "subslide"}
import { drawObjects, objectSheet, palettes, Random, show } from 'batchnorm';

const [warmCats, coldCats, blackAndWhite] = palettes.map((palette) =>
  drawObjects(12, { palette, random: new Random(3) }),
);
show(objectSheet({ 'warm cats': warmCats, 'cold cats': coldCats, 'black & white': blackAndWhite }, 12));

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Predict first
//
// We train a small network (3072-64-32-2, ReLU, SGD) on **warm cats**: red, orange and brown cats among blue, green and
// violet other things. On new pictures of that kind it is nearly perfect.
//
// 1. How many pictures does it get right when cats are **cold** colours and other things warm?
// 2. How many when the same scenes are photographed in **black and white**? (Guessing gives 50 %.)
// 3. And when a **grey-scale transform** comes before both training and testing?
//
// Write your three numbers down.

// %% slideshow={"slide_type": "subslide"}
import { interruptSignal, objectShift, objectShiftFigure, progress } from 'batchnorm';

const colourLine = progress('training on warm cats');
const colourShift = await objectShift(
  { trainedOn: 'warm cats' },
  { onProgress: colourLine.report, signal: interruptSignal() },
);
colourLine.finish();
show(objectShiftFigure(colourShift));

// %% [markdown] slideshow={"slide_type": "slide"}
// ## What happened
//
// - At home: right almost always. With the colours swapped: **wrong** almost always, far below guessing. Without colour:
//   no better than guessing, or little.
// - The network did learn, but not what a cat looks like: it learned that *warm means cat*. That rule was never wrong in
//   training, and it is easier to find than a shape.
// - The grey-scale transform takes away the very thing that shifts. Then all three kinds of pictures have one
//   distribution, and one network serves them all.
//
// The function from picture to label was the same all along. The inputs shifted.

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 8 minutes up to here. Ask: is the network stupid? No. On the training distribution its rule is perfect. Nothing in the data spoke against it.
// Ask for real cases: another scanner in another hospital, night and day for a car, another microphone.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## The converse
//
// **Predict first:** train on **black and white**, test on colour. Is the drop as large?

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 3 minutes. A prediction that is easy to get right, and good after the shock before it. Ask what grey images force the network to learn.

// %% slideshow={"slide_type": "subslide"}
const greyLine = progress('training on black and white');
const greyShift = await objectShift(
  { trainedOn: 'black and white' },
  { onProgress: greyLine.report, signal: interruptSignal() },
);
greyLine.finish();
show(objectShiftFigure(greyShift));

// %% [markdown] slideshow={"slide_type": "subslide"}
// A small drop, if any. Who learned without colours had to learn the shape, and a network that has only ever seen
// R = G = B gives the three channels nearly the same weight, so what it sees of a coloured picture is nearly its brightness.
//
// So a shift of $P(x)$ does not always hurt. It hurts where the learned function leans on what shifts.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Exercise 1: the transform
//
// Write the grey-scale transform of one pixel: the brightness 0.299 R + 0.587 G + 0.114 B, in all three places.
//
// <details><summary>Hint 1</summary>
//
// It is **one** number; return it three times.
//
// </details>

// %% slideshow={"slide_type": "fragment"} tags=["exercise"]
import { checkGreyPixel } from 'batchnorm';

const greyPixel = (red: number, green: number, blue: number): number[] => {
  // Your turn.
  return [red, green, blue];
};
checkGreyPixel(greyPixel);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Exercise 2: which of these is covariate shift?
//
// A network finds tumours in scans. Then …
//
// - **a** the hospital buys new scanners, which make darker pictures;
// - **b** the doctors agree to call smaller spots tumours as well;
// - **c** tumours become three times as frequent, and look as they always did;
// - **d** the hospital adds a thousand pictures from the same scanners and patients.
//
// <details><summary>Hint 1</summary>
//
// In covariate shift the inputs $x$ are distributed differently, and what is right for a given $x$ stays the same.
//
// </details>
// <details><summary>Hint 2</summary>
//
// In b the right answer for a given picture has changed. In c, what has changed: pictures of tumours, or how many there are?
//
// </details>

// %% slideshow={"slide_type": "fragment"} tags=["exercise"]
import { checkWhichShift } from 'batchnorm';

const yourAnswer = '?'; // 'a', 'b', 'c' or 'd'
checkWhichShift(yourAnswer);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Another remedy: domain adaptation
//
// The transform worked because we *knew* what shifts. **Domain adaptation** uses unlabelled pictures of the new kind
// instead. A simple form for a network with BN (AdaBN, Li et al. 2016): keep every weight, and measure the means and
// variances of its BN layers again on the new pictures.
//
// **Predict first:** the network below is trained on warm cats and tested on black-and-white pictures. How much of the
// lost accuracy do new statistics bring back? And for cold cats?

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 5 minutes. The network is not trained again: only means and variances are measured on the new images. Ask which layers could not be repaired that way (those that rest on colour itself).

// %% slideshow={"slide_type": "subslide"}
import { adaptationFigure, percent, statisticsAdaptation } from 'batchnorm';

const adapted = await statisticsAdaptation({ target: 'black and white' }, { signal: interruptSignal() });
show(adaptationFigure(adapted));
const swapped = await statisticsAdaptation({ target: 'cold cats' }, { signal: interruptSignal() });
const average = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
console.log(
  `cold cats: ${percent(average(swapped.before))} before, ${percent(average(swapped.after))} adapted`,
);

// %% [markdown] slideshow={"slide_type": "subslide"}
// New statistics repair what a change of mean and scale broke, and that is a good part of the loss on black-and-white
// pictures. They cannot unlearn a rule: with swapped colours the layers' means and variances hardly tell anything is
// wrong, and the network stays wrong. An adaptation is not a guarantee.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## The same shift, inside a network
//
// Now look at one layer in the middle. Its inputs are the outputs of the layers below. While those learn, **its** input
// distribution moves: the paper calls this *internal covariate shift* (section 2). A layer has to learn a function while
// its inputs are shifting under it.
//
// We train the paper's network on MNIST (784-100-100-100-10, sigmoid, mini-batches of 60) and follow the input of one unit
// in the last hidden layer: its median, and the band from the 15th to the 85th percentile.
//
// **Predict first:** sketch the band over training, without BN and with BN.

// %% slideshow={"slide_type": "subslide"}
import { internalShift, percentileFigure } from 'batchnorm';

const mnistLine = progress('training on MNIST');
const internal = await internalShift({}, { onProgress: mnistLine.report, signal: interruptSignal() });
mnistLine.finish();
show(percentileFigure(internal));

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Reading the figure
//
// - **Without BN** the unit first gets almost the same input for every picture: a band as thin as a line, which drifts.
//   Then the layers below wake up, and within a few hundred steps the band widens many times over.
// - **With BN** the band is there from the first step, grows slowly by about half, and its median stays near 0.
// - The accuracies in the corners are those of these two runs, at this many steps, with this learning rate.
//
// The paper shows such a figure (section 4.1, figure 1b and 1c) but states neither the initial weights' standard
// deviation nor the learning rate. Ours are 0.05 and 0.1, and both matter: try `internalShift({ learningRate: 1 })`.

// %% slideshow={"slide_type": "fragment"}
for (const run of internal.runs) {
  const width = run.p85.map((high, i) => high - run.p15[i]);
  const [first, last] = [width[0], width[width.length - 1]];
  const name = run.batchNorm ? 'with BN' : 'without BN';
  console.log(`${name}: width of the band ${first.toFixed(2)} at the start, ${last.toFixed(2)} at the end`);
}

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 10 minutes with the figure. Careful with the conclusion. The figure shows that BN keeps the distribution still, and that the network with BN learns
// faster. It does not show that one is the cause of the other; Santurkar et al. 2018 argue that it is not.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Is that why BN works?
//
// The paper says so. Later work doubts it: Santurkar et al. (2018) added *noise* after BN, so that the distributions
// moved more than without BN, and training stayed fast. They find a smoother loss instead. Lecture 16 will repeat their
// experiment; until then, take the figure for what it shows, a stabler distribution, and the cause for an open question.

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 2 minutes. Leave it open. Whoever cannot wait may open lecture 16.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Summary
//
// - Covariate shift: $P(x)$ changes, $P(y \mid x)$ does not. A classifier that leaned on what changed breaks.
// - Remedies: a transform that removes what shifts, if you know it; adaptation on unlabelled data, as far as it goes.
// - Inside a network each layer's inputs shift while the layers below it learn. BN keeps their mean and spread in place.
//
// **Next:** [05 Naive centring: the bias drift](05-bias-drift.ipynb): why just subtracting the mean is not enough.
//
// ### Sources
//
// - Ioffe and Szegedy 2015, [arXiv 1502.03167](https://arxiv.org/abs/1502.03167), sections 1 and 2 (covariate shift, internal
//   covariate shift), section 4.1 and figure 1 (percentiles).
// - H. Shimodaira, *Improving predictive inference under covariate shift*, J. Statistical Planning and Inference 90, 2000.
// - Y. Li et al., *Revisiting Batch Normalization For Practical Domain Adaptation*, 2016,
//   [arXiv 1603.04779](https://arxiv.org/abs/1603.04779).
// - S. Santurkar et al., *How Does Batch Normalization Help Optimization?*, 2018,
//   [arXiv 1805.11604](https://arxiv.org/abs/1805.11604).
// - Grey-scale weights: Recommendation ITU-R BT.601. Pictures: drawn by `lib/src/data/objects.ts`, seeded.
