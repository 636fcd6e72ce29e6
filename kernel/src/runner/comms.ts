/** Comms: two-way channels between objects here and objects in the frontend. */
import { randomUUID } from 'node:crypto';
import type { CommMessage } from '../shared/protocol.js';
import { currentContext } from './context.js';
import { send } from './output.js';

type Data = Record<string, unknown>;

export interface CommEvent {
  readonly data: Data;
  readonly metadata: Data;
  readonly buffers: readonly Buffer[];
}

export class Comm {
  readonly id: string;
  readonly target: string;
  /** The cell that made it, under which its callbacks print. */
  readonly cell = currentContext()?.cell;
  /** Called for each message from the frontend. */
  onMessage: ((event: CommEvent) => unknown) | undefined;
  /** Called when the frontend closes it. */
  onClose: ((event: CommEvent) => unknown) | undefined;

  constructor(target: string, id: string = randomUUID()) {
    this.target = target;
    this.id = id;
    open.set(id, this);
  }

  send(data: Data, buffers: readonly Uint8Array[] = [], metadata: Data = {}): void {
    this.#post('msg', data, buffers, metadata);
  }

  /** Tells the frontend of a comm that is opened here. */
  announce(data: Data, buffers: readonly Uint8Array[] = [], metadata: Data = {}): void {
    this.#post('open', data, buffers, metadata);
  }

  close(data: Data = {}): void {
    if (!open.delete(this.id)) return;
    this.#post('close', data, [], {});
  }

  #post(kind: CommMessage['kind'], data: Data, buffers: readonly Uint8Array[], metadata: Data): void {
    const context = currentContext();
    send({
      type: 'comm',
      // The answer to a message of the frontend's belongs to that message.
      cell: context?.request ?? context?.cell ?? 0,
      kind,
      id: this.id,
      target: this.target,
      data,
      metadata,
      buffers: buffers.map((buffer) =>
        Buffer.from(buffer.buffer, buffer.byteOffset, buffer.byteLength).toString('base64'),
      ),
    });
  }
}

const open = new Map<string, Comm>();
const targets = new Map<string, (comm: Comm, event: CommEvent) => unknown>();

/** Opens a comm to a target that the frontend knows. */
export function openComm(
  target: string,
  data: Data = {},
  buffers: readonly Uint8Array[] = [],
  metadata: Data = {},
): Comm {
  const comm = new Comm(target);
  comm.announce(data, buffers, metadata);
  return comm;
}

/** Takes comms that the frontend opens to `target`. */
export function registerTarget(target: string, opened: (comm: Comm, event: CommEvent) => unknown): void {
  targets.set(target, opened);
}

/** The cell that made a comm; undefined for those that the frontend opened. */
export function ownerOf(id: string): number | undefined {
  return open.get(id)?.cell;
}

/** Handles one message from the frontend. */
export async function receiveComm(message: CommMessage): Promise<void> {
  const event = {
    data: message.data,
    metadata: message.metadata,
    buffers: message.buffers.map((buffer) => Buffer.from(buffer, 'base64')),
  };
  if (message.kind === 'open') {
    const opened = targets.get(message.target);
    const comm = new Comm(message.target, message.id);
    // Nobody knows the target: the protocol asks for it to be closed at once.
    if (opened) await opened(comm, event);
    else comm.close();
    return;
  }
  const comm = open.get(message.id);
  if (!comm) {
    // Of an earlier runner, for one: the frontend must not take it for alive.
    if (message.kind === 'msg') new Comm(message.target, message.id).close();
    return;
  }
  if (message.kind === 'close') {
    open.delete(message.id);
    await comm.onClose?.(event);
  } else {
    await comm.onMessage?.(event);
  }
}
