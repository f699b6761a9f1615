/** Compiled passes at work: tensors in the kernels' memory are collected and done in one call, others in chunks. */
import {
  allocate,
  engineFloat32,
  engineFloat64,
  engineMemory,
  release,
  scratch,
} from "../../engine/wasm/memory.js";
import { getNumThreads, together } from "../../engine/wasm/threads.js";
import type { KernelArray, KernelDtype, Pass } from "./kernel.js";
import { compilePass, type PassFunctions } from "./pass-compiler.js";
import type { PassPlan } from "./pass-plan.js";

/** Elements worked on at once where arrays have to be copied: all of them fit in the first-level cache. */
const CHUNK = 4_096;

/** So many elements are worth the other threads' while, which take about so many at a time. */
const FEWEST_TO_SHARE = 100_000;
const SHARE = 16_384;

/** So many tensors, or pieces of them, are collected at most. */
const MOST_ROWS = 256;

/**
 * A stage of a rule in WebAssembly. `begin` takes the numbers, `add` one parameter after the other, and `end` sees to
 * it that all of them are done.
 */
export class CompiledPass {
  readonly #plan: PassPlan;
  readonly #plain: Pass;
  readonly #compiled: PassFunctions;
  readonly #bytes: 4 | 8;
  readonly #written: ReadonlySet<number>;
  /** Where the numbers and sums begin in the memory, and the same as an array. */
  readonly #numbersAt: number;
  readonly #numbers: Float64Array;
  /** What has been collected: rows of how many elements, and where the arrays are. */
  readonly #table: Int32Array;
  #rows = 0;
  #elements = 0;
  #scalars: Float64Array = new Float64Array(0);

  /**
   * The pass, or null where it cannot be compiled or memory is short.
   * @param plain the same in plain JavaScript, for when memory becomes short
   */
  static of(plan: PassPlan, dtype: KernelDtype, plain: Pass): CompiledPass | null {
    const compiled = compilePass(plan, dtype);
    if (compiled === null) return null;
    const numbers = plan.slots.length + plan.sums.length;
    const at = allocate(8 * numbers + 4 * MOST_ROWS * (compiled.arrays.length + 1));
    return at === 0 ? null : new CompiledPass(plan, dtype, plain, compiled, at);
  }

  private constructor(plan: PassPlan, dtype: KernelDtype, plain: Pass, compiled: PassFunctions, at: number) {
    this.#plan = plan;
    this.#plain = plain;
    this.#compiled = compiled;
    this.#bytes = dtype === "float32" ? 4 : 8;
    this.#written = new Set(plan.stored.values());
    const { buffer } = engineMemory();
    const numbers = plan.slots.length + plan.sums.length;
    this.#numbersAt = at;
    this.#numbers = new Float64Array(buffer, at, numbers);
    this.#table = new Int32Array(buffer, at + 8 * numbers, MOST_ROWS * (compiled.arrays.length + 1));
  }

  /** @param scalars what `prepare` wrote, for all parameters until `end` */
  begin(scalars: Float64Array): void {
    const { slots } = this.#plan;
    for (let k = 0; k < slots.length; k++) this.#numbers[k] = scalars[Number(slots[k].slice(1))];
    this.#numbers.fill(0, slots.length);
    this.#scalars = scalars;
    this.#rows = 0;
    this.#elements = 0;
  }

