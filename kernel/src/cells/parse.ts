/**
 * The parser, with a guard before it. It is native code that recurses into what it reads, and where its stack ends it
 * takes the whole process with it; so text that could be nested that deep is tried in a process of its own first.
 */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import type { ParseResult, ParserOptions } from 'oxc-parser';
import { oxcParser } from '../shared/native.js';

/** What fits into the stack however it is nested: characters, and places where nesting could grow. */
const SHORT = 2000;
const SHALLOW = process.platform === 'win32' ? 300 : 2500;

/** Each level of nesting needs one of these, so their number bounds the depth. */
const NESTING =
  /[([{`<!~+\-*/%&|^=?:]|\b(?:async|await|case|delete|do|else|export|extends|for|function|if|infer|keyof|new|readonly|return|throw|typeof|unique|void|while|with|yield)\b/g;

/** It runs in a thread, whose stack is half as large as that of a process: what passes there passes here. */
const TRIAL = `
const { Worker } = require('node:worker_threads');
const [parser, name, options] = JSON.parse(process.argv[1]);
const text = require('node:fs').readFileSync(0, 'utf8');
const code = "const { parser, name, text, options } = require('node:worker_threads').workerData; require(parser).parseSync(name, text, options).program;";
new Worker(code, { eval: true, workerData: { parser, name, text, options } });
`;

/** Text that was tried lately: a frontend asks about the same cell again and again. */
const tried = new Map<string, boolean>();
const KEPT = 10;

export class NestedTooDeeply extends Error {
  override readonly name = 'NestedTooDeeply';
  constructor() {
    super('The code is nested too deeply to be read. Take inner parts out into variables or functions.');
  }
}

/** @throws NestedTooDeeply */
export function parse(name: string, text: string, options: ParserOptions): ParseResult {
  if (couldBeDeep(text) && !passesTrial(name, text, options)) throw new NestedTooDeeply();
  return oxcParser().parseSync(name, text, options);
}

function couldBeDeep(text: string): boolean {
  if (text.length <= SHORT) return false;
  let found = 0;
  NESTING.lastIndex = 0;
  while (NESTING.test(text)) if (++found > SHALLOW) return true;
  return false;
}

function passesTrial(name: string, text: string, options: ParserOptions): boolean {
  const known = tried.get(text);
  if (known !== undefined) return known;
  const parser = createRequire(import.meta.url).resolve('oxc-parser');
  const { status } = spawnSync(process.execPath, ['-e', TRIAL, JSON.stringify([parser, name, options])], {
    input: text,
    stdio: ['pipe', 'ignore', 'ignore'],
    windowsHide: true,
  });
  const passes = status === 0;
  tried.set(text, passes);
  for (const oldest of tried.keys()) {
    if (tried.size <= KEPT) break;
    tried.delete(oldest);
  }
  return passes;
}
