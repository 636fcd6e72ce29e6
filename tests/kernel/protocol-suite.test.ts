import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { kernelSpecFolder, root } from './fixture.js';

test("jupyter_kernel_test, the Jupyter project's own suite, passes whole", () => {
  const python = join(root, '.venv', process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  const scratch = mkdtempSync(join(tmpdir(), 'protocol-'));
  try {
    const { status, stderr } = spawnSync(python, [join(root, 'tests/kernel/protocol_suite.py')], {
      encoding: 'utf8',
      cwd: scratch,
      env: {
        ...process.env,
        JUPYTER_PATH: kernelSpecFolder(),
        JUPYTER_DATA_DIR: join(scratch, 'data'),
        JUPYTER_RUNTIME_DIR: join(scratch, 'runtime'),
      },
    });
    expect(stderr).toMatch(/^Ran 12 tests/m);
    // "OK (skipped=1)" would not match.
    expect(stderr).toMatch(/^OK$/m);
    expect(status).toBe(0);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}, 120_000);
