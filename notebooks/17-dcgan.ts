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
// # 17 · BN in a DCGAN
//
// **You will learn** where BN goes in two networks that play against each other, why it stays away from the two layers next
// to the image, and what happens when it does not.
//
// **You need** BN in a convolutional layer ([14](14-convolution.ipynb)) and at inference ([10](10-inference.ipynb)).
//
// **Time:** about 45 minutes, of which the computer takes less than one.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Two networks against each other
//
// - The **generator** $G$ makes an image $G(z)$ out of random numbers $z$. It never sees a real image.
// - The **discriminator** $D$ gets real and generated images and says for each: how likely is it real?
//
// By turns, $D$ takes a step down $-\log D(x) - \log(1 - D(G(z)))$, then $G$ one down $-\log D(G(z))$. All that $G$ ever
// learns about images comes to it as gradients **through** $D$.
//
// Nobody wins for long: each one's task changes as the other one learns. In 2016 Radford, Metz and Chintala published the
// recipe that made such pairs of *convolutional* networks train: the **DCGAN**. BN is part of it.

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 5 minutes. Draw the two networks as one chain, $z \to G \to D$, and the gradient's way back. If the class knows
// forgers and detectives, use them; then ask what a forger learns from a detective who says nothing but "fake".

// %% [markdown] slideshow={"slide_type": "slide"}
// ## The recipe
//
// | | generator | discriminator |
// |---|---|---|
// | size changes by | strided **transposed** convolutions | **strided** convolutions, no pooling |
// | activation | ReLU, **tanh** at the output | **LeakyReLU** |
// | BN | after each layer but the **output** | after each layer but the **input** layer |
//
// - LeakyReLU is $u$ above 0 and $u/a$ below, with $a$ in $(1, \infty)$; the paper's slope 0.2 is $a = 5$.
// - Adam with rate 0.0002 and $\beta_1 = 0.5$; first weights normal with standard deviation 0.02; minibatches of 128.
// - On BN: "Directly applying batchnorm to all layers however, resulted in sample oscillation and model instability. This was
//   avoided by not applying batchnorm to the generator output layer and the discriminator input layer" (section 3).
//
// *(Two things that are often told wrongly. The faces in that paper are the authors' own collection of three million pictures, section 4.2; LSUN has
// scenes and objects. And $a$ lies* in *$(1, \infty)$; it is not one fixed number.)*

// %% [markdown] slideshow={"slide_type": "slide"}
// ## What is to be learned
//
// Digits, and **drawn faces** that a program puts together from skins, hair, eyes and clothes, without end.
//
// **Predict first:** which will be harder for $G$: a digit's line, or a face's colours?

// %% slideshow={"slide_type": "subslide"}
import { facesInMemory, imagesInMemory, loadMnist, pictureGrid, show } from 'batchnorm';

const { train } = loadMnist();
const digits = imagesInMemory('digits', { height: 28, width: 28, channels: 1 }, train.x as Uint8Array);
const faces = await facesInMemory(32, { seed: 'lecture' });
for (const { batch, ...shape } of [digits, faces]) {
  const pictures = { ...shape, count: 32, bytes: batch(1, 0, 32) };
  show(pictureGrid(`Real: ${shape.name}`, pictures));
}

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Train one
//
// A small DCGAN: 8 maps next to the image, 16 further in, minibatches of 32, and five times the paper's learning rate, since there
// are only a few steps. Each picture below belongs to one $z$, the same all the time.
//
// **Predict first:** what comes first: the right *brightness*, the right *place*, or the right *lines*?
//
// Press **■** at any time: you keep what is there.

// %% slideshow={"slide_type": "subslide"}
import { experimentSize, interruptSignal, liveFigure, progress } from 'batchnorm';
import { tensorflow, trainDcgan } from 'batchnorm/tfjs';

await tensorflow();
const steps = { small: 6, lecture: 120, full: 2000 }[experimentSize()];
const small = { images: digits, maps: 8, latent: 32, batchSize: 32, learningRate: 0.001, seed: 1 };
const line = progress('DCGAN');
const live = liveFigure();
const gan = await trainDcgan(
  { ...small, steps },
  {
    samplesEvery: Math.ceil(steps / 20),
    onSamples: ({ step, samples }) => live.update(() => pictureGrid(`After ${step} steps`, samples)),
    onProgress: line.report,
    signal: interruptSignal(),
  },
);
live.finish(pictureGrid(`After ${gan.step} steps`, gan.samples));
line.finish(`${gan.step} steps`);

