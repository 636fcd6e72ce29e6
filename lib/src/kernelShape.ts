/**
 * The shape of a convolution's weights: kernels of any spatial rank, in groups or not, in the two layouts in use.
 *
 * Letters: `taps` are the positions inside a kernel, row-major (3 x 3 has 9); a layer in g groups connects each
 * group of inputChannels/g channels only with its own group of outputChannels/g.
 *
 * | layout       | convolution                | transposed convolution       | images             |
 * | `tensorflow` | taps x inputs/g x outputs  | taps x outputs/g x inputs    | n x (h x w) x c    |
 * | `pytorch`    | outputs x inputs/g x taps  | inputs x outputs/g x taps    | n x c x (h x w)    |
 *
 * TensorFlow's depthwise kernel, taps x channels x multiplier, is the same numbers in the same order as a
 * `tensorflow` kernel in as many groups as there are input channels.
 */
import { checkChoice, checkCount, checkFinite, checkVector, type Numbers } from './check.js';

/** How weights, and images, lie in memory: channels last in TensorFlow and Keras, channels first in PyTorch. */
export type MemoryLayout = 'tensorflow' | 'pytorch';

/** What decides where a weight lies. */
export interface KernelShape {
  /** The kernel's size along each spatial axis: [3, 3] for an image, [5] for a sequence, any rank. */
  readonly kernel: readonly number[];
  readonly inputChannels: number;
  readonly outputChannels: number;
  /** Left out: 1. `inputChannels` for a depthwise convolution. */
  readonly groups?: number;
  /** True for a transposed convolution ("deconvolution"), which maps small images to large ones. */
  readonly transposed?: boolean;
  /** Left out: `'tensorflow'`, channels last as everywhere in this library. */
  readonly layout?: MemoryLayout;
}

/** The product of the elements; 1 for none. */
export function product(sizes: readonly number[]): number {
  return sizes.reduce((all, size) => all * size, 1);
}

/** Raises a RangeError unless `layout` is one that there is. */
export function checkLayout(layout: MemoryLayout): void {
  checkChoice('layout', layout, ['tensorflow', 'pytorch']);
}

/**
 * Raises a RangeError unless the sizes are whole numbers that go together, and weights and bias fit them and
 * hold finite numbers.
 */
export function checkKernel(shape: KernelShape, weights: Numbers, bias?: Numbers | null): void {
  const { kernel, inputChannels, outputChannels, groups = 1, transposed = false } = shape;
  if (!Array.isArray(kernel) || kernel.length === 0) {
    throw new RangeError(
      `kernel must have one size for each spatial axis, such as [3, 3], found ${JSON.stringify(kernel)}`,
    );
  }
  for (const [axis, size] of kernel.entries()) {
    checkCount(`kernel[${axis}]`, size);
  }
  checkCount('inputChannels', inputChannels);
  checkCount('outputChannels', outputChannels);
  checkCount('groups', groups);
  checkChoice('transposed', transposed, [true, false]);
  checkLayout(shape.layout ?? 'tensorflow');
  for (const [name, channels] of Object.entries({ inputChannels, outputChannels })) {
    if (channels % groups !== 0) {
      throw new RangeError(`groups must divide ${name} = ${channels}, found groups = ${groups}`);
    }
  }
  const expected = (product(kernel) * inputChannels * outputChannels) / groups;
  if (weights.length !== expected) {
    throw new RangeError(
      `weights must have taps*inputChannels*outputChannels/groups = ${expected} elements ` +
        `(kernel ${kernel.join(' x ')}, ${inputChannels} to ${outputChannels} channels, ` +
        `groups = ${groups}), found ${weights.length}`,
    );
  }
  checkFinite('weights', weights, weights.length);
  if (bias) {
    checkVector('bias', bias, outputChannels, 'outputChannels');
    checkFinite('bias', bias, outputChannels);
  }
}

/** Where a weight lies, and what it connects: an input channel and an output channel, both counted over all groups. */
export type WeightVisitor = (index: number, tap: number, input: number, output: number) => void;

/** Visits every weight once: each pair of channels of one group, each tap. */
export function forEachWeight(shape: KernelShape, visit: WeightVisitor): void {
  const { kernel, inputChannels, outputChannels, groups = 1 } = shape;
  const { transposed = false, layout = 'tensorflow' } = shape;
  const taps = product(kernel);
  const inputsPerGroup = inputChannels / groups;
  const outputsPerGroup = outputChannels / groups;
  for (let output = 0; output < outputChannels; output++) {
    const firstInput = Math.floor(output / outputsPerGroup) * inputsPerGroup;
    for (let p = 0; p < inputsPerGroup; p++) {
      const input = firstInput + p;
      // One axis holds all channels of one side, the other those of one group of the other side.
      const [all, whole, one, part] = transposed
        ? [inputChannels, input, outputsPerGroup, output % outputsPerGroup]
        : [outputChannels, output, inputsPerGroup, p];
      for (let tap = 0; tap < taps; tap++) {
        const index =
          layout === 'pytorch' ? (whole * one + part) * taps + tap : (tap * one + part) * all + whole;
        visit(index, tap, input, output);
      }
    }
  }
}
