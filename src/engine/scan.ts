import type { TypedArray } from "./storage.js";

/** A line of elements in memory: element k is `data[start + k * step]`. */
export interface Line {
  readonly data: TypedArray;
  readonly start: number;
  readonly step: number;
}

/** The line from its last element to its first. */
export function reversed(line: Line, length: number): Line {
  return { data: line.data, start: line.start + (length - 1) * line.step, step: -line.step };
}

/**
 * The linear recurrence y[k] = x[k] + c[k] · y[k − 1], with y[−1] = 0. `shift` moves the coefficients: k + shift
 * takes the place of k. Sums and products of everything before an element are special cases of it, and so are their
 * gradients. The running value is float64.
 */
export function recurrence(out: Line, input: Line, coefficients: Line, length: number, shift: number): void {
  let y = 0;
  for (let k = 0; k < length; k++) {
    const x = input.data[input.start + k * input.step];
    y = k === 0 ? x : x + coefficients.data[coefficients.start + (k + shift) * coefficients.step] * y;
    out.data[out.start + k * out.step] = y;
  }
}

export function cumulativeSum(out: Line, input: Line, length: number): void {
  let sum = 0;
  for (let k = 0; k < length; k++) {
    sum += input.data[input.start + k * input.step];
    out.data[out.start + k * out.step] = sum;
  }
}

export function cumulativeProduct(out: Line, input: Line, length: number): void {
  let product = 1;
  for (let k = 0; k < length; k++) {
    product *= input.data[input.start + k * input.step];
    out.data[out.start + k * out.step] = product;
  }
}

/** log(e^x₀ + … + e^xₖ), kept from overflowing by the largest exponent so far. */
export function cumulativeLogSum(out: Line, input: Line, length: number): void {
  let largest = -Infinity;
  let sum = 0;
  for (let k = 0; k < length; k++) {
    const x = input.data[input.start + k * input.step];
    if (x > largest) {
      sum = sum * Math.exp(largest - x) + 1;
      largest = x;
    } else {
      // Also where both are infinite.
      sum += x === largest ? 1 : Math.exp(x - largest);
    }
    out.data[out.start + k * out.step] = largest + Math.log(sum);
  }
}

/**
 * The largest element so far (the smallest with `sign` −1), the last of equal ones, and its index. NaN is larger and
 * smaller than all else.
 */
export function cumulativeExtreme(out: Line, indices: Line, input: Line, length: number, sign: 1 | -1): void {
  let extreme = 0;
  let at = 0;
  for (let k = 0; k < length; k++) {
    const x = input.data[input.start + k * input.step];
    if (k === 0 || Number.isNaN(x) || sign * x >= sign * extreme) {
      extreme = x;
      at = k;
    }
    out.data[out.start + k * out.step] = extreme;
    indices.data[indices.start + k * indices.step] = at;
  }
}