// %% [markdown] slideshow={"slide_type": "subslide"}
// These pictures are not good yet, and that is honest: a DCGAN needs a thousand steps and more. What you see is the order in
// which it learns: dark paper, then light in the middle, then something like lines.
//
// **Predict first:** the two losses over the steps. Do both fall?

// %% slideshow={"slide_type": "subslide"}
import { dcganLossFigure } from 'batchnorm/tfjs';

show(dcganLossFigure(gan.history));

// %% [markdown] slideshow={"slide_type": "subslide"}
// A loss here is not a measure of quality: it says who is ahead. At the start $D$ tells nearly all images apart, and $G$'s loss
// goes **up** while its pictures get better. A pair in balance ends with $D$ not much better than guessing, and losses that stand still.

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 8 minutes for both figures. While the first one fills, let them look for two pictures that stay alike: those would be a
// "mode" that the generator repeats.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## One that was trained for longer
//
// The same recipe with 16 maps and minibatches of 64, trained for some minutes; `npm run dcgan -- train digits` makes your own.
// Its BN layers got exact population statistics and were **folded** away ([10](10-inference.ipynb)): a picture does not
// depend on which others are made beside it.
//
// **Predict first:** the random numbers $z$ are new. Will there be digits that nobody wrote?

// %% slideshow={"slide_type": "subslide"}
import { Random } from 'batchnorm';
import { type DcganMeasures, latentPoints, loadGenerator } from 'batchnorm/tfjs';

const generators = { digits: loadGenerator('digits'), faces: loadGenerator('faces') };
for (const [name, generator] of Object.entries(generators)) {
  const z = latentPoints(48, generator.latent, new Random(7));
  show(pictureGrid(`Generated: ${name}`, generator.images(z)));
  const { step, seconds, measures } = generator.about as {
    step: number;
    seconds: number;
    measures: DcganMeasures;
  };
  const variety = `variety ${measures.diversity.toFixed(2)} of that of real ones`;
  console.log(`${name}: ${step} steps in ${(seconds / 60).toFixed(1)} minutes; ${variety}`);
  const { digits: judged } = measures;
  if (judged) console.log(`a judge of digits gives them ${judged.score.toFixed(2)} of 10`);
}

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Walk from one picture to another
//
// Between two points $z$ there is a straight line of others. **Before you move it:** will a 3 that becomes an 8 pass through *two
// digits laid over each other*, or through *strange digits*?

// %% slideshow={"slide_type": "skip"} tags=["live"]
import { interpolate } from 'batchnorm/tfjs';

await widgets.interact(
  ({ what, from, to }) => {
    const generator = generators[what as keyof typeof generators];
    const [a, b] = [from, to].map((seed) => latentPoints(1, generator.latent, new Random(seed)));
    show(pictureGrid(`From ${from} to ${to}`, generator.images(interpolate(a, b, 10)), 10));
  },
  {
    what: widgets.dropdown({ label: 'pictures', options: ['digits', 'faces'], value: 'faces' }),
    from: widgets.slider({ label: 'from', min: 1, max: 30, step: 1, value: 3 }),
    to: widgets.slider({ label: 'to', min: 1, max: 30, step: 1, value: 4 }),
  },
);

// %% [markdown] slideshow={"slide_type": "subslide"}
// Not a mixture of pixels: the parts *change*. The paper looks at such walks for the same reason: "If walking in this latent space
// results in semantic changes to the image generations (such as objects being added and removed), we can reason that the model has
// learned relevant and interesting representations" (section 6.1).

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Exercise 1: where does BN go?
//
// Write the rule for the strided layers, whatever their number. They are counted along the data: the generator's last one gives the image, the
// discriminator's first one gets it.
//
// <details><summary>Hint 1</summary>
//
// Two layers have none: which two touch the image?
//
// </details>
// <details><summary>Hint 2</summary>
//
// The last of `layers` layers has the number `layers - 1`.
//
// </details>

// %% slideshow={"slide_type": "fragment"} tags=["exercise"]
import { checkDcganPlacement } from 'batchnorm';

