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
// # 04 · Whitening inputs
//
// **You will learn** the three steps that make inputs white, why a network learns faster from white inputs, and how much of that is left on
// real pictures. It is the idea that batch normalization takes *inside* the network.
//
// **You need** means, variances, and what a covariance is. Some idea of gradient descent.
//
// **Time:** about 35 minutes; the computer takes some ten seconds.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## White
//
// Features are **white** when their mean is 0, each has variance 1, *and* no two are correlated: their covariance is the identity.
//
// "It has been long known (LeCun et al. 1998) that the network training converges faster if its inputs are whitened" (BN paper, section 2). Whitening goes
// in three steps:
//
// 1. **mean removal**: subtract each feature's mean;
// 2. **decorrelation** by principal components (PCA): turn the axes until the covariance is diagonal;
// 3. **covariance equalisation**: divide each axis by its standard deviation.
//
// **Predict first:** two features, both positive, correlated by 0.8. Draw the cloud of examples after each step.

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 6 minutes. Let somebody draw the four clouds on the board. The usual mistake is a cloud that is not turned in step 2.

// %% slideshow={"slide_type": "subslide"}
import { show, whiteningInputs, whiteningStagesFigure } from 'batchnorm';

const inputs = whiteningInputs();
show(whiteningStagesFigure(inputs));

// %% [markdown] slideshow={"slide_type": "subslide"}
// Follow the three marked examples from panel to panel. Nothing is lost: each step can be undone.
//
// In the notebook the next cell is a film: press ▶, or move the slider. 0 is raw, 1 centred, 2 decorrelated, 3 equalised. A principal axis may point either way, so the cloud can come
// out upside down.

// %% slideshow={"slide_type": "skip"} tags=["live"]
import { whiteningMotionFigure } from 'batchnorm';

const film = widgets.play({ min: 0, max: 30, interval: 150 });
const tenths = widgets.slider({ label: 'tenths of a step', min: 0, max: 30 });
widgets.link(film, tenths);
await display(film);
await widgets.interact((moved) => show(whiteningMotionFigure(inputs, moved.tenths / 10)), { tenths });

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Exercise 1: mean removal
//
// `examples` is a list of examples, each a list of features. Return the examples with the mean removed.
//
// <details><summary>Hint 1</summary>
//
// How many means are there: one, one for each example, or one for each feature?
//
// </details>
// <details><summary>Hint 2</summary>
//
// Feature `j` of all examples is `examples.map((example) => example[j])`.
//
// </details>

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 10 minutes for the three exercises, in pairs. The third says what the class takes home: mean 0 and variance 1 is not yet white.

// %% slideshow={"slide_type": "fragment"} tags=["exercise"]
import { checkRemoveMean } from 'batchnorm';

const removeMean = (examples: number[][]): number[][] => {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  // Your turn: this subtracts one mean from everything.
  const all = mean(examples.flat());
  return examples.map((example) => example.map((value) => value - all));
};
checkRemoveMean(removeMean);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Exercise 2: equalisation
//
// After step 2 the axes have the variances that you are given. By which number is each axis multiplied in step 3? To be safe from a variance of 0, add ε to the variance.
//
// <details><summary>Hint 1</summary>
//
// When a feature is multiplied by $s$, its variance is multiplied by $s^2$.
//
// </details>

// %% slideshow={"slide_type": "fragment"} tags=["exercise"]
import { checkEqualise } from 'batchnorm';

const factors = (variances: number[], epsilon: number): number[] => {
  // Your turn: this is too strong.
  return variances.map((variance) => 1 / (variance + epsilon));
};
checkEqualise(factors);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Exercise 3: is it white?
//
// The covariance of two features, as four numbers row by row. Return whether features with this covariance (and mean 0) are white.
//
// <details><summary>Hint 1</summary>
//
// Which matrix is the covariance of white features?
//
// </details>

// %% slideshow={"slide_type": "fragment"} tags=["exercise"]
import { checkIsWhitened } from 'batchnorm';

const isWhitened = ([a, b, c, d]: number[]): boolean => {
  // Your turn: is that all of them?
  return a > 0 && d > 0 && b === c;
};
checkIsWhitened(isWhitened);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Why the mean matters: a zigzag
//
// A neuron $y = w_1 x_1 + w_2 x_2$ that learns from one example at a time moves its weights by a *number times the input*:
//
// $$\Delta w = -\eta \, \frac{\partial \ell}{\partial y} \, (x_1, x_2)$$
//
// If all inputs are positive, both weights go up together or down together, whatever the error is. Then "if a weight vector must change direction it can only do so by zigzagging"
// (LeCun et al. 1998, section 4.3).
//
// **Predict first:** the weights start at (0, 0) and should come to (1, −1). Draw their path, with raw inputs and with white ones.

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 6 minutes. Let somebody walk it: all weights of the neuron must go up together or down together; how does one get to a point on the lower right? By zigzag.

// %% slideshow={"slide_type": "subslide"}
import { weightPathFigure } from 'batchnorm';

show(weightPathFigure(inputs));

// %% slideshow={"slide_type": "fragment"}
import { showTable } from 'batchnorm';

