/** The five ZMQ sockets of a Jupyter client. */
import { randomUUID } from 'node:crypto';
import { Dealer, Request, Subscriber } from 'zeromq';
import type { Connection } from './launch.js';
import type { Channel } from './message.js';

/** For how long messages of one channel are taken without a break, ms. */
const TURN = 20;

export type Outgoing = 'shell' | 'control' | 'stdin';

export class Sockets {
  readonly #dealers: Record<Outgoing, Dealer>;
  readonly #iopub: Subscriber;
  readonly #heartbeat: Request;
  #sending = new Map<Outgoing, Promise<void>>();
  #closed = false;

  /**
   * @param receive called with the frames of each message
   * @param fail called with what went wrong, until the sockets are closed
   */
  constructor(
    connection: Connection,
    receive: (channel: Channel, frames: Buffer[]) => void,
    private readonly fail: (fault: string) => void,
  ) {
    const { transport, ip } = connection;
    // A kernel that listens everywhere is reached on the loopback address too.
    const host = ip === '0.0.0.0' || ip === '*' ? '127.0.0.1' : ip;
    const address = (port: number) => `${transport}://${host}${transport === 'ipc' ? '-' : ':'}${port}`;
    // ZMQ's own 100 ms between attempts to connect would be a good part of a measured start.
    const common = { linger: 0, receiveHighWaterMark: 0, reconnectInterval: 10 };
    // An input_request finds its way back by the identity that sent the cell.
    const routingId = randomUUID();
    const dealer = (port: number) => {
      const socket = new Dealer({ ...common, routingId, sendHighWaterMark: 0 });
      socket.connect(address(port));
      return socket;
    };
    this.#dealers = {
      shell: dealer(connection.shell_port),
      control: dealer(connection.control_port),
      stdin: dealer(connection.stdin_port),
    };
    this.#iopub = new Subscriber(common);
    this.#iopub.subscribe();
    this.#iopub.connect(address(connection.iopub_port));
    this.#heartbeat = new Request({ linger: 0 });
    this.#heartbeat.connect(address(connection.hb_port));
    for (const [channel, socket] of Object.entries({ ...this.#dealers, iopub: this.#iopub })) {
      void this.#listen(channel as Channel, socket, receive);
    }
  }

  async #listen(
    channel: Channel,
    socket: Dealer | Subscriber,
    receive: (channel: Channel, frames: Buffer[]) => void,
  ): Promise<void> {
    try {
      let since = performance.now();
      for await (const frames of socket) {
        receive(channel, frames as Buffer[]);
        // A flood must not keep timers and the other channels from their turn.
        if (performance.now() - since < TURN) continue;
        await new Promise(setImmediate);
        since = performance.now();
      }
    } catch (error) {
      if (!this.#closed) this.fail(`Reading ${channel} failed: ${error}`);
    }
  }

  send(channel: Outgoing, frames: Buffer[]): void {
    // A ZMQ socket takes one send at a time.
    const before = this.#sending.get(channel) ?? Promise.resolve();
    const sent = before
      .then(() => this.#dealers[channel].send(frames))
      .catch((error) => {
        if (!this.#closed) this.fail(`Sending on ${channel} failed: ${error}`);
      });
    this.#sending.set(channel, sent);
  }

  async beat(text: string): Promise<string> {
    await this.#heartbeat.send(text);
    const [answer] = await this.#heartbeat.receive();
    return answer.toString();
  }

  close(): void {
    this.#closed = true;
    for (const socket of [...Object.values(this.#dealers), this.#iopub, this.#heartbeat]) socket.close();
  }
}
