import type { TypedArray } from "./storage.js";
import { rowMajorStrides, type Strided } from "./strided.js";
import { addSumsCompiled } from "./wasm/sum.js";

/** A dimension to walk: how many elements, how far apart they and their sums lie (0: they have the same sum). */
interface Dimension {
  readonly size: number;
  readonly step: number;
  readonly outStep: number;
}

/** Adds to `size` sums, `outStep` apart, what `rows` elements, `rowStep` apart, amount to. */
type AddSums = (
  out: TypedArray,
  outAt: number,
  outStep: number,
  size: number,
  data: TypedArray,
  at: number,
  step: number,
  rows: number,
  rowStep: number,
) => void;

const ONE: Dimension = { size: 1, step: 0, outStep: 0 };

/** So many elements are worth a call of compiled kernels. */
const FEWEST = 2_048;

const addFloat32 = compile("Float32Array", 8);
const addFloat64 = compile("Float64Array", 4);

/**
 * Sums over some dimensions, in the order in which PyTorch adds them up: the results are PyTorch's to the last bit
 * (those of one thread, where the processor has AVX2). Partial sums of 16 elements and more are added to each other
 * as in a cascade, so that the error grows with the logarithm of how many there are.
 *
 * Source: cascade_sum in SumKernel.cpp and the order of dimensions in TensorIterator.cpp, PyTorch 1.13.
 *
 * @param out float32 or float64, zeros, row by row: one element for each index of the dimensions that are kept
 * @param input of the same element type
 * @param reduce says of each dimension of `input` whether it is summed over
 */
export function sumFloats(out: Strided, input: Strided, reduce: readonly boolean[]): void {
  if (input.count === 0) return;
  const add = out.storage.data instanceof Float32Array ? addFloat32 : addFloat64;
  const sums = out.storage.data;
  const { data } = input.storage;
  if (out.count === 1 && input.rowMajor) {
    add(sums, out.offset, 0, 1, data, input.offset, 0, input.count, 1);
    return;
  }
  let [first = ONE, second = ONE, ...others] = walkOrder(input, reduce);
  if (first.outStep !== 0 && second.outStep === 0) [first, second] = [second, first];
  const walk = (d: number, outAt: number, at: number): void => {
    if (d >= 0) {
      const { size, step, outStep } = others[d];
      for (let i = 0; i < size; i++) walk(d - 1, outAt + i * outStep, at + i * step);
    } else if (first.outStep === 0) {
      add(sums, outAt, second.outStep, second.size, data, at, second.step, first.size, first.step);
    } else {
      for (let i = 0; i < first.size; i++)
        for (let j = 0; j < second.size; j++)
          sums[outAt + i * first.outStep + j * second.outStep] += data[at + i * first.step + j * second.step];
    }
  };
  walk(others.length - 1, out.offset, input.offset);
}

/** The dimensions from the innermost loop to the outermost: those summed over first, then by how near elements lie. */
function walkOrder({ shape, strides }: Strided, reduce: readonly boolean[]): Dimension[] {
  const outSteps = rowMajorStrides(shape.filter((_, d) => !reduce[d]));
  let next = 0;
  const ordered: Dimension[] = [];
  const dimensions = shape.map((size, d) => ({
    size,
    step: strides[d],
    outStep: reduce[d] ? 0 : outSteps[next++],
  }));
  for (const dimension of dimensions.reverse()) {
    let place = ordered.length;
    for (let k = place - 1; k >= 0; k--) {
      const order = compare(ordered[k], dimension);
      if (order > 0) place = k;
      else if (order < 0) break;
    }
    ordered.splice(place, 0, dimension);
  }
  return merged(ordered);
}

/** Negative where `a` belongs further inside than `b`, 0 where PyTorch does not care. */
function compare(a: Dimension, b: Dimension): number {
  if ((a.outStep === 0) !== (b.outStep === 0)) return a.outStep === 0 ? -1 : 1;
  for (const key of ["outStep", "step"] as const) {
    if (a[key] === 0 || b[key] === 0) continue;
    if (a[key] !== b[key]) return a[key] - b[key];
    if (a.size > b.size) return 1;
  }
  return 0;
}

