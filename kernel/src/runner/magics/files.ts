/** `%cd`, `%pwd`, `%env`, `%load` and `%%writefile`. Arguments come in parts, values of the session among them. */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { runningCell } from './cell.js';

/** The argument as one text; a list of values is separated by blanks, as a shell wants it. */
export function joined(parts: readonly unknown[]): string {
  return parts.map((part) => (Array.isArray(part) ? part.join(' ') : String(part))).join('');
}

/** A path may stand in quotes, and begin with `~`. */
function pathOf(parts: readonly unknown[]): string {
  const path = joined(parts)
    .trim()
    .replace(/^(["'])(.*)\1$/, '$2');
  return /^~(?=$|[\\/])/.test(path) ? join(homedir(), path.slice(1)) : path;
}

let before: string | undefined;

export function cd(...parts: unknown[]): void {
  const path = pathOf(parts);
  const here = process.cwd();
  if (path === '-' && before === undefined) throw new Error('%cd -: no folder was changed yet.');
  const wanted = path === '-' ? (before as string) : path === '' ? homedir() : path;
  try {
    process.chdir(wanted);
  } catch (error) {
    throw new Error(`%cd: ${wanted} cannot be the current folder: ${(error as NodeJS.ErrnoException).code}.`);
  }
  before = here;
  process.stdout.write(`${process.cwd()}\n`);
}

export const pwd = (): string => process.cwd();

export function env(...parts: unknown[]): string | undefined {
  const text = joined(parts).trim();
  if (text === '') {
    for (const [name, value] of Object.entries(process.env).sort(([a], [b]) => a.localeCompare(b)))
      process.stdout.write(`${name}=${value}\n`);
    return undefined;
  }
  const [, name = '', value] = /^([^\s=]+)(?:\s*[=\s]\s*(.*))?$/s.exec(text) ?? [];
  if (value === undefined) {
    if (process.env[name] === undefined) throw new Error(`%env: there is no environment variable ${name}.`);
    return process.env[name];
  }
  process.env[name] = value;
  process.stdout.write(`env: ${name}=${value}\n`);
  return undefined;
}

export function load(...parts: unknown[]): void {
  const path = pathOf(parts);
  const text = `// %load ${path}\n${readFileSync(path, 'utf8')}`;
  runningCell().payload.push({ source: 'set_next_input', text, replace: true });
}

export function writeFile(content: string, append: boolean, ...parts: unknown[]): void {
  const path = pathOf(parts);
  const text = content.endsWith('\n') ? content : `${content}\n`;
  const verb = append ? 'Appending to' : existsSync(path) ? 'Overwriting' : 'Writing';
  if (append) appendFileSync(path, text);
  else writeFileSync(path, text);
  process.stdout.write(`${verb} ${path}\n`);
}
