/** One kernel session: the execute queue, the type checker and the runner, and what each cell's messages belong to. */
import type { ChildProcess } from 'node:child_process';
import { join, sep } from 'node:path';
import { compileCell } from '../cells/compile.js';
import type { CellFacts } from '../cells/facts.js';
import { compileModule } from '../cells/module.js';
import { NestedTooDeeply } from '../cells/parse.js';
import { asWritten, type CellSource, readCell, toOriginal } from '../cells/source.js';
import { stopCompiler } from '../cells/strip.js';
import { type Asked, askedIn } from '../language/asked.js';
import { plainText } from '../language/plain.js';
import { KERNEL_NAMES } from '../language/results.js';
import { CompilerMissing } from '../language/server.js';
import type { LanguageSession, TypeProblem } from '../language/session.js';
import { isWhole, type Wholeness } from '../language/whole.js';
import { textOf } from '../shared/bytes.js';
import type { CommMessage, CompiledCell, ErrorContent, FromRunner, SetNames } from '../shared/protocol.js';
import { DebugAdapter } from './debug/adapter.js';
import { Inspector } from './debug/inspector.js';
import { DebugSources } from './debug/sources.js';
import type { Header, Message } from './message.js';
import { peekAt } from './peek.js';
import { magicContent, problemsContent } from './problems.js';
import type { IoPublisher } from './publisher.js';
import { endGroup, type RunnerEvents, RunnerHost } from './runnerHost.js';
import type { StdinChannel } from './stdin.js';

type Done = Extract<FromRunner, { type: 'done' }>;
type Ended = Pick<Done, 'error' | 'value' | 'payload'>;

export interface CellRequest {
  readonly code: string;
  /** The execute_request. */
  readonly message: Message;
  readonly silent: boolean;
  readonly executionCount: number;
  readonly allowStdin: boolean;
  /** Whether the cell and its value are kept as In[n], Out[n] and _. */
  readonly keeps: boolean;
}

export interface CellOutcome {
  readonly error?: ErrorContent | undefined;
  /** The text form of the cell's value. */
  readonly output?: string | undefined;
  /** What the frontend is to do now. */
  readonly payload: readonly Record<string, unknown>[];
}

interface RunningCell {
  readonly cell: number;
  readonly request: CellRequest;
  finish: ((done: Done) => void) | undefined;
  interrupted: boolean;
  /** What is run; undefined before. */
  source: CellSource | undefined;
  /** Names that the cell declares or uses. */
  names: readonly string[];
  /** Takes the names that the cell has set so far. */
  told: ((names: SetNames) => void) | undefined;
  /** Ends the check of the cell, if it is still going on. */
  cancelCheck: () => void;
}

const STOPPED: ErrorContent = {
  ename: 'Interrupted',
  evalue: 'The cell was stopped before it ran.',
  traceback: ['\x1b[33mInterrupted\x1b[0m: The cell was stopped before it ran.'],
};

/** What a comm message has of a cell: nothing but its place for output. */
const NO_CELL = { code: '', silent: true, executionCount: 0, allowStdin: false, keeps: false };
/** Handlers of so many messages back may still print. */
const KEPT_COMM_PARENTS = 1000;

/** The programs that work for a session. They were started before the session was made. */
export interface SessionPrograms {
  /** The notebook's folder. */
  readonly folder: string;
  /** Where the kernel's own programs are. */
  readonly distFolder: string;
  readonly runner: ChildProcess;
  readonly language: LanguageSession;
}

export class Session {
  readonly #publisher: IoPublisher;
  readonly #stdin: StdinChannel;
  readonly #language: LanguageSession;
  readonly #inspector = new Inspector((message) => this.#runner.postToWatchdog(message));
  readonly #debugger: DebugAdapter;
  readonly #runner: RunnerHost;
  readonly #parents = new Map<number, CellRequest>();
  /** Open comms with their targets. */
  readonly #comms = new Map<string, string>();
  readonly #commsHandled = new Map<number, () => void>();
  #cells = 0;
  readonly #folder: string;
  /** Programs that cells run. */
  readonly #programs = new Set<number>();
  /** The cells whose run has not ended, by their number: one a shell. */
  readonly #running = new Map<number, RunningCell>();
  #latest: CellRequest | undefined;
  /** Why each runner so far ended. */
  readonly #deaths: string[] = [];