const hasBatchNorm = (network: 'generator' | 'discriminator', layer: number, layers: number): boolean => {
  // Your turn: this is BN everywhere.
  return network === 'generator' ? layer < layers : layer >= 0;
};
checkDcganPlacement(hasBatchNorm);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Is the recipe right?
//
// The same DCGAN on digits, with BN as in the paper, with BN **everywhere**, and **without** any, for three seeds. The fourth variant
// has BN as in the paper, and real and generated images **mixed** into one minibatch in $D$. (*Everywhere* spares one number, $D$'s
// answer: with it at mean 0 for real and for generated images, $D$ could say nothing.)
//
// Measured on digits that no network saw in training:
//
// - the **score** of a judge that knows digits: 10 when it is sure each time and all ten come equally often (Salimans et al. 2016);
// - **classes**: how many digits come, by the entropy of their shares: 10 when all come equally often;
// - **Fréchet distance** of the generated from the real ones, as normal distributions of coarse pictures, means of 4 x 4 blocks (Heusel et al. 2017 take
//   the features of a network): 0 when they are the same;
// - **variety**: the distance between two pictures, over that between two real ones;
// - **restlessness**: how far the pictures of fixed $z$ move between two readings, over the distance between two of them ("sample oscillation");
// - **told apart**: the share of new images, real and generated, that $D$ is right about;
// - **saturated**: the share of outputs with |tanh| above 0.99.
//
// **Predict first:** rank the four. Which one moves most?

// %% slideshow={"slide_type": "subslide"}
import { ablationFigure, readAblation } from 'batchnorm/tfjs';

const ablation = readAblation();
show(ablationFigure(ablation));

// %% slideshow={"slide_type": "subslide"}
import { showTable } from 'batchnorm';
import { ablationSamplesFigure, ablationTable } from 'batchnorm/tfjs';

show(ablationSamplesFigure(ablation, 1));
showTable(ablationTable(ablation));
const { judge, options } = ablation;
const size = `${options.maps ?? 16} maps, minibatches of ${options.batchSize ?? 64}`;
console.log(`each run: ${size}, learning rate ${options.learningRate}`);
console.log(`real digits: score ${judge?.score.toFixed(2)}, classes ${judge?.classes.toFixed(1)}`);

// %% [markdown] slideshow={"slide_type": "subslide"}
// - **The recipe** has by far the smallest distance from real digits, and draws different pictures for different $z$ from the start.
// - **Mixed** minibatches draw nearly the same picture more often at the start. Later the judge scores them as high as the recipe, some of the time
//   higher; the distance from real digits ends twice as large.
// - **BN everywhere** makes grey pictures, and hardly a number is saturated. BN ties each map of the output to the mean β and the
//   deviation γ of its minibatch: nearly black paper with some white ink, as digits are, is hard to reach. It learns, and slowly.
// - **Without BN** the pictures of different $z$ are nearly the same at first, and all of them move about. Two of the three seeds stay like that, the third
//   recovers. The paper calls BN "critical to get deep generators to begin learning, preventing the generator from collapsing all
//   samples to a single point" (section 3).
//
// So we agree with the paper's advice. Of its two reasons against BN everywhere we see one: bad pictures, yes; "sample oscillation", no
// more than with the recipe. The restless ones are those without BN. (The networks are small, and these are digits, where the paper
// has photographs.)

// %% [markdown] slideshow={"slide_type": "notes"}
// *For the speaker.* 8 minutes. Let them find the grey row first, and explain it by tanh and BN before you do. Then ask what a large share of
// images that $D$ tells apart says of $G$, and what it says when $G$ draws one and the same picture.

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Exercise 2: repair a generator
//
// Somebody put BN on the generator's output. Return the layers without the fault.
//
// <details><summary>Hint 1</summary>
//
// The list is given to you: leave out one of its elements.
//
// </details>
// <details><summary>Hint 2</summary>
//
// The layer before BN needs no bias, since BN has β. What if that BN is gone?
//
// </details>

// %% slideshow={"slide_type": "fragment"} tags=["exercise"]
import { checkRepairedGenerator, type GeneratorLayer } from 'batchnorm';

// The last four are: ReLU, transposed convolution without a bias, BN, tanh.
const repaired = (layers: GeneratorLayer[]): GeneratorLayer[] => {
  // Your turn: these are the layers as they were given.
  return layers;
};
checkRepairedGenerator(repaired);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Apart or mixed?
//
// $D$ gets two minibatches, one real and one generated. With BN in $D$ it matters whether each is normalised by **its own**
// statistics, as is advised and as here, or both by common ones. Apart, after BN both have mean 0 and variance 1 in each map: $D$ must look at the
// *shapes* in a map, since how strong it is on average tells nothing.
//
// ## Exercise 3: what is lost?
//
// One map gives 1 and 3 for two real images, 5 and 7 for two generated ones. Take BN without ε over the **mixed** minibatch
// of four. How far apart are the means of the real and of the generated ones after it?
//
// <details><summary>Hint 1</summary>
//
// Before BN the two means are 2 and 6. What does BN divide by?
//
// </details>
// <details><summary>Hint 2</summary>
//
// In training BN takes the biased variance: the mean of the squared distances from 4.
//
// </details>

