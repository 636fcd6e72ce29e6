import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The path of a file that comes with the lectures: looked for from this library upwards, then from the working folder.
 * @param remedy what to do where there is none
 */
export function committedFile(file: string, remedy: string): string {
  for (const start of [dirname(fileURLToPath(import.meta.url)), process.cwd()]) {
    for (let folder = start; ; folder = dirname(folder)) {
      const path = join(folder, file);
      if (existsSync(path)) {
        return path;
      }
      if (folder === dirname(folder)) {
        break;
      }
    }
  }
  throw new Error(
    `${file}, which comes with the checkout of the lectures, was not found from ${process.cwd()} upwards: ${remedy}`,
  );
}
