/** The messages between the wire process and the runner. Plain data only: they travel as JSON. */

/**
 * Where a script's positions come from: source maps to apply one after the other, the first from what V8 runs, the
 * last to the user's TypeScript.
 */
export type CodeMaps = readonly string[];

/** One binding that a cell's `import` statement makes. */
export interface ImportBinding {
  readonly local: string;
  /** The exported name, or `*` for the namespace object. */
  readonly exported: string;
}

/** One `import` statement of a cell. */
export interface CellImport {
  /** The arguments with which the file is to be run anew; absent where it is loaded only when it has changed. */
  readonly anew?: readonly string[];
  readonly specifier: string;
  readonly bindings: readonly ImportBinding[];
}

/** A cell as the runner gets it. */
export interface CompiledCell {
  /** A function expression; its parameters are the cell runtime and one box per name in `boxes`. */
  readonly code: string;
  readonly boxes: readonly string[];
  readonly imports: readonly CellImport[];
  /** Names that the cell declares without a value. */
  readonly unassigned: readonly string[];
  /** Names that must throw when they are read before their declaration ran. */
  readonly guarded: readonly string[];
  readonly maps: CodeMaps;
  readonly isAsync: boolean;
}

/** What the compiled code of local files imports for itself. */
export const RUNTIME_MODULE = 'kernel:runtime';

/** A local file as the runner gets it. */
export interface CompiledModule {
  readonly code: string;
  readonly maps: CodeMaps;
}

export type MimeBundle = Record<string, unknown>;

export interface DisplayContent {
  readonly data: MimeBundle;
  readonly metadata: Record<string, unknown>;
  readonly transient?: Record<string, unknown>;
}

export interface ErrorContent {
  readonly ename: string;
  readonly evalue: string;
  readonly traceback: readonly string[];
}

/** Names that every cell has from the start. They are no globals: a library must not see them. */
export const GIVEN_NAMES = ['Deno', 'require', 'module', 'exports', '__filename', '__dirname'] as const;

/** Hidden globals of the runner that the debugger evaluates. */
export const BOX_FUNCTION = '$typescriptKernelBox';
export const NAMES_FUNCTION = '$typescriptKernelNames';
export const TEXT_FUNCTION = '$typescriptKernelText';

/** And what completion and inspection evaluate. */
export const PEEK_FUNCTION = '$typescriptKernelPeek';

/** What a value is, as far as that can be seen without running any of its code. */
export interface Peeked {
  /** `number`, `string`, `array`, `class`, `function`, `getter`, the name of an object's class… */
  readonly kind: string;
  /** A short text: `Map(2)`, `{ a: 1, b: Array(3) }`. */
  readonly summary: string;
  /** Its properties, own ones first, then those of its class. */
  readonly keys: readonly { readonly name: string; readonly kind: string; readonly summary: string }[];
}

/** The runner's object that magics become calls of. */
export const MAGICS_OBJECT = '$typescriptKernelMagics';

/** What the runner asks of the wire process for a magic. */
export type Question =
  /** The session's names, as `NameInfo[]`. */
  | { readonly kind: 'names' }
  /** What is known of a name, as `NameHelp`. */
  | { readonly kind: 'help'; readonly name: string; readonly source: boolean }
  /** Forgets all names. */
  | { readonly kind: 'reset' };

export interface NameInfo {
  readonly name: string;
  readonly type: string;
  /** False for types, which have no value. */
  readonly isValue: boolean;
}

export interface NameHelp {
  /** Markdown. */
  readonly about: string;
  readonly plain: string;
}

/** To the watchdog thread, which hears it even while user code is in a loop or paused. */
export type ToWatchdog =
  /** Stops the cells up to this one, also those that the main thread has yet to hear of. */
  | { readonly type: 'interrupt'; readonly cell: number }
  | { readonly type: 'inspect'; readonly id: number; readonly method: string; readonly params: object };