// %% slideshow={"slide_type": "fragment"} tags=["exercise"]
import { checkMixedDistance } from 'batchnorm';

const distance = Number.NaN; // your number here
checkMixedDistance(distance);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Exercise 4: the leak
//
// A ReLU in $D$ that is negative sends no gradient back, and $G$ learns from these gradients alone. Write LeakyReLU.
//
// <details><summary>Hint 1</summary>
//
// $a$ in $(1, \infty)$ makes the slope below 0 *smaller* than 1.
//
// </details>

// %% slideshow={"slide_type": "fragment"} tags=["exercise"]
import { checkLeakyRelu } from 'batchnorm';

const leakyRelu = (u: number, a: number): number => {
  // Your turn: this is ReLU.
  return u > 0 ? u : 0 * a;
};
checkLeakyRelu(leakyRelu);

// %% [markdown] slideshow={"slide_type": "slide"}
// ## A question to try
//
// Take BN away, or put it everywhere, and look at the same $z$ after the same steps. Predict first.

// %% slideshow={"slide_type": "fragment"}
const mine = await trainDcgan(
  { ...small, batchNorm: 'none', steps: Math.min(steps, 60) }, // or 'everywhere', or mixed: true
  { signal: interruptSignal() },
);
show(pictureGrid(`Without BN, after ${mine.step} steps`, mine.samples));
mine.dispose();

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Bedrooms
//
// The paper's best-known pictures are bedrooms, three million photographs of LSUN. They are not ours to pass on: download the category, and
// write the folder's path into the cell.

// %% slideshow={"slide_type": "fragment"}
import { openLsun } from 'batchnorm/images';

const folder = 'bedroom_train_lmdb'; // the folder with data.mdb in it
const bedrooms = await openLsun(folder, { size: 32 }).catch((error: Error) => error.message);
if (typeof bedrooms === 'string') {
  console.log(`No bedrooms: ${bedrooms}.`);
} else {
  const pictures = { ...bedrooms, count: 32, bytes: await bedrooms.batch(1, 0, 32) };
  show(pictureGrid(`${bedrooms.count} real bedrooms, 32 of them`, pictures));
  const lsun = await trainDcgan({ ...small, images: bedrooms, steps }, { signal: interruptSignal() });
  show(pictureGrid(`Generated, after ${lsun.step} steps`, lsun.samples));
}

// %% [markdown] slideshow={"slide_type": "slide"}
// ## Summary
//
// - A DCGAN has BN in both networks, each minibatch normalised by its own statistics, and none on the generator's output nor in
//   the discriminator's input layer: the two layers next to the image.
// - On digits, with three seeds, that recipe came nearest to real digits; mixed minibatches were judged as good. BN on the output gave grey pictures; without BN the generator made nearly the
//   same picture for every $z$, with two of three seeds to the end.
// - BN in a GAN is used in *training* mode, where a picture depends on the others in its minibatch. For use, population statistics make it
//   a fixed function, and the fold removes it.
// - Losses of a GAN say who is ahead. Quality needs measures of its own, with several seeds.
//
// **Next:** [18 Pitfalls](18-pitfalls.ipynb).
//
// ### Sources
//
// - Radford, Metz and Chintala 2016, [arXiv 1511.06434](https://arxiv.org/abs/1511.06434): section 3 (the rules; the sentences on
//   BN), section 4 (Adam, initial weights, LeakyReLU's slope), 4.1 (LSUN), 4.2 (the authors' faces), 6.1 (walking in the latent
//   space), figure 1 (the generator, uniform $z$).
// - Chintala, Denton, Arjovsky and Mathieu 2016, *How to Train a GAN?* (github.com/soumith/ganhacks), item 4: separate minibatches for real and
//   generated images.
// - Goodfellow et al. 2014, [arXiv 1406.2661](https://arxiv.org/abs/1406.2661): algorithm 1, and section 3 for $-\log D(G(z))$.
// - Salimans et al. 2016, [arXiv 1606.03498](https://arxiv.org/abs/1606.03498), section 4: the score.
// - Data: MNIST (LeCun, Cortes and Burges); faces: "Pixel Art" by DiceBear, [CC0 1.0](https://creativecommons.org/publicdomain/zero/1.0/);
//   LSUN (Yu et al. 2015, [arXiv 1506.03365](https://arxiv.org/abs/1506.03365)).
// - The code: `lib/src/tfjs/dcgan/`. The runs: `npm run dcgan -- ablation` and `-- train`.
