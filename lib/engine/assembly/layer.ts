// What stands between two matrix products: bias, BN, activation, loss; forward, backward and update in one pass.
// Matrices are m rows of `stride` bytes, columns padded to a multiple of 4 with zeros; d4 is the padded width.
import { activate4, derivative4, exp4, madd, nmadd } from './simd';

/** z = g(u), in place or elsewhere. */
export function activateLayer(z: usize, u: usize, m: i32, d4: i32, stride: usize, kind: i32, slope: f32): void {
  const slope4 = f32x4.splat(slope);
  for (let i = 0; i < m; i++) {
    const row = <usize>i * stride;
    for (let j: usize = 0; j < <usize>d4 << 2; j += 16) {
      v128.store(z + row + j, activate4(kind, v128.load(u + row + j), slope4));
    }
  }
}

/** dz <- dz g'(.), with g' read off the activation's output z. */
export function activateLayerBackward(
  dz: usize, z: usize, m: i32, d4: i32, stride: usize, kind: i32, slope: f32,
): void {
  const slope4 = f32x4.splat(slope);
  for (let i = 0; i < m; i++) {
    const row = <usize>i * stride;
    for (let j: usize = 0; j < <usize>d4 << 2; j += 16) {
      const at = row + j;
      v128.store(dz + at, f32x4.mul(v128.load(dz + at), derivative4(kind, v128.load(z + at), slope4)));
    }
  }
}

/**
 * BN over the minibatch, then g (IDENTITY where none follows): writes xHat and z, and mean, variance and
 * 1/sqrt(variance + epsilon) per column. Two passes for the variance, as in the reference.
 * Columns d and above are padding: their 1/s is set to 0, so that epsilon = 0 does no harm there.
 */
export function normLayer(
  z: usize, xHat: usize, u: usize, m: i32, d: i32, d4: i32, stride: usize,
  gamma: usize, beta: usize, epsilon: f32, mean: usize, variance: usize, inverse: usize,
  kind: i32, slope: f32,
): void {
  const slope4 = f32x4.splat(slope);
  const share = f32x4.splat(<f32>1 / <f32>m);
  const count = f32x4.splat(<f32>m);
  for (let j = 0; j < d4; j += 4) {
    const at = (<usize>j) << 2;
    const column = u + at;
    // two sums at a time: one alone would wait for itself
    let sum = f32x4.splat(0);
    let sum2 = sum;
    let i = 0;
    let p = column;
    for (; i + 2 <= m; i += 2, p += 2 * stride) {
      sum = f32x4.add(sum, v128.load(p));
      sum2 = f32x4.add(sum2, v128.load(p + stride));
    }
    if (i < m) sum = f32x4.add(sum, v128.load(p));
    const mean4 = f32x4.div(f32x4.add(sum, sum2), count);
    let squares = f32x4.splat(0);
    let squares2 = squares;
    for (i = 0, p = column; i + 2 <= m; i += 2, p += 2 * stride) {
      const centred = f32x4.sub(v128.load(p), mean4);
      const centred2 = f32x4.sub(v128.load(p + stride), mean4);
      squares = madd(centred, centred, squares);
      squares2 = madd(centred2, centred2, squares2);
    }
    if (i < m) {
      const centred = f32x4.sub(v128.load(p), mean4);
      squares = madd(centred, centred, squares);
    }
    const variance4 = f32x4.mul(f32x4.add(squares, squares2), share);
    v128.store(mean + at, mean4);
    v128.store(variance + at, variance4);
    v128.store(inverse + at, f32x4.div(f32x4.splat(1), f32x4.sqrt(f32x4.add(variance4, f32x4.splat(epsilon)))));
    for (let pad = max(d, j); pad < j + 4; pad++) {
      store<f32>(inverse + ((<usize>pad) << 2), 0);
    }
    const inverse4 = v128.load(inverse + at);
    const gamma4 = v128.load(gamma + at);
    const beta4 = v128.load(beta + at);
    for (let i = 0, p = at; i < m; i++, p += stride) {
      const hat = f32x4.mul(f32x4.sub(v128.load(u + p), mean4), inverse4);
      v128.store(xHat + p, hat);
      v128.store(z + p, activate4(kind, madd(gamma4, hat, beta4), slope4));
    }
  }
}

/**
 * Backward through g (read off z; IDENTITY where none followed) and BN in the compact form, in place:
 *   du = gamma / s (dy - mean(dy) - xHat mean(dy xHat))
 * and the update toGamma <- toGamma - learningRate dl/dgamma, once gamma's old value has been used, and so for beta:
 * toGamma is gamma itself in plain SGD, else where the gradient is gathered.
 */
