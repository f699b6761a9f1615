/** Convolutions by compiled kernels: the patches of an image are the rows of a matrix, made and multiplied in place. */
import { type ConvolutionSizes, columnsOf, type Dense, eachGroup, type PatchColumn } from "../convolution.js";
import type { TypedArray } from "../storage.js";
import { features } from "./features.js";
import { type GemmKernels, gemmFloat32, gemmFloat64 } from "./gemm.js";
import { engineFloat32, engineFloat64, layOut } from "./memory.js";
import { type PatchKernels, patchesFloat32, patchesFloat64 } from "./patches.js";

/** Products of a sum that are worked on at once, so that a tile's columns stay in the first-level cache. */
const BLOCK_K = 256;

type Floats = Float32Array | Float64Array;

/**
 * What the three products share. Patches are a matrix with one row per weight of a kernel and one column per output
 * position, of which `stride` elements lie in a row: a whole number of tiles.
 */
interface Setting {
  readonly gemm: GemmKernels;
  readonly patches: PatchKernels;
  readonly memory: Floats;
  readonly bytes: number;
  readonly columns: readonly PatchColumn[];
  /** Output positions, and elements of an image. */
  readonly positions: number;
  readonly imageSize: number;
  readonly stride: number;
  /** Addresses: the image, its patches, the outputs, these as tiles of columns, and the weights. */
  readonly imageAt: number;
  readonly patchesAt: number;
  readonly outputsAt: number;
  readonly packedAt: number;
  readonly weightsAt: number;
}

/** Null where the machine or the types do not allow it, or memory is short. */
function setUp(sizes: ConvolutionSizes, out: TypedArray, operands: readonly Dense[]): Setting | null {
  const Kind = out.constructor;
  if (!features.simd || (Kind !== Float32Array && Kind !== Float64Array)) return null;
  if (operands.some(({ storage }) => storage.data.constructor !== Kind)) return null;
  const single = Kind === Float32Array;
  const gemm = single ? gemmFloat32() : gemmFloat64();
  const { bytes } = gemm;
  const columns = columnsOf(sizes);
  const positions = sizes.outputSize[0] * sizes.outputSize[1];
  const imageSize = sizes.inputs * sizes.inputSize[0] * sizes.inputSize[1];
  const stride = Math.ceil(positions / gemm.columns) * gemm.columns;
  const outputs = Math.ceil(sizes.outputs / gemm.columns) * gemm.columns;
  const lengths = [
    imageSize,
    columns.length * stride,
    outputs * stride,
    outputs * positions,
    outputs * columns.length,
  ];
  const addresses = layOut(lengths, bytes);
  if (addresses === null) return null;
  const [imageAt, patchesAt, outputsAt, packedAt, weightsAt] = addresses;
  const memory = single ? engineFloat32() : engineFloat64();
  const patches = single ? patchesFloat32() : patchesFloat64();
  return {
    ...{ gemm, patches, memory, bytes, columns, positions, imageSize, stride },
    ...{ imageAt, patchesAt, outputsAt, packedAt, weightsAt },
  };
}

/** `length` elements of `from`, copied to an address. */
function bring(
  { memory, bytes }: Setting,
  to: number,
  from: TypedArray,
  offset: number,
  length: number,
): void {
  memory.set(from.subarray(offset, offset + length), to / bytes);
}

function clear({ memory, bytes }: Setting, at: number, length: number): void {
  memory.fill(0, at / bytes, at / bytes + length);
}

/** c[m×n] += a[m×k] · b[k×n]. Steps from row to row, column to column and tile to tile of columns are bytes. */
function multiply(
  gemm: GemmKernels,
  [m, k, n]: readonly [number, number, number],
  a: { readonly at: number; readonly row: number; readonly column: number },
  b: { readonly at: number; readonly row: number; readonly tile: number },
  c: { readonly at: number; readonly row: number },
): void {
  for (let from = 0; from < k; from += BLOCK_K) {
    const depth = Math.min(BLOCK_K, k - from);
    const [left, right] = [a.at + from * a.column, b.at + from * b.row];
    gemm.multiply(m, n, depth, left, a.row, a.column, right, b.row, b.tile, c.at, c.row);
  }
}

/** Moves the elements of every kernel position between the image and the patches. */
function moveAll(setting: Setting, move: PatchKernels["gather"], outputWidth: number): void {
  const { bytes, imageAt, patchesAt, stride } = setting;
  for (const [k, { position, from, fromRow, fromColumn, height, width }] of setting.columns.entries()) {
    const patch = patchesAt + (k * stride + position) * bytes;
    move(
      height,
      width,
      imageAt + from * bytes,
      fromRow * bytes,
      fromColumn * bytes,
      patch,
      outputWidth * bytes,
    );
  }
}

