/** The runner: the child process in which user code runs. It may be stopped, crash or be replaced at any time. */
import { Socket } from 'node:net';
import vm from 'node:vm';
import type { CompiledModule, ErrorContent, FromRunner, SetNames, ToRunner } from '../shared/protocol.js';
import { receiveAnswer } from './ask.js';
import { bindImport, boxFor, guard, noteDeclaredOnly, unguard, valueless } from './boxes.js';
import { asKernel, asUser, firstOf, KernelWork } from './builtins.js';
import { ownerOf, receiveComm } from './comms.js';
import { installConsole } from './console.js';
import {
  backgroundContexts,
  CellContext,
  currentContext,
  enter,
  enterBeside,
  hideBookkeeping,
  Interrupted,
  isRunning,
  leave,
  resume,
  runningContexts,
} from './context.js';
import { installDisplay, isShownAlready } from './display.js';
import { visibleNames } from './evaluate.js';
import { tell } from './events.js';
import { flags, REQUESTED, SEEN } from './flags.js';
import { installIjavascript } from './ijavascript.js';
import { onMessage, receive } from './inbox.js';
import { installInput, receiveInput, refuseInput } from './input.js';
import { installInspection } from './inspect.js';
import { installMagics } from './magics/install.js';
import { ModuleStore } from './modules.js';
import { testsReported, usesTests } from './nodeTest.js';
import { installScriptNames, notebookMeta } from './notebook.js';
import { flushAtExit, print, send } from './output.js';
import { installDeno } from './peers.js';
import { INPUT_FD } from './pipes.js';
import { installPrograms } from './programs.js';
import { errorContent } from './report.js';
import { installResults, noteInput, noteResult } from './results.js';
import { installTimers } from './timers.js';
import { cleanMessage, installStackTraces, registerScript } from './trace.js';
import { installUnwind } from './unwind.js';
import { bundleOf } from './values/show.js';
import { installWatch, startWatch } from './watch.js';
import { installWidgets } from './widgets/install.js';
import { installWorkers } from './workers.js';

type Execute = Extract<ToRunner, { type: 'execute' }>;

/** How long a cell that asked for its abort signal may take to finish by itself after a stop, ms. */
const GRACE = 2000;

const folder = process.cwd();
const reallyExit = process.exit.bind(process);
const startTimer = globalThis.setTimeout;
const startImmediate = globalThis.setImmediate;
const { apply } = Reflect;

const transforms = new Map<number, { done: (value: CompiledModule) => void; fail: (e: Error) => void }>();
let transformCount = 0;
const modules = new ModuleStore(
  folder,
  (path, code) =>
    new Promise((done, fail) => {
      transformCount++;
      transforms.set(transformCount, { done, fail });
      send({ type: 'transform', id: transformCount, path, code });
    }),
);

const importMeta = notebookMeta(folder, (specifier, url) => modules.resolve(specifier, url));

/** What a compiled cell calls; one object per run. */
class CellRuntime {
  result: unknown = undefined;
  readonly meta = importMeta;
  readonly resume = resume;
  readonly caught = cleanMessage;
  readonly visible = visibleNames;
  dynamicImport(specifier: unknown): Promise<unknown> {
    return modules.importDynamic(String(specifier));
  }
}

type Value = NonNullable<Extract<FromRunner, { type: 'done' }>['value']>;

async function runCell(message: Execute, context: CellContext, work: KernelWork): Promise<Value | undefined> {
  const { compiled, cell, label } = message;
  for (const { path, error } of await modules.refresh()) {
    const { ename, evalue } = errorContent(error);
    process.stderr.write(
      `${path} has changed but could not be loaded, its old version stays: ${ename}: ${evalue}\n`,
    );
  }
  for (const item of compiled.imports) {
    const holder = await modules.importFromCell(item, label);
    for (const { local, exported } of item.bindings) {
      bindImport(local, cell, exported === '*' ? () => holder.namespace : () => holder.namespace[exported]);
    }
  }
  const runtime = new CellRuntime();
  const file = `cell-${cell}`;
  registerScript(file, label, message.source, compiled.maps);
  const script = new vm.Script(compiled.code, { filename: file });
  const body = script.runInThisContext() as (...values: unknown[]) => unknown;
  const values = [runtime, ...compiled.boxes.map(boxFor)];
  // What a frontend runs for itself is no cell of the notebook's.
  if (message.keepAs !== undefined) tell('preRunCell', { cell: label, source: message.source });
  work.pause();
  const ended = apply(body, undefined, values);
  if (compiled.isAsync) await ended;
  const { unfinished } = context;
  if (unfinished) await unfinished;
  if (usesTests()) await testsReported();
  work.begin();
  for (const end of context.atEnd) end();
  const { result } = runtime;
  if (result === undefined || isShownAlready(result, cell)) return undefined;
  if (message.keepAs !== undefined) {
    noteResult(message.keepAs, result);
    context.kept = true;
  }
  const data = await bundleOf(result);
  if (!context.capture) return { data, metadata: {} };
  context.capture({ output_type: 'display_data', data, metadata: {} });
  return undefined;
}

