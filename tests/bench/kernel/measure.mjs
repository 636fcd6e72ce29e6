/** Single measurements at the client. Each returns numbers and never hangs: what a peer loses is counted. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { descendants, KernelClient } from './client.mjs';

/** How long to wait for an idle after the reply is here: tslab loses some of them. */
const IDLE_GRACE = 2000;

export class Lost extends Error {}

export async function start(peer, cwd) {
  const client = await KernelClient.start(peer.spec, { cwd, strict: false, timeout: 30_000 });
  return { peer, client, lostIdles: 0, ready: performance.now() - client.kernel.launchedAt };
}

/** Resolves true when the promise does in time; the time is only ever waited for when a peer has lost something. */
async function within(promise, ms) {
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, ms, false);
  });
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Runs a cell; the time lasts until both the reply and the idle are here (the reply alone when the idle is lost). */
export async function timeCell(kernel, code) {
  const run = kernel.client.startCell(code);
  await run.until((message) => message.channel === 'shell', 'reply');
  if (run.reply.status !== 'ok')
    throw new Error(`${kernel.peer.name} failed a cell of the benchmark: ${run}`);
  if (run.idleAt === undefined && !(await within(run.done(), IDLE_GRACE))) kernel.lostIdles++;
  const end = Math.max(run.replyMessage.receivedAt, run.idleAt ?? 0);
  return { ms: end - run.sentAt, run };
}

export async function timeRequest(kernel, type, content) {
  const run = kernel.client.start(type, content);
  await run.until((message) => message.channel === 'shell', 'reply');
  return run.replyMessage.receivedAt - run.sentAt;
}

/** Until the last of the printed lines is here; an error when some never come. */
export async function timeLines(kernel, count) {
  const run = kernel.client.startCell(kernel.peer.language.lines(count));
  const all = Array.from({ length: count }, (_, i) => `${i}\n`).join('');
  const complete = run.until(() => run.stdout.length >= all.length, 'all lines');
  complete.catch(() => undefined);
  if (!(await within(complete, 20_000)) || run.stdout !== all) {
    throw new Lost(`of ${count} printed lines ${run.stdout.split('\n').length - 1} arrived`);
  }
  const ms = run.of('stream').at(-1).receivedAt - run.sentAt;
  await within(run.done(), IDLE_GRACE);
  return ms;
}

export async function timeDisplay(kernel) {
  const run = kernel.client.startCell(kernel.peer.language.display);
  const shown = run.until((message) => message.header.msg_type === 'display_data', 'display_data');
  shown.catch(() => undefined);
  if (!(await within(shown, 20_000))) throw new Lost('the 10 MB display never arrived');
  const ms = (await shown).receivedAt - run.sentAt;
  await within(run.done(), IDLE_GRACE);
  return ms;
}

/** From Stop to the reply of an endless loop; an error when the kernel does not survive it with its names. */
export async function timeInterrupt(kernel) {
  await timeCell(kernel, kernel.peer.language.first);
  const run = kernel.client.startCell(kernel.peer.language.loop);
  await run.printed('running');
  const asked = performance.now();
  await kernel.client.interrupt();
  const ended = within(
    run.until((message) => message.channel === 'shell', 'reply'),
    5000,
  );
  if (!(await ended.catch(() => false))) throw new Lost('an endless loop was not stopped by an interrupt');
  const ms = run.replyMessage.receivedAt - asked;
  await within(run.done(), IDLE_GRACE);
  const state = await timeCell(kernel, 'answer').catch(() => undefined);
  if (!state) throw new Lost('the interrupt cost the session its names');
  return ms;
}

/** Megabytes of all processes of the kernel: proportional set size where Linux tells it, else resident size. */
export function memory(kernel) {
  const pid = kernel.client.kernel.process.pid;
  const sizes = [pid, ...descendants(pid)].map((id) => {
    try {
      return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${id}/smaps_rollup`, 'utf8'))[1]);
    } catch {
      return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(id)], { encoding: 'utf8' }));
    }
  });
  return sizes.reduce((sum, size) => sum + size, 0) / 1024;
}

export async function stop(kernel) {
  await within(kernel.client.shutdown(), 3000).catch(() => false);
  kernel.client.destroy();
}
