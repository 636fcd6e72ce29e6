#!/usr/bin/env node
/**
 * Images a second that a small conv net with BN trains on, on each backend of TensorFlow.js that is installed. Before
 * any time counts, the losses of the backends are compared: two that compute different things have no times to compare.
 */
import { installedBackends, smallConvNet, tensorflow, trainingThroughput } from 'batchnorm/tfjs';
import { median, Report, readOptions } from './report.mjs';

/** The net and the minibatches of lecture 14; a larger one on MNIST's images, and on small faces. */
const sizes = [
  { h: 28, w: 28, c: 1, classes: 10, maps: [8, 16], batchSize: 32, name: 'conv net of lecture 14' },
  { h: 28, w: 28, c: 1, classes: 10 },
  { h: 64, w: 64, c: 3, classes: 10 },
];
const steps = { node: 40, wasm: 15, cpu: 1 };
/** Plain JavaScript needs seconds a step already for the smaller size: once is enough, and the larger one is left out. */
const isTooSlow = (backend, { h }) => backend === 'cpu' && h > 28;

const usage = 'npm run bench:tfjs -- [--runs N] [--json FILE [--append]]';
const options = readOptions({ runs: { type: 'string', default: '3' } }, usage);
const runs = Number(options.runs);
if (!Number.isInteger(runs) || runs < 1) {
  console.error(`--runs: expected a whole number from 1, found "${options.runs}".`);
  process.exit(2);
}

const backends = installedBackends();
const report = new Report();
for (const { name = 'small conv net', batchSize = 64, ...size } of sizes) {
  const what = `${name}, ${size.h} x ${size.w} x ${size.c}, minibatches of ${batchSize}`;
  let expected;
  for (const backend of backends) {
    if (isTooSlow(backend, size)) {
      continue;
    }
    await tensorflow({ backend, say: () => {} });
    const rates = [];
    const repeats = backend === 'cpu' ? 1 : runs;
    for (let run = 0; run < repeats; run++) {
      const model = smallConvNet({ ...size, seed: 1 });
      const { imagesPerSecond, losses } = await trainingThroughput(model, {
        batchSize,
        steps: steps[backend],
      });
      model.dispose();
      rates.push(imagesPerSecond);
      expected ??= losses;
      for (const [step, loss] of losses.entries()) {
        const error = Math.abs(loss - expected[step]);
        if (step < expected.length && !(error < 1e-3)) {
          throw new Error(
            `${what}, step ${step}: the loss on ${backend} differs by ${error} from that on ${backends[0]}`,
          );
        }
      }
    }
    report.add(what, backend, 'images/s', median(rates), repeats);
  }
}
report.print(backends);
if (options.json) {
  report.write(options.json, options.append);
}
