import { StringDecoder } from "node:string_decoder";
import { promiseHooks } from "node:v8";
import type { StreamName } from "../protocol/stream-merger.js";

type WriteCallback = (error?: Error | null) => void;
type Schedule = (callback: (...values: unknown[]) => unknown, ...rest: unknown[]) => unknown;

const { apply } = Reflect;
const clear = clearInterval;

class Itself {
  constructor(value: object) {
    // biome-ignore lint/correctness/noConstructorReturn: what is constructed is the value with one more private field.
    return value;
  }
}

/**
 * Notes on a promise which execution made it. A private field is the one mark that costs next to nothing and that
 * nobody sees when the promise is printed.
 */
class Mark extends Itself {
  #execution: number;

  constructor(promise: object, execution: number) {
    super(promise);
    this.#execution = execution;
  }

  static of(promise: object): number | undefined {
    return #execution in promise ? promise.#execution : undefined;
  }
}

/**
 * Sends what is written to process.stdout and process.stderr, by `console` or directly, to the execution that
 * caused it: timers and promises still write to the cell that made them when later cells run. Other callbacks, such
 * as those of events, write to the newest cell. AsyncLocalStorage would know these as well, but makes every promise
 * slower and longer to print.
 */
export class OutputCapture {
  readonly #write: (execution: number, name: StreamName, text: string) => void;
  /** The execution that was started last. */
  #newest = 0;
  readonly #silenced = new Set<number>();
  /** The execution whose code runs now. */
  #current = 0;

  constructor(write: (execution: number, name: StreamName, text: string) => void) {
    this.#write = write;
  }

  get execution(): number {
    return this.#current;
  }

  /** From now on output belongs to `execution`, except for that of earlier executions' timers. */
  begin(execution: number): void {
    this.#newest = execution;
    this.#current = execution;
  }

  write(name: StreamName, text: string): void {
    this.#write(this.#current, name, text);
  }

  /** Takes over both streams of the process, its timers and promises, for good. */
  install(): void {
    promiseHooks.createHook({
      init: (promise) => {
        new Mark(promise, this.#current);
      },
      before: (promise) => {
        this.#current = Mark.of(promise) ?? this.#newest;
      },
      after: () => {
        this.#current = this.#newest;
      },
    });
    this.#capture("stdout");
    this.#capture("stderr");
    for (const name of ["setTimeout", "setInterval", "setImmediate"] as const) this.#follow(name);
  }

  /** Silences the timers of an interrupted execution: its loops would go on after each sleep that they await. */
  silence(execution: number): void {
    this.#silenced.add(execution);
    // What was terminated has not put it back.
    this.#current = this.#newest;
  }

  #follow(name: "setTimeout" | "setInterval" | "setImmediate"): void {
    const schedule = globalThis[name] as unknown as Schedule;
    const followed: Schedule = (callback, ...rest) => {
      // Node's own error says what is wrong with anything else.
      if (typeof callback !== "function") return schedule(callback, ...rest);
      const execution = this.#current;
      const timer = schedule(
        (...values: unknown[]): unknown => {
          if (this.#silenced.has(execution)) return clear(timer as NodeJS.Timeout);
          this.#current = execution;
          try {
            return apply(callback, undefined, values);
          } finally {
            this.#current = this.#newest;
          }
        },
        ...rest,
      );
      return timer;
    };
    // util.promisify finds its own version of each timer on the function.
    Object.defineProperties(followed, Object.getOwnPropertyDescriptors(schedule));
    globalThis[name] = followed as never;
  }

  #capture(name: StreamName): void {
    const decoder = new StringDecoder("utf8");
    const write = (
      chunk: string | Uint8Array,
      encoding?: BufferEncoding | WriteCallback,
      callback?: WriteCallback,
    ): boolean => {
      this.write(name, typeof chunk === "string" ? chunk : decoder.write(Buffer.from(chunk)));
      const done = typeof encoding === "function" ? encoding : callback;
      if (done) process.nextTick(done);
      return true;
    };
    process[name].write = write as typeof process.stdout.write;
  }
}
