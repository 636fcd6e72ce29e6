import type { Axis, Trace } from './figure.js';

/** Turns the values of one axis into pixels, and says where its ticks stand. */
export interface Scale {
  axis: Axis;
  /** Pixel of a value; for a category, the middle of its band. */
  pixel(value: number | string): number;
  ticks: { at: number; label: string }[];
  /** Pixels at the two ends. */
  from: number;
  to: number;
  /** Width of one category's band in pixels; 0 on a numeric axis. */
  band: number;
}

/** Round steps (1, 2 or 5 times a power of ten) that give about `count` ticks between two numbers. */
export function niceTicks(low: number, high: number, count: number): number[] {
  if (!(high > low)) return [low];
  const raw = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step =
    [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= raw) ?? 10 * power;
  const ticks: number[] = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) ticks.push(k * step + 0); // not −0
  return ticks;
}

/** The values that the traces put on one axis, errors and bands included. */
function valuesOn(traces: Trace[], letter: 'x' | 'y'): (number | string)[] {
  const values: (number | string)[] = [];
  for (const trace of traces) {
    if (trace.type === 'image') {
      values.push(-0.5, (letter === 'x' ? trace.meta.width : trace.meta.height) - 0.5);
      continue;
    }
    for (const value of trace[letter]) if (value !== null) values.push(value);
    if (letter === 'y' && trace.type === 'bar') {
      values.push(0);
      trace.y.forEach((value, i) => {
        values.push(value + (trace.error_y?.array[i] ?? 0));
      });
    }
  }
  return values;
}

function label(value: number, step: number, axis: Axis): string {
  const decimals = Math.max(0, Math.min(6, -Math.floor(Math.log10(step || 1) + 1e-9)));
  const text = axis.tickformat?.endsWith('%') ? `${(100 * value).toFixed(0)} %` : value.toFixed(decimals);
  return text.replace('-', '−') + (axis.ticksuffix ?? '');
}

/** A scale for the traces drawn on `axis`, over the pixels `from` to `to` (`from` > `to` for an axis that goes up). */
export function makeScale(axis: Axis, traces: Trace[], letter: 'x' | 'y', from: number, to: number): Scale {
  const values = valuesOn(traces, letter);
  if (axis.type === 'category' || values.some((value) => typeof value === 'string')) {
    const names = [...new Set(values.filter((value) => typeof value === 'string'))];
    const band = (to - from) / Math.max(1, names.length);
    const pixel = (value: number | string) =>
      from + (0.5 + (typeof value === 'string' ? names.indexOf(value) : value)) * band;
    const ticks = names.map((name) => ({ at: pixel(name), label: name }));
    return { axis, pixel, ticks, from, to, band: Math.abs(band) };
  }
  const numbers = values.filter((value) => typeof value === 'number').filter(Number.isFinite);
  const isLog = axis.type === 'log';
  const usable = isLog ? numbers.filter((value) => value > 0).map(Math.log10) : numbers;
  let [low, high] = axis.range ?? [
    usable.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
    usable.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
  ];
  if (!Number.isFinite(low) || !Number.isFinite(high)) [low, high] = [0, 1];
  if (low === high) [low, high] = [low - 0.5, high + 0.5];
  if (!axis.range && traces.every((trace) => trace.type !== 'image')) {
    const room = 0.04 * (high - low);
    [low, high] = [low - room, high + room];
  }
  const pixel = (value: number | string) => {
    const v = isLog ? Math.log10(Number(value)) : Number(value);
    return from + ((v - low) / (high - low)) * (to - from);
  };
  let ticks: { at: number; label: string }[];
  if (axis.tickvals) {
    ticks = axis.tickvals.map((value, i) => ({
      at: pixel(value),
      label: axis.ticktext?.[i] ?? String(value),
    }));
  } else {
    const steps = niceTicks(Math.min(low, high), Math.max(low, high), Math.abs(to - from) > 400 ? 7 : 5);
    const step = steps.length > 1 ? steps[1] - steps[0] : 1;
    ticks = steps.map((value) =>
      isLog
        ? { at: pixel(10 ** value), label: label(10 ** value, 10 ** value, axis) }
        : { at: pixel(value), label: label(value, step, axis) },
    );
  }
  const inside = (at: number) => at >= Math.min(from, to) - 0.5 && at <= Math.max(from, to) + 0.5;
  return { axis, pixel, ticks: ticks.filter((tick) => inside(tick.at)), from, to, band: 0 };
}
