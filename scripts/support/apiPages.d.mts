// The types of apiPages.mjs for the tests, whose tsconfig reads no JavaScript.
import type { Export } from './api.mjs';

export function prose(text: string): string;
export function pagesOfLibrary(root: string, read: (entry: string) => Export[]): Map<string, string>;
