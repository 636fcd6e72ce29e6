/** Who can reach this kernel runs programs as its user: a connection that is more open than it should be is told in the log. */
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ConnectionInfo } from './connectionFile.js';

const FOR_OTHERS_TO_READ = 0o044;
const FOR_OTHERS_TO_ENTER = 0o011;

/** @returns a sentence for each thing that is wrong with the connection */
export function exposures(file: string, { key, transport, ip }: ConnectionInfo): readonly string[] {
  const found: string[] = [];
  // Windows keeps rights another way; a user's folders are closed to others there.
  if (process.platform !== 'win32') {
    try {
      const readable = statSync(file).mode & FOR_OTHERS_TO_READ;
      if (readable && statSync(dirname(file)).mode & FOR_OTHERS_TO_ENTER) {
        found.push(
          `other users can read the connection file ${file}, and with its key run programs as you: make it private with chmod 600.`,
        );
      }
    } catch {
      // A frontend may take the file away when it was read.
    }
  }
  if (!key && transport === 'tcp') {
    found.push(
      `the connection file ${file} has no key, so whoever reaches its ports on ${ip} can run programs as you.`,
    );
  }
  return found;
}
