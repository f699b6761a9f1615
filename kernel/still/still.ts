import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";

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
  /** When the process ends because there was nothing to draw, in milliseconds: it holds plotly in memory. */
  readonly idleLimit?: number;
}

interface Request {
  /** A plotly figure, as JSON. */
  readonly figure: string;
  readonly answer: (still: Still) => void;
}

const TIME_LIMIT_MS = 60_000;
const IDLE_LIMIT_MS = 120_000;
const MOST_MEMORY_MB = 1_024;

// A cell may replace them.
const { stringify } = JSON;
const startTimer = setTimeout;
const stopTimer = clearTimeout;

/**
 * Draws figures without a browser, one after the other in a process of its own, which starts with the first figure
 * and does not keep this one alive. A thread would be lighter, but native code that panics over one figure would take
 * the kernel with it.
 */
export class Stills {
  readonly #timeLimit: number;
  readonly #idleLimit: number;
  /** The first one is being drawn. */
  readonly #requests: Request[] = [];
  #process: ChildProcess | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor({ timeLimit = TIME_LIMIT_MS, idleLimit = IDLE_LIMIT_MS }: StillsOptions = {}) {
    this.#timeLimit = timeLimit;
    this.#idleLimit = idleLimit;
  }

  /**
   * The still picture of a plotly figure, at twice the density of the page where that fits its size. The same figure
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

  /** Whether the process runs. */
  get running(): boolean {
    return this.#process !== undefined;
  }

  #draw(): void {
    this.#process ??= this.#start();
    this.#process.send(this.#requests[0]!.figure);
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

  #start(): ChildProcess {
    const child = fork(fileURLToPath(new URL("./worker.js", import.meta.url)), {
      // Node's own options are of the program that this one was started as.
      execArgv: [`--max-old-space-size=${MOST_MEMORY_MB}`],
      env: { ...process.env, NODE_OPTIONS: "" },
      stdio: ["ignore", "ignore", "ignore", "ipc"],
      serialization: "advanced",
    });
    const failed = (reason: unknown): void => {
      // It has been stopped, or has said already what it died of.
      if (child !== this.#process) return;
      this.#process = undefined;
      this.#answer(noteOf(reason));
    };
    child.on("message", (still: Still) => {
      if (child === this.#process) this.#answer(still);
    });
    child.on("error", failed);
    child.on("exit", (code, signal) =>
      failed(`the process that draws ended with ${signal ?? `code ${code}`}`),
    );
    // At last: a listener for messages refers to the channel again.
    child.unref();
    child.channel!.unref();
    return child;
  }

  #stop(): void {
    this.#process?.kill("SIGKILL");
    this.#process = undefined;
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
