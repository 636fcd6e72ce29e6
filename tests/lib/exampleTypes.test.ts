/** The examples in the README and in the docstrings are right in their types too, which running them does not show. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { readApi } from '../../scripts/support/api.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const require = createRequire(import.meta.url);

const packages = [
  { name: 'batchnorm', exports: readApi(join(root, 'lib/src/index.ts')) },
  { name: 'batchnorm/tfjs', exports: readApi(join(root, 'lib/src/tfjs/index.ts')) },
  { name: 'batchnorm/images', exports: readApi(join(root, 'lib/src/images/index.ts')) },
];

function examples(): { where: string; code: string }[] {
  const readme = readFileSync(join(root, 'lib/README.md'), 'utf8');
  return [
    ...[...readme.matchAll(/^```ts\n(.*?)^```/gms)].map(([, code], i) => ({
      where: `README, block ${i + 1}`,
      code,
    })),
    ...packages.flatMap(({ exports }) =>
      exports.flatMap(({ name, doc }) =>
        (doc?.tags ?? [])
          .filter(({ tag }) => tag === 'example')
          .map(({ text }) => ({ where: name, code: text })),
      ),
    ),
  ];
}

/** Runs the checker over one file with each example in a function of its own; returns what it says. */
async function typeErrors(all: { where: string; code: string }[]): Promise<string> {
  const imports = packages.map(({ name, exports }) => {
    const names = exports.map((one) =>
      one.kind === 'interface' || one.kind === 'type' ? `type ${one.name}` : one.name,
    );
    return `import { ${names.join(', ')} } from '${name}';`;
  });
  const functions = all.map(
    ({ where, code }) =>
      `// ${where}\nasync () => {\n${code.replace(/^import \{[^}]*\} from 'batchnorm(?:\/\w+)?';$/gm, '')}\n};`,
  );
  mkdirSync(join(root, 'test-results'), { recursive: true });
  const folder = mkdtempSync(join(root, 'test-results', 'examples-'));
  try {
    writeFileSync(join(folder, 'examples.ts'), `${[...imports, ...functions].join('\n')}\n`);
    const settings = {
      extends: '../../tsconfig.json',
      compilerOptions: { noUnusedLocals: false },
      include: ['*.ts'],
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings));
    const tsc = join(require.resolve('typescript/package.json'), '../bin/tsc');
    const run = promisify(execFile)(process.execPath, [tsc, '-p', folder], { cwd: root });
    return (await run.catch((error: { stdout: string }) => error)).stdout;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test('the examples type-check', async () => {
  expect(examples().length).toBeGreaterThan(150);
  expect(await typeErrors(examples())).toBe('');
});

test('one that does not is told', async () => {
  const wrong = [{ where: 'wrong', code: "batchNorm('text', 2, 1);" }];
  expect(await typeErrors(wrong)).toContain('error TS2345');
});
