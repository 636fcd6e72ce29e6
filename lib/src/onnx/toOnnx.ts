/**
 * A network as an ONNX model (onnx.ai), for ONNX Runtime, Netron and every program that reads the format.
 *
 * Convolutions stand in ONNX's order, channels first; what goes in and comes out keeps the library's, so a model
 * computes the network's logits from the network's own inputs. A dense layer is a Gemm, BN a BatchNormalization at
 * inference with the statistics that the layer holds, and dropout is nothing.
 */
import { checkOptions } from '../check.js';
import { forEachWeight } from '../kernelShape.js';
import type { HiddenSettings, Layer, Network } from '../network.js';
import { keepsAverages } from '../normalisation.js';
import type { Encoded } from './protobuf.js';
import { type Attribute, floatTensor, floatValue, integerTensor, model, node } from './schema.js';

/** What `toOnnx` can be told. */
export interface OnnxOptions {
  /** The graph's name. Left out: `network`. */
  name?: string;
}

/** Nodes and constants as they come, and the name of what the latest node gives. */
class GraphBuilder {
  readonly nodes: Encoded[] = [];
  readonly tensors: Encoded[] = [];
  current = 'x';

  /** A node that takes the current value, and constants. */
  add(
    operator: string,
    output: string,
    constants: readonly string[] = [],
    attributes: readonly Attribute[] = [],
  ): void {
    this.nodes.push(node(operator, [this.current, ...constants], output, attributes));
    this.current = output;
  }

  floats(name: string, dims: readonly number[], values: ArrayLike<number>): string {
    this.tensors.push(floatTensor(name, dims, values));
    return name;
  }

  integers(name: string, values: readonly number[]): string {
    this.tensors.push(integerTensor(name, values));
    return name;
  }
}

/**
 * Writes a network as the bytes of an .onnx file (ModelProto, IR version 8, opset 17), in float32. Fold first for
 * one without BN: `toOnnx(foldNetwork(network))`.
 *
 * Input `x`: batch x inputs, any batch; images are height x width x channels, row by row, as everywhere in this
 * library. Output `logits`: batch x classes.
 *
 * @returns the file's bytes, the same for the same network
 * @throws RangeError for parameters that float32 does not have, as a diverged run leaves, and for layer, group
 * and instance norm, which are no BatchNormalization; TypeError for an unknown option
 *
 * @example
 * const network = createNetwork({ sizes: [784, 100, 10], activation: 'relu', batchNorm: true }, new Random(1));
 * const file = toOnnx(network); // fs.writeFileSync('mnist.onnx', file)
 * const text = new TextDecoder('latin1').decode(file);
 * console.log(text.includes('BatchNormalization'), file.length > 4 * 79_400); // prints true true
 */
export function toOnnx(network: Network, options: OnnxOptions = {}): Uint8Array {
  checkOptions('toOnnx', options, ['name']);
  const { definition, layers } = network;
  const graph = new GraphBuilder();
  for (const [index, layer] of layers.entries()) {
    const settings = definition.hidden.at(index);
    const name = settings === undefined ? 'last' : `hidden${index}`;
    if (layer.conv && index === 0) {
      toChannelsFirst(graph, layer);
    }
    if (layer.conv) {
      convolution(graph, layer, name);
    } else {
      dense(graph, layer, settings === undefined ? 'logits' : `${name}/u`, name);
    }
    if (settings !== undefined) {
      afterwards(graph, network, layer, settings, name);
    }
    if (layer.conv && !layers[index + 1].conv) {
      graph.add('Transpose', 'maps/nhwc', [], [{ name: 'perm', ints: [0, 2, 3, 1] }]);
      graph.add('Flatten', 'maps/flat', [], [{ name: 'axis', int: 1 }]);
    }
  }
  return model({
    name: options.name ?? 'network',
    nodes: graph.nodes,
    tensors: graph.tensors,
    inputs: [floatValue('x', ['batch', definition.sizes[0]])],
    outputs: [floatValue('logits', ['batch', layers[layers.length - 1].outputs])],
  });
}

