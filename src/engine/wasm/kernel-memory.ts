import { type MemoryLimits, type WebAssemblyMemory, webAssembly } from "./host.js";

/** Below this address lie the constants of kernels, in every memory the same. */
export const CONSTANTS_END = 4_096;

/** A memory of compiled kernels, and what lies in it as numbers. It is made on first use. */
export class KernelMemory {
  /** How a module declares the memory that it is given. */
  readonly limits: MemoryLimits;
  readonly #initial: number;
  #memory: WebAssemblyMemory | undefined;
  #float32: Float32Array = new Float32Array(0);
  #float64: Float64Array = new Float64Array(0);

  /** Sizes are pages of 64 KiB. */
  constructor(initial: number, maximum: number, shared: boolean) {
    this.limits = { initial: 1, maximum, shared };
    this.#initial = initial;
  }

  get memory(): WebAssemblyMemory {
    this.#memory ??= new webAssembly!.Memory({ ...this.limits, initial: this.#initial });
    return this.#memory;
  }

  /** The whole memory: the element at an address has the index address / 4. To be asked for in each call. */
  get float32(): Float32Array {
    const { buffer } = this.memory;
    if (this.#float32.buffer !== buffer) this.#float32 = new Float32Array(buffer);
    return this.#float32;
  }

  /** The same as float64: index address / 8. */
  get float64(): Float64Array {
    const { buffer } = this.memory;
    if (this.#float64.buffer !== buffer) this.#float64 = new Float64Array(buffer);
    return this.#float64;
  }
}
