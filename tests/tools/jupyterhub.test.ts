import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { alive } from '../kernel/processes.js';
import { makeHome, npmTools, python, root, runProgram } from './tools.js';

const home = makeHome();
const token = 'a-token-for-the-tests-only';
let hub: ChildProcess;
let log = '';
let url: string;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('A TCP server has a port');
  return address.port;
}

beforeAll(async () => {
  const [port, hubPort, proxyPort] = [await freePort(), await freePort(), await freePort()];
  url = `http://127.0.0.1:${port}`;
  const proxy = [
    process.execPath,
    path.join(npmTools, 'configurable-http-proxy', 'bin', 'configurable-http-proxy'),
  ];
  home.write(
    'jupyterhub_config.py',
    `
c = get_config()
c.JupyterHub.bind_url = "${url}"
c.JupyterHub.hub_port = ${hubPort}
c.JupyterHub.hub_ip = "127.0.0.1"
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:${proxyPort}"
c.ConfigurableHTTPProxy.command = ${JSON.stringify(proxy)}
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.JupyterHub.db_url = "sqlite:///:memory:"
c.Spawner.args = ["--allow-root"]
c.Spawner.environment = {"JUPYTER_PATH": ${JSON.stringify(home.env.JUPYTER_PATH)}}
c.SimpleLocalProcessSpawner.home_dir_template = ${JSON.stringify(path.join(home.folder, 'home-{username}'))}
c.JupyterHub.services = [{"name": "test", "api_token": "${token}"}]
c.JupyterHub.load_roles = [
    {"name": "test", "services": ["test"], "scopes": ["admin:users", "admin:servers", "access:servers", "read:hub"]}
]
`,
  );
  hub = spawn(python, ['-m', 'jupyterhub'], {
    cwd: home.folder,
    env: { ...home.env, CONFIGPROXY_AUTH_TOKEN: 'another-token' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [hub.stdout, hub.stderr]) stream?.on('data', (chunk) => (log += chunk));
});

afterAll(async () => {
  if (hub.exitCode !== null) return;
  const gone = new Promise((resolve) => hub.once('exit', resolve));
  hub.kill('SIGTERM');
  await gone;
});

test("a user's server runs cells with our kernel, and takes it along when it is stopped", async () => {
  const script = path.join(root, 'tests', 'tools', 'hub.py');
  const { status, stdout, stderr } = await runProgram(python, [script, url, token, 'ada'], {
    cwd: home.folder,
    env: home.env,
  });
  expect(status, `${stderr}\n${log.slice(-5000)}`).toBe(0);
  const { display_name, cells } = JSON.parse(stdout);
  expect(display_name).toBe('TypeScript');
  expect(cells[0]).toEqual({ text: 'hello from ada\n42', error: null });
  expect(cells[1].error).toContain("Property 'missing' does not exist");
  const pids: Record<string, number> = JSON.parse(cells[2].text.slice(1, -1));
  await expect.poll(() => alive(Object.values(pids)), { timeout: 10_000 }).toEqual([]);
});
