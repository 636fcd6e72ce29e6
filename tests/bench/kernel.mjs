#!/usr/bin/env node
/**
 * Times our kernel beside tslab, Deno and ipykernel, at the client: what a person at a notebook waits for.
 * Launches and cells of all peers are interleaved, so that a busy moment of the machine strikes them alike.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import * as measure from './kernel/measure.mjs';
import { findPeers, OURS, root } from './kernel/peers.mjs';
import { median, quantile, Report, readOptions } from './report.mjs';

const usage =
  'npm run bench:kernel -- [--rounds N] [--peers tslab,deno,ipykernel] [--short] [--json FILE [--append]]  ' +
  '(--short: launches and small cells only)';
const options = readOptions(
  { rounds: { type: 'string', default: '5' }, peers: { type: 'string' }, short: { type: 'boolean' } },
  usage,
);
const rounds = Number(options.rounds);
if (!Number.isInteger(rounds) || rounds < 1) {
  console.error(`--rounds: expected a whole number from 1, found "${options.rounds}".`);
  process.exit(2);
}

const SMALL_CELLS = 50;
const LONG_SESSION = 200;
const LINES = 100_000;

const peers = findPeers(options.peers?.split(','));
// Inside the checkout: tslab looks for the types of node from the notebook's folder upwards.
mkdirSync(join(root, '.lab/bench'), { recursive: true });
const folder = mkdtempSync(join(root, '.lab/bench/notebook-'));
const report = new Report();
const samples = new Map();
const notes = new Set();

function sample(what, peer, unit, value) {
  const key = `${what}|${peer.name}`;
  const entry = samples.get(key) ?? { what, peer: peer.name, unit, values: [] };
  entry.values.push(value);
  samples.set(key, entry);
}

/** A row that a peer cannot have is left out of its column and said below the table. */
async function attempt(kernel, what, unit, action) {
  try {
    sample(what, kernel.peer, unit, await action());
  } catch (error) {
    notes.add(`${kernel.peer.name}, ${what}: ${error.message.split('\n')[0]}`);
  }
}

/** Every peer is started alone; then their small cells take turns. */
async function round(index) {
  const turn = peers.map((_, i) => peers[(i + index) % peers.length]);
  const kernels = [];
  try {
    for (const peer of turn) {
      const kernel = await measure.start(peer, folder);
      kernels.push(kernel);
      const { run } = await measure.timeCell(kernel, peer.language.first);
      const end = Math.max(run.replyMessage.receivedAt, run.idleAt ?? 0);
      sample('launch to kernel_info', peer, 'ms', kernel.ready);
      sample('launch to first result', peer, 'ms', end - kernel.client.kernel.launchedAt);
      sample('memory after the first cell', peer, 'MB', measure.memory(kernel));
    }
    for (let i = 0; i < SMALL_CELLS; i++) {
      for (const kernel of kernels) {
        const { ms } = await measure.timeCell(kernel, kernel.peer.language.small(i));
        sample('small cell', kernel.peer, 'ms', ms);
      }
    }
    if (index === 0 && !options.short) for (const kernel of kernels) await longSession(kernel);
    for (const kernel of kernels) {
      if (kernel.lostIdles > 0)
        notes.add(`${kernel.peer.name} lost ${kernel.lostIdles} idle messages in one session`);
    }
  } finally {
    for (const kernel of kernels) await measure.stop(kernel);
  }
}

/** What takes one session of its own: many cells, much output, help while typing, Stop. Stop comes last: it may kill. */
async function longSession(kernel) {
  const { language } = kernel.peer;
  for (let i = SMALL_CELLS; i < LONG_SESSION; i++) {
    const { ms } = await measure.timeCell(kernel, language.small(i));
    if (i >= LONG_SESSION - 10) sample('cells 191 to 200', kernel.peer, 'ms', ms);
  }
  sample('memory after 200 cells', kernel.peer, 'MB', measure.memory(kernel));
  for (let i = 0; i < 10; i++) {
    await attempt(kernel, 'completion', 'ms', () =>
      measure.timeRequest(kernel, 'complete_request', language.completion),
    );
    await attempt(kernel, 'inspection', 'ms', () =>
      measure.timeRequest(kernel, 'inspect_request', language.inspection),
    );
  }
  if (language.library) {
    await attempt(kernel, 'importing TensorFlow.js', 'ms', async () => {
      const { ms } = await measure.timeCell(kernel, language.library);
      return ms;
    });
    for (let i = 0; i < 20; i++) {
      await attempt(kernel, 'small cell with TensorFlow.js', 'ms', async () => {
        const { ms } = await measure.timeCell(kernel, language.withLibrary(i));
        return ms;
      });
    }
  }
  await attempt(kernel, `${LINES} printed lines`, 'ms', () => measure.timeLines(kernel, LINES));
  await attempt(kernel, 'display of 10 MB', 'ms', () => measure.timeDisplay(kernel));
  await attempt(kernel, 'interrupt of an endless loop', 'ms', () => measure.timeInterrupt(kernel));
}

try {
  for (let index = 0; index < rounds; index++) {
    console.error(`round ${index + 1} of ${rounds}`);
    await round(index);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

for (const { what, peer, unit, values } of samples.values()) {
  report.add(what, peer, unit, median(values), values.length);
  if (what.startsWith('launch') || what === 'small cell')
    report.add(`${what} (minimum)`, peer, unit, Math.min(...values), values.length);
  if (what === 'small cell')
    report.add('small cell, 95th percentile', peer, unit, quantile(values, 0.95), values.length);
}
const names = peers.map((peer) => peer.name);
const machine = `${cpus().length} x ${cpus()[0]?.model.trim()}, node ${process.version}, load ${loadavg()[0].toFixed(1)}`;
console.log(`Medians of ${rounds} launches and of ${SMALL_CELLS} small cells in each; ${machine}`);
report.print(names);
for (const note of notes) console.log(note);
if (!names.includes(OURS)) console.log('Our own kernel is not built, so its column is missing.');
if (options.json) report.write(options.json, options.append);
process.exit(0);
