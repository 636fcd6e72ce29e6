/** Where images to train on come from: one interface for digits, drawn faces, folders of pictures and LSUN. */

/** Images of one size, given out in minibatches that depend on a seed and a step alone. */
export interface ImageSource {
  /** What it shows, for titles: `'digits'`, `'LSUN bedrooms'`. */
  readonly name: string;
  /** Rows of an image. */
  readonly height: number;
  /** Columns of an image. */
  readonly width: number;
  /** 1 for grey, 3 for red, green and blue. */
  readonly channels: 1 | 3;
  /** How many images there are; absent where they are drawn without end. */
  readonly count?: number;
  /**
   * The minibatch of one step: bytes (0 is black), `size` x height x width x channels, the images one after the
   * other, each row by row from the top left corner. The same arguments give the same bytes, whatever was asked
   * before: so a run that was stopped goes on with the minibatches it would have had.
   *
   * @param seed names the order of the images, together with the step
   * @param step counts the minibatches of a run, from 0
   * @param size how many images
   */
  batch(seed: number | string, step: number, size: number): Uint8Array | Promise<Uint8Array>;
}
