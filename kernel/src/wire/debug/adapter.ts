/**
 * JupyterLab's debugger over V8's inspector: requests of the Debug Adapter Protocol come on the control channel, its
 * events go out on iopub. Lines are the user's TypeScript lines throughout.
 */
import type { CodeMaps } from '../../shared/protocol.js';
import { NAMES_FUNCTION, TEXT_FUNCTION } from '../../shared/protocol.js';
import { debugExpression } from './expression.js';
import type { Inspector, Params } from './inspector.js';
import { CELL_SUFFIX, type DebugSources, HASH_METHOD, HASH_SEED } from './sources.js';
import { type RemoteObject, textOf, Variables } from './variables.js';

interface Request {
  readonly seq: number;
  readonly command: string;
  readonly arguments?: Params;
}

interface CallFrame {
  readonly callFrameId: string;
  readonly functionName: string;
  readonly url: string;
  readonly location: {
    readonly scriptId: string;
    readonly lineNumber: number;
    readonly columnNumber: number;
  };
  readonly scopeChain: readonly { readonly type: string; readonly object: RemoteObject }[];
}

interface Evaluated {
  readonly result: RemoteObject;
  readonly exceptionDetails?: { readonly exception?: RemoteObject; readonly text: string };
}

/** There is one thread of user code. */
const THREAD = 1;
/** A loop in a single line is stepped through so many times at once. */
const MOST_STEPS = 100;
/** Code that stepping goes over: Node's, packages' and the kernel's own. */
const BLACKBOX = ['^node:', '/node_modules/', 'kernel/dist/', '^$'];

export class DebugAdapter {
  readonly #inspector: Inspector;
  readonly #sources: DebugSources;
  readonly #names: () => ReadonlySet<string>;
  readonly #emit: (event: object) => void;
  readonly #variables: Variables;
  /** Lines with breakpoints, by path. */
  readonly #breakpoints = new Map<string, readonly number[]>();
  /** The inspector's breakpoints, by path. */
  readonly #set = new Map<string, string[]>();
  /** The scripts by the inspector's numbers; it names a frame's script by number only. */
  readonly #urls = new Map<string, string>();
  #frames: readonly CallFrame[] = [];
  /** The step that is being made, and where it began. */
  #step: { readonly method: string; readonly from: string; left: number } | undefined;
  #started = false;
  #paused = false;
  #sequence = 0;

  constructor(
    inspector: Inspector,
    sources: DebugSources,
    names: () => ReadonlySet<string>,
    emit: (event: object) => void,
  ) {
    this.#inspector = inspector;
    this.#sources = sources;
    this.#names = names;
    this.#emit = emit;
    this.#variables = new Variables(inspector);
    inspector.onEvent = (method, params) => this.#onEvent(method, params);
  }

  /** Answers one request. Never rejects: the protocol has a form for failures. */
  async handle(content: Params): Promise<Params> {
    const request = content as unknown as Request;
    const reply = {
      type: 'response',
      request_seq: request.seq,
      seq: ++this.#sequence,
      command: request.command,
    };
    try {
      const body = await this.#answer(request.command, request.arguments ?? {});
      if (request.command === 'initialize') this.#event('initialized', {});
      return { ...reply, success: true, body };
    } catch (error) {
      return { ...reply, success: false, message: (error as Error).message, body: {} };
    }
  }

