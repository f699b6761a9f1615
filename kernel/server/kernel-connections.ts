import type { KernelChannels } from "./kernel-channels.js";
import type { RawMessage } from "./message.js";
import type { RunningKernel } from "./running-kernel.js";

/** What a client that has gone is waited for with. */
export interface Keeping {
  /** Milliseconds. */
  readonly time: number;
  /** Bytes of messages. */
  readonly size: number;
}

export const defaultKeeping: Keeping = { time: 10 * 60_000, size: 64 << 20 };

/** A client's channels to a kernel. They outlive a lost connection for a while, and keep what the kernel says. */
export class KernelConnection {
  readonly #kernel: RunningKernel;
  readonly #keeping: Keeping;
  readonly #onEnd: () => void;
  #channels: KernelChannels | undefined;
  #receive: ((message: RawMessage) => void) | undefined;
  /** Ends the websocket that uses this. */
  #interrupt: (() => void) | undefined;
  #kept: RawMessage[] = [];
  #size = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(kernel: RunningKernel, keeping: Keeping, onEnd: () => void) {
    this.#kernel = kernel;
    this.#keeping = keeping;
    this.#onEnd = onEnd;
  }

  /** @throws Error If the kernel is dead. */
  async open(): Promise<void> {
    this.#channels = await this.#kernel.connect((message) => this.#deliver(message));
    this.#kernel.onEnd.add(this.end);
  }

  /** Hands over what was kept, and from now on what comes. Whoever was attached before is ended. */
  attach(receive: (message: RawMessage) => void, interrupt: () => void): void {
    clearTimeout(this.#timer);
    this.#interrupt?.();
    this.#interrupt = interrupt;
    this.#receive = receive;
    const kept = this.#kept;
    this.#kept = [];
    this.#size = 0;
    for (const message of kept) receive(message);
  }

  /** The client has gone, if it is still the one that is attached. */
  detach(interrupt: () => void): void {
    if (this.#interrupt !== interrupt) return;
    this.#interrupt = undefined;
    this.#receive = undefined;
    this.#timer = setTimeout(() => this.end(), this.#keeping.time).unref();
  }

  send(message: RawMessage): void {
    this.#channels?.send(message);
  }

  readonly end = (): void => {
    clearTimeout(this.#timer);
    const interrupt = this.#interrupt;
    this.#interrupt = undefined;
    this.#receive = undefined;
    this.#kept = [];
    if (this.#channels !== undefined) this.#kernel.disconnect(this.#channels);
    this.#channels = undefined;
    this.#kernel.onEnd.delete(this.end);
    this.#onEnd();
    interrupt?.();
  };

  #deliver(message: RawMessage): void {
    if (this.#receive !== undefined) {
      this.#receive(message);
      return;
    }
    this.#kept.push(message);
    this.#size += message.parts.reduce((size, part) => size + part.byteLength, 0);
    // Half of what it missed would be worse than nothing: it asks the kernel anew then.
    if (this.#size > this.#keeping.size) this.end();
  }
}

/** The connections of all clients, by kernel and by what a client calls itself. */
export class KernelConnections {
  readonly #open = new Map<string, KernelConnection>();
  readonly #keeping: Keeping;

  constructor(keeping: Keeping = defaultKeeping) {
    this.#keeping = keeping;
  }

  /** The connection that a client of this name has left, or a new one. */
  async connect(kernel: RunningKernel, client: string): Promise<KernelConnection> {
    const key = `${kernel.id} ${client}`;
    const left = this.#open.get(key);
    if (left !== undefined) return left;
    const connection = new KernelConnection(kernel, this.#keeping, () => {
      if (this.#open.get(key) === connection) this.#open.delete(key);
    });
    await connection.open();
    this.#open.set(key, connection);
    return connection;
  }

  end(): void {
    for (const connection of this.#open.values()) connection.end();
  }
}
