// A JupyterLab started as a user starts it: `npm start`'s own script, on a free port, with settings of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';

export const root = path.resolve(import.meta.dirname, '../..');
export const results = path.join(root, 'test-results');
mkdirSync(results, { recursive: true });

/** The size of the lectures: one for tests, unless another was asked for. */
export const size = process.env.BATCHNORM_LAB_SIZE || 'small';

/** @returns a port that nothing listens on */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

export interface Ended {
  code: number | null;
  output: string;
}

/** One run of `scripts/start.mjs`, or of another script that starts JupyterLab, with everything that it prints. */
export class Start {
  output = '';
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  #listeners = new Set<() => void>();

  constructor(args: string[], env: NodeJS.ProcessEnv = {}, script = 'start.mjs') {
    this.#child = spawn(process.execPath, [path.join(root, 'scripts', script), ...args], {
      cwd: root,
      env: { ...process.env, ...env },
      // The channel ends JupyterLab with the tests, however they end.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const take = (data: Buffer) => {
      this.output += data;
      for (const listener of this.#listeners) listener();
    };
    this.#child.stdout?.on('data', take);
    this.#child.stderr?.on('data', take);
    this.ended = new Promise((resolve) => {
      this.#child.once('close', (code) => {
        resolve({ code, output: this.output });
        for (const listener of this.#listeners) listener();
      });
    });
  }

  /** Waits until the script has printed something that matches; fails when it ends without. */
  printed(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(this.output);
        if (!match && this.#child.exitCode === null) return;
        this.#listeners.delete(look);
        if (match) resolve(match);
        else reject(new Error(`npm start ended with ${this.#child.exitCode}:\n${this.output}`));
      };
      this.#listeners.add(look);
      look();
    });
  }

  /** What Ctrl-C does. */
  interrupt(): void {
    this.#child.kill('SIGINT');
  }
}

/** A running JupyterLab. */
export class Lab {
  readonly token = 'a-token-for-the-tests';
  private constructor(
    readonly url: string,
    readonly home: string,
    readonly start: Start,
  ) {}

  /** Starts JupyterLab and waits until `npm start` says that it is ready. */
  static open(...options: string[]): Promise<Lab> {
    return Lab.#open('start.mjs', options);
  }

  /** Starts it with a lecture as a slide show, as `npm run slides` does. */
  static openSlides(lecture: string): Promise<Lab> {
    return Lab.#open('slides.mjs', [lecture]);
  }

  static async #open(script: string, options: string[]): Promise<Lab> {
    const home = mkdtempSync(path.join(results, 'lab-home-'));
    const write = (file: string, value: unknown) => {
      mkdirSync(path.dirname(path.join(home, file)), { recursive: true });
      writeFileSync(path.join(home, file), JSON.stringify(value));
    };
    // The page's application object, so that a test can wait for what it says; and no saving behind our back.
    write('config/jupyter_lab_config.json', { LabApp: { expose_app_in_browser: true } });
    write('settings/@jupyterlab/docmanager-extension/plugin.jupyterlab-settings', { autosave: false });
    const port = await freePort();
    const token = 'a-token-for-the-tests';
    const start = new Start(
      ['--no-browser', '--port', String(port), '--token', token, ...options],
      {
        BATCHNORM_LAB_HOME: home,
        BATCHNORM_LAB_SIZE: size,
      },
      script,
    );
    await start.printed(/JupyterLab is ready: \S+/);
    return new Lab(`http://127.0.0.1:${port}`, home, start);
  }

  /** The address that `npm start` printed. */
  get printedAddress(): string {
    return /JupyterLab is ready: (\S+)/.exec(this.start.output)?.[1] ?? '';
  }

  /** Asks the server, as the page does. */
  ask(place: string, init: RequestInit = {}): Promise<Response> {
    const headers = { Authorization: `token ${this.token}`, 'Content-Type': 'application/json' };
    return fetch(`${this.url}/${place}`, { ...init, headers });
  }

  /** The server's log, with what the kernel wrote to its standard error. */
  log(): string {
    return readFileSync(path.join(this.home, `lab-${new URL(this.url).port}.log`), 'utf8');
  }

  async close(): Promise<Ended> {
    this.start.interrupt();
    const ended = await this.start.ended;
    rmSync(this.home, { recursive: true, force: true });
    return ended;
  }
}
