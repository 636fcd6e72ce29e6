/** The kernels that are timed, and how each says the same things. */
import { kernels, Missing, OURS } from '../../peers/kernels.mjs';

export { OURS, root } from '../../peers/kernels.mjs';

const BIG = 10_000_000;

const typescript = {
  first: 'const answer: number = 6 * 7;\nanswer',
  small: (i) => `const value${i}: number = ${i} * 2;\nvalue${i} + 1`,
  lines: (n) => `for (let i = 0; i < ${n}; i++) console.log(i)`,
  loop: 'console.log("running");\nfor (;;) {}',
  completion: { code: 'Math.sq', cursor_pos: 7 },
  inspection: { code: 'Math.sqrt', cursor_pos: 8, detail_level: 0 },
  // A library of many types.
  library: "import * as tf from '@tensorflow/tfjs';",
  withLibrary: (i) => `const shape${i}: number[] = tf.zeros([${i % 7}, 2]).shape;\nshape${i}`,
};

const python = {
  first: 'answer: int = 6 * 7\nanswer',
  small: (i) => `value${i}: int = ${i} * 2\nvalue${i} + 1`,
  lines: (n) => `for i in range(${n}): print(i)`,
  loop: 'print("running", flush=True)\nwhile True: pass',
  completion: { code: 'import math\nmath.sq', cursor_pos: 19 },
  inspection: { code: 'len', cursor_pos: 3, detail_level: 0 },
  display: `from IPython.display import HTML, display\ndisplay(HTML("h" * ${BIG}))`,
};

const displays = {
  [OURS]: `(globalThis as any)[Symbol.for('jupyter.kernel')].display({ data: { 'text/html': 'h'.repeat(${BIG}) } })`,
  tslab: `import { display as show } from 'tslab';\nshow.html('h'.repeat(${BIG}))`,
  deno: `await Deno.jupyter.broadcast('display_data', { data: { 'text/html': 'h'.repeat(${BIG}) }, metadata: {}, transient: {} })`,
};

const languages = {
  [OURS]: { ...typescript, display: displays[OURS] },
  tslab: { ...typescript, display: displays.tslab },
  // As in a project of Deno's own: it takes packages from node_modules when they are named so.
  deno: { ...typescript, display: displays.deno, library: "import * as tf from 'npm:@tensorflow/tfjs';" },
  ipykernel: python,
};

/** The peers that are here, ours first; the others are named with what is missing. */
export function findPeers(wanted) {
  const found = [];
  for (const [name, language] of Object.entries(languages)) {
    if (wanted && name !== OURS && !wanted.includes(name)) continue;
    try {
      found.push({ name, spec: kernels[name](), language });
    } catch (error) {
      if (!(error instanceof Missing)) throw error;
      console.error(`${name} is left out: ${error.message}.`);
    }
  }
  return found;
}