/** Rows of pixels, channels last, to images with their channels first. */
function toChannelsFirst(graph: GraphBuilder, { conv }: Layer): void {
  if (conv) {
    const shape = graph.integers('image/shape', [-1, conv.height, conv.width, conv.channels]);
    graph.add('Reshape', 'image/nhwc', [shape]);
    graph.add('Transpose', 'image/nchw', [], [{ name: 'perm', ints: [0, 3, 1, 2] }]);
  }
}

/** x W + b. */
function dense(
  graph: GraphBuilder,
  { weights, bias, inputs, outputs }: Layer,
  output: string,
  name: string,
): void {
  const constants = [graph.floats(`${name}/weights`, [inputs, outputs], weights)];
  if (bias !== null) {
    constants.push(graph.floats(`${name}/bias`, [outputs], bias));
  }
  graph.add('Gemm', output, constants);
}

function convolution(graph: GraphBuilder, { weights, bias, outputs, conv }: Layer, name: string): void {
  if (!conv) {
    return;
  }
  const { kernel, stride, padding, channels } = conv;
  const shape = { kernel, inputChannels: channels, outputChannels: outputs };
  const first = new Float64Array(weights.length);
  const taps = kernel[0] * kernel[1];
  forEachWeight(shape, (from, tap, input, out) => {
    first[(out * channels + input) * taps + tap] = weights[from];
  });
  const constants = [graph.floats(`${name}/weights`, [outputs, channels, ...kernel], first)];
  if (bias !== null) {
    constants.push(graph.floats(`${name}/bias`, [outputs], bias));
  }
  graph.add('Conv', `${name}/u`, constants, [
    { name: 'kernel_shape', ints: kernel },
    { name: 'strides', ints: stride },
    { name: 'pads', ints: [padding.top, padding.left, padding.bottom, padding.right] },
  ]);
}

/** What follows the weights of a hidden layer: BN, activation and pooling, in the layer's order. */
function afterwards(
  graph: GraphBuilder,
  network: Network,
  layer: Layer,
  settings: HiddenSettings,
  name: string,
): void {
  if (settings.placement === 'before') {
    norm(graph, network, layer, settings, name);
  }
  activate(graph, network, name);
  if (settings.placement === 'after') {
    norm(graph, network, layer, settings, name);
  }
  if (layer.pool) {
    const { kind, size, stride } = layer.pool;
    graph.add(
      kind === 'max' ? 'MaxPool' : 'AveragePool',
      `${name}/pool`,
      [],
      [
        { name: 'kernel_shape', ints: size },
        { name: 'strides', ints: stride },
      ],
    );
  }
}

function norm(
  graph: GraphBuilder,
  network: Network,
  layer: Layer,
  settings: HiddenSettings,
  name: string,
): void {
  if (layer.norm === null) {
    return;
  }
  if (!keepsAverages(settings.normalisation)) {
    throw new RangeError(
      `${name} must have BN, or a relative of it with moving averages, to be written as ONNX, ` +
        `found the normalisation "${settings.normalisation.kind}"`,
    );
  }
  const { gamma, beta, mean, variance } = layer.norm;
  const constants = Object.entries({ gamma, beta, mean, variance }).map(([what, values]) =>
    graph.floats(`${name}/${what}`, [layer.outputs], values),
  );
  graph.add('BatchNormalization', `${name}/norm`, constants, [
    { name: 'epsilon', float: network.definition.epsilon },
  ]);
}

function activate(graph: GraphBuilder, { definition }: Network, name: string): void {
  if (definition.activation === 'identity') {
    return;
  }
  const operators = { sigmoid: 'Sigmoid', tanh: 'Tanh', relu: 'Relu', leakyRelu: 'LeakyRelu' } as const;
  const slope = { name: 'alpha', float: 1 / definition.leak };
  const attributes = definition.activation === 'leakyRelu' ? [slope] : [];
  graph.add(operators[definition.activation], `${name}/g`, [], attributes);
}
