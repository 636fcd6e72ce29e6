/** Memory that the main thread shares with the watchdog thread, one number for each of these. */
export const flags = new Int32Array(new SharedArrayBuffer(16));

/** An interrupt was asked for. */
export const REQUESTED = 0;
/** The main thread has seen it. */
export const SEEN = 1;
/** The main thread is writing a frame, which must not be cut off. */
export const WRITING = 2;
/** The watchdog is about to end what the main thread runs. */
export const ENDING = 3;
