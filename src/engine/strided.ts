import type { Storage } from "./storage.js";

/** Where an operand lies: element (i, j, …) is `data[offset + i * strides[0] + j * strides[1] + …]`. */
export interface Strided {
  readonly storage: Storage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  /** Number of elements. */
  readonly count: number;
  /** True when the elements lie row by row without gaps. */
  readonly rowMajor: boolean;
}

/** Loops that visit an output and its operands: sizes from outermost to innermost, strides[operand][loop]. */
export interface LoopNest {
  readonly sizes: number[];
  readonly strides: number[][];
}

/** The strides of an operand seen in `shape`: right-aligned, 0 along every dimension that is repeated. */
export function broadcastStrides(operand: Strided, shape: readonly number[]): number[] {
  const missing = shape.length - operand.shape.length;
  return shape.map((_, d) =>
    d < missing || operand.shape[d - missing] === 1 ? 0 : operand.strides[d - missing],
  );
}

/**
 * Merges neighbouring dimensions that every operand walks through evenly, and drops those of size 1, so that the
 * generated loops are as few and as long as they can be.
 */
export function collapse(shape: readonly number[], strides: readonly (readonly number[])[]): LoopNest {
  const sizes: number[] = [];
  const merged: number[][] = strides.map(() => []);
  for (let d = 0; d < shape.length; d++) {
    if (shape[d] === 1) continue;
    const last = sizes.length - 1;
    if (last >= 0 && strides.every((s, k) => merged[k][last] === s[d] * shape[d])) {
      sizes[last] *= shape[d];
      for (let k = 0; k < strides.length; k++) merged[k][last] = strides[k][d];
    } else {
      sizes.push(shape[d]);
      for (let k = 0; k < strides.length; k++) merged[k].push(strides[k][d]);
    }
  }
  if (sizes.length === 0) {
    sizes.push(1);
    for (const m of merged) m.push(0);
  }
  return { sizes, strides: merged };
}

/** The strides of a tensor whose elements lie row by row. */
export function rowMajorStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  for (let d = shape.length - 1, step = 1; d >= 0; d--) {
    strides[d] = step;
    step *= shape[d] === 0 ? 1 : shape[d];
  }
  return strides;
}

/** True when the elements lie row by row without gaps (a dimension of size 1 may have any stride, and so may all where there are no elements). */
export function isRowMajor(shape: readonly number[], strides: readonly number[]): boolean {
  let even = true;
  for (let d = shape.length - 1, step = 1; d >= 0; d--) {
    if (shape[d] === 0) return true;
    if (shape[d] !== 1 && strides[d] !== step) even = false;
    step *= shape[d];
  }
  return even;
}
