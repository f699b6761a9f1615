import type { ToSession } from "./link.js";

/** What the interrupter needs: the message to the main thread and V8's means to end what runs there. */
export interface MainThread {
  readonly post: (message: ToSession) => void;
  /** `Runtime.terminateExecution`; calls back when something was ended. */
  readonly terminate: (done: () => void) => void;
  /** Whether the compiler runs, which must not be ended half way. */
  readonly compiling: () => boolean;
}

/** A main thread that does not answer for this long is taken to be blocked in the user's code. */
const PATIENCE_MS = 20;
/** Even the compiler is ended after this long: some types take for ever. The session then starts a new one. */
const COMPILER_PATIENCE_MS = 10_000;

/**
 * Interrupts the main thread. A main thread that waits for something answers the message; one that is blocked
 * does not, and what it runs is ended through the inspector. An idle main thread only answers, so nothing happens.
 *
 * A termination that comes too late, when the main thread has just become idle, ends the next piece of JavaScript
 * that runs there. Therefore the message is repeated until it has been answered and no termination is open, and
 * nobody else posts to the main thread before ({@link settled}).
 */
export class Interrupter {
  readonly #main: MainThread;
  #sequence = 0;
  #answered = 0;
  #current: Promise<void> | undefined;

  constructor(main: MainThread) {
    this.#main = main;
  }

  /**
   * Ends the execution with this number, or whatever keeps the main thread from listening.
   * @param compilerPatience Milliseconds for which a running compiler is left alone.
   */
  interrupt(execution: number | undefined, compilerPatience: number = COMPILER_PATIENCE_MS): Promise<void> {
    this.#current ??= this.#run(execution, compilerPatience).finally(() => {
      this.#current = undefined;
    });
    return this.#current;
  }

  /** Resolves when no interrupt is under way. */
  settled(): Promise<void> {
    return this.#current ?? Promise.resolve();
  }

  /** To be called with the main thread's answer. */
  answered(sequence: number): void {
    this.#answered = Math.max(this.#answered, sequence);
  }

  async #run(execution: number | undefined, compilerPatience: number): Promise<void> {
    const sequence = ++this.#sequence;
    const start = Date.now();
    let terminating = false;
    for (;;) {
      this.#main.post({ type: "interrupt", sequence, execution });
      const patience = Date.now() + PATIENCE_MS;
      while (Date.now() < patience && (this.#answered < sequence || terminating)) await sleep(1);
      if (this.#answered >= sequence && !terminating) return;
      const compiling = this.#main.compiling() && Date.now() - start < compilerPatience;
      if (this.#answered < sequence && !terminating && !compiling) {
        terminating = true;
        this.#main.terminate(() => {
          terminating = false;
        });
      }
    }
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
