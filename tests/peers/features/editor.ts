/** Help while typing. */

import { type Json, plain } from '../../kernel/message.js';
import { everywhere, feature, type Group, type Probe } from '../feature.js';
import type { Session } from '../session.js';

const points = (text: string) => [...text].length;

async function complete(kernel: Session, code: string): Promise<Json> {
  return kernel.request('complete_request', { code, cursor_pos: points(code) });
}

async function inspect(kernel: Session, code: string, level: 0 | 1 = 0): Promise<Json> {
  return kernel.request('inspect_request', { code, cursor_pos: points(code), detail_level: level });
}

/** Completes the code after the cells have run; the match may repeat what stands before the dot. */
const completes =
  (match: string, code: string, ...before: string[]): Probe =>
  async (kernel) => {
    for (const cell of before) await kernel.ok(cell);
    const { matches } = await complete(kernel, code);
    return (matches ?? []).some((each: string) => each.endsWith(match));
  };

const helps =
  (text: RegExp, code: string, ...before: string[]): Probe =>
  async (kernel) => {
    for (const cell of before) await kernel.ok(cell);
    const { found, data } = await inspect(kernel, code);
    return found === true && text.test(plain(data?.['text/plain'] ?? data?.['text/markdown'] ?? ''));
  };

/** The same at whichever level of detail the text comes. */
const either =
  (text: RegExp, code: string, before: string): Probe =>
  async (kernel) => {
    await kernel.ok(before);
    const replies = [await inspect(kernel, code, 0), await inspect(kernel, code, 1)];
    return replies.some(({ data }) => text.test(plain(data?.['text/plain'] ?? '')));
  };

