/**
 * The memory in which compiled kernels work: scratch for the operands of a call, and blocks that tensors keep for as
 * long as they live.
 */
import { features } from "./features.js";
import type { WebAssemblyMemory } from "./host.js";
import { CONSTANTS_END, KernelMemory } from "./kernel-memory.js";

const PAGE = 65_536;
/** As much as 32-bit addresses reach. It reserves addresses only; memory is taken when it is written to. */
const MOST_PAGES = features.shared ? 65_535 : 2_048;
/** Memory that cannot be shared moves when it grows, so it is as large from the start as it will ever be. */
const FIRST_PAGES = features.shared ? 64 : MOST_PAGES;
/** Blocks begin at a cache line. */
const LINE = 64;

/** The memory itself. */
export const engine: KernelMemory = new KernelMemory(FIRST_PAGES, MOST_PAGES, features.shared);

/** Where the part begins that no block has taken yet. Address 0 stays free: it means "nowhere". */
let end = CONSTANTS_END;
/** Blocks given back, by size. */
const free: Map<number, number[]> = new Map();
let scratchAt = 0;
let scratchBytes = 0;

export function engineMemory(): WebAssemblyMemory {
  return engine.memory;
}

export function engineFloat32(): Float32Array {
  return engine.float32;
}

export function engineFloat64(): Float64Array {
  return engine.float64;
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
