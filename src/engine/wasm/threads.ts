/**
 * Threads that share the kernels' memory and take part in large calls. A call is cut into chunks that every thread takes
 * one after the other, so that the calling thread finishes alone where the others have no processor to run on.
 */
import { bytesOf, type Functions } from "./compile.js";
import { features } from "./features.js";
import { allocate, engineMemory } from "./memory.js";

/** A call in chunks: the i-th one gets `values[k] + i · steps[k]`, the last one `last` in place of the first value. */
export interface ChunkedCall {
  readonly functions: Functions;
  readonly name: string;
  readonly values: readonly number[];
  readonly steps: readonly number[];
  readonly chunks: number;
  readonly last: number;
}

/** Places in the block of 32-bit integers by which the threads agree. */
const GENERATION = 0;
const NEXT = 1;
const CHUNKS = 2;
const ACTIVE = 3;
const HELPERS = 4;
const MODULE_AT = 5;
const MODULE_LENGTH = 6;
const FUNCTION = 7;
const COUNT = 8;
const LAST = 9;
const VALUES = 10;
const MOST_VALUES = 24;
const STEPS = VALUES + MOST_VALUES;
/** For each helping thread 1 + the chunk at which it failed, or 0. */
const LOST = STEPS + MOST_VALUES;
const MOST_HELPERS = 63;
const CONTROL_LENGTH = LOST + MOST_HELPERS + 1;

/** `NEXT` while there is nothing to take. */
const CLOSED = 1 << 30;

/**
 * What a thread does: wait for a new call, take chunks until there are none, and so on. It says so itself while it may
 * be at work (`ACTIVE`), so that nothing is changed under its hands. Threads beyond `HELPERS` stay out.
 */
const WORKER = `
function work({ memory, control, number }) {
  const c = new Int32Array(memory.buffer, control, ${CONTROL_LENGTH});
  const modules = new Map();
  let seen = 0;
  for (;;) {
    for (let k = 0; k < 2000 && Atomics.load(c, ${GENERATION}) === seen; k++);
    Atomics.wait(c, ${GENERATION}, seen);
    seen = Atomics.load(c, ${GENERATION});
    Atomics.add(c, ${ACTIVE}, 1);
    let i = -1;
    try {
      if (number <= Atomics.load(c, ${HELPERS})) {
        while ((i = Atomics.add(c, ${NEXT}, 1)) < c[${CHUNKS}]) {
          const at = c[${MODULE_AT}];
          let exported = modules.get(at);
          if (exported === undefined) {
            const bytes = new Uint8Array(memory.buffer, at, c[${MODULE_LENGTH}]).slice();
            const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { engine: { memory } });
            exported = Object.values(instance.exports);
            modules.set(at, exported);
          }
          const values = [];
          for (let k = 0; k < c[${COUNT}]; k++) values.push(c[${VALUES} + k] + Math.imul(i, c[${STEPS} + k]));
          if (i === c[${CHUNKS}] - 1) values[0] = c[${LAST}];
          exported[c[${FUNCTION}]](...values);
        }
      }
    } catch (error) {
      Atomics.store(c, ${LOST} + number, i + 1);
      throw error;
    } finally {
      Atomics.sub(c, ${ACTIVE}, 1);
      Atomics.notify(c, ${ACTIVE});
    }
  }
}`;

interface NodeWorker {
  unref(): void;
  on(event: "error" | "exit", listener: (reason: unknown) => void): void;
}

interface BrowserWorker {
  onerror: (event: { readonly message: string }) => void;
  postMessage(message: unknown): void;
}

interface Surroundings {
  readonly process?: {
    getBuiltinModule?(name: "worker_threads"): {
      readonly Worker: new (source: string, options: object) => NodeWorker;
    };
    getBuiltinModule?(name: "os"): { availableParallelism(): number };
  };
  readonly navigator?: { readonly hardwareConcurrency?: number };
  readonly Worker?: new (url: string) => BrowserWorker;
  readonly Blob?: new (parts: readonly string[]) => object;
  readonly URL: { createObjectURL(blob: object): string };
}

const surroundings = globalThis as unknown as Surroundings;

let threads: number | undefined;
let started = 0;
let control: Int32Array | undefined;
/** Where the bytes of a module lie for the other threads. */
const published: WeakMap<Functions, number> = new WeakMap();

/** How many threads take part in large operations, the calling one included. At first as many as there are processors. */
export function getNumThreads(): number {
  threads ??= features.shared && features.simd ? processors() : 1;
  return threads;
}

/**
 * Sets how many threads take part in large operations, the calling one included. They are started when first needed,
 * and do not keep the process alive.
 *
 * @throws {RangeError} unless it is a whole number ≥ 1
 */
export function setNumThreads(count: number): void {
  if (!Number.isInteger(count) || count < 1)
    throw new RangeError(`setNumThreads: expected a whole number ≥ 1, got ${String(count)}`);
  threads = features.shared && features.simd ? count : 1;
}

function processors(): number {
  const os = surroundings.process?.getBuiltinModule?.("os");
  return os?.availableParallelism() ?? surroundings.navigator?.hardwareConcurrency ?? 1;
}