  /** Sets the breakpoints of a cell that is about to run. */
  async beforeCell(url: string, code: string, maps: CodeMaps): Promise<void> {
    const path = this.#sources.addCell(url, code, maps);
    if (this.#started)
      for (const line of this.#breakpoints.get(path) ?? []) await this.#setOne(path, url, line);
  }

  /** Notes a local file that is about to be loaded. */
  async beforeFile(path: string, maps: CodeMaps): Promise<void> {
    const url = this.#sources.addFile(path, maps);
    if (this.#started)
      for (const line of this.#breakpoints.get(path) ?? []) await this.#setOne(path, url, line);
  }

  /** The runner was replaced. */
  reset(): void {
    this.#inspector.reset();
    this.#set.clear();
    this.#urls.clear();
    if (this.#paused) this.#resumed();
    if (!this.#started) return;
    this.#started = false;
    this.#event('terminated', {});
  }

  async #answer(command: string, args: Params): Promise<Params> {
    switch (command) {
      case 'initialize':
        return {
          supportsConfigurationDoneRequest: true,
          supportsEvaluateForHovers: true,
          exceptionBreakpointFilters: [
            { filter: 'all', label: 'All exceptions', default: false },
            { filter: 'uncaught', label: 'Uncaught exceptions', default: false },
          ],
        };
      case 'attach':
        await this.#start();
        return {};
      case 'disconnect':
      case 'terminate':
        await this.#stop();
        return {};
      case 'debugInfo':
        return this.#info();
      case 'dumpCell':
        return { sourcePath: this.#sources.dumpCell(String(args.code)) };
      case 'setBreakpoints':
        return this.#setBreakpoints(args);
      case 'setExceptionBreakpoints': {
        const filters = (args.filters ?? []) as readonly string[];
        const state = filters.includes('all') ? 'all' : filters.includes('uncaught') ? 'uncaught' : 'none';
        await this.#inspector.ask('Debugger.setPauseOnExceptions', { state });
        return {};
      }
      case 'source': {
        const { path } = args.source as { path: string };
        return { content: this.#sources.text(path), mimeType: 'text/typescript' };
      }
      case 'threads':
        return { threads: [{ id: THREAD, name: 'cells' }] };
      case 'stackTrace':
        return this.#stackTrace();
      case 'scopes':
        return this.#scopes(Number(args.frameId));
      case 'variables':
        return { variables: await this.#variables.list(Number(args.variablesReference)) };
      case 'inspectVariables':
        return { variables: await this.#sessionVariables() };
      case 'richInspectVariables':
        return this.#rich(String(args.variableName), args.frameId as number | undefined);
      case 'evaluate': {
        const value = await this.#evaluate(String(args.expression), args.frameId as number | undefined);
        const { variablesReference, type } = this.#variables.shown('', value);
        return { result: textOf(value), type, variablesReference };
      }
      case 'modules':
        return { modules: [], totalModules: 0 };
      case 'continue':
        await this.#go('Debugger.resume');
        return { allThreadsContinued: true };
      case 'next':
        return this.#go('Debugger.stepOver');
      case 'stepIn':
        return this.#go('Debugger.stepInto');
      case 'stepOut':
        return this.#go('Debugger.stepOut');
      case 'pause':
        return this.#inspector.ask('Debugger.pause');
      case 'configurationDone':
        return {};
      default:
        throw new Error(`The debugger does not know the request ${command}.`);
    }
  }

  async #start(): Promise<void> {
    if (this.#started) return;
    await this.#inspector.ask('Debugger.enable');
    await this.#inspector.ask('Debugger.setBlackboxPatterns', { patterns: BLACKBOX });
    await this.#inspector.ask('Debugger.setAsyncCallStackDepth', { maxDepth: 16 });
    this.#started = true;
  }

  async #stop(): Promise<void> {
    if (!this.#started) return;
    this.#started = false;
    this.#breakpoints.clear();
    this.#set.clear();
    await this.#inspector.ask('Debugger.disable');
    if (this.#paused) this.#resumed();
  }

  #info(): Params {
    return {
      isStarted: this.#started,
      hashMethod: HASH_METHOD,
      hashSeed: HASH_SEED,
      tmpFilePrefix: this.#sources.cellPrefix,
      tmpFileSuffix: CELL_SUFFIX,
      breakpoints: [...this.#breakpoints].map(([path, lines]) => ({
        source: path,
        breakpoints: lines.map((line) => ({ line, verified: true, source: { path } })),
      })),
      stoppedThreads: this.#paused ? [THREAD] : [],
      richRendering: true,
      exceptionPaths: ['JavaScript errors'],
      copyToGlobals: false,
    };
  }

  async #setBreakpoints(args: Params): Promise<Params> {
    const { path } = args.source as { path: string };
    const wanted = ((args.breakpoints ?? []) as readonly { line: number }[]).map(({ line }) => line);
    for (const breakpointId of this.#set.get(path) ?? []) {
      await this.#inspector.ask('Debugger.removeBreakpoint', { breakpointId });
    }
    this.#set.set(path, []);
    const lines: number[] = [];
    for (const line of wanted) {
      let actual = line;
      for (const url of this.#sources.scriptsOf(path))
        actual = (await this.#setOne(path, url, line)) ?? actual;
      lines.push(actual);
    }
    if (lines.length > 0) this.#breakpoints.set(path, lines);
    else this.#breakpoints.delete(path);
    return { breakpoints: lines.map((line, id) => ({ id, line, verified: true, source: { path } })) };
  }

  /** @returns the line at which the program will stop */
  async #setOne(path: string, url: string, line: number): Promise<number | undefined> {
    const at = this.#sources.breakAt(url, line);
    if (!at) return undefined;
    const { breakpointId } = await this.#inspector.ask<{ breakpointId: string }>(
      'Debugger.setBreakpointByUrl',
      {
        url,
        lineNumber: at.generatedLine,
        columnNumber: at.generatedColumn,
      },
    );
    this.#set.set(path, [...(this.#set.get(path) ?? []), breakpointId]);
    return at.line;
  }

  async #go(method: string): Promise<Params> {
    if (!this.#paused) throw new Error('The program is not stopped.');
    this.#step = method === 'Debugger.resume' ? undefined : { method, from: this.#here(), left: MOST_STEPS };
    await this.#inspector.ask(method);
    return {};
  }

  /** The line and the depth at which the program stands. */
  #here(): string {
    const place = this.#frames[0] && this.#place(this.#frames[0]);
    return `${place?.path}:${place?.line}:${this.#frames.length}`;
  }

  #onEvent(method: string, params: Params): void {
    if (method === 'Debugger.scriptParsed') {
      const { scriptId, url } = params as { scriptId: string; url: string };
      if (this.#sources.isKnown(url)) this.#urls.set(scriptId, url);
    } else if (method === 'Debugger.paused') {
      this.#onPaused(
        params as unknown as { callFrames: readonly CallFrame[]; reason: string; hitBreakpoints?: string[] },
      );
    } else if (method === 'Debugger.resumed' && this.#paused) {
      this.#resumed();
    }
  }

  #onPaused(params: {
    callFrames: readonly CallFrame[];
    reason: string;
    hitBreakpoints?: readonly string[];
  }): void {
    this.#frames = params.callFrames.filter((frame) => this.#place(frame) !== undefined);
    // Stepped out of the user's code: there is nothing to show, so it goes on.
    if (this.#frames.length === 0) {
      void this.#inspector.ask('Debugger.resume').catch(() => {});
      return;
    }
    const atBreakpoint = (params.hitBreakpoints?.length ?? 0) > 0;
    // The inspector steps by statement and call; a person steps by line.
    if (this.#step && !atBreakpoint && this.#step.left > 0 && this.#here() === this.#step.from) {
      this.#step.left--;
      void this.#inspector.ask(this.#step.method).catch(() => {});
      return;
    }
    this.#step = undefined;
    this.#paused = true;
    const isException = params.reason === 'exception' || params.reason === 'promiseRejection';
    const reason = isException
      ? 'exception'
      : (params.hitBreakpoints?.length ?? 0) > 0
        ? 'breakpoint'
        : 'step';
    this.#event('stopped', { reason, threadId: THREAD, allThreadsStopped: true });
  }

  #resumed(): void {
    this.#paused = false;
    this.#frames = [];
    this.#variables.clear();
    this.#event('continued', { threadId: THREAD, allThreadsContinued: true });
  }

  #place(frame: CallFrame): ReturnType<DebugSources['original']> {
    const url = frame.url || this.#urls.get(frame.location.scriptId) || '';
    return this.#sources.original(url, frame.location.lineNumber, frame.location.columnNumber);
  }

