/** `[5, 10]`: how a shape is written in messages. */
export function describe(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let d = 0; d < a.length; d++) if (a[d] !== b[d]) return false;
  return true;
}

export function elementCount(shape: readonly number[]): number {
  let n = 1;
  for (let d = 0; d < shape.length; d++) n *= shape[d];
  return n;
}

/** Refuses what is not an array: sizes and dimensions are not spread over several arguments. */
export function checkArray(operation: string, sizes: unknown): asserts sizes is readonly unknown[] {
  if (!Array.isArray(sizes)) {
    throw new TypeError(
      `${operation}: takes an array such as [2, 3], not ${sizes !== null && typeof sizes === "object" ? "an object" : String(sizes)}`,
    );
  }
}

/** Refuses sizes that are not an array of non-negative integers. */
export function checkSizes(operation: string, sizes: unknown): asserts sizes is readonly number[] {
  checkArray(operation, sizes);
  for (const size of sizes) {
    if (!Number.isInteger(size) || (size as number) < 0) {
      throw new RangeError(
        `${operation}: ${describe(sizes as number[])} is not a shape: ${String(size)} is not a size (an integer ≥ 0)`,
      );
    }
  }
}

/** The shape of both operands together: dimensions are matched from the right, those of size 1 are repeated. */
export function broadcastShapes(
  operation: string,
  a: readonly number[],
  b: readonly number[],
): readonly number[] {
  if (sameShape(a, b)) return a;
  const rank = Math.max(a.length, b.length);
  const shape = new Array<number>(rank);
  for (let d = 1; d <= rank; d++) {
    const x = d <= a.length ? a[a.length - d] : 1;
    const y = d <= b.length ? b[b.length - d] : 1;
    if (x !== y && x !== 1 && y !== 1) {
      throw new RangeError(
        `${operation}: ${describe(a)} and ${describe(b)} cannot be broadcast together: ${x} ≠ ${y} in dimension ${rank - d}`,
      );
    }
    shape[rank - d] = x === 1 ? y : x;
  }
  return shape;
}

/** A dimension counted from the front; negative ones count from the back. */
export function normalizeDim(operation: string, dim: unknown, rank: number): number {
  const most = Math.max(rank, 1);
  if (!Number.isInteger(dim))
    throw new TypeError(`${operation}: a dimension is an integer, not ${String(dim)}`);
  const d = dim as number;
  if (d < -most || d >= most) {
    throw new RangeError(
      `${operation}: dimension ${d} is out of range: it must lie between ${-most} and ${most - 1}`,
    );
  }
  return d < 0 ? d + most : d;
}

/** Says of each of `rank` dimensions whether `dim` names it; all of them when `dim` is null. */
export function dimensionMask(
  operation: string,
  dim: number | readonly number[] | null | undefined,
  rank: number,
): boolean[] {
  if (dim === null || dim === undefined) return new Array<boolean>(rank).fill(true);
  const mask = new Array<boolean>(rank).fill(false);
  for (const item of Array.isArray(dim) ? dim : [dim]) {
    const d = normalizeDim(operation, item, rank);
    if (mask[d])
      throw new RangeError(
        `${operation}: dimension ${d} appears more than once in ${describe(dim as number[])}`,
      );
    if (rank > 0) mask[d] = true;
  }
  // As in PyTorch, an empty list of dimensions means all of them.
  return Array.isArray(dim) && dim.length === 0 ? mask.fill(true) : mask;
}