showTable({
  columns: ['inputs', 'both weights the same way', 'path over straight line', 'updates to a tenth'],
  rows: inputs.paths.map(({ inputs: how, together, detour, updatesToTenth }) => [
    ...[how, `${(100 * together).toFixed(1)} %`, detour.toFixed(1)],
    updatesToTenth === null ? `more than ${inputs.config.updates}` : String(updatesToTenth),
  ]),
});

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Why the spread and the correlation matter: the valley
//
// With the full gradient there is no zigzag of this kind, but another: where the loss is a long narrow valley, a rate that suits the steep direction is far too small for the flat one.
// How long the valley is, the **condition number** tells: the largest eigenvalue of the loss's second derivatives over the smallest. For a neuron it is
// mostly the condition number of the inputs' second moments $\mathrm{E}[x x^T]$.
//
// **Predict first:** raw, centred and whitened inputs, each with the best learning rate for it. How many times faster is whitened than raw: twice, ten times, a hundred times?

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 5 minutes. Condition numbers only if the class knows them; else: the step must suit the steepest direction, and the flattest waits.

// %% slideshow={"slide_type": "subslide"}
import { inputCurvesFigure } from 'batchnorm';

show(inputCurvesFigure(inputs));

// %% slideshow={"slide_type": "fragment"}
const stepsOf = (steps: (number | null)[]) => steps.map((s) => s ?? `>${inputs.config.steps}`).join(', ');
showTable({
  columns: ['inputs', 'learning rate', 'condition number', 'steps to 0.001 (three seeds)'],
  rows: inputs.curves.map(({ inputs: how, learningRate, condition, stepsToThousandth }) => [
    ...[how, String(learningRate), condition.toFixed(1), stepsOf(stepsToThousandth)],
  ]),
});

// %% [markdown] slideshow={"slide_type": "subslide"}
// Removing the mean does most of the work here, and whitening the rest: condition 200, then 27, then 1. This is a neuron with two inputs on an easy problem, chosen so that one can *see* it.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## And on real pictures?
//
// A network 196-50-10 on MNIST's digits (14 × 14 pixels), without BN. Raw pixels from 0 to 1, centred, or whitened; each at the best of several learning rates.
//
// **Predict first:** is whitened again so much faster? What of the accuracy at the end?

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 6 minutes. Ask what whitening does to the corners of the pictures, which are white in all examples: it would blow up their noise. That is what ε is for here.

// %% slideshow={"slide_type": "subslide"}
import { interruptSignal, progress, whitenedDigits, whitenedDigitsFigure } from 'batchnorm';

const line = progress('training');
const digits = await whitenedDigits({}, { onProgress: line.report, signal: interruptSignal() });
line.finish(`${digits.runs.length} of ${digits.planned} runs`);
show(whitenedDigitsFigure(digits));

// %% slideshow={"slide_type": "fragment"}
import { bestRuns } from 'batchnorm';

const meanOf = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
showTable({
  columns: ['test accuracy (%) after', ...digits.looks.map(String), 'best rate'],
  rows: (['raw', 'centred', 'whitened'] as const).map((how) => {
    const runs = bestRuns(digits, how);
    const at = digits.looks.map((_, k) => (100 * meanOf(runs.map((run) => run.accuracy[k]))).toFixed(1));
    return [`${how} digits`, ...at, String(runs[0]?.learningRate ?? '')];
  }),
});

// %% [markdown] slideshow={"slide_type": "slide"}
// ## What it shows
//
// - The order is the same, raw, centred, whitened, and the gain is large **early**, and at small learning rates.
// - It does not last. With three seeds, all 60,000 images and 3,000 steps, each at its best rate: after 150 steps raw 88.3 %, centred 90.7 %, whitened
//   90.7 %; at the end 96.2, 96.6 and 96.1 %. At rate 0.1, too small for all three, it was 60.0, 60.2 and 73.6 % after 150 steps. (`data/lectures/whitened-digits.json`; `npm run lectures:full -- whitened-digits`
//   makes it.)
// - So on digits whitening is not worth as much as on two hand-made features: the valley of a real network is made by its other layers too.
//
// That last point is the bridge to batch normalization: the inputs of the *hidden* layers are raw again, and they move while the layers below them learn. Can they be made white as well, at every
// step? That is [06](06-why-not-full-whitening.ipynb). First, what goes wrong if it is done naively: [05](05-bias-drift.ipynb).

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Summary
//
// - White means mean 0, variance 1 **and** decorrelated: the covariance is the identity.
// - Three steps make it: mean removal, decorrelation by PCA, covariance equalisation. Each is affine and can be undone.
// - All-positive inputs force the weights of a neuron to move together; spread and correlation make the loss a narrow valley.
// - In our toy whitening is about a hundred times as fast as raw inputs; on digits it is a head start.
//
// **Next:** [05 Naive centring: the bias drift](05-bias-drift.ipynb).
//
// ### Sources
//
// - Y. LeCun, L. Bottou, G. Orr and K.-R. Müller 1998, *Efficient BackProp*, section 4.3 with figure 3 (the three steps, "mean cancellation, KL-expansion, covariance equalization"; the zigzag).
// - Ioffe and Szegedy 2015, [arXiv 1502.03167](https://arxiv.org/abs/1502.03167), section 2 (whitening the inputs helps).
// - Data: MNIST (LeCun, Cortes and Burges). The code: `lib/src/experiments/whiteningInputs.ts` and `whitenedDigits.ts`.
