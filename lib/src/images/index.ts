/**
 * Pictures of your own to train on: `import { ... } from 'batchnorm/images'`. It needs the package `sharp`, which plain users
 * of `batchnorm` need not install.
 */
export { openImageFolder } from './folder.js';
export { openLsun } from './lsun.js';
export type { BrokenRecords, RecordImages, RecordImagesOptions } from './recordImages.js';
export type { ReadingOptions } from './recordStore.js';
