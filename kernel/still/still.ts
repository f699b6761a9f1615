import { Worker } from "node:worker_threads";

/** The picture of a figure as it stands on a page, or why there is none. */
export type Still =
  | {
      readonly png: Uint8Array;
      /** On the page, in CSS pixels; the picture itself may be denser. */
      readonly width: number;
      readonly height: number;
    }
  | { readonly note: string };

export interface StillsOptions {
  /** How long drawing one figure may take, in milliseconds. */
  readonly timeLimit?: number;
  /** When the thread ends because there was nothing to draw, in milliseconds: it holds plotly in memory. */
  readonly idleLimit?: number;
}

interface Request {
  /** A plotly figure, as JSON. */
  readonly figure: string;
  readonly answer: (still: Still) => void;
}

const TIME_LIMIT_MS = 15_000;
const IDLE_LIMIT_MS = 120_000;
const MOST_MEMORY_MB = 1_024;

// A cell may replace them.
const { stringify } = JSON;
const startTimer = setTimeout;
const stopTimer = clearTimeout;

/**
 * Draws figures without a browser, one after the other in a thread of its own, which starts with the first figure
 * and does not keep the process alive.
 */
export class Stills {
  readonly #timeLimit: number;
  readonly #idleLimit: number;
  /** The first one is being drawn. */
  readonly #requests: Request[] = [];
  #thread: Worker | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor({ timeLimit = TIME_LIMIT_MS, idleLimit = IDLE_LIMIT_MS }: StillsOptions = {}) {
    this.#timeLimit = timeLimit;
    this.#idleLimit = idleLimit;
  }

  /**
   * The still picture of a plotly figure, at twice the density of the page where that fits 40 kB. The same figure
   * gives the same bytes. Never rejects: a figure that cannot be drawn gets a note that says why.
   */
  still(figure: object): Promise<Still> {
    return new Promise((answer) => {
      try {
        this.#requests.push({ figure: stringify(figure), answer });
      } catch (error) {
        answer(noteOf(error));
        return;
      }
      if (this.#requests.length === 1) this.#draw();
    });
  }

  /** Whether the thread runs. */
  get running(): boolean {
    return this.#thread !== undefined;
  }

  #draw(): void {
    this.#thread ??= this.#start();
    this.#thread.postMessage(this.#requests[0]!.figure);
    this.#await(this.#timeLimit, () => {
      this.#stop();
      this.#answer(noteOf(`drawing it takes longer than ${this.#timeLimit / 1_000} s`));
    });
  }

  #answer(still: Still): void {
    this.#requests.shift()?.answer(still);
    if (this.#requests.length > 0) this.#draw();
    else this.#await(this.#idleLimit, () => this.#stop());
  }

  #start(): Worker {
    const thread = new Worker(new URL("./worker.js", import.meta.url), {
      // Node's own options are of the program that this one was started as.
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: MOST_MEMORY_MB },
    });
    const failed = (reason: unknown): void => {
      // It has been stopped, or has said already what it died of.
      if (thread !== this.#thread) return;
      this.#thread = undefined;
      this.#answer(noteOf(reason));
    };
    thread.on("message", (still: Still) => {
      if (thread === this.#thread) this.#answer(still);
    });
    thread.on("error", failed);
    thread.on("exit", () => failed("the thread that draws has ended"));
    // At last: a listener for messages refers to it again.
    thread.unref();
    return thread;
  }

  #stop(): void {
    void this.#thread?.terminate();
    this.#thread = undefined;
  }

  #await(milliseconds: number, then: () => void): void {
    stopTimer(this.#timer);
    this.#timer = startTimer(then, milliseconds).unref();
  }
}

/** Why there is no picture, as a sentence. */
export function noteOf(reason: unknown): Still {
  const text = reason instanceof Error ? reason.message : String(reason);
  return { note: `There is no still picture of this figure: ${text.replace(/\.$/, "")}.` };
}
