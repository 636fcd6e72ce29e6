/** The examples in the README, in docs/engine.md and in the docstrings run, and print what they say they print. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as batchnorm from 'batchnorm';
import * as batchnormImages from 'batchnorm/images';
import * as batchnormTfjs from 'batchnorm/tfjs';
import { transform } from 'esbuild';
import { describe, expect, test } from 'vitest';

const lib = fileURLToPath(new URL('../../lib/', import.meta.url));

interface Example {
  where: string;
  code: string;
}

/** The TypeScript blocks of a Markdown file. */
function blocks(file: string): Example[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/^```ts\n(.*?)^```/gms)].map((match, i) => ({
    where: `${basename(file)}, block ${i + 1}`,
    code: match[1],
  }));
}

/** The @example sections of the docstrings of a source file. */
function docstrings(file: string): Example[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/^( *)\* @example\n((?:\1\*(?!\/| @).*\n)+)/gm)].map((match) => ({
    where: `${basename(file)}, line ${text.slice(0, match.index).split('\n').length}`,
    code: match[2].replace(/^ *\* ?/gm, ''),
  }));
}

/** Runs an example with everything that the library exports in scope; returns what it printed. */
async function run(code: string): Promise<string[]> {
  const printed: string[] = [];
  const console = { log: (...parts: unknown[]) => printed.push(parts.map(String).join(' ')) };
  const withoutImports = code.replace(/^import \{[^}]*\} from 'batchnorm(?:\/\w+)?';$/gm, '');
  // as in a module: names may repeat those of the library, and await is allowed
  const { code: script } = await transform(`(async () => {${withoutImports}})()`, {
    loader: 'ts',
    target: 'es2022',
  });
  const scope = { ...batchnorm, ...batchnormTfjs, ...batchnormImages };
  const execute = new Function('console', ...Object.keys(scope), `return ${script}`);
  await execute(console, ...Object.values(scope));
  return printed;
}

/** What the comments say: `// prints A`, or `// prints A, then B` for a line that runs more than once. */
function promised(code: string): string[] {
  return [...code.matchAll(/\/\/ prints (.*)$/gm)].flatMap((match) => match[1].split(', then '));
}

const sources = readdirSync(join(lib, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  .map((name) => join(lib, 'src', name));

describe('examples', () => {
  const examples = [
    ...blocks(join(lib, 'README.md')),
    ...blocks(join(lib, '../docs/engine.md')),
    ...blocks(join(lib, '../docs/tensorflow.md')),
    ...sources.flatMap(docstrings),
  ];

  test('are found', () => {
    expect(blocks(join(lib, 'README.md')).length).toBeGreaterThanOrEqual(5);
    expect(sources.flatMap(docstrings).length).toBeGreaterThanOrEqual(5);
  });

  test.each(examples)('$where', async ({ code }) => {
    const printed = await run(code);
    if (code.includes('// prints ')) {
      expect(printed).toEqual(promised(code));
    }
  });
});
