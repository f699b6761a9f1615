/** What the watch asks of V8; both numbers are bytes of the main thread's heap. */
export interface Heap {
  /** The size at which V8 ends the process. */
  readonly limit: number;
  readonly used: () => Promise<number>;
  readonly collectGarbage: () => Promise<void>;
}

const INTERVAL_MS = 25;
/** What is in use beyond this part of the limit, garbage not counted, leaves too little for another interval. */
const FULL = 0.8;

/**
 * Watches the heap of a running cell. V8 ends a process whose heap is full at once, without a word to anybody; a
 * cell that is stopped shortly before can say why, and the variables of the others live on.
 */
export class MemoryWatch {
  readonly #heap: Heap;
  readonly #full: (used: number, limit: number) => void;
  #timer: NodeJS.Timeout | undefined;
  #looking = false;

  constructor(heap: Heap, full: (used: number, limit: number) => void) {
    this.#heap = heap;
    this.#full = full;
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.#look(), INTERVAL_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #look(): Promise<void> {
    // A thread that is busy with something native answers late.
    if (this.#looking) return;
    this.#looking = true;
    try {
      if (!(await this.#isFull())) return;
      await this.#heap.collectGarbage();
      if (this.#timer && (await this.#isFull())) this.#full(await this.#heap.used(), this.#heap.limit);
    } finally {
      this.#looking = false;
    }
  }

  async #isFull(): Promise<boolean> {
    return (await this.#heap.used()) > FULL * this.#heap.limit;
  }
}
