import type { StreamName } from "../protocol/stream-merger.js";

/** Unpaid output beyond which a printing cell waits for the protocol thread. */
const BACKLOG_LIMIT = 1 << 18;
/** If the protocol thread pays nothing for so long, something is wrong with it, and printing goes on. */
const LONGEST_WAIT_MS = 5_000;
/** In characters. Longer writes go in pieces, each of which can be paid for and interrupted after. */
const LARGEST_PIECE = 1 << 16;
/** In characters. Of one write no front end shows more. */
const LARGEST_WRITE = 10_000_000;

// User code can replace globals, so what is needed afterwards is taken now.
const { wait, load, add } = Atomics;

/** Lets output through to the protocol thread as fast as that can pass it on, and makes the cell wait otherwise. */
export class OutputGate {
  readonly #cells: Int32Array;
  readonly #index: number;

  /** @param cells Memory that both threads share; the cell at `index` counts the output that is not paid for. */
  constructor(cells: Int32Array, index: number) {
    this.#cells = cells;
    this.#index = index;
  }

  /** Waits until something of this cost may be sent. */
  admit(cost: number): void {
    for (let backlog = load(this.#cells, this.#index); backlog > BACKLOG_LIMIT; ) {
      if (wait(this.#cells, this.#index, backlog, LONGEST_WAIT_MS) === "timed-out") break;
      backlog = load(this.#cells, this.#index);
    }
    add(this.#cells, this.#index, cost);
  }

  /** Sends a text that was written to a stream, cut if no front end could show it. */
  write(name: StreamName, text: string, send: (name: StreamName, piece: string) => void): void {
    const end = text.length > LARGEST_WRITE ? LARGEST_WRITE : text.length;
    for (let start = 0; start < end; ) {
      let stop = start + LARGEST_PIECE < end ? start + LARGEST_PIECE : end;
      // Not between the halves of a character.
      if (stop < end && (text.charCodeAt(stop - 1) & 0xfc00) === 0xd800) stop++;
      const piece = start === 0 && stop === text.length ? text : text.slice(start, stop);
      this.admit(piece.length);
      send(name, piece);
      start = stop;
    }
    if (end < text.length) send(name, `… (${text.length - end} more characters are not shown)\n`);
  }
}
