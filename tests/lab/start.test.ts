// The launcher on the command line: what it prints, refuses, and leaves behind.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort, Lab, results, Start } from './lab.js';

const timeout = 90000;

/** Holds a port of this machine for as long as a test needs it. */
async function occupy(port: number): Promise<() => Promise<void>> {
  const server = net.createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return () => new Promise((resolve) => server.close(() => resolve()));
}

describe('options', () => {
  it('lists every option for --help', { timeout }, async () => {
    const { code, output } = await new Start(['--help']).ended;
    expect(code).toBe(0);
    for (const name of ['--notebook', '--port', '--no-browser', '--token', '--ip', '--help']) {
      expect(output).toContain(name);
    }
  });

  const refused: [string[], string][] = [
    [['--prot', '9000'], 'Unknown option --prot: did you mean --port?'],
    [['--frobnicate'], 'Unknown option --frobnicate: `npm start -- --help` lists the options.'],
    [['9000'], 'Unexpected "9000": options go after two dashes, as in `npm start -- --help`.'],
    [['--port'], '--port needs a value: `npm start -- --port N`.'],
    [['--port', 'eighty'], '--port needs a whole number from 1 to 65535, and "eighty" was given.'],
    [['--port', '70000'], '--port needs a whole number from 1 to 65535, and "70000" was given.'],
    [['--no-browser=yes'], '--no-browser takes no value, and "yes" was given: leave it out.'],
    [['--token', 'a b'], '--token needs letters, digits, dots, dashes or underscores, at least one'],
    [
      ['--notebook', '00-start-hree'],
      'There is no notebook "00-start-hree" in notebooks/: did you mean 00-start-here?',
    ],
  ];
  it.each(refused)('refuses %j in one sentence', { timeout }, async (args, sentence) => {
    const { code, output } = await new Start(args).ended;
    expect(code).toBe(1);
    expect(output).toContain(sentence);
    expect(output.trim().split('\n')).toHaveLength(1);
  });
});

describe('ports', () => {
  it('says in one sentence that the port asked for is in use', { timeout }, async () => {
    const port = await freePort();
    const release = await occupy(port);
    try {
      const { code, output } = await new Start(['--no-browser', '--port', String(port)]).ended;
      expect(code).toBe(1);
      expect(output.trim()).toBe(
        `Port ${port} on 127.0.0.1 is in use or not allowed: name another with --port, or leave it out.`,
      );
    } finally {
      await release();
    }
  });

  it('takes the next free port when none was asked for, and says so', { timeout }, async () => {
    // The first port may be in use on this machine already; either way it is taken when the launcher looks.
    const release = await occupy(8888).catch(() => async () => undefined);
    const home = mkdtempSync(path.join(results, 'lab-home-'));
    const start = new Start(['--no-browser'], { BATCHNORM_LAB_HOME: home });
    try {
      const [, port] = await start.printed(/Port 8888 is in use: serving on (\d+)/);
      const [, address] = await start.printed(/JupyterLab is ready: (\S+)/);
      expect(address).toContain(`http://127.0.0.1:${port}/lab/tree/notebooks/00-start-here.ipynb?token=`);
    } finally {
      start.interrupt();
      await start.ended;
      await release();
      rmSync(home, { recursive: true, force: true });
    }
  });
});

describe('a running JupyterLab', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.open();
  }, timeout);
  afterAll(() => rmSync(lab.home, { recursive: true, force: true }));

  it('answers only with the token', { timeout }, async () => {
    expect((await lab.ask('api/status')).status).toBe(200);
    expect((await fetch(`${lab.url}/api/sessions`)).status).toBe(403);
  });

  it('has the TypeScript kernel for new notebooks', { timeout }, async () => {
    const specs = (await (await lab.ask('api/kernelspecs')).json()) as {
      default: string;
      kernelspecs: Record<string, { spec: { display_name: string; language: string } }>;
    };
    expect(specs.default).toBe('typescript');
    expect(specs.kernelspecs.typescript?.spec).toMatchObject({
      display_name: 'TypeScript',
      language: 'typescript',
    });
  });

  it('keeps to settings of its own', () => {
    expect(existsSync(path.join(lab.home, 'config', 'jupyter_server_config.json'))).toBe(true);
    expect(existsSync(path.join(lab.home, 'runtime'))).toBe(true);
  });

  it('ends with its kernels at Ctrl-C, without a question', { timeout }, async () => {
    const body = JSON.stringify({ name: 'typescript' });
    const kernel = (await (await lab.ask('api/kernels', { method: 'POST', body })).json()) as { id: string };
    expect(kernel.id).toBeTruthy();
    const { code, output } = await lab.close();
    expect(code).toBe(0);
    expect(output).toContain('Stopped.');
    const port = Number(new URL(lab.url).port);
    const release = await occupy(port);
    await release();
  });
});
