/** MIME bundles: what counts as one, and in what form its contents travel. */
import type { MimeBundle } from '../../shared/protocol.js';
import { inspectText, shortened } from './text.js';

const MIME = /^[\w.+-]+\/[\w.+-]+(;.*)?$/;
/** Kinds whose content may be any JSON. All others hold text, bytes as base64. */
const JSON_KIND = /^application\/(.*\+)?json(;|$)/;
const TEXT_KIND = /^text\/|^image\/svg\+xml|^application\/(javascript|xml|.*\+xml)/;

export function isBundle(value: unknown): value is MimeBundle {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const keys = Object.keys(value);
  return keys.length > 0 && keys.every((key) => MIME.test(key));
}

/**
 * The bundle as the protocol wants it: bytes as base64, everything but JSON as text. A notebook with another content
 * could not be saved.
 */
export function normalised(bundle: MimeBundle): MimeBundle {
  let changed: MimeBundle | undefined;
  for (const [mime, content] of Object.entries(bundle)) {
    if (typeof content === 'string' || (JSON_KIND.test(mime) && !isBytes(content))) continue;
    changed ??= { ...bundle };
    // An optional format that a value does not have.
    if (content === undefined) delete changed[mime];
    else changed[mime] = asText(mime, content);
  }
  if (changed && Object.keys(changed).length === 0)
    throw new TypeError(
      `display: a MIME bundle must have some content, found only ${Object.keys(bundle).join(', ')} of undefined.`,
    );
  return changed ?? bundle;
}

function isBytes(content: unknown): content is Uint8Array | ArrayBuffer {
  return content instanceof Uint8Array || content instanceof ArrayBuffer;
}

function asText(mime: string, content: unknown): string {
  if (isBytes(content)) {
    const bytes =
      content instanceof ArrayBuffer
        ? Buffer.from(content)
        : Buffer.from(content.buffer, content.byteOffset, content.byteLength);
    return bytes.toString(TEXT_KIND.test(mime) ? 'utf8' : 'base64');
  }
  if (typeof content === 'number' || typeof content === 'bigint' || typeof content === 'boolean')
    return String(content);
  // The notebook format writes long texts as lists of lines.
  if (Array.isArray(content) && content.every((line) => typeof line === 'string')) return content.join('');
  throw new TypeError(
    `display: the content of ${mime} must be text${TEXT_KIND.test(mime) ? '' : ' or bytes'}, found ${shortened(inspectText(content), 300)}.`,
  );
}
