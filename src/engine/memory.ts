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
