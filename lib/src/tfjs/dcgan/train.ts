/** Training a DCGAN: steps, progress, Stop, checkpoints, and going on where a run was stopped. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { checkCount, checkOptions, checkPositive } from '../../check.js';
import type { Pictures } from '../../data/imageSource.js';
import { mayGoOn, type Running } from '../../experiments/running.js';
import { Random } from '../../random.js';
import { encodeSafetensors, readSafetensors, writeAtomically } from '../safetensors.js';
import { type CompleteDcganOptions, completeDcgan, type DcganConfig } from './config.js';
import { DcganState, drawLatent, toBytes, withBatchStatistics } from './state.js';

/** How far a training has come. */
export interface DcganSoFar {
  /** Steps taken. */
  readonly step: number;
  /** Images of the same 64 points z all along. */
  readonly samples: Pictures;
  readonly history: DcganHistory;
  readonly options: CompleteDcganOptions;
  /** z to images in (-1, 1), n x h x w x c. */
  readonly generator: tf.Sequential;
  /** Images to logits. */
  readonly discriminator: tf.Sequential;
}

/** One number for each step. */
export interface DcganHistory {
  readonly discriminatorLoss: number[];
  readonly generatorLoss: number[];
  /** Share of the step's images that the discriminator told apart. */
  readonly accuracy: number[];
}

/** How a training is run: none of it changes what the networks learn. */
export interface DcganRunning extends Omit<Running, 'workers'> {
  /** Receives a grid of samples at the start and after every `samplesEvery` steps. */
  onSamples?: (soFar: DcganSoFar) => void;
  /** Left out: 25. */
  samplesEvery?: number;
  /**
   * A folder for checkpoints. A run finds its own one there and goes on from it, with the very numbers that it would have had without
   * the stop. Left out: none is kept.
   */
  folder?: string;
  /** Steps between checkpoints; one is written at a Stop and at the end too. Left out: 100. */
  checkpointEvery?: number;
  /** Ends the training after this many seconds, like a Stop. Left out: never. */
  seconds?: number;
}

/** A trained DCGAN. */
export interface DcganResult extends DcganSoFar {
  /** Seconds of computing, those before a stop included. */
  readonly seconds: number;
  /** Whether the signal or the time ended it before its last step. */
  readonly aborted: boolean;
  /** Frees both networks. */
  dispose(): void;
}

const runningNames = [
  'onProgress',
  'signal',
  'onSamples',
  'samplesEvery',
  'folder',
  'checkpointEvery',
  'seconds',
];

/** How many images the grid of samples has. */
const GRID = 64;

/**
 * Trains a DCGAN, on the backend that `tensorflow()` has chosen. The same configuration gives the same numbers on a
 * backend, stopped and resumed or not.
 *
 * @throws RangeError or TypeError for a configuration that cannot be, or a folder with a checkpoint of another one
 *
 * @example
 * await tensorflow({ backend: 'wasm', say: () => {} });
 * const images = imagesInMemory('stripes', { height: 8, width: 8, channels: 1 }, new Uint8Array(64 * 4).fill(255));
 * const trained = await trainDcgan({ images, maps: 2, latent: 3, batchSize: 4, steps: 2 });
 * console.log(trained.step, trained.samples.count, trained.history.generatorLoss.length); // prints 2 64 2
 * trained.dispose();
 */
export async function trainDcgan(config: DcganConfig, running: DcganRunning = {}): Promise<DcganResult> {
  const { images, ...rest } = config;
  const options = completeDcgan(images, rest);
  checkOptions('trainDcgan', running, runningNames);
  const { samplesEvery = 25, checkpointEvery = 100, folder, signal } = running;
  checkCount('samplesEvery', samplesEvery);
  checkCount('checkpointEvery', checkpointEvery);
  if (running.seconds !== undefined) {
    checkPositive('seconds', running.seconds);
  }
  const state = new DcganState(options);
  const history: DcganHistory = { discriminatorLoss: [], generatorLoss: [], accuracy: [] };
  let seconds = 0;
  try {
    const file = folder === undefined ? undefined : join(folder, 'checkpoint.safetensors');
    if (file !== undefined && existsSync(file)) {
      seconds = resume(state, history, images.name, file);
    }
    const before = seconds;
    const start = performance.now();
    const soFar = (): DcganSoFar => {
      const { step, generator, discriminator } = state;
      return { step, samples: samplesOf(state), history, options, generator, discriminator };
    };
    const look = () => running.onSamples?.(soFar());
    look();
    while (
      state.step < options.steps &&
      (await mayGoOn(signal)) &&
      seconds - before < (running.seconds ?? Infinity)
    ) {
      const bytes = await images.batch(options.seed, state.step, options.batchSize);
      const { discriminatorLoss, generatorLoss, accuracy } = state.advance(bytes);
      history.discriminatorLoss.push(discriminatorLoss);
      history.generatorLoss.push(generatorLoss);
      history.accuracy.push(accuracy);
      seconds = before + (performance.now() - start) / 1000;
      running.onProgress?.(state.step, options.steps, `generator's loss ${generatorLoss.toFixed(2)}`);
      if (state.step % samplesEvery === 0) {
        look();
      }
      if (file !== undefined && state.step % checkpointEvery === 0) {
        save(state, history, images.name, seconds, file);
      }
    }
    if (file !== undefined) {
      save(state, history, images.name, seconds, file);
    }
    return {
      ...soFar(),
      seconds,
      aborted: state.step < options.steps,
      dispose: () => state.dispose(),
    };
  } catch (error) {
    state.dispose();
    throw error;
  }
}

/** Images of the same points z, whatever the step; BN by their own statistics, as in training. */
function samplesOf({ options, generator }: DcganState): Pictures {
  const { height, width, channels } = options;
  const z = drawLatent(new Random(options.seed).fork('grid'), GRID, options.latent);
  const bytes = tf.tidy(() => toBytes(withBatchStatistics(generator, z).dataSync()));
  z.dispose();
  return { count: GRID, height, width, channels, bytes };
}

/** What two runs must have in common for one to go on from the other's checkpoint: all but the number of steps. */
function identity(options: CompleteDcganOptions, images: string): string {
  const { steps, ...rest } = options;
  return JSON.stringify({ images, ...rest });
}

function save(state: DcganState, history: DcganHistory, images: string, seconds: number, file: string): void {
  mkdirSync(join(file, '..'), { recursive: true });
  const metadata = {
    identity: identity(state.options, images),
    step: String(state.step),
    seconds: String(seconds),
    history: JSON.stringify(history),
  };
  writeAtomically(file, encodeSafetensors({ tensors: state.tensors(), metadata }));
}

/** Puts the state of a checkpoint in place; returns the seconds that were spent on it. */
function resume(state: DcganState, history: DcganHistory, images: string, file: string): number {
  const { tensors, metadata } = readSafetensors(file);
  const expected = identity(state.options, images);
  if (metadata.identity !== expected) {
    throw new RangeError(
      `${file} is the checkpoint of another run (${metadata.identity ?? 'it does not say which'}); ` +
        `choose another folder, or delete it, to train ${expected}`,
    );
  }
  const step = Number(metadata.step);
  if (step > state.options.steps) {
    throw new RangeError(
      `steps must be at least ${step}, which ${file} has reached, found ${state.options.steps}`,
    );
  }
  state.restore(step, tensors);
  Object.assign(history, JSON.parse(metadata.history));
  return Number(metadata.seconds);
}
