#!/usr/bin/env node
/**
 * Whether reading pictures holds training up, and whether memory stays flat: an LSUN-like database of 100,000 records is
 * written (about 2 GB, taken away at the end), read once in a shuffled order, and then a conv net is trained on one fixed
 * minibatch and on minibatches from the database, by turns.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import path from 'node:path';
import { Random } from 'batchnorm';
import { openLsun } from 'batchnorm/images';
import { smallConvNet, tensorFlowBackend, tensorflow } from 'batchnorm/tfjs';
import sharp from 'sharp';
import { writeLmdb } from '../lib/writeLmdb.mjs';
import { median, Report, readOptions } from './report.mjs';

const usage = 'npm run bench:images -- [--records N] [--folder F] [--json FILE [--append]]';
const options = readOptions(
  { records: { type: 'string', default: '100000' }, folder: { type: 'string', default: 'test-results' } },
  usage,
);
const count = Number(options.records);
if (!Number.isInteger(count) || count < 1000) {
  console.error(`--records: expected a whole number from 1000, found "${options.records}".`);
  process.exit(2);
}
/** Pictures that differ; as many records share one, which costs the reader as much as if they did not. */
const DIFFERENT = 100;
const [BATCH, STEPS] = [64, 30];

mkdirSync(options.folder, { recursive: true });
const { bavail, bsize } = statfsSync(options.folder);
const needed = count * 24_000;
if (bavail * bsize < needed) {
  console.error(
    `${options.folder}: ${count} records take about ${(needed / 1e9).toFixed(1)} GB, and ${((bavail * bsize) / 1e9).toFixed(1)} GB are free; give fewer --records or another --folder.`,
  );
  process.exit(1);
}
const root = mkdtempSync(path.join(options.folder, 'images-'));
const removed = () => rmSync(root, { recursive: true, force: true });
process.on('exit', removed);
process.on('SIGINT', () => process.exit(130));

const report = new Report();
const megabytes = () => Math.round(process.memoryUsage().rss / 2 ** 20);

/** As LSUN's: 256 pixels high, 341 wide, JPEG of quality 75, with as much in it as a photograph has. */
const pictures = await Promise.all(
  Array.from({ length: DIFFERENT }, async (_, i) => {
    const random = new Random(i);
    const small = Buffer.from(Uint8Array.from({ length: 43 * 32 * 3 }, () => random.integer(256)));
    const [width, height] = [341, 256];
    return sharp(small, { raw: { width: 43, height: 32, channels: 3 } })
      .resize({ width, height, fit: 'fill', kernel: 'cubic' })
      .jpeg({ quality: 75 })
      .toBuffer();
  }),
);
const bytes = pictures.reduce((sum, { length }) => sum + length, 0) / DIFFERENT;
const folder = path.join(root, 'bedroom_train_lmdb');
const keys = Array.from({ length: count }, (_, i) =>
  createHash('sha1').update(String(i)).digest('hex'),
).sort();
console.log(`writing ${count} records of ${Math.round(bytes / 1000)} kB …`);
await writeLmdb(
  folder,
  (function* () {
    for (const [i, key] of keys.entries()) yield [key, pictures[i % DIFFERENT]];
  })(),
);
keys.length = 0;

const opened = performance.now();
const source = await openLsun(folder, { size: 64 });
report.add('opening', 'LSUN', 'ms', performance.now() - opened, 1);

console.log('reading once, shuffled: images/s, and the memory of the process (RSS)');
const steps = Math.floor(count / BATCH);
const memory = [];
const started = performance.now();
let last = started;
let lastStep = 0;
for (let step = 0; step < steps; step++) {
  await source.batch(1, step, BATCH);
  if (step + 1 === steps || Math.floor(((step + 1) * 10) / steps) > Math.floor((step * 10) / steps)) {
    const now = performance.now();
    const rate = ((step + 1 - lastStep) * BATCH * 1000) / (now - last);
    [last, lastStep] = [now, step + 1];
    memory.push(megabytes());
    console.log(
      `  ${String((step + 1) * BATCH).padStart(8)}  ${rate.toFixed(0).padStart(6)} images/s  ${memory.at(-1)} MB`,
    );
  }
}
const read = (steps * BATCH * 1000) / (performance.now() - started);
report.add('reading, 64 x 64 x 3', 'LSUN', 'images/s', read, steps);
report.add('memory after a tenth', 'LSUN', 'MB', memory[0], 1);
report.add('memory at the end', 'LSUN', 'MB', memory.at(-1), 1);

const tf = await tensorflow({ say: () => {} });
const model = smallConvNet({ h: 64, w: 64, c: 3, classes: 10, seed: 1 });
const optimizer = tf.train.sgd(0.01);
const labels = tf.tidy(() =>
  tf.cast(
    tf.oneHot(
      tf.tensor1d(
        Int32Array.from({ length: BATCH }, (_, i) => i % 10),
        'int32',
      ),
      10,
    ),
    'float32',
  ),
);
/** @param {Uint8Array} pixels */
function train(pixels) {
  tf.tidy(() => {
    const images = tf.div(tf.tensor4d(Float32Array.from(pixels), [BATCH, 64, 64, 3]), 255);
    const loss = optimizer.minimize(
      () => tf.losses.softmaxCrossEntropy(labels, model.apply(images, { training: true })),
      true,
    );
    loss.dataSync();
  });
}
const fixed = await source.batch(2, 0, BATCH);
const seconds = { fixed: [], fed: [] };
train(fixed); // the first step also compiles and packs
for (let step = 1; step <= STEPS; step++) {
  for (const kind of ['fixed', 'fed']) {
    const start = performance.now();
    train(kind === 'fixed' ? fixed : await source.batch(2, step, BATCH));
    seconds[kind].push((performance.now() - start) / 1000);
  }
}
const rate = (kind) => BATCH / median(seconds[kind]);
const backend = tensorFlowBackend();
report.add('training on one minibatch', backend, 'images/s', rate('fixed'), STEPS);
report.add('training from the database', backend, 'images/s', rate('fed'), STEPS);
report.print(['LSUN', backend]);
const held = 1 - rate('fed') / rate('fixed');
console.log(
  `reading gives ${(read / rate('fixed')).toFixed(1)} times the images that training takes; fed from the database it is ${(100 * held).toFixed(1)} % slower`,
);
if (source.broken.count > 0)
  throw new Error(`${source.broken.count} whole records were taken for broken ones`);
await source.close();
if (options.json) report.write(options.json, options.append);
