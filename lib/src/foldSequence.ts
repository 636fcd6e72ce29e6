/**
 * Folds every BN of a sequence of layers into a dense or convolutional layer beside it, or says which one cannot
 * be folded and why. Folds into the layer before come first, since nothing stands against them; then folds into
 * the layer after.
 */
import type { ActivationName } from './activations.js';
import { checkChoice, type Numbers } from './check.js';
import type { ConvolutionLayer } from './convolve.js';
import { type DenseToFold, foldForwardIntoDense, foldIntoDense } from './fold.js';
import { foldForwardIntoConvolution, foldIntoConvolution } from './foldConvolution.js';
import type { FixedStatistics } from './inference.js';

/** BN with fixed statistics, as a layer of its own. */
export interface BatchNormToFold extends FixedStatistics {
  /** Left out: all ones. */
  readonly gamma?: Numbers;
  /** Left out: all zeros. */
  readonly beta?: Numbers;
  /** Left out: 1e-5. */
  readonly epsilon?: number;
}

/** One layer of a sequence. `other` is any layer that BN cannot be taken through: pooling, flattening, a sum. */
export type SequenceLayer =
  | { readonly kind: 'dense'; readonly layer: DenseToFold }
  | { readonly kind: 'convolution'; readonly layer: ConvolutionLayer }
  | { readonly kind: 'batchNorm'; readonly norm: BatchNormToFold }
  | { readonly kind: 'activation'; readonly name: ActivationName }
  | { readonly kind: 'other'; readonly name: string };

/** A layer of a sequence without BN. */
export type FoldedSequenceLayer = Exclude<SequenceLayer, { kind: 'batchNorm' }>;

/**
 * Folds every BN of a sequence.
 * @param layers in the order in which they are applied
 * @returns the sequence without BN; it computes the same at inference, to rounding
 * @throws RangeError naming the first BN that cannot be folded, its neighbours and the reason: an activation or
 * another layer on both sides, or zeros padded between BN and the convolution after it
 *
 * @example
 * const dense = { weights: [1, 2], inputs: 1, outputs: 2 };
 * const norm = { mean: [1, 1], variance: [1, 1] };
 * const relu = { kind: 'activation', name: 'relu' } as const;
 * const folded = foldSequence([{ kind: 'dense', layer: dense }, { kind: 'batchNorm', norm }, relu]);
 * console.log(folded.map((one) => one.kind).join()); // prints dense,activation
 * try {
 *   foldSequence([{ kind: 'dense', layer: dense }, relu, { kind: 'batchNorm', norm }]);
 * } catch (error) {
 *   console.log((error as Error).message.slice(0, 41)); // prints layer 2 (BN) cannot be folded: an activat
 * }
 */
export function foldSequence(layers: readonly SequenceLayer[]): FoldedSequenceLayer[] {
  const places = layers.map((layer, index) => ({ layer, index }));
  for (const { layer } of places) {
    checkChoice('kind', layer.kind, ['dense', 'convolution', 'batchNorm', 'activation', 'other']);
  }
  const backward: typeof places = [];
  for (const place of places) {
    const previous = backward.at(-1);
    const folded =
      place.layer.kind === 'batchNorm' && previous && at(place, () => into(previous.layer, place.layer));
    if (folded && previous) {
      backward[backward.length - 1] = { layer: folded, index: previous.index };
    } else {
      backward.push(place);
    }
  }
  const result: FoldedSequenceLayer[] = [];
  let next: SequenceLayer | undefined;
  for (const place of backward.reverse()) {
    const { layer, index } = place;
    if (layer.kind !== 'batchNorm') {
      result.unshift(layer);
    } else {
      const folded = next && at(place, () => forwardInto(layer.norm, next as SequenceLayer)); // just looked at
      if (!folded) {
        throw new RangeError(
          `layer ${index} (BN) cannot be folded: ${nameOf(layers[index - 1])} stands before it and ` +
            `${nameOf(layers[index + 1])} after it, and only a dense or convolutional layer beside it can take it in; ` +
            'keep the BN, or fold the layers around it alone',
        );
      }
      result[0] = folded;
    }
    next = result[0];
  }
  return result;
}

/** BN into the layer before it; undefined when that is no layer that can take it in. */
function into(previous: SequenceLayer, layer: SequenceLayer): FoldedSequenceLayer | undefined {
  if (layer.kind !== 'batchNorm') {
    return undefined;
  }
  const { mean, variance, ...options } = layer.norm;
  switch (previous.kind) {
    case 'dense':
      return { kind: 'dense', layer: foldIntoDense(previous.layer, { mean, variance }, options) };
    case 'convolution':
      return { kind: 'convolution', layer: foldIntoConvolution(previous.layer, { mean, variance }, options) };
    default:
      return undefined;
  }
}

/** BN into the layer after it; undefined when that is no layer that can take it in. */
function forwardInto(norm: BatchNormToFold, next: SequenceLayer): FoldedSequenceLayer | undefined {
  const { mean, variance, ...options } = norm;
  switch (next.kind) {
    case 'dense':
      return { kind: 'dense', layer: foldForwardIntoDense({ mean, variance }, next.layer, options) };
    case 'convolution':
      return {
        kind: 'convolution',
        layer: foldForwardIntoConvolution({ mean, variance }, next.layer, options),
      };
    default:
      return undefined;
  }
}

/** Puts the layer's place before the sentence of an error. */
function at<T>(place: { index: number }, fold: () => T): T {
  try {
    return fold();
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) {
      error.message = `layer ${place.index} (BN): ${error.message}`;
    }
    throw error;
  }
}

function nameOf(layer: SequenceLayer | undefined): string {
  switch (layer?.kind) {
    case undefined:
      return 'nothing';
    case 'activation':
      return `an activation (${layer.name})`;
    case 'other':
      return layer.name;
    case 'batchNorm':
      return 'another BN';
    default:
      return `a ${layer?.kind} layer`;
  }
}
