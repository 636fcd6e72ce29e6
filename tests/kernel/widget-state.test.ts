import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { kernelSpecFolder, root } from './fixture.js';

/** Runs a notebook with nbclient, turns it into a page, and tells the states that the page holds. */
const SCRIPT = `
import json, re
import nbformat
from nbclient import NotebookClient
from nbconvert import HTMLExporter

cell = nbformat.v4.new_code_cell("await widgets.interact(({ n }) => console.log('n is', n), { n: [4, 9] });")
notebook = nbformat.v4.new_notebook(cells=[cell])
NotebookClient(notebook, kernel_name="typescript").execute()
page, _ = HTMLExporter().from_notebook_node(notebook)
state = re.search(r'<script type="application/vnd.jupyter.widget-state\\+json">(.*?)</script>', page, re.S).group(1)
view = re.search(r'<script type="application/vnd.jupyter.widget-view\\+json">(.*?)</script>', page, re.S).group(1)
print(json.dumps({"states": json.loads(state)["state"], "shown": json.loads(view)["model_id"]}))
`;

test('a page made by nbconvert shows the widgets as they stood', () => {
  const python = join(root, '.venv', process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  const scratch = mkdtempSync(join(tmpdir(), 'widget-state-'));
  try {
    const { status, stdout, stderr } = spawnSync(python, ['-c', SCRIPT], {
      encoding: 'utf8',
      cwd: scratch,
      env: {
        ...process.env,
        JUPYTER_PATH: kernelSpecFolder(),
        JUPYTER_DATA_DIR: join(scratch, 'data'),
        JUPYTER_RUNTIME_DIR: join(scratch, 'runtime'),
      },
    });
    expect(status, stderr).toBe(0);
    const { states, shown } = JSON.parse(stdout);
    const named = (name: string) =>
      Object.values<{ model_name: string; state: Record<string, unknown> }>(states).find(
        (one) => one.model_name === name,
      )?.state;
    expect(named('IntSliderModel')).toMatchObject({ min: 4, max: 9, value: 4, description: 'n' });
    expect(named('OutputModel')?.outputs).toEqual([
      { output_type: 'stream', name: 'stdout', text: 'n is 4\n' },
    ]);
    expect(states[shown].model_name).toBe('VBoxModel');
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}, 120_000);
