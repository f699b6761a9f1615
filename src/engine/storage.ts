import { webAssembly } from "./wasm/host.js";
import { allocate, engineMemory, release } from "./wasm/memory.js";

/** Every array type in which tensor elements may lie. */
export type TypedArray = Float32Array | Float64Array | Int32Array | Uint8Array;

/**
 * The memory that a tensor and all of its views share.
 *
 * `version` counts the in-place changes, so that autograd notices when a tensor that it saved was changed
 * afterwards. Whoever writes into `data` of a tensor that others may hold calls `markChanged`.
 */
export class Storage {
  data: TypedArray;
  /** Where `data` begins in the memory of the compiled kernels; 0 where it lies elsewhere. */
  address = 0;
  /** A small number for the array type: kernels are compiled once per combination of them. */
  readonly kind: number;
  version = 0;
  /** True once a user can hold this memory as a gradient: autograd must not hand it out a second time. */
  claimed = false;
  /** In how many steps it was a gradient that lay outside the memory of the compiled kernels. */
  steps = 0;
  /**
   * What float64 lacks of each 64-bit integer in `data`, so that those beyond 2^53 are kept whole while they are only
   * held and copied; null where nothing is lacking. Arithmetic does without, and a change in place drops it.
   */
  remainder: Float64Array | null = null;

  constructor(data: TypedArray) {
    this.data = data;
    this.kind = kindOf(data);
  }

  /**
   * Moves floats to the memory of the compiled kernels, which then need no copy of them: for what lives long, such as
   * parameters. They stay there until nobody holds the storage any more, which is noticed only between two jobs of the
   * event loop; so a loop that makes model after model soon leaves no room. Without room for them nothing happens.
   */
  settle(): void {
    const { data } = this;
    if (this.address !== 0 || !(data instanceof Float32Array || data instanceof Float64Array)) return;
    const { byteLength, length } = data;
    if (webAssembly === undefined || settledBytes + byteLength > MOST_SETTLED) return;
    const at = allocate(byteLength);
    if (at === 0) return;
    settledBytes += byteLength;
    const { buffer } = engineMemory();
    const own =
      data instanceof Float32Array
        ? new Float32Array(buffer, at, length)
        : new Float64Array(buffer, at, length);
    own.set(data);
    this.data = own;
    this.address = at;
    blocks.register(this, { at, byteLength });
  }

  markChanged(): void {
    this.version++;
    this.remainder = null;
  }
}

/** More is not taken from the machine for what may be garbage. */
const MOST_SETTLED = 2 ** 30;
let settledBytes = 0;

const blocks = new FinalizationRegistry<{ at: number; byteLength: number }>(({ at, byteLength }) => {
  release(at, byteLength);
  settledBytes -= byteLength;
});

function kindOf(data: TypedArray): number {
  if (data instanceof Float32Array) return 0;
  if (data instanceof Float64Array) return 1;
  if (data instanceof Int32Array) return 2;
  return 3;
}

/** How many different values `Storage.kind` takes. */
export const KINDS: number = 4;
