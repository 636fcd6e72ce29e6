/** Pipes that the wire process opens for the runner. */
export const OUTPUT_FD = 3;
export const INPUT_FD = 4;
export const WATCHDOG_FD = 5;
