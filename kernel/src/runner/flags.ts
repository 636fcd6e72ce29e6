/** Memory that the main thread shares with the watchdog thread, one number for each of these. */
export const flags = new Int32Array(new SharedArrayBuffer(40));

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
/** Who reads or writes the printed text that is about to leave (printed.ts), or 0. */
export const LOCK = 6;
/** How many bytes of it there are, its frame included. */
export const SIZE = 7;
/** Where in it the text begins. */
export const TEXT = 8;
/** The watchdog was asked to write it. */
export const DUE = 9;
