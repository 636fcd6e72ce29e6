import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { makeFolder, startKernel, useKernel, writeFiles } from './fixture.js';

describe('a notebook in a folder of a project', () => {
  const project = makeFolder('outside');
  afterAll(() => rmSync(project, { recursive: true, force: true }));

  test('imports what lies beside its folder by ../', async () => {
    writeFiles(project, {
      'notebooks/empty.txt': '',
      'src/layer.ts':
        'import { scale } from "./scale.js";\nexport const layer = (x: number): number => scale * x;',
      'src/scale.ts': 'export const scale = 10;',
    });
    const kernel = await startKernel({ cwd: join(project, 'notebooks') });
    try {
      expect(await kernel.value('import { layer } from "../src/layer.js";\nlayer(4)')).toBe('40');
      writeFiles(project, { 'src/scale.ts': 'export const scale = 100;' });
      expect(await kernel.value('import { layer } from "../src/layer.js";\nlayer(4)')).toBe('400');
    } finally {
      await kernel.close();
    }
  });
});

describe('a notebook in a folder where nothing is installed', () => {
  const fixture = useKernel({ where: 'outside' });

  test('has the types of node', async () => {
    const text = await fixture.kernel.value(
      'import { readFileSync } from "node:fs";\nBuffer.from("a").length + typeof readFileSync',
    );
    expect(text).toBe("'1function'");
  });

  test('has strict checks', async () => {
    const run = await fixture.kernel.fails('const n: number = null');
    expect(run.traceback).toContain("Type 'null' is not assignable to type 'number'");
  });

  test('finds no file of the kernel beside its own', async () => {
    const run = await fixture.kernel.ok('import { readdirSync } from "node:fs";\nreaddirSync(".").join()');
    expect(run.text).toBe("''");
  });
});