function setNames(cell: number, names: readonly string[]): SetNames {
  return { assigned: names.filter((name) => boxFor(name).n === cell), valueless: valueless() };
}

async function execute(message: Execute): Promise<void> {
  const work = new KernelWork();
  work.begin();
  startWatch();
  const context = new CellContext(message.cell, message.label);
  let error: ErrorContent | undefined;
  let value: Value | undefined;
  const { cell, compiled } = message;
  if (message.keepAs !== undefined) noteInput(message.keepAs, message.source);
  const finish = (done: { error?: ErrorContent | undefined; value?: Value | undefined }): void => {
    for (const name of compiled.guarded) unguard(name, cell);
    leave(context);
    noteDeclaredOnly(compiled.unassigned);
    sendDone(message, {
      ...done,
      ...setNames(cell, compiled.boxes),
      kept: context.kept,
      payload: context.payload,
    });
    unfinished.delete(context);
    work.close();
  };
  unfinished.set(context, () => finish({ error: errorContent(new Interrupted()) }));
  // Not in a finally block of the run: a cell that is stopped from outside never reaches one.
  for (const name of compiled.guarded) guard(name, cell);
  try {
    if (cell <= stoppedUpTo) throw new Interrupted();
    const run = enter(context, async () => {
      try {
        return await runCell(message, context, work);
      } finally {
        work.begin();
        if (message.keepAs !== undefined)
          tell('postRunCell', { cell: message.label, source: message.source });
      }
    });
    value = await firstOf(run, context.stopped);
  } catch (thrown) {
    work.begin();
    error = errorContent(thrown);
  }
  finish({ ...(error ? { error } : {}), ...(value ? { value } : {}) });
}

type Done = Extract<FromRunner, { type: 'done' }>;

function sendDone({ cell }: Execute, { error, value, ...rest }: Omit<Done, 'type' | 'cell'>): void {
  const done = { type: 'done', cell, ...rest } as const;
  try {
    send({ ...done, ...(error ? { error } : {}), ...(value ? { value } : {}) });
  } catch (failure) {
    // A bundle that is no JSON, or too long for a message. The cell must end all the same.
    const reason = failure instanceof Error ? failure.message : String(failure);
    send({ ...done, error: errorContent(new TypeError(`The cell's value cannot be sent: ${reason}.`)) });
  }
}

/** Cells whose end was not yet told, with what tells it. */
const unfinished = new Map<CellContext, () => void>();

/**
 * What ends a loop from outside may strike just after the loop, while the kernel itself does what comes after a cell.
 * Then that work is gone, and the cell would never end.
 */
function finishStopped(): void {
  for (const [context, finish] of unfinished) if (context.interrupted || !isRunning(context)) finish();
}

async function handleComm(message: Extract<ToRunner, { type: 'comm' }>): Promise<void> {
  startWatch();
  const context = new CellContext(ownerOf(message.id) ?? message.cell, 'widget');
  context.request = message.cell;
  try {
    const handled = enterBeside(context, () => receiveComm(message));
    await firstOf(handled, context.stopped);
  } catch (error) {
    enterBeside(context, () => reportLate(error, 'in the callback of a widget'));
  }
  leave(context);
  send({ type: 'comm-done', cell: message.cell });
}

/** Cells up to this one were stopped, some perhaps before they came here. */
let stoppedUpTo = 0;

/** Stops the running cells, or, when none runs, whatever earlier cells have left going. */
function interrupt(cell: number): void {
  stoppedUpTo = Math.max(stoppedUpTo, cell);
  Atomics.store(flags, SEEN, 1);
  Atomics.notify(flags, SEEN);
  Atomics.store(flags, REQUESTED, 0);
  const running = runningContexts();
  if (running.length === 0) for (const past of backgroundContexts()) halt(past);
  // One that has left may still owe its end.
  if (unfinished.size > running.length) startImmediate(() => asKernel(finishStopped));
  for (const context of running) {
    if (context.cell > cell) continue;
    if (context.abort() && !context.interrupted) startTimer(() => halt(context), GRACE).unref();
    else halt(context);
  }
}