/** Does all chunks of a call on this thread. */
export function inTurn({ functions, name, values, steps, chunks, last }: ChunkedCall): void {
  for (let i = 0; i < chunks; i++)
    chunkOf(functions[name], values, steps, i, i === chunks - 1 ? last : values[0]);
}

/** Does all chunks of a call on as many threads as there are: for more than some 100 µs of work. */
export function together(call: ChunkedCall): void {
  const helpers = Math.min(getNumThreads(), call.chunks, 1 + MOST_HELPERS) - 1;
  const c = helpers > 0 ? share(call, helpers) : undefined;
  if (c === undefined) {
    inTurn(call);
    return;
  }
  const { functions, name, values, steps, chunks, last } = call;
  for (let i = Atomics.add(c, NEXT, 1); i < chunks; i = Atomics.add(c, NEXT, 1))
    chunkOf(functions[name], values, steps, i, i === chunks - 1 ? last : values[0]);
  settle(c);
  for (let k = 1; k <= helpers; k++) {
    const i = Atomics.exchange(c, LOST + k, 0) - 1;
    if (i >= 0) chunkOf(functions[name], values, steps, i, i === chunks - 1 ? last : values[0]);
  }
}

function chunkOf(
  call: (...values: number[]) => number,
  values: readonly number[],
  steps: readonly number[],
  i: number,
  first: number,
): void {
  const own = values.map((value, k) => value + i * steps[k]);
  own[0] = first;
  call(...own);
}

/** Puts a call up for all threads. Undefined where there is no room to do so. */
function share(call: ChunkedCall, helpers: number): Int32Array | undefined {
  const { functions, name, values, steps, chunks, last } = call;
  control ??= makeControl();
  const at = publish(functions);
  if (control === undefined || at === undefined || values.length > MOST_VALUES) return undefined;
  const c = control;
  // A call that was interrupted may have left threads at work.
  settle(c);
  c.fill(0, LOST);
  start(helpers);
  c[MODULE_AT] = at;
  c[MODULE_LENGTH] = bytesOf(functions).length;
  c[FUNCTION] = Object.keys(functions).indexOf(name);
  c[COUNT] = values.length;
  c[CHUNKS] = chunks;
  c[LAST] = last;
  c[HELPERS] = helpers;
  for (const [k, value] of values.entries()) {
    c[VALUES + k] = value;
    c[STEPS + k] = steps[k];
  }
  Atomics.store(c, NEXT, 0);
  Atomics.add(c, GENERATION, 1);
  Atomics.notify(c, GENERATION);
  return c;
}

/** Lets nobody take anything more, and waits until nobody is at work. */
function settle(c: Int32Array): void {
  Atomics.store(c, NEXT, CLOSED);
  for (let k = 0; k < 20_000; k++) if (Atomics.load(c, ACTIVE) === 0) return;
  for (let active = Atomics.load(c, ACTIVE); active !== 0; active = Atomics.load(c, ACTIVE)) pause(c, active);
}

/** A browser's main thread may not wait, but has to look again and again. */
function pause(c: Int32Array, active: number): void {
  try {
    Atomics.wait(c, ACTIVE, active, 1);
  } catch {
    // Look again.
  }
}

function makeControl(): Int32Array | undefined {
  const at = allocate(4 * CONTROL_LENGTH);
  if (at === 0) return undefined;
  const c = new Int32Array(engineMemory().buffer, at, CONTROL_LENGTH);
  c[NEXT] = CLOSED;
  return c;
}

function publish(functions: Functions): number | undefined {
  const known = published.get(functions);
  if (known !== undefined) return known;
  const bytes = bytesOf(functions);
  const at = allocate(bytes.length);
  if (at === 0) return undefined;
  new Uint8Array(engineMemory().buffer, at, bytes.length).set(bytes);
  published.set(functions, at);
  return at;
}

function start(helpers: number): void {
  while (started < helpers) {
    started++;
    const data = { memory: engineMemory(), control: control!.byteOffset, number: started };
    try {
      startThread(data);
    } catch (error) {
      warn(error);
    }
  }
}

function startThread(data: object): void {
  const node = surroundings.process?.getBuiltinModule?.("worker_threads");
  if (node !== undefined) {
    const source = `${WORKER}; work(require("node:worker_threads").workerData);`;
    const worker = new node.Worker(source, { eval: true, workerData: data, execArgv: [] });
    worker.on("error", warn);
    worker.unref();
    return;
  }
  const { Worker, Blob, URL } = surroundings;
  if (Worker === undefined || Blob === undefined) return;
  const url = URL.createObjectURL(new Blob([`${WORKER}; onmessage = ({ data }) => work(data);`]));
  const worker = new Worker(url);
  worker.onerror = ({ message }) => warn(message);
  worker.postMessage(data);
}

let warned = false;

/** What a thread leaves undone the others do; it is only slower. */
function warn(reason: unknown): void {
  if (!warned)
    console.warn(`optimlab: a thread of the engine has ended, the others go on: ${String(reason)}`);
  warned = true;
}
