import { Storage, type TypedArray } from "../../../src/engine/storage.js";
import type { Strided } from "../../../src/engine/strided.js";

/** All elements of an array, or those from `offset` on. */
export function vector(data: TypedArray, offset = 0, count: number = data.length - offset): Strided {
  return { storage: new Storage(data), offset, shape: [count], strides: [1], count, rowMajor: true };
}