  constructor(
    { folder, distFolder, runner, language }: SessionPrograms,
    publisher: IoPublisher,
    stdin: StdinChannel,
  ) {
    this.#folder = folder;
    this.#publisher = publisher;
    this.#stdin = stdin;
    const events: RunnerEvents = {
      message: (message, attached) => this.#onMessage(message, attached),
      inspected: (message) => this.#inspector.receive(message),
      raw: (name, text) => this.#publisher.stream(name, text, this.#parentOf(0)),
      died: (reason) => this.#onDeath(reason),
    };
    this.#runner = new RunnerHost(folder, distFolder, events, runner);
    this.#language = language;
    this.#debugger = new DebugAdapter(
      this.#inspector,
      new DebugSources(`${join(this.#language.scratchFolder, 'cells')}${sep}`),
      () => this.#debugNames(),
      (event) => this.#publisher.publish('debug_event', event, this.#parentOf(0)),
    );
  }

  /** Checks and runs one cell. */
  async execute(request: CellRequest): Promise<CellOutcome> {
    const asked = askedIn(request.code);
    if (asked) return this.#tell(asked, request);
    const { error, value, payload = [] } = await this.#execute(request);
    const text = value?.data['text/plain'];
    return { error, output: typeof text === 'string' ? text : undefined, payload };
  }

  /** Answers a cell such as `name?`. */
  async #tell({ name, detail }: Asked, { message, silent }: CellRequest): Promise<CellOutcome> {
    let text: string;
    try {
      const { helpOn } = await import('./questions.js');
      text = await helpOn(name, detail, this.#language, this.#peek);
    } catch (error) {
      return { error: checkerFailed(error), payload: [] };
    }
    const data = { 'text/markdown': text, 'text/plain': plainText(text) };
    if (!silent) this.#publisher.publish('display_data', { data, metadata: {} }, message.header);
    return { payload: [] };
  }

  /** Evaluates an expression beside a cell. @returns a reply's user_expressions entry */
  async evaluate(code: string, message: Message, executionCount: number): Promise<Record<string, unknown>> {
    const request = { code, message, silent: true, executionCount, allowStdin: false, keeps: false };
    const { error, value } = await this.#execute(request);
    if (error) return { status: 'error', ...error };
    return {
      status: 'ok',
      data: value?.data ?? { 'text/plain': 'undefined' },
      metadata: value?.metadata ?? {},
    };
  }

  async #execute(request: CellRequest): Promise<Ended> {
    const running: RunningCell = {
      cell: ++this.#cells,
      request,
      finish: undefined,
      interrupted: false,
      source: undefined,
      names: [],
      told: undefined,
      cancelCheck: () => {},
    };
    this.#parents.set(running.cell, parentOnly(request));
    this.#latest = request;
    this.#running.set(running.cell, running);
    try {
      const ended = await this.#checkAndRun(running);
      this.#publisher.flush();
      return ended;
    } catch (error) {
      // A fault of the kernel's own: the cell says so, and the kernel goes on.
      return { error: checkerFailed(error) };
    } finally {
      this.#running.delete(running.cell);
    }
  }

  async #checkAndRun(running: RunningCell, source?: CellSource): Promise<Ended> {
    const { request, cell } = running;
    const label = `Cell [${request.executionCount}]`;
    const generation = this.#deaths.length;
    // A promise only where the cell is not plain TypeScript.
    const read = source ?? this.#read(request.code);
    const written = read instanceof Promise ? await read : read;
    const { text, facts } = written;
    if (running.interrupted) return { error: STOPPED };
    if (written.problem) return { error: magicContent(label, request.code, written.problem) };
    if (facts.problem?.unreadable) return { error: notCompiled(label, written) };
    let problems: readonly TypeProblem[];
    let compiled: CompiledCell | undefined;
    try {
      const cancelled = new Promise<never>((_, reject) => {
        running.cancelCheck = () => reject(new Error('stopped'));
      });
      cancelled.catch(() => {});
      if (this.#running.size > 1) await Promise.race([this.#learnNames(), cancelled]);
      const checking = Promise.race([this.#language.check(text, facts), cancelled]);
      checking.catch(() => {});
      // The checker gets its question before the compiler takes this thread, so that both work at the same time.
      await new Promise(setImmediate);
      const compiling = facts.problem ? undefined : this.#compile(written, cell);
      // When the check fails first, nobody waits for it.
      compiling?.catch(() => {});
      problems = await checking;
      compiled = problems.length > 0 ? undefined : await compiling;
    } catch (error) {
      if (running.interrupted) {
        this.#language.cancel();
        return { error: STOPPED };
      }
      return { error: checkerFailed(error) };
    }
    const notice = this.#language.takeNotice();
    if (notice) this.#publisher.stream('stderr', `${notice}\n`, request.message.header);
    if (problems.length > 0) {
      if (written.edits.length > 0) problems = (await import('./placed.js')).placed(written, problems);
      const other = /[%!]/.test(request.code) ? await this.#reread(written, problems) : undefined;
      if (other) return this.#checkAndRun(running, other);
      return { error: problemsContent(label, request.code, problems) };
    }
    if (!compiled) return { error: notCompiled(label, written) };
    if (running.interrupted) return { error: STOPPED };
    running.source = written;
    running.names = compiled.boxes;
    await this.#debugger.beforeCell(`cell-${cell}`, request.code, compiled.maps);
    // It was checked against names that are gone: run in the new process, it would find them without their values.
    const death = this.#deaths[generation];
    if (death !== undefined) return { error: runnerDied(death) };
    const done = await new Promise<Done>((finish) => {
      running.finish = finish;
      const sent = this.#runner.send({
        type: 'execute',
        cell,
        label,
        source: request.code,
        compiled,
        ...(request.keeps ? { keepAs: request.executionCount } : {}),
      });
      if (!sent)
        finish({
          type: 'done',
          cell,
          assigned: [],
          valueless: [],
          error: runnerDied('could not be started'),
        });
    });
    const survived = running.finish !== undefined;
    if (survived) {
      const resultOf = done.kept ? request.executionCount : undefined;
      this.#language.accept(cell, text, facts, new Set(done.assigned), done.valueless, resultOf);
    }
    return { error: done.error, value: done.value, payload: done.payload };
  }

  /** A cell of a subshell may use what the cells beside it have declared so far. */
  async #learnNames(): Promise<void> {
    const others = [...this.#running.values()].filter(({ finish }) => finish);
    await Promise.all(others.map((other) => this.#learnNamesOf(other)));
  }

  async #learnNamesOf(other: RunningCell): Promise<void> {
    const { cell, names, source } = other;
    const { assigned, valueless } = await new Promise<SetNames>((told) => {
      other.told = told;
      this.#runner.send({ type: 'names', cell, names });
    });
    // Otherwise it has ended meanwhile, and all its names are known.
    const runs = this.#running.get(cell) === other && other.finish;
    if (!runs || !source) return;
    const { text, facts } = source;
    this.#language.accept(cell, text, facts, new Set(assigned), valueless, undefined, true);
  }

  #read(code: string, unknown?: ReadonlySet<number>): CellSource | Promise<CellSource> {
    let names: ReadonlySet<string> | undefined;
    const known = (name: string): boolean => {
      names ??= this.#language.valueNames();
      return names.has(name);
    };
    return readCell(code, { folder: this.#folder, known, ...(unknown ? { unknown } : {}) });
  }

  /**
   * Reads a cell once more in which a line begins with `!` or `%` and a name that the checker does not know: `!ls -la` is
   * TypeScript to the parser and a shell line to its author.
   */
  async #reread(read: CellSource, problems: readonly TypeProblem[]): Promise<CellSource | undefined> {
    const { unknownLines } = await import('./placed.js');
    const lines = unknownLines(read, problems);
    return lines && this.#read(read.code, lines);
  }

  /** Type errors explain better what a compile error says too, so a failure here waits for the checker's word. */
  async #compile(source: CellSource, cell: number): Promise<CompiledCell | undefined> {
    try {
      const { text, facts } = source;
      const known = this.#language.valueNames();
      return asWritten(source, await compileCell(text, facts, cell, known, this.#language.emit()));
    } catch (error) {
      if (error instanceof Error && 'errors' in error) return undefined;
      // The walk through the cell's tree ran out of stack.
      if (error instanceof RangeError) throw new NestedTooDeeply();
      throw error;
    }
  }

  /** Stops the running cells of all shells; when none runs, the timers and loops that earlier cells left. */
  interrupt(): void {
    const running = [...this.#running.values()];
    if (running.length === 0) this.#stdin.withdrawAll();
    for (const cell of running) {
      cell.interrupted = true;
      this.#stdin.withdrawAll(cell.request.message);
      if (!cell.finish) cell.cancelCheck();
    }
    // Cells up to this one may still be on their way to the runner.
    if (running.length === 0 || running.some(({ finish }) => finish)) this.#runner.interrupt(this.#cells);
  }

  /** Lets what the runner sends wait in its pipe, where the runner waits for it. */
  hold(): void {
    this.#runner.hold();
  }

  release(): void {
    this.#runner.release();
  }

  /** What the debugger shows: the session's names and those of the cell that runs. */
  #debugNames(): ReadonlySet<string> {
    const names = new Set(this.#language.valueNames());
    for (const running of this.#running.values()) for (const name of running.names) names.add(name);
    for (const name of KERNEL_NAMES) names.delete(name);
    return names;
  }

  /** Answers a request of the Debug Adapter Protocol. */
  async debug(content: Record<string, unknown>): Promise<Record<string, unknown>> {
    return this.#debugger.handle(content);
  }

  async complete(code: string, cursor: number): Promise<Awaited<ReturnType<LanguageSession['complete']>>> {
    const source = await this.#read(code);
    const plain = (text: string, facts: CellFacts, at: number): ReturnType<LanguageSession['complete']> =>
      this.#language.complete(text, facts, at, this.#peek);
    if (source.facts.problem?.unreadable) return { start: cursor, end: cursor, items: [] };
    if (source.edits.length === 0 && !/^[ \t]*%/m.test(code)) return plain(code, source.facts, cursor);
    return (await import('./magicEditing.js')).complete(source, cursor, plain);
  }

  /** Whether Enter should run the text or start a new line. */
  async isComplete(code: string): Promise<Wholeness> {
    // As in IPython, a cell magic goes on until a line is left empty.
    if (/^\s*%%/.test(code))
      return /\n[ \t]*$/.test(code) ? { status: 'complete' } : { status: 'incomplete', indent: '' };
    const { text, problem } = await this.#read(code);
    return problem ? { status: 'complete' } : isWhole(text);
  }

  async inspect(code: string, cursor: number, detail: number): Promise<string | undefined> {
    const source = await this.#read(code);
    if (source.facts.problem?.unreadable) return undefined;
    if (source.edits.length === 0)
      return this.#language.inspect(code, source.facts, cursor, detail, this.#peek);
    const { inspect } = await import('./magicEditing.js');
    return inspect(source, cursor, (text, facts, at) =>
      this.#language.inspect(text, facts, at, detail, this.#peek),
    );
  }

  readonly #peek = (path: readonly string[]) => peekAt(this.#inspector, path, this.#running.size > 0);

  async close(): Promise<void> {
    await Promise.all([this.#runner.stop(), this.#language.close(), stopCompiler()]);
    this.#endPrograms();
  }

  #parentOf(cell: number): Header | Record<string, never> {
    return (this.#parents.get(cell) ?? this.#latest)?.message.header ?? {};
  }

  /** @param attached is there for each message that says so */
  #onMessage(message: FromRunner, attached: Buffer | undefined): void {
    switch (message.type) {
      case 'ready':
        return;
      case 'stream':
        this.#publisher.stream(message.name, textOf(attached as Buffer), this.#parentOf(message.cell));
        return;
      case 'display': {
        const type = message.update ? 'update_display_data' : 'display_data';
        this.#publisher.publish(type, attached as Buffer, this.#parentOf(message.cell));
        return;
      }
      case 'clear':
        this.#publisher.publish('clear_output', { wait: message.wait }, this.#parentOf(message.cell));
        return;
      case 'broadcast': {
        const buffers = message.buffers.map((buffer) => Buffer.from(buffer, 'base64'));
        const { messageType, content, metadata } = message;
        this.#publisher.publish(messageType, content, this.#parentOf(message.cell), metadata, buffers);
        return;
      }
      case 'input':
        this.#ask(message);
        return;
      case 'input-end':
        this.#stdin.withdraw(message.id);
        return;
      case 'comm':
        this.#sendComm(message);
        return;
      case 'comm-done':
        this.#commsHandled.get(message.cell)?.();
        this.#commsHandled.delete(message.cell);
        return;
      case 'names':
        this.#running.get(message.cell)?.told?.(message);
        return;
      case 'ask':
        void this.#answer(message);
        return;
      case 'program':
        if (message.runs) this.#programs.add(message.pid);
        else this.#programs.delete(message.pid);
        return;
      case 'late-error':
        this.#publisher.publish('error', message.error, this.#parentOf(message.cell));
        return;
      case 'done':
        this.#onDone(message);
        return;
      case 'transform':
        void this.#transform(message);
        return;
    }
  }

  /** Answers a question of a magic's. */
  async #answer({ id, cell, question }: Extract<FromRunner, { type: 'ask' }>): Promise<void> {
    try {
      const { answerTo } = await import('./questions.js');
      const running = this.#running.get(cell)?.source;
      const answer = await answerTo(question, this.#language, this.#peek, running);
      this.#runner.send({ type: 'told', id, answer });
    } catch (error) {
      this.#runner.send({ type: 'told', id, error: (error as Error).message });
    }
  }

  /** What cells started must not outlive the session. */
  #endPrograms(): void {
    for (const pid of this.#programs) endGroup(pid);
    this.#programs.clear();
  }

  #onDone(message: Done): void {
    const running = this.#running.get(message.cell);
    if (!running) return;
    const { value } = message;
    const { silent, executionCount } = running.request;
    if (value && !silent) {
      const content = { execution_count: executionCount, ...value };
      this.#publisher.publish('execute_result', content, this.#parentOf(message.cell));
    }
    running.finish?.(message);
    running.told?.(message);
  }

  /** Passes on a comm message from the frontend. Resolves when its handler has ended. */
  async handleComm(kind: CommMessage['kind'], message: Message): Promise<void> {
    const { content, metadata, buffers } = message;
    const id = String(content.comm_id);
    const target = kind === 'open' ? String(content.target_name) : (this.#comms.get(id) ?? '');
    if (kind === 'open') this.#comms.set(id, target);
    if (kind === 'close') this.#comms.delete(id);
    const cell = ++this.#cells;
    this.#parents.set(cell, { ...NO_CELL, message });
    await new Promise<void>((done) => {
      this.#commsHandled.set(cell, done);
      const data = (content.data ?? {}) as Record<string, unknown>;
      const encoded = buffers.map((buffer) => buffer.toString('base64'));
      if (!this.#runner.send({ type: 'comm', cell, kind, id, target, data, metadata, buffers: encoded }))
        done();
    });
    // Only the last message's late output matters, and it follows at once if at all.
    this.#parents.delete(cell - KEPT_COMM_PARENTS);
    this.#publisher.flush();
  }

  /** The comms that are open, for comm_info. */
  comms(target: string | undefined): Record<string, { target_name: string }> {
    const found = [...this.#comms].filter(([, name]) => target === undefined || name === target);
    return Object.fromEntries(found.map(([id, name]) => [id, { target_name: name }]));
  }

  #sendComm({
    cell,
    kind,
    id,
    target,
    data,
    metadata,
    buffers,
  }: Extract<FromRunner, { type: 'comm' }>): void {
    if (kind === 'open') this.#comms.set(id, target);
    if (kind === 'close') this.#comms.delete(id);
    const content = { comm_id: id, data, ...(kind === 'open' ? { target_name: target } : {}) };
    const raw = buffers.map((buffer) => Buffer.from(buffer, 'base64'));
    this.#publisher.publish(`comm_${kind}`, content, this.#parentOf(cell), metadata, raw);
  }

  /** The runner's objects are gone, so the frontend's are about nothing. */
  #closeComms(): void {
    for (const id of this.#comms.keys())
      this.#publisher.publish('comm_close', { comm_id: id, data: {} }, this.#parentOf(0));
    this.#comms.clear();
    for (const done of this.#commsHandled.values()) done();
    this.#commsHandled.clear();
  }

  #ask({ id, cell, prompt, password }: Extract<FromRunner, { type: 'input' }>): void {
    const request = this.#parents.get(cell);
    if (!request?.allowStdin) {
      this.#runner.send({ type: 'no-input', id });
      return;
    }
    // What was printed before the question must be on the screen before it.
    this.#publisher.flush();
    const answer = (value: string): void => void this.#runner.send({ type: 'input', id, value });
    this.#stdin.ask({ id, request: request.message, prompt, password, answer });
  }

  async #transform({ id, path, code }: Extract<FromRunner, { type: 'transform' }>): Promise<void> {
    try {
      const compiled = await compileModule(path, code, this.#language.emit());
      await this.#debugger.beforeFile(path, compiled.maps);
      this.#runner.send({ type: 'transformed', id, compiled });
    } catch (error) {
      this.#runner.send({ type: 'not-transformed', id, error: (error as Error).message });
    }
  }

  #onDeath(reason: string): void {
    this.#deaths.push(reason);
    this.#language.reset();
    this.#endPrograms();
    this.#closeComms();
    this.#stdin.withdrawAll();
    this.#debugger.reset();
    process.stderr.write(
      `typescript-kernel: the process that runs cells ${reason}; a new one was started.\n`,
    );
    const error = runnerDied(reason);
    const lost = [...this.#running.values()].filter(({ finish }) => finish);
    for (const running of lost) {
      const { cell, finish } = running;
      // Its names went with the process, so it has none to give.
      running.finish = undefined;
      finish?.({ type: 'done', cell, assigned: [], valueless: [], error });
      running.told?.({ assigned: [], valueless: [] });
    }
    if (lost.length > 0) return;
    this.#publisher.stream('stderr', `${error.ename}: ${error.evalue}\n`, this.#parentOf(0));
  }
}

/** What late output needs of a request is kept for the whole session; the code, which may be long, is not. */
function parentOnly(request: CellRequest): CellRequest {
  return { ...request, code: '', message: { ...request.message, content: {}, buffers: [] } };
}

function runnerDied(reason: string): ErrorContent {
  const evalue = `The process that runs cells ${reason}. All variables are lost; a new process was started: run the cells from the top again.`;
  return { ename: 'RunnerDied', evalue, traceback: [`\x1b[31mRunnerDied\x1b[0m: ${evalue}`] };
}

function checkerFailed(error: unknown): ErrorContent {
  const explained = error instanceof CompilerMissing || error instanceof NestedTooDeeply;
  const ename = explained ? error.name : 'CheckerFailed';
  const evalue = explained
    ? error.message
    : `The type checker failed, so the cell was not run: ${(error as Error).message}. Run the cell again.`;
  return { ename, evalue, traceback: [`\x1b[31m${ename}\x1b[0m: ${evalue}`] };
}

/** The compiler refused what the checker let pass; rare, and never run on a guess. */
function notCompiled(label: string, read: CellSource): ErrorContent {
  const { code: source, facts } = read;
  const offset = toOriginal(read, facts.problem?.offset ?? 0);
  const before = source.slice(0, offset).split('\n');
  const message = facts.problem?.message ?? 'The cell could not be compiled.';
  const column = (before.at(-1)?.length ?? 0) + 1;
  return problemsContent(label, source, [
    { code: 1000, message, line: before.length, column, endColumn: column + 1, notes: [] },
  ]);
}
