import type { TypedArray } from "./storage.js";
import { addToPlanesCompiled, maxOfWindowsCompiled } from "./wasm/pooling.js";

/** So many windows are worth a call of compiled kernels. */
const FEWEST_WINDOWS = 512;

/** Where the windows lie along one dimension: window k has the elements starts[k], starts[k] + step, … below ends[k]. */
export interface Windows {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  readonly step: number;
  /** Number of elements of the dimension. */
  readonly size: number;
}

/**
 * The largest element of every window of every plane, and its position within the plane. As in PyTorch the first
 * of equals counts, and NaN is larger than everything.
 */
export function maxOfWindows(
  vertical: Windows,
  horizontal: Windows,
  input: TypedArray,
  offset: number,
  planes: number,
  out: TypedArray,
  positions: TypedArray,
): void {
  if (
    out.length >= FEWEST_WINDOWS &&
    maxOfWindowsCompiled(vertical, horizontal, input, offset, planes, out, positions)
  )
    return;
  const width = horizontal.size;
  let at = 0;
  for (let plane = 0; plane < planes; plane++) {
    const base = offset + plane * vertical.size * width;
    for (let i = 0; i < vertical.starts.length; i++) {
      const top = vertical.starts[i];
      const bottom = vertical.ends[i];
      for (let j = 0; j < horizontal.starts.length; j++) {
        const left = horizontal.starts[j];
        const right = horizontal.ends[j];
        let position = top * width + left;
        let largest = -Infinity;
        for (let y = top; y < bottom; y += vertical.step) {
          for (let x = left; x < right; x += horizontal.step) {
            const value = input[base + y * width + x];
            // Once a NaN is the largest, only another one replaces it.
            if (value > largest || Number.isNaN(value)) {
              largest = value;
              position = y * width + x;
            }
          }
        }
        out[at] = largest;
        positions[at++] = position;
      }
    }
  }
}

/** The sum of every window of every plane, times the factor of the window. */
export function sumOfWindows(
  vertical: Windows,
  horizontal: Windows,
  factors: Float64Array,
  input: TypedArray,
  offset: number,
  planes: number,
  out: TypedArray,
): void {
  const width = horizontal.size;
  let at = 0;
  for (let plane = 0; plane < planes; plane++) {
    const base = offset + plane * vertical.size * width;
    let window = 0;
    for (let i = 0; i < vertical.starts.length; i++) {
      for (let j = 0; j < horizontal.starts.length; j++) {
        let sum = 0;
        for (let y = vertical.starts[i]; y < vertical.ends[i]; y += vertical.step) {
          for (let x = horizontal.starts[j]; x < horizontal.ends[j]; x += horizontal.step)
            sum += input[base + y * width + x];
        }
        out[at++] = sum * factors[window++];
      }
    }
  }
}

/** The transpose of `sumOfWindows`: adds the value of every window, times its factor, to all its elements. */
export function spreadOverWindows(
  vertical: Windows,
  horizontal: Windows,
  factors: Float64Array,
  input: TypedArray,
  offset: number,
  planes: number,
  out: TypedArray,
): void {
  const width = horizontal.size;
  const sums = new Float64Array(vertical.size * width);
  let at = offset;
  for (let plane = 0; plane < planes; plane++) {
    sums.fill(0);
    let window = 0;
    for (let i = 0; i < vertical.starts.length; i++) {
      for (let j = 0; j < horizontal.starts.length; j++) {
        const value = input[at++] * factors[window++];
        for (let y = vertical.starts[i]; y < vertical.ends[i]; y += vertical.step) {
          for (let x = horizontal.starts[j]; x < horizontal.ends[j]; x += horizontal.step)
            sums[y * width + x] += value;
        }
      }
    }
    out.set(sums, plane * sums.length);
  }
}

/** out[plane, k] = input[plane, positions[plane, k]]. */
export function gatherFromPlanes(
  input: TypedArray,
  offset: number,
  planeSize: number,
  positions: TypedArray,
  perPlane: number,
  out: TypedArray,
): void {
  for (let at = 0, base = offset; at < out.length; base += planeSize) {
    for (const end = at + perPlane; at < end; at++) out[at] = input[base + positions[at]];
  }
}

/** The transpose of `gatherFromPlanes`: the sum of all elements that have this position, 0 where there are none. */
export function addToPlanes(
  input: TypedArray,
  offset: number,
  planeSize: number,
  positions: TypedArray,
  perPlane: number,
  out: TypedArray,
): void {
  const count = positions.length;
  if (count >= FEWEST_WINDOWS && addToPlanesCompiled(input, offset, planeSize, positions, perPlane, out))
    return;
  out.fill(0);
  for (let at = 0, base = 0; at < count; base += planeSize) {
    for (const end = at + perPlane; at < end; at++) out[base + positions[at]] += input[offset + at];
  }
}
