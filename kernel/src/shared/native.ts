/**
 * Packages with native code, loaded when they are first wanted and not when the kernel starts: each costs 10 to 20 ms, and what
 * the kernel waits for at its start is two other programs.
 */
import { createRequire } from 'node:module';
import type * as Parser from 'oxc-parser';
import type * as Resolver from 'oxc-resolver';
import type * as Transform from 'oxc-transform';

const require = createRequire(import.meta.url);

let parser: typeof Parser | undefined;
let stripper: typeof Transform | undefined;
let resolver: typeof Resolver | undefined;

/** Loads what every cell needs. These two are ES modules, so they cannot be had without waiting. */
export async function loadForCells(): Promise<void> {
  [parser, stripper] = await Promise.all([import('oxc-parser'), import('oxc-transform')]);
}

/** Where nobody has loaded it, it is loaded at once, which an older Node 20 cannot do. */
export function oxcParser(): typeof Parser {
  parser ??= require('oxc-parser') as typeof Parser;
  return parser;
}

export function oxcTransform(): typeof Transform {
  if (!stripper) throw new Error('the type stripper was used before it was loaded');
  return stripper;
}

export function oxcResolver(): typeof Resolver {
  resolver ??= require('oxc-resolver') as typeof Resolver;
  return resolver;
}