/** Neighbours that can be walked as one. */
function merged(dimensions: readonly Dimension[]): Dimension[] {
  const result: Dimension[] = [];
  for (const dimension of dimensions) {
    const last = result.at(-1);
    if (last === undefined || last.size === 1) result.splice(-1, 1, dimension);
    else if (dimension.size === 1) continue;
    else if (last.size * last.step === dimension.step && last.size * last.outStep === dimension.outStep)
      result.splice(-1, 1, { ...last, size: last.size * dimension.size });
    else result.push(dimension);
  }
  return result;
}

/**
 * The sums for one element type, of which `lanes` are a vector. A function of its own for each type: storing into an
 * array of the type is what rounds, and loops that see two types are slow.
 */
function compile(array: string, lanes: number): AddSums {
  // `lane` holds, one behind the other, as many sums as are worked on at once.
  const make = new Function(
    "compiled",
    `"use strict";
const levels = Array.from({ length: 4 }, () => new ${array}(${4 * lanes}));
const [lane] = levels;

/* For each of columns × lanes the sum over rows: level after level, each of partial sums of the one before. */
function cascade(data, at, rows, rowStep, columns, columnStep, laneCount, laneStep) {
  const count = columns * laneCount;
  for (const level of levels) level.fill(0, 0, count);
  const power = Math.max(4, Math.ceil(Math.log2(rows)) >> 2);
  const mask = (1 << power) - 1;
  for (let i = 1; i <= rows; i++, at += rowStep) {
    for (let c = 0, k = 0, start = at; c < columns; c++, start += columnStep)
      for (let l = 0, p = start; l < laneCount; l++, k++, p += laneStep) lane[k] += data[p];
    if ((i & mask) !== 0) continue;
    for (let j = 1; j < 4; j++) {
      const lower = levels[j - 1];
      const upper = levels[j];
      for (let k = 0; k < count; k++) {
        upper[k] += lower[k];
        lower[k] = 0;
      }
      if ((i & (mask << (j * power))) !== 0) break;
    }
  }
  if (rows <= mask) return;
  for (let j = 1; j < 4; j++) {
    const level = levels[j];
    for (let k = 0; k < count; k++) lane[k] += level[k];
  }
}

/* For each lane the sum over rows, in four parts: every fourth row. */
function inFourParts(data, at, rows, rowStep, laneCount, laneStep) {
  const quarter = rows >> 2;
  cascade(data, at, quarter, 4 * rowStep, 4, rowStep, laneCount, laneStep);
  for (let i = 4 * quarter; i < rows; i++)
    for (let l = 0, p = at + i * rowStep; l < laneCount; l++, p += laneStep) lane[l] += data[p];
  for (let k = laneCount; k < 4 * laneCount; k += laneCount)
    for (let l = 0; l < laneCount; l++) lane[l] += lane[k + l];
}

/* The elements of each sum lie side by side: vectors of them are added up, then the rest, then the vector's lanes. */
function sideBySide(data, at, rows) {
  const vectors = Math.floor(rows / ${lanes});
  inFourParts(data, at, vectors, ${lanes}, ${lanes}, 1);
  const rest = levels[1];
  rest[0] = 0;
  for (let i = vectors * ${lanes}; i < rows; i++) rest[0] += data[at + i];
  for (let l = 0; l < ${lanes}; l++) rest[0] += lane[l];
  return rest[0];
}

return function (out, outAt, outStep, size, data, at, step, rows, rowStep) {
  let j = rows * size < ${FEWEST} ? 0 : compiled(out, outAt, outStep, size, data, at, step, rows, rowStep);
  if (rowStep === 1 && rows >= ${lanes}) {
    for (; j < size; j++) out[outAt + j * outStep] += sideBySide(data, at + j * step, rows);
    return;
  }
  const vectors = step === 1 && size >= ${lanes};
  const together = vectors ? ${4 * lanes} : rowStep < step ? Infinity : 4;
  for (; j + together <= size; j += together) {
    cascade(data, at + j * step, rows, rowStep, 1, 0, together, step);
    for (let k = 0; k < together; k++) out[outAt + (j + k) * outStep] += lane[k];
  }
  while (j < size) {
    const count = vectors && j + ${lanes} <= size ? ${lanes} : 1;
    inFourParts(data, at + j * step, rows, rowStep, count, step);
    for (let k = 0; k < count; k++) out[outAt + (j + k) * outStep] += lane[k];
    j += count;
  }
};`,
  );
  return make(addSumsCompiled) as AddSums;
}
