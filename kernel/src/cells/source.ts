/** A cell as it was written and the TypeScript that is checked and run. For nearly all cells they are the same text. */
import type { CompiledCell } from '../shared/protocol.js';
import type { EditedText } from './edits.js';
import { type CellFacts, readFacts } from './facts.js';
import type { MagicProblem } from './magicCalls.js';
import type { Surroundings } from './magics.js';

export interface CellSource {
  readonly code: string;
  /** The TypeScript. */
  readonly text: string;
  readonly facts: CellFacts;
  /** What led from the code to the text, in this order. */
  readonly edits: readonly EditedText[];
  readonly anew?: ReadonlyMap<string, readonly string[]>;
  readonly problem?: MagicProblem;
}

/** Reads a cell. Only one that is no TypeScript as it stands costs more than a look. */
export function readCell(code: string, around: Surroundings): CellSource | Promise<CellSource> {
  const isCellMagic = /^\s*%%/.test(code);
  if (!isCellMagic) {
    const facts = readFacts(code);
    const plain: CellSource = { code, text: code, facts, edits: [] };
    if (facts.problem?.unreadable) return plain;
    const wanted = (facts.problem || around.unknown) && /[%!?]/.test(code);
    if (!wanted) return code.includes('npm:') ? withPackages(plain, around) : plain;
  }
  return rewritten(code, around);
}

async function rewritten(code: string, around: Surroundings): Promise<CellSource> {
  const { expandMagics } = await import('./magics.js');
  const expanded = expandMagics(code, around);
  const text = expanded?.edited.text ?? code;
  const cell: CellSource = {
    code,
    text,
    facts: readFacts(text),
    edits: expanded ? [expanded.edited] : [],
    ...(expanded ? { anew: expanded.anew } : {}),
    ...(expanded?.problem ? { problem: expanded.problem } : {}),
  };
  return text.includes('npm:') && !cell.facts.problem ? withPackages(cell, around) : cell;
}

async function withPackages(cell: CellSource, around: Surroundings): Promise<CellSource> {
  const { plainSpecifiers } = await import('./npm.js');
  const { edits, problem } = plainSpecifiers(cell.text, around.folder);
  const toCode = (offset: number): number => toOriginal(cell, offset);
  const found = cell.problem ?? (problem && Object.assign(problem, { offset: toCode(problem.offset) }));
  const kept = found ? { ...cell, problem: found } : cell;
  if (!edits) return kept;
  return { ...kept, text: edits.text, facts: readFacts(edits.text), edits: [...cell.edits, edits] };
}

/** Where a place of the TypeScript is in the cell. */
export function toOriginal(cell: CellSource, offset: number): number {
  return cell.edits.reduceRight((at, edited) => edited.toOriginal(at), offset);
}

/** Where a place of the cell is in the TypeScript; undefined in what was replaced. */
export function toText(cell: CellSource, offset: number): number | undefined {
  let at: number | undefined = offset;
  for (const edited of cell.edits) at = at === undefined ? undefined : edited.toEdited(at);
  return at;
}

/** The compiled cell, its positions those of the cell as written. */
export function asWritten(cell: CellSource, compiled: CompiledCell): CompiledCell {
  if (cell.edits.length === 0) return compiled;
  const imports = compiled.imports.map((item) => {
    const anew = cell.anew?.get(item.specifier);
    return anew ? { ...item, anew } : item;
  });
  const maps = [...compiled.maps, ...cell.edits.map((edited) => edited.map()).reverse()];
  return { ...compiled, imports, maps };
}