  #stackTrace(): Params {
    const stackFrames = this.#frames.map((frame, id) => {
      const place = this.#place(frame);
      return {
        id,
        name: frame.functionName || 'cell',
        line: place?.line ?? 1,
        column: place?.column ?? 1,
        source: { path: place?.path ?? '', name: place?.path.split('/').at(-1) ?? '' },
      };
    });
    return { stackFrames, totalFrames: stackFrames.length };
  }

  async #scopes(frameId: number): Promise<Params> {
    const chain = this.#frames[frameId]?.scopeChain ?? [];
    const ids = (types: readonly string[]): string[] =>
      chain
        .filter(({ type }) => types.includes(type))
        .flatMap(({ object }) => (object.objectId ? [object.objectId] : []));
    const session = await this.#namesObject();
    const scopes = [
      ['Locals', ids(['block', 'local', 'catch', 'with', 'eval'])],
      ['Closure', ids(['closure'])],
      ['Module', ids(['module'])],
      ['Cells', session ? [session] : []],
    ] as const;
    return {
      scopes: scopes
        .filter(([, objects]) => objects.length > 0)
        .map(([name, objects]) => ({
          name,
          variablesReference: this.#variables.reference(objects),
          expensive: false,
        })),
    };
  }

  /** An object with every name of the session that has a value. */
  async #namesObject(): Promise<string | undefined> {
    const { result } = await this.#inspector.ask<Evaluated>('Runtime.evaluate', {
      expression: `globalThis.${NAMES_FUNCTION}(${JSON.stringify([...this.#names()])})`,
      silent: true,
    });
    return result.objectId;
  }

  async #sessionVariables(): Promise<Params[]> {
    const object = await this.#namesObject();
    return object
      ? ((await this.#variables.list(this.#variables.reference([object]))) as unknown as Params[])
      : [];
  }

  async #evaluate(text: string, frameId: number | undefined): Promise<RemoteObject> {
    const frame = this.#paused ? this.#frames[frameId ?? 0] : undefined;
    const hidden = new Set<string>();
    for (const { type, object } of frame?.scopeChain ?? []) {
      if (type === 'global' || type === 'script' || !object.objectId) continue;
      for (const { name } of await this.#variables.list(this.#variables.reference([object.objectId])))
        hidden.add(name);
    }
    const expression = await debugExpression(text, this.#names(), hidden);
    const { result, exceptionDetails } = frame
      ? await this.#inspector.ask<Evaluated>('Debugger.evaluateOnCallFrame', {
          callFrameId: frame.callFrameId,
          expression,
        })
      : await this.#inspector.ask<Evaluated>('Runtime.evaluate', { expression });
    if (exceptionDetails)
      throw new Error(exceptionDetails.exception?.description?.split('\n')[0] ?? exceptionDetails.text);
    return result;
  }

  async #rich(name: string, frameId: number | undefined): Promise<Params> {
    const value = await this.#evaluate(name, frameId);
    if (!value.objectId) return { data: { 'text/plain': textOf(value) }, metadata: {} };
    const { result } = await this.#inspector.ask<Evaluated>('Runtime.callFunctionOn', {
      objectId: value.objectId,
      functionDeclaration: `function () { return globalThis.${TEXT_FUNCTION}(this) }`,
      returnByValue: true,
    });
    return { data: { 'text/plain': String(result.value) }, metadata: {} };
  }

  #event(event: string, body: Params): void {
    this.#emit({ type: 'event', seq: ++this.#sequence, event, body });
  }
}
