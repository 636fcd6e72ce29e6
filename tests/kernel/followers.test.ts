import { describe, expect, test } from 'vitest';
import { useKernel } from './fixture.js';

const fixture = useKernel();

const on = (name: string, listener: string): string =>
  `(globalThis as any)[Symbol.for('jupyter.kernel')].events.on('${name}', ${listener})`;

describe('a library that follows the cells', () => {
  test('is called before and after each of them, within the cell, until it ends that', async () => {
    await fixture.kernel.ok(
      `const ends = [${on('preRunCell', '({ source }: any) => console.log("before", source)')}, ${on('postRunCell', '({ cell }: any) => console.log("after", cell)')}];`,
    );
    const run = await fixture.kernel.ok('console.log("between")');
    expect(run.stdout).toMatch(/^before console\.log\("between"\)\nbetween\nafter Cell \[\d+\]\n$/);
    const failed = await fixture.kernel.fails('throw new Error("x")');
    expect(failed.stdout).toMatch(/^before .*\nafter Cell/);
    const silent = await fixture.kernel.execute('2', { silent: true, store_history: false });
    expect(silent.stdout).toBe('');
    await fixture.kernel.ok('for (const end of ends) end()');
    expect((await fixture.kernel.ok('1')).stdout).toBe('');
  });

  test('and throws is told of in the cell, which goes on', async () => {
    await fixture.kernel.ok(`const end = ${on('preRunCell', '() => { throw new Error("mine") }')};`);
    const run = await fixture.kernel.ok('6 * 7');
    expect(run.stderr).toBe('A listener of preRunCell failed: Error: mine\n');
    expect(run.text).toBe('42');
    await fixture.kernel.ok('end()');
  });

  test('under another name is refused', async () => {
    const run = await fixture.kernel.fails(on('runCell', '() => {}'));
    expect(run.reply.evalue).toContain("expected 'preRunCell' or 'postRunCell'");
  });
});
