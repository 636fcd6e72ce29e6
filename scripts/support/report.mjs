// @ts-check
// What the scripts print: one line a step, with its time; one sentence for what went wrong.

/** Something the person at the keyboard can put right. Its message is the one sentence that is shown. */
export class UserError extends Error {
  /**
   * @param {string} message what is wrong and what to do
   * @param {string} [details] output of the program that failed, shown before the sentence
   */
  constructor(message, details) {
    super(message);
    this.name = 'UserError';
    this.details = details;
  }
}

// Whoever read our output may be gone, as when a terminal is closed: what is left to do is still done.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);

const live = process.stdout.isTTY === true && process.env.CI === undefined;

/** @param {string} text */
export function say(text) {
  process.stdout.write(`${text}\n`);
}

/** @param {number} since a time in milliseconds */
const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`;

/**
 * Runs a step and shows that it is at work: a running clock on a terminal, else a line now and then.
 * @template T
 * @param {string} label what is being done
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(label, work) {
  const start = Date.now();
  const line = () => `  ${label} … ${Math.round((Date.now() - start) / 1000)} s`;
  if (!live) say(`  ${label} …`);
  const timer = setInterval(
    () => (live ? process.stdout.write(`\r${line()}`) : say(line())),
    live ? 500 : 15000,
  );
  const wipe = () => {
    clearInterval(timer);
    if (live) process.stdout.write('\r\x1b[2K');
  };
  try {
    const value = await work();
    wipe();
    say(`  ${label}: done in ${seconds(start)}`);
    return value;
  } catch (error) {
    wipe();
    throw error;
  }
}

/**
 * Runs a script's main function. A `UserError` is shown as its sentence alone; anything else is a fault of
 * ours and keeps its stack.
 * @param {() => Promise<number>} main resolves to the exit status
 */
export async function runMain(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    if (error.details) process.stderr.write(`${error.details.trimEnd()}\n\n`);
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
