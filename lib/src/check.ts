/**
 * Checks of arguments. Each raises one sentence that says which argument, what was expected and what came.
 *
 * The letters used everywhere: `m` examples in a minibatch, `d` features, `n, h, w, c` images, rows, columns
 * and channels, `k` classes. Matrices are row-major: element (i, j) of an m x d matrix is at i * d + j.
 */

/** Numbers in a typed array; the library computes in float64 and stores results in the kind it was given. */
export type FloatArray = Float32Array | Float64Array;

/** What may be given as input: typed arrays, or a plain array of numbers (treated as float64). */
export type Numbers = FloatArray | readonly number[];

/** A fresh array of zeros: float32 when `x` is a Float32Array, float64 otherwise. */
export function zerosLike(x: Numbers, length: number): FloatArray {
  return x instanceof Float32Array ? new Float32Array(length) : new Float64Array(length);
}

/** Raises a RangeError unless `value` is a whole number of at least `least`. */
export function checkCount(name: string, value: number, least = 1): void {
  if (!Number.isInteger(value) || value < least) {
    throw new RangeError(`${name} must be a whole number of at least ${least}, found ${value}`);
  }
}

/** Raises a RangeError unless `x` has rows * columns elements. The names are used in the sentence. */
export function checkMatrix(
  name: string,
  x: ArrayLike<number>,
  rows: number,
  columns: number,
  rowsName = 'm',
  columnsName = 'd',
): void {
  checkCount(rowsName, rows);
  checkCount(columnsName, columns);
  if (x.length !== rows * columns) {
    throw new RangeError(
      `${name} must have ${rowsName}*${columnsName} = ${rows * columns} elements ` +
        `(${rowsName} = ${rows}, ${columnsName} = ${columns}), found ${x.length}`,
    );
  }
}

/** The axes of a shape in words: n, w, c and n, h, w, c are the field's, other ranks are numbered. */
export function axisNames(rank: number): string[] {
  const spatial = rank === 3 ? ['w'] : rank === 4 ? ['h', 'w'] : rank === 5 ? ['depth', 'h', 'w'] : null;
  return ['n', ...(spatial ?? Array.from({ length: rank - 2 }, (_, i) => `size${i + 1}`)), 'c'];
}

/**
 * Raises a RangeError unless `shape` is (n, ...spatial sizes, c), with any number of spatial axes, and `x` has
 * as many elements.
 * @returns n, the number of locations in a map (1 without spatial axes), and c
 */
export function checkMaps(
  name: string,
  x: ArrayLike<number>,
  shape: readonly number[],
): { n: number; locations: number; c: number } {
  if (!Array.isArray(shape) || shape.length < 2) {
    throw new RangeError(
      `shape must list at least n and c, as [n, h, w, c], found ${JSON.stringify(shape) ?? String(shape)}`,
    );
  }
  const names = axisNames(shape.length);
  for (const [axis, size] of shape.entries()) {
    checkCount(`${names[axis]} in shape`, size);
  }
  const elements = shape.reduce((product, size) => product * size, 1);
  if (x.length !== elements) {
    throw new RangeError(
      `${name} must have ${names.join('*')} = ${elements} elements (shape [${shape.join(', ')}]), ` +
        `found ${x.length}`,
    );
  }
  const n = shape[0];
  const c = shape[shape.length - 1];
  return { n, locations: elements / n / c, c };
}

/** Raises a RangeError unless `x` has `length` elements. */
export function checkVector(name: string, x: ArrayLike<number>, length: number, lengthName = 'd'): void {
  if (x.length !== length) {
    throw new RangeError(`${name} must have ${lengthName} = ${length} elements, found ${x.length}`);
  }
}

/** Raises a RangeError at the first NaN or infinite element of a matrix, naming its row and column. */
export function checkFinite(name: string, x: ArrayLike<number>, columns: number): void {
  for (let i = 0; i < x.length; i++) {
    if (!Number.isFinite(x[i])) {
      throw new RangeError(
        `${name} must hold finite numbers, found ${x[i]} in row ${Math.floor(i / columns)}, ` +
          `column ${i % columns} (element ${i}); look for an overflow or a 0/0 in what computed it`,
      );
    }
  }
}

/** Raises a RangeError unless epsilon is a finite number of at least 0. */
export function checkEpsilon(epsilon: number): void {
  if (!Number.isFinite(epsilon) || epsilon < 0) {
    throw new RangeError(`epsilon must be a finite number of at least 0, found ${epsilon}`);
  }
}

/** Raises a RangeError unless `value` is a finite number above 0. */
export function checkPositive(name: string, value: number): void {
  if (!Number.isFinite(value) || value <= 0) {
    throw new RangeError(`${name} must be a finite number above 0, found ${value}`);
  }
}

/** Raises a RangeError unless `value` is one of the `allowed` names. */
export function checkChoice(name: string, value: unknown, allowed: readonly unknown[]): void {
  if (!allowed.includes(value)) {
    const choices = allowed.map((choice) => JSON.stringify(choice)).join(', ');
    throw new RangeError(
      `${name} must be one of ${choices}, found ${JSON.stringify(value) ?? String(value)}`,
    );
  }
}

/** Raises a TypeError for a property of `options` that is not among `known`: a misspelt option must not be lost. */
export function checkOptions(name: string, options: object, known: readonly string[]): void {
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) {
      throw new TypeError(`${name} has no option "${key}"; it takes ${known.join(', ')}`);
    }
  }
}
