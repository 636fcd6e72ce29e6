/** Pictures: which one some bytes are, and where they come from. */
import { readFileSync } from 'node:fs';

/** The largest picture that is shown without being asked for, bytes. */
export const LARGEST_IMAGE = 20_000_000;

const starts = (bytes: Uint8Array, at: number, text: string): boolean =>
  bytes.length >= at + text.length &&
  [...text].every((character, index) => bytes[at + index] === character.charCodeAt(0));

/** The MIME type of a picture by its first bytes; undefined for anything else. */
export function imageType(bytes: Uint8Array): string | undefined {
  if (starts(bytes, 0, '\x89PNG\r\n\x1a\n')) return 'image/png';
  if (starts(bytes, 0, '\xff\xd8\xff')) return 'image/jpeg';
  if (starts(bytes, 0, 'GIF87a') || starts(bytes, 0, 'GIF89a')) return 'image/gif';
  if (starts(bytes, 0, 'RIFF') && starts(bytes, 8, 'WEBP')) return 'image/webp';
  if (starts(bytes, 0, 'BM') && bytes.length > 26 && bytes.length === view(bytes).getUint32(2, true))
    return 'image/bmp';
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 2000)).toString('utf8');
  return /^\uFEFF?\s*(<\?xml[^>]*>\s*)?(<!--[\s\S]*?-->\s*)*(<!DOCTYPE svg[^>]*>\s*)?<svg[\s>]/.test(start)
    ? 'image/svg+xml'
    : undefined;
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * The picture at a path or a file's address, or in some bytes.
 * @throws TypeError when it is no picture that notebooks show
 */
export function shownImage(source: string | URL | Uint8Array): { mime: string; bytes: Buffer } {
  const isPath = typeof source === 'string' || source instanceof URL;
  if (!isPath && !(source instanceof Uint8Array))
    throw new TypeError(`image: expected a file's path or a picture's bytes, found ${typeof source}.`);
  const bytes = isPath ? readFileSync(fileOf(source)) : Buffer.from(source);
  const mime = imageType(bytes);
  if (!mime)
    throw new TypeError(
      `image: expected a PNG, JPEG, GIF, WebP, BMP or SVG picture, found other bytes${isPath ? ` in ${String(source)}` : ''}.`,
    );
  return { mime, bytes };
}

function fileOf(source: string | URL): string | URL {
  return typeof source === 'string' && source.startsWith('file:') ? new URL(source) : source;
}
