import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { Dealer, Subscriber } from "zeromq";
import { SendQueue } from "../protocol/send-queue.js";
import type { Connection } from "./connection-file.js";
import {
  type ChannelName,
  channelNames,
  compose,
  fromFrames,
  type RawMessage,
  readPart,
  toFrames,
} from "./message.js";

/** Time between two questions whether the kernel is there, in milliseconds. */
const nudgeInterval = 200;

/** One client's sockets to a kernel. What the kernel sends is handed to `receive`, in each channel's order. */
export class KernelChannels {
  readonly #connection: Connection;
  readonly #receive: (message: RawMessage) => void;
  readonly #session = randomUUID();
  readonly #sockets: Record<Exclude<ChannelName, "iopub">, Dealer> & { iopub: Subscriber };
  readonly #queues: Record<Exclude<ChannelName, "iopub">, SendQueue>;
  readonly #nudges = new Set<unknown>();
  readonly #answered = new Set<ChannelName>();
  #closed = false;

  constructor(connection: Connection, receive: (message: RawMessage) => void) {
    this.#connection = connection;
    this.#receive = receive;
    // One identity for all three, because the kernel asks for input from whoever sent the execute_request.
    const options = { routingId: this.#session, linger: 0, receiveHighWaterMark: 0 };
    this.#sockets = {
      shell: new Dealer(options),
      control: new Dealer(options),
      stdin: new Dealer(options),
      iopub: new Subscriber({ linger: 0, receiveHighWaterMark: 0 }),
    };
    const unlessClosed = (error: unknown) => {
      if (!this.#closed) throw error;
    };
    this.#queues = {
      shell: new SendQueue(this.#sockets.shell, unlessClosed),
      control: new SendQueue(this.#sockets.control, unlessClosed),
      stdin: new SendQueue(this.#sockets.stdin, unlessClosed),
    };
    this.#sockets.iopub.subscribe();
    for (const channel of channelNames) {
      this.#sockets[channel].connect(`tcp://${connection.ip}:${connection[`${channel}_port`]}`);
      void this.#listen(channel);
    }
  }

  /**
   * Resolves once the kernel has answered a request and is heard on iopub. Before that outputs could get lost: a
   * subscription takes time to reach the kernel, and nothing says when it has. Asked on control too, because a kernel
   * that runs a cell answers only there.
   */
  async ready(): Promise<void> {
    const there = () =>
      this.#answered.has("iopub") && (this.#answered.has("shell") || this.#answered.has("control"));
    while (!there()) {
      if (this.#closed) throw new Error("the connection to the kernel was closed");
      for (const channel of ["shell", "control"] as const) {
        const nudge = compose(channel, "kernel_info_request", {}, this.#session);
        this.#nudges.add(nudge.id);
        this.send(nudge);
      }
      for (let waited = 0; waited < nudgeInterval && !there() && !this.#closed; waited += 5) await delay(5);
    }
  }

  /** Sends a message to the kernel, after those sent before on its channel. iopub only receives. */
  send({ channel, parts }: RawMessage): void {
    if (channel === "iopub" || this.#closed) return;
    void this.#queues[channel].push(toFrames(parts, this.#connection.key));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const channel of channelNames) this.#sockets[channel].close();
  }

  async #listen(channel: ChannelName): Promise<void> {
    try {
      for await (const frames of this.#sockets[channel]) {
        const parts = fromFrames(frames, this.#connection.key);
        if (parts === undefined) continue;
        this.#answered.add(channel);
        if (!this.#nudges.has(readPart(parts[1]).msg_id)) this.#receive({ channel, parts });
      }
    } catch (error) {
      // Closing a socket ends its iteration with an error.
      if (!this.#closed) throw error;
    }
  }
}
