/** The five sockets. Sends on a socket wait for each other, in order. */
import { Reply, Router, XPublisher } from 'zeromq';
import type { ConnectionInfo } from './connectionFile.js';
import { HIGH_WATER_MARK } from './iopubQueue.js';

/** Sends in order, one at a time, whatever is given to it meanwhile. */
export class SendQueue {
  readonly #socket: { send(frames: Buffer[]): Promise<void> };
  #waiting: Buffer[][] = [];
  #sending: Promise<void> | undefined;

  constructor(socket: { send(frames: Buffer[]): Promise<void> }) {
    this.#socket = socket;
  }

  push(frames: Buffer[]): void {
    this.#waiting.push(frames);
    this.#sending ??= this.#drain();
  }

  /** Resolves when everything pushed so far is with the socket. */
  async flushed(): Promise<void> {
    await this.#sending;
  }

  async #drain(): Promise<void> {
    // Taking whole batches keeps a long queue linear; shift() on each would not.
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      for (const frames of batch) {
        try {
          await this.#socket.send(frames);
        } catch {
          // The socket is closed or its peer is gone: nobody is left to tell.
        }
      }
    }
    this.#sending = undefined;
  }
}

export interface Channels {
  readonly shell: Router;
  readonly control: Router;
  readonly stdin: Router;
  readonly iopub: XPublisher;
  readonly heartbeat: Reply;
}

export async function bindChannels(info: ConnectionInfo): Promise<Channels> {
  const separator = info.transport === 'ipc' ? '-' : ':';
  const address = (port: number): string => `${info.transport}://${info.ip}${separator}${port}`;
  // Unlimited, since a message dropped at a high-water mark would be a silent loss of output.
  const unlimited = { sendHighWaterMark: 0, receiveHighWaterMark: 0, linger: 1000 };
  const channels: Channels = {
    shell: new Router(unlimited),
    control: new Router(unlimited),
    stdin: new Router(unlimited),
    // A frontend that is slow makes sending wait; see iopubQueue.ts.
    iopub: new XPublisher({
      sendHighWaterMark: HIGH_WATER_MARK,
      noDrop: true,
      linger: 1000,
      // Each subscription is told, also a second client's to the same topic.
      verbosity: 'allSubs',
    }),
    heartbeat: new Reply({ linger: 0 }),
  };
  await Promise.all([
    channels.shell.bind(address(info.shell_port)),
    channels.control.bind(address(info.control_port)),
    channels.stdin.bind(address(info.stdin_port)),
    channels.iopub.bind(address(info.iopub_port)),
    channels.heartbeat.bind(address(info.hb_port)),
  ]);
  return channels;
}

export async function echoHeartbeats(socket: Reply): Promise<void> {
  for await (const frames of socket) await socket.send(frames);
}
