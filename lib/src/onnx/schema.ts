/**
 * The messages of an ONNX model that this library writes, with the field numbers of the ONNX project's onnx.proto
 * (IR version 8): a model holds a graph, a graph holds nodes and the constants that they use.
 */
import { bytes, type Encoded, float, integer, join, message, text } from './protobuf.js';

/** IR version 8 goes with opset 17 (ONNX 1.12, 2022): runtimes since then read both. */
export const IR_VERSION = 8;
export const OPSET = 17;

/** What a tensor holds (TensorProto.DataType). */
const FLOAT = 1;
const INT64 = 7;

/** An operator's attribute: a whole number, a float, or a list of whole numbers. */
export type Attribute =
  | { readonly name: string; readonly int: number }
  | { readonly name: string; readonly float: number }
  | { readonly name: string; readonly ints: readonly number[] };

/** AttributeProto: name 1, f 2, i 3, ints 8, type 20 (1 float, 2 int, 7 ints). */
function attribute(given: Attribute): Encoded {
  const name = text(1, given.name);
  if ('float' in given) {
    return join([name, float(2, given.float), integer(20, 1)]);
  }
  if ('int' in given) {
    return join([name, integer(3, given.int), integer(20, 2)]);
  }
  return join([name, ...given.ints.map((value) => integer(8, value)), integer(20, 7)]);
}

/** NodeProto: input 1, output 2, name 3, op_type 4, attribute 5. The name is that of its output. */
export function node(
  operator: string,
  inputs: readonly string[],
  output: string,
  attributes: readonly Attribute[] = [],
): Encoded {
  return join([
    ...inputs.map((input) => text(1, input)),
    text(2, output),
    text(3, output),
    text(4, operator),
    ...attributes.map((one) => message(5, attribute(one))),
  ]);
}

/** TensorProto: dims 1, data_type 2, name 8, raw_data 9. The numbers are rounded to float32. */
export function floatTensor(name: string, dims: readonly number[], values: ArrayLike<number>): Encoded {
  const raw = new DataView(new ArrayBuffer(4 * values.length));
  for (let i = 0; i < values.length; i++) {
    const value = Math.fround(values[i]);
    if (!Number.isFinite(value)) {
      throw new RangeError(
        `${name} must hold numbers that float32 has, found ${values[i]} at ${i}: train again, or look for a divergence`,
      );
    }
    raw.setFloat32(4 * i, value, true);
  }
  return tensor(name, dims, FLOAT, raw);
}

/** As `floatTensor`, with whole numbers, which may be negative. */
export function integerTensor(name: string, values: readonly number[]): Encoded {
  const raw = new DataView(new ArrayBuffer(8 * values.length));
  for (const [i, value] of values.entries()) {
    raw.setBigInt64(8 * i, BigInt(value), true);
  }
  return tensor(name, [values.length], INT64, raw);
}

function tensor(name: string, dims: readonly number[], type: number, raw: DataView): Encoded {
  return join([
    ...dims.map((size) => integer(1, size)),
    integer(2, type),
    text(8, name),
    bytes(9, new Uint8Array(raw.buffer)),
  ]);
}

/**
 * ValueInfoProto of floats: name 1, type 2 { tensor_type 1 { elem_type 1, shape 2 { dim 1 { dim_value 1, dim_param 2 } } } }.
 * A size given as a text is one that differs from run to run.
 */
export function floatValue(name: string, shape: readonly (number | string)[]): Encoded {
  const dims = shape.map((size) => message(1, typeof size === 'number' ? integer(1, size) : text(2, size)));
  return join([text(1, name), message(2, message(1, integer(1, FLOAT), message(2, ...dims)))]);
}

/** A graph: its nodes in the order in which they run, the constants, what goes in and what comes out. */
export interface Graph {
  readonly name: string;
  readonly nodes: readonly Encoded[];
  readonly tensors: readonly Encoded[];
  readonly inputs: readonly Encoded[];
  readonly outputs: readonly Encoded[];
}

/**
 * ModelProto: ir_version 1, producer_name 2, graph 7 { node 1, name 2, initializer 5, input 11, output 12 },
 * opset_import 8 { domain 1, version 2 }. The domain '' is that of ONNX's own operators.
 */
export function model({ name, nodes, tensors, inputs, outputs }: Graph): Uint8Array {
  return join([
    integer(1, IR_VERSION),
    text(2, 'batchnorm'),
    message(
      7,
      ...nodes.map((one) => bytes(1, one)),
      text(2, name),
      ...tensors.map((one) => bytes(5, one)),
      ...inputs.map((one) => bytes(11, one)),
      ...outputs.map((one) => bytes(12, one)),
    ),
    message(8, text(1, ''), integer(2, OPSET)),
  ]);
}