/** As `convolve`. @returns false, with nothing done, where it cannot be compiled */
export function convolveCompiled(
  sizes: ConvolutionSizes,
  input: Dense,
  weight: Dense,
  bias: Dense | null,
  out: TypedArray,
): boolean {
  const setting = setUp(sizes, out, bias === null ? [input, weight] : [input, weight, bias]);
  if (setting === null) return false;
  const { gemm, memory, bytes, columns, positions, imageSize, stride } = setting;
  const { imageAt, patchesAt, outputsAt, weightsAt } = setting;
  const { outputs, outputSize } = sizes;
  const tile = gemm.columns * bytes;
  // What lies over the padding is never written.
  clear(setting, patchesAt, columns.length * stride);
  eachGroup(sizes, (group, inputAt, outputAt) => {
    bring(setting, imageAt, input.storage.data, input.offset + inputAt, imageSize);
    moveAll(setting, setting.patches.gather, outputSize[1]);
    const count = outputs * columns.length;
    bring(setting, weightsAt, weight.storage.data, weight.offset + group * count, count);
    for (let o = 0, at = outputsAt / bytes; o < outputs; o++, at += stride) {
      const first = bias === null ? 0 : bias.storage.data[bias.offset + group * outputs + o];
      memory.fill(first, at, at + stride);
    }
    multiply(
      gemm,
      [outputs, columns.length, stride],
      { at: weightsAt, row: columns.length * bytes, column: bytes },
      { at: patchesAt, row: stride * bytes, tile },
      { at: outputsAt, row: stride * bytes },
    );
    gemm.finish(outputs, positions, outputsAt, stride * bytes, 0);
    out.set(memory.subarray(outputsAt / bytes, outputsAt / bytes + outputs * positions), outputAt);
  });
  return true;
}

/** As `convolveTransposed`, without the bias. @returns false, with nothing done, where it cannot be compiled */
export function convolveTransposedCompiled(
  sizes: ConvolutionSizes,
  gradient: Dense,
  weight: Dense,
  out: TypedArray,
): boolean {
  const setting = setUp(sizes, out, [gradient, weight]);
  if (setting === null) return false;
  const { gemm, memory, bytes, columns, positions, imageSize, stride } = setting;
  const { imageAt, patchesAt, outputsAt, weightsAt } = setting;
  const { outputs, outputSize } = sizes;
  const tile = gemm.columns * bytes;
  eachGroup(sizes, (group, inputAt, outputAt) => {
    bring(setting, outputsAt, gradient.storage.data, gradient.offset + outputAt, outputs * positions);
    const count = outputs * columns.length;
    bring(setting, weightsAt, weight.storage.data, weight.offset + group * count, count);
    clear(setting, patchesAt, columns.length * stride);
    multiply(
      gemm,
      [columns.length, outputs, stride],
      { at: weightsAt, row: bytes, column: columns.length * bytes },
      { at: outputsAt, row: positions * bytes, tile },
      { at: patchesAt, row: stride * bytes },
    );
    clear(setting, imageAt, imageSize);
    moveAll(setting, setting.patches.scatter, outputSize[1]);
    out.set(memory.subarray(imageAt / bytes, imageAt / bytes + imageSize), inputAt);
  });
  return true;
}

/** As `convolveWeight`. @returns false, with nothing done, where it cannot be compiled */
export function convolveWeightCompiled(
  sizes: ConvolutionSizes,
  input: Dense,
  gradient: Dense,
  out: TypedArray,
): boolean {
  const setting = setUp(sizes, out, [input, gradient]);
  if (setting === null) return false;
  const { gemm, memory, bytes, columns, positions, imageSize, stride } = setting;
  const { imageAt, patchesAt, outputsAt, packedAt, weightsAt } = setting;
  const { outputs, groups, outputSize } = sizes;
  const count = outputs * columns.length;
  // Images are summed in float64, and rounded once.
  const sums = new Float64Array(groups * count);
  const tile = gemm.columns * bytes;
  const padded = Math.ceil(outputs / gemm.columns) * gemm.columns;
  clear(setting, patchesAt, columns.length * stride);
  eachGroup(sizes, (group, inputAt, outputAt) => {
    bring(setting, imageAt, input.storage.data, input.offset + inputAt, imageSize);
    moveAll(setting, setting.patches.gather, outputSize[1]);
    bring(setting, outputsAt, gradient.storage.data, gradient.offset + outputAt, outputs * positions);
    for (let o = 0; o < outputs; o += gemm.columns) {
      const from = outputsAt + o * positions * bytes;
      const width = Math.min(gemm.columns, outputs - o);
      gemm.packColumns(positions, from, positions * bytes, width, packedAt + o * positions * bytes);
    }
    clear(setting, weightsAt, columns.length * padded);
    multiply(
      gemm,
      [columns.length, positions, padded],
      { at: patchesAt, row: stride * bytes, column: bytes },
      { at: packedAt, row: tile, tile: positions * tile },
      { at: weightsAt, row: padded * bytes },
    );
    const product = weightsAt / bytes;
    for (let o = 0, at = group * count; o < outputs; o++)
      for (let k = 0; k < columns.length; k++, at++) sums[at] += memory[product + k * padded + o];
  });
  out.set(sums);
  return true;
}
