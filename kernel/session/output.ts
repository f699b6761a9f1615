import { StringDecoder } from "node:string_decoder";
import type { StreamName } from "../protocol/stream-merger.js";

type WriteCallback = (error?: Error | null) => void;
type Schedule = (callback: (...values: unknown[]) => unknown, ...rest: unknown[]) => unknown;

const { apply } = Reflect;
const later = setImmediate;
const clear = clearInterval;

/**
 * Sends what is written to process.stdout and process.stderr, by `console` or directly, to the execution that
 * caused it. A timer still writes to the cell that started it when later cells run, and so does what awaits the
 * timer; AsyncLocalStorage would know other causes as well, but makes every promise slower and longer to print.
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

  /** Takes over both streams of the process, and its timers, for good. */
  install(): void {
    this.#capture("stdout");
    this.#capture("stderr");
    for (const name of ["setTimeout", "setInterval", "setImmediate"] as const) this.#follow(name);
  }

  /** Silences the timers of an interrupted execution: its loops would go on after each sleep that they await. */
  silence(execution: number): void {
    this.#silenced.add(execution);
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
          this.#enter(execution);
          return apply(callback, undefined, values);
        },
        ...rest,
      );
      return timer;
    };
    // util.promisify finds its own version of each timer on the function.
    Object.defineProperties(followed, Object.getOwnPropertyDescriptors(schedule));
    globalThis[name] = followed as never;
  }

  #enter(execution: number): void {
    if (execution === this.#newest) return;
    this.#current = execution;
    // Not right after the callback: what awaits this timer runs then.
    later(() => {
      this.#current = this.#newest;
    });
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