  /**
   * n elements of all arrays. They may be done now, or by `end`.
   * @param addresses where the arrays lie in the memory of the compiled kernels, 0 for those that do not
   */
  add(n: number, arrays: readonly KernelArray[], addresses: readonly number[]): void {
    const used = this.#compiled.arrays;
    let isInPlace = true;
    for (let k = 0; k < used.length; k++) if (addresses[used[k]] === 0) isInPlace = false;
    if (isInPlace) this.#collect(n, addresses);
    else if (!(this.#isShared && n >= FEWEST_TO_SHARE && this.#inCopies(n, arrays, addresses)))
      this.#inChunks(n, arrays, addresses);
  }

  /** Does what is left, and writes the sums to the scalars. */
  end(): void {
    this.#flush();
    const { slots, sums } = this.#plan;
    for (let k = 0; k < sums.length; k++) this.#scalars[sums[k].slot] = this.#numbers[slots.length + k];
  }

  /** Sums are added up by one thread. */
  get #isShared(): boolean {
    return this.#plan.sums.length === 0 && getNumThreads() > 1;
  }

  #collect(n: number, addresses: readonly number[]): void {
    const { arrays } = this.#compiled;
    const most = this.#isShared ? SHARE : n;
    for (let from = 0; from < n; from += most) {
      if (this.#rows === MOST_ROWS) this.#flush();
      const count = Math.min(most, n - from);
      let place = this.#rows * (arrays.length + 1);
      this.#table[place++] = count;
      for (let k = 0; k < arrays.length; k++)
        this.#table[place++] = addresses[arrays[k]] + from * this.#bytes;
      this.#rows++;
      this.#elements += count;
    }
  }

  #flush(): void {
    const { functions, arrays } = this.#compiled;
    const rows = this.#rows;
    const elements = this.#elements;
    this.#rows = 0;
    this.#elements = 0;
    if (rows === 0) return;
    const table = this.#table.byteOffset;
    if (!this.#isShared || elements < FEWEST_TO_SHARE) {
      functions.passes(rows, table, this.#numbersAt);
      return;
    }
    const most = Math.ceil((rows * SHARE) / Math.max(SHARE, elements));
    const chunks = Math.ceil(rows / most);
    together({
      functions,
      name: "passes",
      values: [most, table, this.#numbersAt],
      steps: [0, most * 4 * (arrays.length + 1), 0],
      chunks,
      last: rows - (chunks - 1) * most,
    });
  }

  /** For other threads everything has to be in the memory, not a chunk of it only. False where there is no room. */
  #inCopies(n: number, arrays: readonly KernelArray[], addresses: readonly number[]): boolean {
    const size = n * this.#bytes;
    const own = [...addresses];
    const copies = this.#compiled.arrays
      .filter((array) => addresses[array] === 0)
      .map((array) => {
        own[array] = allocate(size);
        return { array, at: own[array] };
      });
    const isRoom = copies.every(({ at }) => at !== 0);
    if (isRoom) {
      for (const { array, at } of copies) this.#copyIn(arrays[array].subarray(0, n), at);
      this.#collect(n, own);
      this.#flush();
      for (const { array, at } of copies) this.#copyOut(arrays[array], 0, n, array, at);
    }
    for (const { at } of copies) if (at !== 0) release(at, size);
    return isRoom;
  }

  #inChunks(n: number, arrays: readonly KernelArray[], addresses: readonly number[]): void {
    const used = this.#compiled.arrays;
    const at = scratch(used.length * CHUNK * this.#bytes);
    if (at === 0) {
      const { slots, sums } = this.#plan;
      this.#plain(n, this.#scalars, arrays);
      for (const [k, { slot }] of sums.entries()) this.#numbers[slots.length + k] = this.#scalars[slot];
      return;
    }
    const pointers = used.map((_, k) => at + k * CHUNK * this.#bytes);
    for (let from = 0; from < n; from += CHUNK) {
      const to = Math.min(n, from + CHUNK);
      for (let k = 0; k < used.length; k++) {
        const array = used[k];
        if (addresses[array] !== 0) pointers[k] = addresses[array] + from * this.#bytes;
        else this.#copyIn(arrays[array].subarray(from, to), pointers[k]);
      }
      this.#compiled.functions.pass(to - from, this.#numbersAt, ...pointers);
      for (let k = 0; k < used.length; k++)
        if (addresses[used[k]] === 0) this.#copyOut(arrays[used[k]], from, to, used[k], pointers[k]);
    }
  }

  get #memory(): KernelArray {
    return this.#bytes === 4 ? engineFloat32() : engineFloat64();
  }

  #copyIn(values: KernelArray, at: number): void {
    this.#memory.set(values, at / this.#bytes);
  }

  /** Brings elements back of an array that the pass writes. */
  #copyOut(values: KernelArray, from: number, to: number, array: number, at: number): void {
    if (!this.#written.has(array)) return;
    const first = at / this.#bytes;
    values.set(this.#memory.subarray(first, first + to - from), from);
  }
}
