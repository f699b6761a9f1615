/**
 * The order in which `keys` are sorted: positions of the elements from the smallest to the largest, or the other way
 * round. Equal elements keep their order; NaN counts as larger than everything. Merge sort, in two arrays in turn.
 */
export function sortedOrder(keys: Float64Array, descending: boolean): Uint32Array {
  const n = keys.length;
  let order = Uint32Array.from({ length: n }, (_, k) => k);
  let merged = new Uint32Array(n);
  // Whether the element at `b`, which stood later, comes before the one at `a`.
  const overtakes = descending
    ? (a: number, b: number) => keys[b] > keys[a] || (Number.isNaN(keys[b]) && !Number.isNaN(keys[a]))
    : (a: number, b: number) => keys[b] < keys[a] || (Number.isNaN(keys[a]) && !Number.isNaN(keys[b]));
  for (let width = 1; width < n; width *= 2) {
    for (let from = 0; from < n; from += 2 * width) {
      const middle = Math.min(from + width, n);
      const to = Math.min(from + 2 * width, n);
      let a = from;
      let b = middle;
      for (let k = from; k < to; k++) {
        if (b === to || (a < middle && !overtakes(order[a], order[b]))) merged[k] = order[a++];
        else merged[k] = order[b++];
      }
    }
    [order, merged] = [merged, order];
  }
  return order;
}

/** Where `value` belongs among sorted elements: before equal ones, or after them with `right`; NaN at the end. */
export function insertionPoint(
  sorted: ArrayLike<number>,
  start: number,
  end: number,
  value: number,
  right: boolean,
): number {
  let low = start;
  let high = end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const element = sorted[middle];
    if (right ? !(element > value) : !(element >= value)) low = middle + 1;
    else high = middle;
  }
  return low - start;
}