export function normLayerBackward(
  dz: usize, z: usize, xHat: usize, m: i32, d4: i32, stride: usize,
  gamma: usize, toGamma: usize, toBeta: usize, inverse: usize, kind: i32, slope: f32, learningRate: f32,
): void {
  const slope4 = f32x4.splat(slope);
  const share = f32x4.splat(<f32>1 / <f32>m);
  const rate = f32x4.splat(learningRate);
  for (let j = 0; j < d4; j += 4) {
    const at = (<usize>j) << 2;
    // two sums of each at a time: one alone would wait for itself
    let sum = f32x4.splat(0);
    let along = sum;
    let sum2 = sum;
    let along2 = sum;
    let i = 0;
    let p = at;
    for (; i + 2 <= m; i += 2, p += 2 * stride) {
      const q = p + stride;
      const dy = f32x4.mul(v128.load(dz + p), derivative4(kind, v128.load(z + p), slope4));
      const dy2 = f32x4.mul(v128.load(dz + q), derivative4(kind, v128.load(z + q), slope4));
      v128.store(dz + p, dy);
      v128.store(dz + q, dy2);
      sum = f32x4.add(sum, dy);
      sum2 = f32x4.add(sum2, dy2);
      along = madd(dy, v128.load(xHat + p), along);
      along2 = madd(dy2, v128.load(xHat + q), along2);
    }
    if (i < m) {
      const dy = f32x4.mul(v128.load(dz + p), derivative4(kind, v128.load(z + p), slope4));
      v128.store(dz + p, dy);
      sum = f32x4.add(sum, dy);
      along = madd(dy, v128.load(xHat + p), along);
    }
    sum = f32x4.add(sum, sum2);
    along = f32x4.add(along, along2);
    const gamma4 = v128.load(gamma + at);
    const factor = f32x4.mul(gamma4, v128.load(inverse + at));
    // factor (dy - sum/m - xHat along/m), multiplied out
    const offset = f32x4.mul(factor, f32x4.mul(sum, share));
    const slant = f32x4.mul(factor, f32x4.mul(along, share));
    for (i = 0, p = at; i < m; i++, p += stride) {
      const rest = nmadd(v128.load(xHat + p), slant, f32x4.mul(factor, v128.load(dz + p)));
      v128.store(dz + p, f32x4.sub(rest, offset));
    }
    v128.store(toGamma + at, f32x4.sub(v128.load(toGamma + at), f32x4.mul(rate, along)));
    v128.store(toBeta + at, f32x4.sub(v128.load(toBeta + at), f32x4.mul(rate, sum)));
  }
}

/** state <- (1 - weight) state + weight factor value */
export function average(state: usize, value: usize, d4: i32, weight: f32, factor: f32): void {
  const keep = f32x4.splat(1 - weight);
  const take = f32x4.splat(weight * factor);
  for (let j: usize = 0; j < <usize>d4 << 2; j += 16) {
    const kept = f32x4.mul(keep, v128.load(state + j));
    v128.store(state + j, f32x4.add(kept, f32x4.mul(take, v128.load(value + j))));
  }
}

/** z = scale u + shift per column: BN at inference. */
export function affineLayer(
  z: usize, u: usize, m: i32, d4: i32, stride: usize, scale: usize, shift: usize,
): void {
  for (let i = 0; i < m; i++) {
    const row = <usize>i * stride;
    for (let j: usize = 0; j < <usize>d4 << 2; j += 16) {
      const at = row + j;
      v128.store(z + at, f32x4.add(f32x4.mul(v128.load(scale + j), v128.load(u + at)), v128.load(shift + j)));
    }
  }
}

/** b <- b - learningRate sum_i du(i,.) */
export function biasUpdate(b: usize, du: usize, m: i32, d4: i32, stride: usize, learningRate: f32): void {
  for (let j: usize = 0; j < <usize>d4 << 2; j += 16) {
    let sum = f32x4.splat(0);
    for (let i = 0, p = du + j; i < m; i++, p += stride) {
      sum = f32x4.add(sum, v128.load(p));
    }
    v128.store(b + j, f32x4.sub(v128.load(b + j), f32x4.mul(f32x4.splat(learningRate), sum)));
  }
}

/**
 * Softmax cross-entropy: turns the m x k logits into dl/dlogits in place (padding columns get 0) and returns
 * the mean loss. `labels` are bytes.
 */
export function softmaxLoss(logits: usize, labels: usize, m: i32, k: i32, k4: i32, stride: usize): f64 {
  let total: f64 = 0;
  const share = <f32>1 / <f32>m;
  for (let i = 0; i < m; i++) {
    const row = logits + <usize>i * stride;
    let largest: f32 = load<f32>(row);
    for (let j = 1; j < k; j++) {
      largest = max(largest, load<f32>(row + ((<usize>j) << 2)));
    }
    const label = <usize>load<u8>(labels + i);
    const own = load<f32>(row + (label << 2));
    for (let j: usize = 0; j < <usize>k4 << 2; j += 16) {
      v128.store(row + j, exp4(f32x4.sub(v128.load(row + j), f32x4.splat(largest))));
    }
    for (let j = k; j < k4; j++) {
      store<f32>(row + ((<usize>j) << 2), 0);
    }
    let sum: f32 = 0;
    for (let j = 0; j < k; j++) {
      sum += load<f32>(row + ((<usize>j) << 2));
    }
    total += Math.log(<f64>sum) + <f64>largest - <f64>own;
    const factor = f32x4.splat(share / sum);
    for (let j: usize = 0; j < <usize>k4 << 2; j += 16) {
      v128.store(row + j, f32x4.mul(v128.load(row + j), factor));
    }
    store<f32>(row + (label << 2), load<f32>(row + (label << 2)) - share);
  }
  return total / m;
}
