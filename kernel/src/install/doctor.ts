/** Says what of an installation is found and works, and what is wrong with the rest. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { compilerPath } from '../language/server.js';
import { type FoundSpec, findKernelspecs } from './kernelspec.js';
import { searchFolders } from './places.js';
import { tryKernel } from './trial.js';

const run = promisify(execFile);
const OLDEST_NODE = 20;

/** Half a sentence, and what to do when it is bad. */
type Finding = readonly [state: 'ok' | 'note' | 'wrong', text: string];

/** @returns whether everything works */
export async function doctor(
  packageFolder: string,
  version: string,
  say: (line: string) => void,
): Promise<boolean> {
  let well = true;
  const tell = async (finding: Promise<Finding>): Promise<void> => {
    const [state, text] = await finding.catch((error: Error): Finding => ['wrong', error.message]);
    if (state === 'wrong') well = false;
    say(`${state.padEnd(7)} ${text}`);
  };
  say(`typescript-kernel ${version} in ${packageFolder}`);
  await tell(nodeVersion(process.execPath));
  await tell(compiler());
  for (const name of nativePackages(packageFolder)) await tell(native(name));
  const specs = searchFolders().flatMap((folder) => findKernelspecs(folder));
  if (specs.length === 0) {
    await tell(noSpec());
    await tell(
      cell(
        'this package',
        [process.execPath, join(packageFolder, 'dist', 'cli.js'), 'kernel', '{connection_file}'],
        {},
      ),
    );
  }
  for (const spec of specs) {
    await tell(kernelspec(spec));
    await tell(cell(`the kernelspec ${spec.name}`, spec.argv, spec.env));
  }
  await tell(jupyter(specs));
  return well;
}

const noSpec = async (): Promise<Finding> => [
  'wrong',
  'no kernelspec of this kernel where Jupyter looks: run `typescript-kernel install --user`',
];

async function nodeVersion(node: string): Promise<Finding> {
  const version =
    node === process.execPath ? process.version : (await run(node, ['--version'])).stdout.trim();
  const recent = Number(/^v(\d+)/.exec(version)?.[1]) >= OLDEST_NODE;
  if (recent) return ['ok', `Node ${version} (${node})`];
  return [
    'wrong',
    `Node ${OLDEST_NODE} or newer is needed, ${node} is ${version}: install one from nodejs.org`,
  ];
}

async function compiler(): Promise<Finding> {
  const path = compilerPath();
  const { stdout } = await run(path, ['--version']);
  return ['ok', `TypeScript ${stdout.trim().replace(/^Version /, '')} (${path})`];
}

/** What is not in the bundles: all that the package depends on but the compiler, which is a program, and types. */
function nativePackages(packageFolder: string): readonly string[] {
  const text = readFileSync(join(packageFolder, 'package.json'), 'utf8');
  const { dependencies } = JSON.parse(text) as { dependencies: Record<string, string> };
  return Object.keys(dependencies).filter((name) => name !== 'typescript' && !name.startsWith('@types/'));
}

/** They come as programs for this kind of machine, which a copy from another one lacks. */
async function native(name: string): Promise<Finding> {
  try {
    await import(name);
    return ['ok', name];
  } catch (error) {
    const [first] = (error as Error).message.split('\n');
    return ['wrong', `${name} cannot be loaded (${first}): install the kernel on this machine again`];
  }
}

async function kernelspec(spec: FoundSpec): Promise<Finding> {
  const again = `run \`typescript-kernel install\` again, or remove ${spec.folder}`;
  const what = `kernelspec "${spec.displayName}" in ${spec.folder}`;
  if (!existsSync(spec.node)) return ['wrong', `${what} names a Node that is gone (${spec.node}): ${again}`];
  const manifest = join(spec.packageFolder, 'package.json');
  if (!existsSync(manifest)) {
    return ['wrong', `${what} names a kernel that is gone (${spec.packageFolder}): ${again}`];
  }
  const node = await nodeVersion(spec.node);
  if (node[0] === 'wrong') return node;
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  return ['ok', `${what}: version ${version}, ${node[1]}`];
}

async function cell(of: string, argv: readonly string[], env: Record<string, string>): Promise<Finding> {
  try {
    const took = await tryKernel(argv, env);
    return ['ok', `a cell ran with ${of}, ${(took / 1000).toFixed(1)} s after the start`];
  } catch (error) {
    return ['wrong', `no cell runs with ${of}: ${(error as Error).message}`];
  }
}

async function jupyter(specs: readonly FoundSpec[]): Promise<Finding> {
  let listed: string;
  try {
    listed = (await run('jupyter', ['kernelspec', 'list', '--json'])).stdout;
  } catch {
    return [
      'note',
      'no `jupyter` answers here; VS Code and the Jupyter of another environment may still be there',
    ];
  }
  const { kernelspecs } = JSON.parse(listed) as { kernelspecs: Record<string, { spec: { argv: string[] } }> };
  const seen = specs.filter(({ argv }) =>
    Object.values(kernelspecs).some(({ spec }) => spec.argv[0] === argv[0] && spec.argv[1] === argv[1]),
  );
  if (seen.length > 0) return ['ok', `\`jupyter\` finds ${seen.map(({ name }) => name).join(', ')}`];
  return [
    'wrong',
    '`jupyter kernelspec list` does not show it: install with --user, or --sys-prefix in that environment',
  ];
}
