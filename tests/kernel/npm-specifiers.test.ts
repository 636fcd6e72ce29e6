import { beforeAll, describe, expect, test } from 'vitest';
import { useKernel } from './fixture.js';

const fixture = useKernel();

beforeAll(() => {
  fixture.write({
    'node_modules/tinted/package.json': JSON.stringify({
      name: 'tinted',
      version: '5.3.1',
      type: 'module',
      exports: { '.': { types: './index.d.ts', default: './index.js' }, './extra': './extra.js' },
    }),
    'node_modules/tinted/index.js': 'export default (text) => `*${text}*`; export const level = 3;',
    'node_modules/tinted/index.d.ts':
      'export default function tint(text: string): string; export declare const level: number;',
    'node_modules/tinted/extra.js': 'export const extra = 1;',
    'node_modules/@scope/thing/package.json':
      '{ "name": "@scope/thing", "version": "0.2.5", "main": "main.js" }',
    'node_modules/@scope/thing/main.js': 'exports.thing = "scoped";',
  });
});

describe("Deno's npm: specifiers", () => {
  test('lead to the installed package, with its types', async () => {
    expect(await fixture.kernel.value("import tint, { level } from 'npm:tinted@5';\ntint('a') + level")).toBe(
      "'*a*3'",
    );
    expect(await fixture.kernel.value("tint('later')")).toBe("'*later*'");
    const wrong = await fixture.kernel.fails("import tint2 from 'npm:tinted@^5.2.0'; tint2(1);");
    expect(wrong.reply.evalue).toMatch(/:1:46 - error TS2345/);
  });

  test('with a path, a scope, no version or a tag', async () => {
    expect(await fixture.kernel.value("import { extra } from 'npm:tinted@5.3.1/extra';\nextra")).toBe('1');
    expect(await fixture.kernel.value("import { thing } from 'npm:@scope/thing@~0.2.1';\nthing")).toBe(
      "'scoped'",
    );
    expect(await fixture.kernel.value("import { level as l2 } from 'npm:tinted';\nl2")).toBe('3');
    expect(await fixture.kernel.value("import { level as l3 } from 'npm:tinted@latest';\nl3")).toBe('3');
  });

  test('in import(), and in types', async () => {
    expect(await fixture.kernel.value("(await import('npm:tinted@5')).level.toFixed(1)")).toBe("'3.0'");
    expect(
      await fixture.kernel.value(
        "const name = 'npm:tinted@5';\n((await import(name)) as { level: number }).level",
      ),
    ).toBe('3');
    await fixture.kernel.ok("let levelType: typeof import('npm:tinted').level = 5;");
  });

  test('of a package that is missing name the command that installs it', async () => {
    const run = await fixture.kernel.fails("const before = 1;\nimport chalk from 'npm:no-such-chalk@5';");
    expect(run.reply.evalue).toMatch(
      /^Cell \[\d+\]:2:19 - The package no-such-chalk is not installed\. Run %npm install no-such-chalk@5 in a cell before this one\.$/,
    );
  });

  test.each(['4', '^6', '5.2', '~5.2.0', '>=6', '5.3.0', '<5 || >6'])(
    '%s does not fit version 5.3.1',
    async (range) => {
      const run = await fixture.kernel.fails(`import t from 'npm:tinted@${range}';`);
      expect(run.reply.evalue).toContain(`installed in version 5.3.1, and the import asks for ${range}`);
    },
  );

  test.each(['5', '5.3', '5.3.1', '^5.3.0', '~5.3', '>=5 <6', '4 || 5', '*', 'v5'])(
    '%s fits version 5.3.1',
    async (range) => {
      await fixture.kernel.ok(`import fitting from 'npm:tinted@${range}';`);
    },
  );

  test('a text that has npm: in it stays', async () => {
    expect(await fixture.kernel.value("'npm:tinted'")).toBe("'npm:tinted'");
  });
});
