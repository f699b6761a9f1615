/** What the queue needs of a ZeroMQ socket. */
export interface Sender {
  send(frames: Uint8Array[]): Promise<void>;
}

/**
 * Sends one message after the other. zeromq.js allows one unfinished `send` per socket and rejects the next
 * with EBUSY, so nobody else may call `send` on a socket that has a queue.
 */
export class SendQueue {
  readonly #socket: Sender;
  readonly #onError: (error: unknown) => void;
  #last: Promise<void> = Promise.resolve();

  constructor(socket: Sender, onError: (error: unknown) => void) {
    this.#socket = socket;
    this.#onError = onError;
  }

  /** Resolves once the frames are with ZeroMQ; a failed send is reported and does not stop later ones. */
  push(frames: Uint8Array[]): Promise<void> {
    this.#last = this.#last.then(() => this.#socket.send(frames)).catch(this.#onError);
    return this.#last;
  }

  /** Resolves when all that has been pushed so far is with ZeroMQ. */
  drained(): Promise<void> {
    return this.#last;
  }
}