/** What V8's inspector answers and tells. */
export type FromWatchdog =
  | {
      readonly type: 'answer';
      readonly id: number;
      readonly result?: Record<string, unknown>;
      readonly error?: string;
    }
  | { readonly type: 'event'; readonly method: string; readonly params: Record<string, unknown> };

/** A comm message in either direction; binary buffers as base64. */
export interface CommMessage {
  readonly kind: 'open' | 'msg' | 'close';
  readonly id: string;
  readonly target: string;
  readonly data: Record<string, unknown>;
  readonly metadata: Record<string, unknown>;
  readonly buffers: readonly string[];
}

export type ToRunner =
  | ({ readonly type: 'comm'; readonly cell: number } & CommMessage)
  | {
      readonly type: 'execute';
      readonly cell: number;
      /** What the user sees as the cell's name, `[3]`. */
      readonly label: string;
      readonly source: string;
      readonly compiled: CompiledCell;
      /** The number under which the cell and its value are kept; absent where they are not. */
      readonly keepAs?: number;
    }
  /** Asks which of these names the cell has set so far. */
  | { readonly type: 'names'; readonly cell: number; readonly names: readonly string[] }
  | { readonly type: 'told'; readonly id: number; readonly answer?: unknown; readonly error?: string }
  | { readonly type: 'input'; readonly id: number; readonly value: string }
  | { readonly type: 'no-input'; readonly id: number }
  | { readonly type: 'transformed'; readonly id: number; readonly compiled: CompiledModule }
  | { readonly type: 'not-transformed'; readonly id: number; readonly error: string };

export interface SetNames {
  /** The names that this run of the cell gave a value, also when it threw later. */
  readonly assigned: readonly string[];
  /** Names that were declared without a value, in whatever cell, and still have none. */
  readonly valueless: readonly string[];
}

export type FromRunner =
  | ({ readonly type: 'comm'; readonly cell: number } & CommMessage)
  | { readonly type: 'comm-done'; readonly cell: number }
  | { readonly type: 'ready' }
  | {
      /** The text is attached. */
      readonly type: 'stream';
      readonly cell: number;
      readonly name: 'stdout' | 'stderr';
      readonly attached: true;
    }
  | {
      /** The content, a `DisplayContent`, is attached: the wire process has no need to read it. */
      readonly type: 'display';
      readonly cell: number;
      readonly update: boolean;
      readonly attached: true;
    }
  | { readonly type: 'clear'; readonly cell: number; readonly wait: boolean }
  | {
      /** A message that user code has put together itself. */
      readonly type: 'broadcast';
      readonly cell: number;
      readonly messageType: string;
      readonly content: Record<string, unknown>;
      readonly metadata: Record<string, unknown>;
      /** As base64. */
      readonly buffers: readonly string[];
    }
  | {
      readonly type: 'input';
      readonly id: number;
      readonly cell: number;
      readonly prompt: string;
      readonly password: boolean;
    }
  /** Nobody waits for the answer any more. */
  | { readonly type: 'input-end'; readonly id: number }
  | { readonly type: 'late-error'; readonly cell: number; readonly error: ErrorContent }
  | ({
      readonly type: 'done';
      readonly cell: number;
      readonly error?: ErrorContent;
      /** What the cell's last expression shows as. */
      readonly value?: { readonly data: MimeBundle; readonly metadata: Record<string, unknown> };
      /** True when the value of the last expression is kept as a result. */
      readonly kept?: boolean;
      /** What the frontend is to do once the cell has ended. */
      readonly payload?: readonly Record<string, unknown>[];
    } & SetNames)
  | ({ readonly type: 'names'; readonly cell: number } & SetNames)
  | { readonly type: 'ask'; readonly id: number; readonly cell: number; readonly question: Question }
  /** A program that a cell runs has started or ended: it must not outlive the session. */
  | { readonly type: 'program'; readonly pid: number; readonly runs: boolean }
  | { readonly type: 'transform'; readonly id: number; readonly path: string; readonly code: string };
