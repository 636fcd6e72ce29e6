/** The checker's completion items as Jupyter's matches: their order, their kinds, their signatures. */
import type { CompletionItem } from 'vscode-languageserver-protocol';
import { MAGICS_OBJECT } from '../shared/protocol.js';
import { KEYS_TYPE } from './keysProbe.js';
import { CompletionItemKind, CompletionItemTag } from './lspNumbers.js';
import type { LanguageServer } from './server.js';

export interface Match {
  readonly text: string;
  readonly type: string;
  readonly signature: string;
}

/** So many signatures are fetched: more than a frontend shows at once. */
const MAX_SIGNATURES = 30;

/** Names of the language's own types that are no use in a cell, and those that the kernel adds. */
export function isInternal(label: string, typed: string): boolean {
  return label === KEYS_TYPE || label === MAGICS_OBJECT || (/^_[A-Z]/.test(label) && !typed.startsWith('_'));
}

export async function withSignatures(
  server: LanguageServer,
  items: readonly CompletionItem[],
): Promise<Match[]> {
  const full = await Promise.all(items.slice(0, MAX_SIGNATURES).map((item) => server.resolve(item)));
  return items.map((item, at) => {
    const detail = full[at]?.detail ?? item.labelDetails?.detail ?? '';
    // Names of earlier cells are imports to the checker, but not to the user.
    const signature = detail.replace(/^\(alias\) /gm, '');
    return {
      text: insertion(item),
      type: signature === detail ? kindName(item.kind) : declaredKind(signature),
      signature: isDeprecated(item) ? `deprecated ${signature}`.trim() : signature,
    };
  });
}

/** The kind of an imported name, by what its signature starts with. */
function declaredKind(signature: string): string {
  const word = /^\(?(\w+)/.exec(signature)?.[1] ?? '';
  if (word === 'method') return 'function';
  if (word === 'namespace') return 'module';
  if (word === 'type') return 'interface';
  return /^(?:function|class|interface|enum|module)$/.test(word) ? word : 'variable';
}

function isDeprecated({ tags, deprecated }: CompletionItem): boolean {
  return deprecated === true || (tags?.includes(CompletionItemTag.Deprecated) ?? false);
}

export function insertion(item: CompletionItem): string {
  return item.textEdit?.newText ?? item.insertText ?? item.label;
}

const collator = new Intl.Collator('en');

/** Names spelt as typed first, then near ones before global ones, deprecated ones last, each by the alphabet. */
export function byUse(typed: string): (a: CompletionItem, b: CompletionItem) => number {
  const rank = (item: CompletionItem): string =>
    `${isDeprecated(item) ? 1 : 0}${(item.filterText ?? insertion(item)).startsWith(typed) ? 0 : 1}${item.sortText ?? ''}`;
  return (a, b) => {
    const [left, right] = [rank(a), rank(b)];
    if (left !== right) return left < right ? -1 : 1;
    return collator.compare(a.label, b.label);
  };
}

/** JupyterLab picks its icon by these names. */
export function kindName(kind: CompletionItem['kind']): string {
  switch (kind) {
    case CompletionItemKind.Method:
    case CompletionItemKind.Function:
    case CompletionItemKind.Constructor:
      return 'function';
    case CompletionItemKind.Class:
      return 'class';
    case CompletionItemKind.Interface:
    case CompletionItemKind.TypeParameter:
    case CompletionItemKind.Struct:
      return 'interface';
    case CompletionItemKind.Enum:
      return 'enum';
    case CompletionItemKind.EnumMember:
      return 'value';
    case CompletionItemKind.Module:
      return 'module';
    case CompletionItemKind.Keyword:
      return 'keyword';
    case CompletionItemKind.Field:
    case CompletionItemKind.Property:
      return 'property';
    case CompletionItemKind.Constant:
      return 'constant';
    case CompletionItemKind.File:
    case CompletionItemKind.Folder:
      return 'path';
    default:
      return 'variable';
  }
}
