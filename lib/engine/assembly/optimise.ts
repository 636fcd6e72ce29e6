// Updates by other rules than plain SGD, over arrays of `count` numbers (a multiple of 4), and dropout's mask.
import { madd, nmadd } from './simd';

/** g = lambda p: where a gradient starts from, with L2's part in it (0 without). */
export function startGradient(g: usize, p: usize, count: i32, lambda: f32): void {
  const bytes = <usize>count << 2;
  if (lambda == 0) {
    memory.fill(g, 0, bytes);
    return;
  }
  const lambda4 = f32x4.splat(lambda);
  for (let i: usize = 0; i < bytes; i += 16) {
    v128.store(g + i, f32x4.mul(lambda4, v128.load(p + i)));
  }
}

/** v <- momentum v + g, then p <- keep p - rate v, or with Nesterov p <- keep p - rate (g + momentum v). */
export function momentumStep(
  p: usize, g: usize, v: usize, count: i32, rate: f32, momentum: f32, nesterov: bool, keep: f32,
): void {
  const rate4 = f32x4.splat(rate);
  const momentum4 = f32x4.splat(momentum);
  const keep4 = f32x4.splat(keep);
  for (let i: usize = 0; i < <usize>count << 2; i += 16) {
    const gradient = v128.load(g + i);
    const velocity = madd(momentum4, v128.load(v + i), gradient);
    v128.store(v + i, velocity);
    const along = nesterov ? madd(momentum4, velocity, gradient) : velocity;
    v128.store(p + i, nmadd(rate4, along, f32x4.mul(keep4, v128.load(p + i))));
  }
}

/**
 * Adam: a <- beta1 a + (1 - beta1) g, b <- beta2 b + (1 - beta2) g^2, then
 * p <- keep p - rate (a / share1) / (sqrt(b / share2) + epsilon), where share1 = 1 - beta1^t and share2 = 1 - beta2^t.
 */
export function adamStep(
  p: usize, g: usize, a: usize, b: usize, count: i32, rate: f32,
  beta1: f32, beta2: f32, rest1: f32, rest2: f32, share1: f32, share2: f32, epsilon: f32, keep: f32,
): void {
  const rate4 = f32x4.splat(rate / share1);
  const inverse2 = f32x4.splat(<f32>1 / share2);
  const beta14 = f32x4.splat(beta1);
  const beta24 = f32x4.splat(beta2);
  const rest14 = f32x4.splat(rest1);
  const rest24 = f32x4.splat(rest2);
  const epsilon4 = f32x4.splat(epsilon);
  const keep4 = f32x4.splat(keep);
  for (let i: usize = 0; i < <usize>count << 2; i += 16) {
    const gradient = v128.load(g + i);
    const first = madd(beta14, v128.load(a + i), f32x4.mul(rest14, gradient));
    const second = madd(beta24, v128.load(b + i), f32x4.mul(rest24, f32x4.mul(gradient, gradient)));
    v128.store(a + i, first);
    v128.store(b + i, second);
    const root = f32x4.add(f32x4.sqrt(f32x4.mul(second, inverse2)), epsilon4);
    v128.store(p + i, f32x4.sub(f32x4.mul(keep4, v128.load(p + i)), f32x4.div(f32x4.mul(rate4, first), root)));
  }
}

/** to = from mask, number by number, in place or elsewhere. */
export function maskLayer(to: usize, from: usize, mask: usize, count: i32): void {
  for (let i: usize = 0; i < <usize>count << 2; i += 16) {
    v128.store(to + i, f32x4.mul(v128.load(from + i), v128.load(mask + i)));
  }
}
