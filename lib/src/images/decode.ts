/** Pictures from bytes, by sharp (libvips), which is loaded when the first collection is opened. */
import { errorText } from './errorText.js';

/** What a decoded picture is to be. */
export interface ImageFormat {
  height: number;
  width: number;
  channels: 1 | 3;
}

/** Decodes one picture: height x width x channels bytes. Rejects with one sentence for what is no whole picture. */
export type Decoder = (bytes: Uint8Array, format: ImageFormat) => Promise<Uint8Array>;

/**
 * @throws Error when sharp is not installed or does not start
 */
export async function loadDecoder(): Promise<Decoder> {
  const { default: sharp } = await import('sharp').catch((error) => {
    throw new Error(
      `batchnorm/images decodes pictures with the npm package sharp, which does not load (${errorText(error)}); ` +
        'run `npm install sharp`',
    );
  });
  // Each picture is seen once: a cache of them would only grow. Many pictures at once, one thread for each.
  sharp.cache(false);
  sharp.concurrency(1);
  return async (bytes, { height, width, channels }) => {
    const { data, info } = await sharp(bytes, { failOn: 'error' })
      .autoOrient()
      .resize({ width, height, fit: 'cover', position: 'centre' })
      .flatten({ background: '#ffffff' })
      .toColourspace(channels === 1 ? 'b-w' : 'srgb')
      .raw()
      .toBuffer({ resolveWithObject: true });
    if (info.channels === channels && data.length === height * width * channels) return data;
    throw new Error(`it decodes to ${info.channels} channels where ${channels} were expected`);
  };
}
