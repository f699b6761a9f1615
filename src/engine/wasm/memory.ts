/**
 * The memory in which compiled kernels work: scratch for the operands of a call, and blocks that tensors keep for as
 * long as they live.
 */
import { features } from "./features.js";
import { type MemoryLimits, type WebAssemblyMemory, webAssembly } from "./host.js";

const PAGE = 65_536;
/** As much as 32-bit addresses reach. It reserves addresses only; memory is taken when it is written to. */
const MOST_PAGES = features.shared ? 65_535 : 2_048;
/** Memory that cannot be shared moves when it grows, so it is as large from the start as it will ever be. */
const FIRST_PAGES = features.shared ? 64 : MOST_PAGES;
/** Blocks begin at a cache line. */
const LINE = 64;

/** How a module declares the memory that it is given. */
export const memoryLimits: MemoryLimits = { shared: features.shared, initial: 1, maximum: MOST_PAGES };

let memory: WebAssemblyMemory | undefined;
/** Where the part begins that no block has taken yet. Address 0 stays free: it means "nowhere". */
let end = LINE;
/** Blocks given back, by size. */
const free: Map<number, number[]> = new Map();
let scratchAt = 0;
let scratchBytes = 0;
let float32: Float32Array = new Float32Array(0);
let float64: Float64Array = new Float64Array(0);

/** The memory itself; made on first use. */
export function engineMemory(): WebAssemblyMemory {
  memory ??= new webAssembly!.Memory({
    initial: FIRST_PAGES,
    maximum: MOST_PAGES,
    shared: features.shared,
  });
  return memory;
}

/** The whole memory as numbers: the element at an address has the index address / 4. To be asked for in each call. */
export function engineFloat32(): Float32Array {
  const { buffer } = engineMemory();
  if (float32.buffer !== buffer) float32 = new Float32Array(buffer);
  return float32;
}

/** The same as float64: index address / 8. */
export function engineFloat64(): Float64Array {
  const { buffer } = engineMemory();
  if (float64.buffer !== buffer) float64 = new Float64Array(buffer);
  return float64;
}

/**
 * A block of its own until `release`.
 * @returns its address, or 0 where there is no room for it
 */
export function allocate(size: number): number {
  const rounded = roundUp(size);
  const again = free.get(rounded)?.pop();
  if (again !== undefined) return again;
  const missing = end + rounded - engineMemory().buffer.byteLength;
  if (missing > 0) {
    // In larger and larger steps: each growth costs system calls.
    const wanted = Math.ceil(Math.max(missing, end / 4) / PAGE);
    const possible = MOST_PAGES - engineMemory().buffer.byteLength / PAGE;
    if (Math.ceil(missing / PAGE) > possible) return 0;
    try {
      engineMemory().grow(Math.min(wanted, possible));
    } catch {
      return 0;
    }
  }
  const at = end;
  end += rounded;
  return at;
}

/** Gives a block back. */
export function release(at: number, size: number): void {
  const rounded = roundUp(size);
  const blocks = free.get(rounded);
  if (blocks) blocks.push(at);
  else free.set(rounded, [at]);
}

/**
 * Room for what one call of a kernel needs; the next call uses it again.
 * @returns its address, or 0 where there is no room for it
 */
export function scratch(size: number): number {
  if (size <= scratchBytes) return scratchAt;
  if (scratchAt !== 0) release(scratchAt, scratchBytes);
  scratchBytes = roundUp(Math.max(size, 2 * scratchBytes, PAGE));
  scratchAt = allocate(scratchBytes);
  if (scratchAt === 0) {
    scratchBytes = roundUp(size);
    scratchAt = allocate(scratchBytes);
  }
  if (scratchAt === 0) scratchBytes = 0;
  return scratchAt;
}

/** Addresses in the scratch for arrays of these lengths, or null where it cannot be so large. */
export function layOut(lengths: readonly number[], bytes: number): number[] | null {
  let total = 0;
  const starts = lengths.map((length) => {
    const start = total;
    total += roundUp(length * bytes);
    return start;
  });
  const at = scratch(total);
  return at === 0 ? null : starts.map((start) => at + start);
}

function roundUp(size: number): number {
  return Math.ceil(size / LINE) * LINE;
}
