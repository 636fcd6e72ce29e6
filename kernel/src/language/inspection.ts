/** What is known of the name at the cursor, as Markdown. */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Hover, LocationLink, SignatureHelp } from 'vscode-languageserver-protocol';
import { importsOf } from './autoImports.js';
import type { Question } from './completion.js';
import { cursorAt } from './cursor.js';
import { isVague, withProbe } from './keysProbe.js';
import { lineAt, offsetAt } from './positions.js';

/** What the server says of a name that it does not know. */
const UNKNOWN = '```typescript\nany\n```';

const MOST_LINES = 80;
const MOST_OVERLOADS = 8;
const MOST_FILES = 3;

export interface InspectQuestion extends Question {
  /** 0 for the type and the documentation; 1 for the declaration and the value too. */
  readonly detail: number;
  /** The scratch folder. */
  readonly scratch: string;
}

export async function inspect(question: InspectQuestion): Promise<string | undefined> {
  const { source, epilogue, server } = question;
  const offset = behindName(source, question.offset);
  const word = wordAt(source, offset);
  const cursor = word && cursorAt(source, word.end);
  const { text, probe } = withProbe(source, epilogue, cursor?.whole);
  const ask = async (place: number): Promise<string | undefined> => {
    const { line, character } = lineAt(text, place);
    return hoverText(await server.hover(text, line, character));
  };
  const here = lineAt(text, offset);
  const signature = await server.signature(text, here.line, here.character);
  // Just behind a name, that name is meant; inside a call's parentheses, the call.
  let known = word && ((await ask(offset)) ?? (await ask(word.start)));
  if (!known && !signature) known = (await ask(offset)) ?? (offset > 0 ? await ask(offset - 1) : undefined);
  const isUnclear = probe !== undefined && (known === undefined || (await isVague(server, text, probe)));
  const seen =
    cursor?.whole && (question.detail > 0 || isUnclear) ? await question.peek(cursor.whole) : undefined;
  const value = seen && known && /^(?:function|class)$/.test(seen.kind) ? undefined : seen;
  const parts: (string | undefined)[] = [known, signatureText(signature, word === undefined)];
  if (value) parts.push(`**In memory now:** ${code(value.summary)} (${value.kind})`);
  if (known && word && question.detail > 0) parts.push(await declaration(question, text, word.start));
  if (!known && !value && word) parts.push(await howToImport(question, text, word));
  const shown = parts.filter((part) => part !== undefined);
  return shown.length > 0 ? shown.join('\n\n---\n\n') : undefined;
}

const WORD_BEFORE = /[\p{ID_Continue}$\u200c\u200d]*$/u;
const WORD_AFTER = /^[\p{ID_Continue}$\u200c\u200d]*/u;

interface Word {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** The name that the cursor touches. */
function wordAt(source: string, offset: number): Word | undefined {
  const before = WORD_BEFORE.exec(source.slice(0, offset))?.[0] ?? '';
  const after = WORD_AFTER.exec(source.slice(offset))?.[0] ?? '';
  const text = before + after;
  return text === '' ? undefined : { text, start: offset - before.length, end: offset + after.length };
}

/** Behind the dot of a member that is not there yet, the object is meant. */
function behindName(source: string, offset: number): number {
  const dot = /(?<=[\p{ID_Continue}$\])])\s*!?\??\.\s*$/u.exec(source.slice(0, offset));
  return dot && !WORD_AFTER.exec(source.slice(offset))?.[0] ? dot.index : offset;
}

function hoverText(hover: Hover | null): string | undefined {
  // The client asked for marked-up text, so it is not one of the older forms.
  const contents = hover?.contents;
  const found = typeof contents === 'object' && 'value' in contents ? contents.value : undefined;
  if (!found || found.trim() === UNKNOWN || found.includes('type $Kernel')) return undefined;
  return tidy(found);
}

/** Links into files of this machine lead nowhere in a browser, so only their words stay. */
function tidy(markdown: string): string {
  return (
    markdown
      .replace(/\[([^\]]*)\]\(file:[^)]*\)/g, '`$1`')
      .replace(/^\*(@\w+)\*/gm, '**$1**')
      // Names of earlier cells are imports to the checker, but not to the user.
      .replace(/^\(alias\) /gm, '')
      .replace(/\n{3,}/g, '\n\n')
      .trim()
  );
}

function documentation(text: string | { readonly value: string } | undefined): string {
  return tidy(typeof text === 'object' ? text.value : (text ?? ''));
}

/**
 * The call whose parentheses the cursor stands in, with the parameter that it is at.
 * @param withNotes whether the function's own documentation is wanted too
 */
