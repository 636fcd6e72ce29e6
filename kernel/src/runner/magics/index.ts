/** What magics become calls of. */
export { capture, print, show } from './cell.js';
export { cd, env, load, pwd, writeFile } from './files.js';
export { help } from './help.js';
export { history, reset, who, whos } from './names.js';
export { profile } from './profile.js';
export { lines, npm, script, shell } from './shell.js';
export { time, timeCell, timeEnd, timeit, timeStart } from './timing.js';
