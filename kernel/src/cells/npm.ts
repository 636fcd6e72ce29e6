/** `npm:chalk@5` as Deno writes it: an import of the package that is installed beside the notebook. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type AstNode, children } from './ast.js';
import { type Edit, EditedText } from './edits.js';
import { MagicProblem } from './magicCalls.js';
import { parse } from './parse.js';
import { fits } from './versions.js';

interface Wanted {
  readonly name: string;
  readonly range: string;
  /** `/` and what comes behind it, or nothing. */
  readonly path: string;
}

/** @returns undefined for what is no `npm:` specifier */
function readSpecifier(specifier: string): Wanted | undefined {
  const [, name, range = '', path = ''] =
    /^npm:\/?((?:@[^/@]+\/)?[^/@]+)(?:@([^/]*))?(\/.*)?$/.exec(specifier) ?? [];
  return name === undefined ? undefined : { name, range, path };
}

/**
 * Rewrites a cell's `npm:` specifiers.
 * @returns no edits where there are none; and the first package that is missing, or has another version
 */
export function plainSpecifiers(
  source: string,
  folder: string,
): { readonly edits?: EditedText; readonly problem?: MagicProblem } {
  const { program } = parse('cell.ts', source, { lang: 'ts', sourceType: 'module' });
  const edits: Edit[] = [];
  let problem: MagicProblem | undefined;
  const visit = (node: AstNode): void => {
    const named = /^(Import|Export\w+)(Declaration|Expression)$|^TSImportType$/.test(node.type)
      ? ((node.source ?? node.argument) as AstNode | null)
      : undefined;
    const literal = named?.type === 'TSLiteralType' ? (named.literal as AstNode) : named;
    if (literal && typeof literal.value === 'string' && literal.value.startsWith('npm:')) {
      const wanted = readSpecifier(literal.value);
      if (wanted) {
        problem ??= missing(wanted, folder, literal.start);
        const text = JSON.stringify(wanted.name + wanted.path);
        edits.push({ start: literal.start, end: literal.end, text });
      }
    }
    for (const child of children(node)) visit(child);
  };
  visit(program as unknown as AstNode);
  if (edits.length === 0) return {};
  return { edits: new EditedText(source, edits), ...(problem ? { problem } : {}) };
}

function missing({ name, range }: Wanted, folder: string, offset: number): MagicProblem | undefined {
  const command = `%npm install ${name}${range === '' ? '' : `@${range}`}`;
  const version = installedVersion(name, folder);
  if (version === undefined)
    return new MagicProblem(
      `The package ${name} is not installed. Run ${command} in a cell before this one.`,
      offset,
    );
  if (fits(version, range)) return undefined;
  return new MagicProblem(
    `The package ${name} is installed in version ${version}, and the import asks for ${range}. Run ${command}, then restart the kernel if the package was in use.`,
    offset,
  );
}

function installedVersion(name: string, folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const file = join(at, 'node_modules', name, 'package.json');
    if (existsSync(file))
      return (JSON.parse(readFileSync(file, 'utf8')) as { version?: string }).version ?? '0.0.0';
    if (dirname(at) === at) return undefined;
  }
}
