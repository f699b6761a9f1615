/**
 * Small arrays are carved out of slabs.
 *
 * V8 keeps the elements of an array of more than 64 bytes outside its heap, and allocating that memory costs about
 * a microsecond: more than the work of a small tensor. A view into a slab costs a tenth of it. A slab is never
 * reused: its memory is zero when it is handed out, and is collected with the last array that lies in it.
 */
const SLAB_BYTES = 16384;
const LARGEST_IN_SLAB = SLAB_BYTES / 8;
const LARGEST_ON_HEAP = 64;

let slab = new ArrayBuffer(0);
let used = 0;

/** Where `bytes` are free in `slab`: 8-byte aligned. */
function reserve(bytes: number): number {
  if (used + bytes > slab.byteLength) {
    slab = new ArrayBuffer(SLAB_BYTES);
    used = 0;
  }
  const at = used;
  used += (bytes + 7) & ~7;
  return at;
}

/** From so many bytes on it takes notably longer to get zeros than to get anything. */
const UNSET_FROM = 65_536;
/** More than Node gives without setting it to 0. */
const UNSET_TO = 2 ** 31;
/** What the C library of Linux learns most from is a block of 32 MiB, its own bookkeeping included. */
const LESSON = 2 ** 25 - 65_536;

/** What Node has, and browsers lack: memory that is not set to 0. */
const { Buffer: nodeBuffer } = globalThis as {
  readonly Buffer?: { allocUnsafeSlow(bytes: number): { readonly buffer: ArrayBufferLike } };
};

let isTaught = false;

/**
 * Memory whose bytes may be anything, or undefined where zeros are as fast.
 *
 * The C library of Linux gives memory back to the system as soon as twice as much lies idle as the largest block that
 * was freed so far; to get it again, page by page, costs more than most operations. So at first a large block, which
 * nobody touches and which thus takes no memory, is left to the garbage collector: from then on 64 MiB may lie idle.
 */
function unset(bytes: number): ArrayBufferLike | undefined {
  if (bytes < UNSET_FROM || bytes > UNSET_TO || nodeBuffer === undefined) return undefined;
  if (!isTaught) {
    isTaught = true;
    new ArrayBuffer(LESSON);
  }
  return nodeBuffer.allocUnsafeSlow(bytes).buffer;
}

/** A Float32Array for callers that write every element: until then they are anything. */
export function allocateUnsetFloat32(count: number): Float32Array {
  const memory = unset(4 * count);
  return memory === undefined ? allocateFloat32(count) : new Float32Array(memory, 0, count);
}

/** A Float64Array for callers that write every element: until then they are anything. */
export function allocateUnsetFloat64(count: number): Float64Array {
  const memory = unset(8 * count);
  return memory === undefined ? allocateFloat64(count) : new Float64Array(memory, 0, count);
}

/** A zeroed Float32Array. */
export function allocateFloat32(count: number): Float32Array {
  const bytes = 4 * count;
  if (bytes <= LARGEST_ON_HEAP || bytes > LARGEST_IN_SLAB) return new Float32Array(count);
  const at = reserve(bytes);
  return new Float32Array(slab, at, count);
}

/** A zeroed Float64Array. */
export function allocateFloat64(count: number): Float64Array {
  const bytes = 8 * count;
  if (bytes <= LARGEST_ON_HEAP || bytes > LARGEST_IN_SLAB) return new Float64Array(count);
  const at = reserve(bytes);
  return new Float64Array(slab, at, count);
}
