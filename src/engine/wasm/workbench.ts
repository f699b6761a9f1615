/**
 * A memory of the calling thread alone, in which kernels work on copies: copying there and back takes a third of the
 * time that a memory of several threads takes, whose every word is read and written by itself.
 */
import { CONSTANTS_END, KernelMemory } from "./kernel-memory.js";

const PAGE = 65_536;
/** A gigabyte. */
const MOST_PAGES = 16_384;
/** Places begin at a cache line. */
const LINE = 64;

export const workbench: KernelMemory = new KernelMemory(16, MOST_PAGES, false);

/**
 * Addresses for arrays of these sizes in bytes, until the next call.
 * @returns null where there is no room for them
 */
export function layOutOnWorkbench(sizes: readonly number[]): number[] | null {
  let end = CONSTANTS_END;
  const addresses = sizes.map((size) => {
    const at = end;
    end += Math.ceil(size / LINE) * LINE;
    return at;
  });
  const missing = end - workbench.memory.buffer.byteLength;
  if (missing > 0) {
    try {
      workbench.memory.grow(Math.ceil(missing / PAGE));
    } catch {
      return null;
    }
  }
  return addresses;
}
