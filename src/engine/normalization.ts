import type { TypedArray } from "./storage.js";

/**
 * out = (input − mean)/√(variance + eps) for the rows of [outer, channels, inner], with mean and variance (over n)
 * of all elements of a channel; scale = 1/√(variance + eps). The statistics are float64, in two passes.
 */
export function standardizeChannels(
  outer: number,
  channels: number,
  inner: number,
  eps: number,
  input: TypedArray,
  offset: number,
  out: TypedArray,
  scale: TypedArray,
  mean: Float64Array,
  variance: Float64Array,
): void {
  const count = outer * inner;
  const step = channels * inner;
  for (let c = 0; c < channels; c++) {
    const first = offset + c * inner;
    let sum = 0;
    for (let n = 0, from = first; n < outer; n++, from += step) {
      for (let k = from; k < from + inner; k++) sum += input[k];
    }
    const center = sum / count;
    let squares = 0;
    for (let n = 0, from = first; n < outer; n++, from += step) {
      for (let k = from; k < from + inner; k++) squares += (input[k] - center) * (input[k] - center);
    }
    const factor = 1 / Math.sqrt(squares / count + eps);
    for (let n = 0, at = c * inner; n < outer; n++, at += step) {
      for (let k = at; k < at + inner; k++) out[k] = (input[offset + k] - center) * factor;
    }
    scale[c] = factor;
    mean[c] = center;
    variance[c] = squares / count;
  }
}
