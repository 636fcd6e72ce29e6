// What the tests know of a lecture: how its numbers are measured, how they are read off the page, what it claims of them.

/** The lecture's headline numbers, by name; shares go from 0 to 1. */
export type Numbers = Record<string, number>;

/** How far a number may lie outside what the seeds gave: see measure.mjs. A `share` stays within 0 and 1. */
export interface Room {
  room?: number;
  share?: boolean;
}

/** One row of docs/claims.md: what is said somewhere, and whether what we measure agrees. */
export interface Claim {
  claim: string;
  /** Paper, section or equation. */
  source: string;
  /** Which of the lecture's numbers speak of it. */
  numbers: string[];
  /** What the test holds them to: whether what the lecture says of the claim is so. */
  holds: (numbers: Numbers) => boolean;
  /** Whether what we measured agrees with the claim. */
  agrees: 'yes' | 'partly' | 'no';
  /** What did happen, where that is not a plain yes. */
  remark?: string;
}

export interface Lecture {
  /** It also runs under stock tslab. */
  tslab?: boolean;
  /** Computes the headline numbers by the library, with one seed, at the size that the environment sets. */
  measure: (
    lab: typeof import('batchnorm'),
    seed: number,
    note: (name: string, value: number, room?: Room) => void,
    /** Loads what the library has for TensorFlow.js. */
    tensorflow: () => Promise<typeof import('batchnorm/tfjs')>,
  ) => void | Promise<void>;
  /** Reads the same numbers off what the executed notebook shows as text. */
  read: (text: string) => Numbers;
  claims: Claim[];
}

/** A number with a sign and decimals, as part of a pattern for `read`. */
export const number = '(-?[\\d.]+(?:e[+-]?\\d+)?)';

/** The number in the first place where the pattern fits; its first group is the number. */
export function read(text: string, pattern: string): number {
  const found = new RegExp(pattern, 'm').exec(text);
  if (!found) throw new Error(`nothing like "${pattern}" is in:\n${text}`);
  return Number(found[1]);
}

/** Per cent, as a share. */
export const readShare = (text: string, pattern: string): number => read(text, pattern) / 100;

/** The cells of a table's row, by its first cell. */
export function row(text: string, name: string): string[] {
  const first = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const found = new RegExp(`^${first} {2,}(.*)$`, 'm').exec(text);
  if (!found) throw new Error(`no row "${name}" is in:\n${text}`);
  return found[1].trim().split(/ {2,}/);
}