function halt(context: CellContext): void {
  modules.abandon();
  context.halt();
  if (unfinished.has(context)) startImmediate(() => asKernel(finishStopped));
}

/** An error that reached no cell's own run: in a timer, an event handler or a promise nobody awaited. */
function reportLate(thrown: unknown, origin: string): void {
  const content = asKernel(() => errorContent(thrown));
  if (content.ename === 'Interrupted') return;
  send({
    type: 'late-error',
    cell: currentContext()?.cell ?? 0,
    error: { ...content, traceback: [...content.traceback, `\x1b[2m(${origin}; the kernel goes on)\x1b[0m`] },
  });
}

function installProcessHooks(settle: () => void): void {
  for (const name of ['stdout', 'stderr'] as const) {
    const stream = process[name];
    stream.write = ((chunk: string | Uint8Array, encoding?: unknown, callback?: unknown) => {
      const text =
        typeof chunk === 'string'
          ? chunk
          : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('utf8');
      const context = currentContext();
      if (context?.capture) context.capture({ output_type: 'stream', name, text });
      else if (text !== '') print(context?.cell ?? 0, name, text);
      const done = typeof encoding === 'function' ? encoding : callback;
      if (typeof done === 'function') process.nextTick(done as () => void);
      return true;
    }) as typeof stream.write;
  }
  flushAtExit();
  // A signal to the whole process group must not end this process: the wire process makes a stop of it.
  process.on('SIGINT', () => {});
  process.on('uncaughtException', (error) => reportLate(error, 'thrown outside of any await'));
  process.on('unhandledRejection', (reason) =>
    reportLate(reason, 'a promise that nobody awaited was rejected'),
  );

  let exitCode: number | string | null | undefined;
  let exiting: CellContext | undefined;
  process.exit = ((code?: number | string | null) => {
    exitCode = code ?? process.exitCode;
    exiting = currentContext();
    startWatch().postMessage('terminate');
    // Nothing after process.exit() may run, not even a catch block: the watchdog ends this loop from outside.
    for (;;);
  }) as typeof process.exit;
  installWatch((message) => {
    settle();
    if (message !== 'terminated') {
      asKernel(() => interrupt(message.cell));
    } else {
      const error = new Error(
        `process.exit(${exitCode ?? ''}) was called. The cell was stopped there; variables keep the values they had.`,
      );
      error.name = 'ProcessExit';
      error.stack = '';
      if (exiting && isRunning(exiting)) exiting.stop(error);
      else reportLate(error, 'called by an earlier cell');
    }
  });
}

function main(): void {
  installStackTraces();
  const settle = installUnwind();
  hideBookkeeping();
  installTimers();
  installInspection();
  installDisplay();
  installInput();
  installDeno();
  installIjavascript();
  installResults();
  installMagics();
  installWidgets();
  installPrograms();
  installProcessHooks(settle);
  installConsole();
  installWorkers();
  installScriptNames(importMeta.filename);

  const input = new Socket({ fd: INPUT_FD, readable: true, writable: false });
  onMessage((message) => {
    switch (message.type) {
      case 'execute':
        // It lets this turn of the kernel's end before it calls the cell.
        void execute(message);
        break;
      case 'comm':
        void asUser(() => handleComm(message));
        break;
      case 'names':
        send({ type: 'names', cell: message.cell, ...setNames(message.cell, message.names) });
        break;
      case 'input':
        receiveInput(message.id, message.value);
        break;
      case 'no-input':
        refuseInput(message.id);
        break;
      case 'told':
        receiveAnswer(message.id, message.answer, message.error);
        break;
      case 'transformed':
        transforms.get(message.id)?.done(message.compiled);
        transforms.delete(message.id);
        break;
      case 'not-transformed':
        transforms.get(message.id)?.fail(new SyntaxError(message.error));
        transforms.delete(message.id);
        break;
    }
  });
  input.on('data', (chunk: Buffer) => asKernel(() => receive(chunk)));
  // The wire process is gone: there is nobody to run for.
  input.on('close', () => reallyExit(0));
  send({ type: 'ready' });
}

main();