function signatureText(help: SignatureHelp | null, withNotes: boolean): string | undefined {
  const active = help?.activeSignature ?? 0;
  const signature = help?.signatures[active];
  if (!help || !signature) return undefined;
  const count = help.signatures.length;
  const others = help.signatures.filter((_, at) => at !== active).slice(0, MOST_OVERLOADS);
  const parts = [fence(signature.label)];
  const parameters = signature.parameters ?? [];
  const position = signature.activeParameter ?? help.activeParameter ?? 0;
  const parameter = parameters[position ?? 0];
  if (parameter) {
    const [start, end] = typeof parameter.label === 'string' ? [] : parameter.label;
    const label = typeof parameter.label === 'string' ? parameter.label : signature.label.slice(start, end);
    const note = documentation(parameter.documentation);
    parts.push(
      `Argument ${(position ?? 0) + 1} of ${parameters.length}: **${code(label)}**${note ? ` — ${note}` : ''}`,
    );
  }
  const notes = withNotes ? documentation(signature.documentation) : '';
  if (notes) parts.push(notes);
  if (count > 1) {
    parts.push(`Overload ${active + 1} of ${count}. The others:`);
    parts.push(fence(others.map(({ label }) => label).join('\n')));
  }
  return parts.join('\n\n');
}

function fence(text: string): string {
  return `\`\`\`typescript\n${text}\n\`\`\``;
}

function code(text: string): string {
  const ticks = text.includes('`') ? '``' : '`';
  return `${ticks}${text}${ticks}`;
}

/** The text that declares the name, in this cell, an earlier one, a local file or a package. */
async function declaration(
  { source, server, scratch, folder }: InspectQuestion,
  text: string,
  at: number,
): Promise<string | undefined> {
  const { line, character } = lineAt(text, at);
  let places = await server.definition(text, line, character);
  const [first] = places;
  // Behind the cell stands `declare let x: typeof import('./cell1.ts').x;`, which is not what the user wrote.
  if (first && isBehind(first, text, source, scratch)) {
    const row = text.split('\n')[first.targetSelectionRange.start.line] ?? '';
    const end = row.lastIndexOf(';');
    places = end < 0 ? [] : await server.definition(text, first.targetSelectionRange.start.line, end - 1);
  }
  const byFile = new Map<string, { readonly line: number; readonly body: string }[]>();
  for (const place of places) {
    const body = declared(place, text);
    if (body === undefined || isBehind(place, text, source, scratch)) continue;
    const path = fileURLToPath(place.targetUri);
    byFile.set(path, [...(byFile.get(path) ?? []), { line: place.targetRange.start.line, body }]);
  }
  const shown = [...byFile].slice(0, MOST_FILES).map(([path, found]) => {
    const bodies = found.sort((a, b) => a.line - b.line).map(({ body }) => body);
    return `**Declared in ${whereFrom(path, scratch, folder)}**\n\n${fence([...new Set(bodies)].join('\n'))}`;
  });
  return shown.length > 0 ? shown.join('\n\n') : undefined;
}

function isCell(path: string, scratch: string): boolean {
  return path.startsWith(scratch) && /[\\/]cell\.ts$/.test(path);
}

function isBehind(
  { targetUri, targetRange }: LocationLink,
  text: string,
  source: string,
  scratch: string,
): boolean {
  return isCell(fileURLToPath(targetUri), scratch) && offsetAt(text, targetRange.start) >= source.length;
}

function whereFrom(path: string, scratch: string, folder: string): string {
  if (isCell(path, scratch)) return 'this cell';
  if (path.startsWith(scratch)) return /cell\d+\.ts$/.test(path) ? 'an earlier cell' : 'the kernel';
  const near = relative(folder, path);
  const inPackage = /node_modules[\\/](?!.*node_modules[\\/])(.*)$/.exec(path)?.[1];
  const ofLanguage = inPackage && /^@typescript\/[^/\\]+[\\/]lib[\\/](.*)$/.exec(inPackage)?.[1];
  return code(ofLanguage ?? inPackage ?? (near.startsWith('..') ? path : near));
}

function declared({ targetUri, targetRange }: LocationLink, text: string): string | undefined {
  let file: string;
  try {
    const path = fileURLToPath(targetUri);
    file = /[\\/]cell\.ts$/.test(path) ? text : readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
  const start = offsetAt(file, { line: targetRange.start.line, character: 0 });
  // A last statement of a cell that has no semicolon ends with that of the text behind the cell.
  const lines = file.slice(start, offsetAt(file, targetRange.end)).replace(/\n;$/, '').split('\n');
  const indent = /^\s*/.exec(lines[0] ?? '')?.[0].length ?? 0;
  const shown = lines
    .slice(0, MOST_LINES)
    .map((line) => (line.slice(0, indent).trim() === '' ? line.slice(indent) : line).trimEnd());
  const more = lines.length - shown.length;
  return shown.join('\n') + (more > 0 ? `\n// … ${more} more lines` : '');
}

async function howToImport(
  { source, server, folder }: InspectQuestion,
  text: string,
  word: Word,
): Promise<string | undefined> {
  if (/\.\s*$/.test(source.slice(0, word.start))) return undefined;
  const { line, character } = lineAt(text, word.end);
  const lines = importsOf(word.text, folder, await server.completion(text, line, character));
  if (lines.length === 0) return undefined;
  return `${code(word.text)} is not known here. Write:\n\n${fence(lines.join('\n// or\n'))}`;
}
