/**
 * How much the experiments compute unless told otherwise. This is the one place that reads the setting.
 *
 * `BATCHNORM_LAB_SIZE=small` is for automatic tests (seconds for a notebook), `lecture`, the default, is for a
 * class that watches (under half a minute a figure), `full` is for numbers to publish.
 */
export const experimentSizes = ['small', 'lecture', 'full'] as const;
/** How much an experiment computes: for automatic tests, for a class that watches, or to publish. */
export type ExperimentSize = (typeof experimentSizes)[number];

/**
 * The size that the environment asks for.
 * @throws RangeError for a value that is none of the three
 *
 * @example
 * console.log(['small', 'lecture', 'full'].includes(experimentSize())); // prints true
 */
export function experimentSize(): ExperimentSize {
  const asked = process.env.BATCHNORM_LAB_SIZE || 'lecture';
  const size = experimentSizes.find((known) => known === asked);
  if (!size) {
    throw new RangeError(
      `the environment variable BATCHNORM_LAB_SIZE must be one of ${experimentSizes.join(', ')}, found ` +
        `${JSON.stringify(asked)}; set it before the kernel starts, or leave it out for lecture`,
    );
  }
  return size;
}

/** The choice for the size that the environment asks for. */
export function bySize<Choice>(choices: Record<ExperimentSize, Choice>): Choice {
  return choices[experimentSize()];
}
