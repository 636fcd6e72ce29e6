/** The file in which Jupyter tells a kernel where to listen. */
import { readFileSync } from 'node:fs';

export interface ConnectionInfo {
  readonly transport: string;
  readonly ip: string;
  readonly shell_port: number;
  readonly iopub_port: number;
  readonly stdin_port: number;
  readonly control_port: number;
  readonly hb_port: number;
  readonly key: string;
  readonly signature_scheme?: string;
}

/** @throws Error one sentence, when the file cannot be used */
export function readConnectionFile(path: string): ConnectionInfo {
  let info: ConnectionInfo;
  try {
    info = JSON.parse(readFileSync(path, 'utf8')) as ConnectionInfo;
  } catch (error) {
    throw new Error(`The connection file ${path} cannot be read: ${(error as Error).message}.`);
  }
  for (const name of ['shell_port', 'iopub_port', 'stdin_port', 'control_port', 'hb_port'] as const) {
    if (!Number.isInteger(info[name])) {
      throw new Error(
        `The connection file ${path} must give ${name} as a whole number, found ${info[name]}.`,
      );
    }
  }
  const scheme = info.signature_scheme ?? 'hmac-sha256';
  if (info.key && scheme !== 'hmac-sha256') {
    throw new Error(
      `The connection file ${path} asks for ${scheme}; this kernel signs with hmac-sha256 only.`,
    );
  }
  return info;
}