export const editor: Group = {
  title: 'Help while typing',
  features: [
    feature('Members of a value', {
      typescript: completes('alpha1', 'held1.al', 'const held1 = { alpha1: 1 };'),
      python: completes('alpha1', 'held1.al', 'class Held1: alpha1 = 1\nheld1 = Held1()'),
    }),
    feature('Members of what stands in the same, unsent cell', {
      typescript: completes('alpha2', 'const held2 = { alpha2: 1 };\nheld2.al'),
      python: completes('alpha2', 'class Held2: alpha2 = 1\nheld2 = Held2()\nheld2.al'),
    }),
    feature('Members that only the running value has', {
      typescript: completes('zeta1', 'live1.ze', `const live1: any = JSON.parse('{"zeta1": 1}');`),
      javascript: completes('zeta1', 'live1.ze', `var live1 = JSON.parse('{"zeta1": 1}');`),
      python: completes(
        'zeta1',
        'live1.ze',
        'import json, types\nlive1 = types.SimpleNamespace(**json.loads(\'{"zeta1": 1}\'))',
      ),
    }),
    feature('Keys of a running value in brackets (`value["k`)', {
      typescript: completes('zeta2', 'live2["ze', `const live2: any = JSON.parse('{"zeta2": 1}');`),
      javascript: completes('zeta2', 'live2["ze', `var live2 = JSON.parse('{"zeta2": 1}');`),
      python: completes('zeta2', 'live2["ze', 'import json\nlive2 = json.loads(\'{"zeta2": 1}\')'),
    }),
    feature('Names that cells have declared', {
      typescript: async (kernel) => {
        const lexical = await completes('declared1', 'decla', 'let declared1 = 1;')(kernel);
        const global = await completes('declared2', 'decla', 'var declared2 = 1;')(kernel);
        return lexical || (global && '`var` only');
      },
      python: completes('declared1', 'decla', 'declared1 = 1'),
    }),
    feature('Names in import paths', {
      typescript: async (kernel) => {
        kernel.write({ 'neighbour1.ts': 'export const near = 1;\n' });
        const { matches } = await complete(kernel, 'import { near } from "./neigh');
        return (matches ?? []).some((each: string) => each.includes('neighbour1'));
      },
      python: async (kernel) => {
        kernel.write({ 'neighbour1.py': 'near = 1\n' });
        const { matches } = await complete(kernel, 'from neigh');
        return (matches ?? []).some((each: string) => each.includes('neighbour1'));
      },
    }),
    feature('Names that are not imported yet, with their import', {
      typescript: async (kernel) => {
        const { matches, metadata } = await complete(kernel, 'readFileSy');
        const offered = JSON.stringify([matches, metadata]);
        return /readFileSync/.test(offered) && /node:fs|"fs"|'fs'/.test(offered);
      },
      python: async (kernel) => {
        const { matches } = await complete(kernel, 'OrderedDi');
        return (matches ?? []).some((each: string) => /OrderedDict/.test(each));
      },
    }),
    feature(
      'The kind of each completion',
      everywhere(async (kernel) => {
        const { metadata } = await complete(kernel, kernel.language === 'python' ? 'prin' : 'Math.sq');
        return (metadata?._jupyter_types_experimental ?? []).some(({ type }: Json) =>
          /function|method/.test(type),
        );
      }),
    ),
    feature(
      'Right places behind characters outside the basic plane (😀)',
      everywhere(async (kernel) => {
        const python = kernel.language === 'python';
        const before = python ? '"😀😀"; len.' : '"😀😀"; Math.';
        const { matches, cursor_start, cursor_end } = await complete(
          kernel,
          `${before}${python ? '__nam' : 'sq'}`,
        );
        const fit = cursor_start === points(before) || cursor_start === points('"😀😀"; ');
        return matches?.length > 0 && fit && cursor_end === points(before) + (python ? 5 : 2);
      }),
    ),
    feature('Types of a name, documentation of built-in functions', {
      typescript: helps(/radix|integer/, 'parseInt'),
      python: helps(/number of items/, 'len'),
    }),
    feature('Documentation of your own functions (JSDoc, docstring)', {
      typescript: helps(
        /Doubles whatever comes/,
        'doubles1',
        '/** Doubles whatever comes. */\nfunction doubles1(x: number): number { return 2 * x; }',
      ),
      javascript: helps(
        /Doubles whatever comes/,
        'doubles1',
        '/** Doubles whatever comes. */\nfunction doubles1(x) { return 2 * x; }',
      ),
      python: helps(
        /Doubles whatever comes/,
        'doubles1',
        'def doubles1(x):\n  "Doubles whatever comes."\n  return 2 * x',
      ),
    }),
    feature('… as Markdown', {
      typescript: async (kernel) => {
        const { data } = await inspect(kernel, 'parseInt');
        return /```/.test(data?.['text/markdown'] ?? '');
      },
      python: async (kernel) => {
        const { data } = await inspect(kernel, 'len');
        return data?.['text/markdown'] !== undefined || (data?.['text/html'] !== undefined && 'as HTML');
      },
    }),
    feature('The signature inside a call', {
      typescript: helps(/values|x: number|max\(/, 'Math.max('),
      python: helps(/len\(obj|Signature/, 'len('),
    }),
    feature('Help for what stands in the same, unsent cell', {
      typescript: helps(/unsent1/, 'function unsent1(count: number): string { return ""; }\nunsent1'),
      javascript: helps(/unsent1/, 'function unsent1(count) { return ""; }\nunsent1'),
      python: helps(/unsent1/, 'def unsent1(count): return ""\nunsent1'),
    }),
    feature('The value that a name has now', {
      typescript: either(/12345/, 'valued1', 'let valued1 = 12344 + 1;'),
      python: either(/12345/, 'valued1', 'valued1 = 12344 + 1'),
    }),
    feature('More at detail level 1: the source', {
      typescript: async (kernel) => {
        await kernel.ok('function sourced1(x: number): number { return x * 31337; }');
        const { data } = await inspect(kernel, 'sourced1', 1);
        return /31337/.test(plain(data?.['text/plain'] ?? ''));
      },
      javascript: async (kernel) => {
        await kernel.ok('function sourced1(x) { return x * 31337; }');
        const { data } = await inspect(kernel, 'sourced1', 1);
        return /31337/.test(plain(data?.['text/plain'] ?? ''));
      },
      python: async (kernel) => {
        await kernel.ok('def sourced1(x): return x * 31337');
        const { data } = await inspect(kernel, 'sourced1', 1);
        return /31337/.test(plain(data?.['text/plain'] ?? ''));
      },
    }),
  ],
};
