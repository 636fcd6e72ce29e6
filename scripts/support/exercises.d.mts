export interface Exercise {
  check: string;
  solved: string;
  stub: string;
  wrong: { says: string; source: string }[];
}
export function checkOf(source: string): string | undefined;
export function readExercise(source: string, where: string): Exercise;
