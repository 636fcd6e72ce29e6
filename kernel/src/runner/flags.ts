/** Memory that the main thread shares with the watchdog thread, one number for each of these. */
export const flags = new Int32Array(new SharedArrayBuffer(24));

/** An interrupt was asked for: the newest cell that is to be stopped, or 0. */
export const REQUESTED = 0;
/** The main thread has seen it. */
export const SEEN = 1;
/** The main thread is writing a frame, which must not be cut off. */
export const WRITING = 2;
/** The watchdog is about to end what the main thread runs. */
export const ENDING = 3;
/** The oldest cell that runs, or 0. An interrupt that comes late must not strike the cells after those it was for. */
export const OLDEST = 4;
/** The newest cell that has asked for its abort signal: it means to end by itself between two steps of its work. */
export const SIGNALLED = 5;
