import type { Exercise } from './support/exercises.mjs';

export interface Cell {
  type: 'code' | 'markdown' | 'raw';
  metadata: Record<string, unknown>;
  source: string;
}
export function cellsOfScript(text: string, file: string): Cell[];
export function scriptOfCells(cells: Cell[]): string;
export function notebookOfCells(cells: Cell[]): string;
export function solutionsOf(name: string, folder?: string): Exercise[];
export function withExercises(
  script: string,
  name: string,
  variant?: (exercise: Exercise) => string,
): { cells: Cell[]; problems: string[] };
export function lectureNames(): string[];
export function readLecture(name: string): string;
