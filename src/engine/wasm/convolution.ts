/** Convolutions by compiled kernels, a portion of the images at a time. */
import type { ConvolutionSizes, Dense } from "../convolution.js";
import type { TypedArray } from "../storage.js";
import {
  CONVOLVE,
  type ConvolutionKernels,
  convolutionKernels,
  TILE_ROWS,
  type Values,
  WEIGH,
} from "./convolution-kernels.js";
import { features } from "./features.js";
import { engine, layOut } from "./memory.js";
import { type Correlation, inputsFromOutputs, outputsFromInputs, type Part, type Source } from "./phases.js";
import { getNumThreads, inTurn, together } from "./threads.js";
import { layOutOnWorkbench } from "./workbench.js";

/** Products of a sum that are worked on at once, so that what a tile sees stays in the first-level cache. */
const DEPTH = 256;
/** About so many bytes are worked on at once, so that they stay in the second-level cache. */
const PORTION = 400_000;
/** Where threads take part, more: each of them has a part of it. */
const SHARED_PORTION = 4_000_000;
/** So many products are worth the other threads' while, in all and in one call. */
const FEWEST_TO_SHARE = 3_000_000;
const FEWEST_IN_A_CALL = 500_000;
/** Into so many chunks work is cut for them. */
const CHUNKS = 16;

type Floats = Float32Array | Float64Array;

/** Null where the machine or the types do not allow it. */
function kernelsFor(
  sizes: ConvolutionSizes,
  out: TypedArray,
  operands: readonly Dense[],
): ConvolutionKernels | null {
  const Kind = out.constructor;
  if (!features.simd || (Kind !== Float32Array && Kind !== Float64Array)) return null;
  if (operands.some(({ storage }) => storage.data.constructor !== Kind)) return null;
  const isShared = products(sizes) >= FEWEST_TO_SHARE && getNumThreads() > 1;
  return convolutionKernels(Kind === Float32Array ? 4 : 8, isShared);
}

function products({ batch, groups, inputs, outputs, outputSize, kernelSize }: ConvolutionSizes): number {
  const perOutput = inputs * kernelSize[0] * kernelSize[1];
  return batch * groups * outputs * outputSize[0] * outputSize[1] * perOutput;
}

/** The memory in numbers of the kernels' type, as large as it is now. */
function memoryOf({ bytes, memory }: ConvolutionKernels): Floats {
  return bytes === 4 ? memory.float32 : memory.float64;
}

/** Addresses for so many numbers each, or null where there is no room for them. */
function layOutFor({ bytes, memory }: ConvolutionKernels, lengths: readonly number[]): number[] | null {
  if (memory === engine) return layOut(lengths, bytes);
  return layOutOnWorkbench(lengths.map((length) => length * bytes));
}

const roundUp = (count: number, multiple: number): number => Math.ceil(count / multiple) * multiple;

function clear({ functions, bytes }: ConvolutionKernels, at: number, count: number): void {
  functions.clear(at, count * bytes);
}

/** Elements in the kernels' memory: where they are if they lie there already, else copied to `at`. @returns the address */
function bring(memory: Floats, at: number, from: TypedArray, offset: number, count: number): number {
  const bytes = memory.BYTES_PER_ELEMENT;
  if (from.buffer === memory.buffer) return from.byteOffset + offset * bytes;
  memory.set(from.subarray(offset, offset + count), at / bytes);
  return at;
}

/** How many images are worked on at once, when each takes so many elements. */
function portionOf({ bytes, memory }: ConvolutionKernels, batch: number, elements: number): number {
  const room = memory === engine ? SHARED_PORTION : PORTION;
  return Math.max(1, Math.min(batch, Math.floor(room / (elements * bytes))));
}

/** Calls `body` with the first image of each portion and the number of its images. */
function eachPortion(batch: number, size: number, body: (first: number, images: number) => void): void {
  for (let first = 0; first < batch; first += size) body(first, Math.min(size, batch - first));
}

/** Elements from image to image, plane to plane, row to row, and column to column. */
type Steps = readonly [image: number, plane: number, row: number, column: number];

/** Copies so many rows of so many elements for each plane of each image, between two addresses. */
function copyBlocks(
  { functions, bytes }: ConvolutionKernels,
  [images, planes, height, width]: Steps,
  from: number,
  fromSteps: Steps,
  to: number,
  toSteps: Steps,
): void {
  const [sources, targets] = [fromSteps, toSteps].map((steps) => steps.map((step) => step * bytes));
  functions.copyBlocks(images, planes, height, width, from, ...sources, to, ...targets);
}

/**
 * Calls a kernel for all units, of which its first parameter is the number. Threads share them if that is worth their
 * while.
 * @param unitSteps what a unit adds to the other parameters
 */
function inChunks<const Names extends readonly string[]>(
  { functions, memory }: ConvolutionKernels,
  name: string,
  names: Names,
  values: Values<Names>,
  unitSteps: Partial<Values<Names>>,
  work: number,
): void {
  const steps: Readonly<Record<string, number | undefined>> = unitSteps;
  const [units, ...others] = names.map((key: Names[number]) => values[key]);
  const isShared = memory === engine && work >= FEWEST_IN_A_CALL;
  const size = isShared ? Math.ceil(units / CHUNKS) : units;
  const chunks = Math.ceil(units / size);
  (isShared ? together : inTurn)({
    ...{ functions, name, chunks, last: units - (chunks - 1) * size },
    values: [size, ...others],
    steps: names.map((key) => size * (steps[key] ?? 0)),
  });
}

/** `convolve` for any depth: it begins with the starts, and goes on in further calls. */
function multiply(kernels: ConvolutionKernels, values: Values<typeof CONVOLVE>): void {
  const { depth, images, tiles, rowTiles, table, weights, starts } = values;
  const tile = kernels.positions * kernels.bytes;
  for (let from = 0; from === 0 || from < depth; from += DEPTH) {
    const count = Math.min(DEPTH, depth - from);
    const part = {
      ...values,
      depth: count,
      table: table + 4 * from,
      weights: weights + TILE_ROWS * kernels.bytes * from,
      starts: from === 0 ? starts : 0,
    };
    const work = images * rowTiles * TILE_ROWS * count * tiles * kernels.positions;
    inChunks(kernels, "convolve", CONVOLVE, part, { image: tile, out: tile }, work);
  }
}

/** Lays out the blocks of a source's planes, which are dense from address `from` on. */
function layOutSource(
  kernels: ConvolutionKernels,
  images: number,
  groups: number,
  { channels, plane, laidOut, blocks }: Source,
  row: number,
  from: number,
  to: number,
): void {
  const count = groups * channels;
  for (const block of blocks) {
    copyBlocks(
      kernels,
      [images, count, block.height, block.width],
      from + block.from * kernels.bytes,
      [count * plane, plane, block.fromRow, block.fromColumn],
      to + block.to * kernels.bytes,
      [count * laidOut, laidOut, row, 1],
    );
  }
}

/** Writes the distances of a part for all channels, as bytes. @returns how many */
function writeTable(
  { bytes, memory }: ConvolutionKernels,
  at: number,
  source: Source,
  { distances }: Part,
): number {
  const length = source.channels * distances.length;
  const table = new Int32Array(memory.memory.buffer, at, length);
  for (let c = 0, k = 0; c < source.channels; c++)
    for (const distance of distances) table[k++] = (c * source.laidOut + distance) * bytes;
  return length;
}

/** Writes the weights of a part and a group in the order of the table, those of four rows side by side. */
function writeWeights(
  memory: Floats,
  to: number,
  { source: { channels }, rows, weightRow, weightChannel }: Correlation,
  { elements }: Part,
  data: TypedArray,
  offset: number,
): void {
  const tile = channels * elements.length * TILE_ROWS;
  for (let row = 0; row < rows; row++) {
    let at = to + Math.floor(row / TILE_ROWS) * tile + (row % TILE_ROWS);
    for (let c = 0; c < channels; c++) {
      const first = offset + row * weightRow + c * weightChannel;
      for (let k = 0; k < elements.length; k++, at += TILE_ROWS) memory[at] = data[first + elements[k]];
    }
  }
}

/** A part that can be computed: the places are addresses. */
interface ReadyPart extends Part {
  readonly depth: number;
  readonly table: number;
  /** Of the first group. */
  readonly weights: number;
}

/** The result of a correlation (+ bias[row]) in `out`. @returns false, with nothing done, where it cannot be compiled */
function correlate(
  sizes: ConvolutionSizes,
  correlation: Correlation,
  input: Dense,
  weight: Dense,
  bias: Dense | null,
  out: TypedArray,
): boolean {
  const kernels = kernelsFor(sizes, out, bias === null ? [input, weight] : [input, weight, bias]);
  if (kernels === null) return false;
  const { batch, groups } = sizes;
  const { bytes, positions: tile } = kernels;
  const { source, parts, rows, plane, row, weightGroup } = correlation;
  const { channels } = source;
  const tiledRows = roundUp(rows, TILE_ROWS);
  const sumsRow = roundUp(Math.max(...parts.map(({ positions }) => positions)), tile);
  const entries = channels * parts.reduce((sum, { elements }) => sum + elements.length, 0);
  const given = groups * channels * source.plane;
  const seen = groups * channels * source.laidOut;
  // Of a tile that is not full all rows are written: the next group's, which follow, or those behind the last one.
  const sums = ((groups - 1) * rows + tiledRows) * sumsRow;
  const result = groups * rows * plane;
  const size = portionOf(kernels, batch, given + seen + sums + result);
  const addresses = layOutFor(kernels, [
    ...[size * given, size * seen + tile, size * sums, size * result],
    ...[groups * tiledRows * entries, groups * tiledRows, entries],
  ]);
  if (addresses === null) return false;
  const [givenAt, seenAt, sumsAt, resultAt, weightsAt, startsAt, tablesAt] = addresses;
  const memory = memoryOf(kernels);
  clear(kernels, seenAt, size * seen + tile);
  clear(kernels, startsAt, groups * tiledRows);
  for (let k = 0; bias !== null && k < groups * rows; k++) {
    const start = Math.floor(k / rows) * tiledRows + (k % rows);
    memory[startsAt / bytes + start] = bias.storage.data[bias.offset + k];
  }
  let [weights, table] = [weightsAt, tablesAt];
  const ready = parts.map((part): ReadyPart => {
    const depth = writeTable(kernels, table, source, part);
    const own = { ...part, depth, table, weights };
    table += 4 * depth;
    for (let group = 0; group < groups; group++, weights += tiledRows * depth * bytes) {
      const offset = weight.offset + group * weightGroup;
      writeWeights(memory, weights / bytes, correlation, part, weight.storage.data, offset);
    }
    return own;
  });
  eachPortion(batch, size, (first, images) => {
    const from = bring(memory, givenAt, input.storage.data, input.offset + first * given, images * given);
    layOutSource(kernels, images, groups, source, row, from, seenAt);
    for (const { block, positions, depth, table, weights } of ready) {
      for (let group = 0; group < groups; group++) {
        multiply(kernels, {
          ...{ tiles: Math.ceil(positions / tile), images, rowTiles: tiledRows / TILE_ROWS, depth, table },
          weights: weights + group * tiledRows * depth * bytes,
          weightsTile: TILE_ROWS * depth * bytes,
          starts: startsAt + group * tiledRows * bytes,
          image: seenAt + group * channels * source.laidOut * bytes,
          imageStep: seen * bytes,
          out: sumsAt + group * rows * sumsRow * bytes,
          outImage: sums * bytes,
          outRow: sumsRow * bytes,
        });
      }
      copyBlocks(
        kernels,
        [images, groups * rows, block.height, block.width],
        sumsAt + block.to * bytes,
        [sums, sumsRow, row, 1],
        resultAt + block.from * bytes,
        [result, plane, block.fromRow, block.fromColumn],
      );
    }
    const at = resultAt / bytes;
    out.set(memory.subarray(at, at + images * result), first * result);
  });
  return true;
}

/** As `convolve`. @returns false, with nothing done, where it cannot be compiled */
export function convolveCompiled(
  sizes: ConvolutionSizes,
  input: Dense,
  weight: Dense,
  bias: Dense | null,
  out: TypedArray,
): boolean {
  return correlate(sizes, outputsFromInputs(sizes), input, weight, bias, out);
}

/** As `convolveTransposed`. @returns false, with nothing done, where it cannot be compiled */
export function convolveTransposedCompiled(
  sizes: ConvolutionSizes,
  gradient: Dense,
  weight: Dense,
  bias: Dense | null,
  out: TypedArray,
): boolean {
  return correlate(sizes, inputsFromOutputs(sizes), gradient, weight, bias, out);
}

/** As `convolveWeight`. @returns false, with nothing done, where it cannot be compiled */
export function convolveWeightCompiled(
  sizes: ConvolutionSizes,
  input: Dense,
  gradient: Dense,
  out: TypedArray,
): boolean {
  const kernels = kernelsFor(sizes, out, [input, gradient]);
  if (kernels === null) return false;
  const { batch, groups } = sizes;
  const { bytes, positions: tile } = kernels;
  const { source, parts, rows, plane, row } = outputsFromInputs(sizes);
  const [part] = parts;
  const { channels } = source;
  const tiles = Math.ceil(part.positions / tile);
  const sumsRow = tiles * tile;
  const rowTiles = Math.ceil(rows / TILE_ROWS);
  const depth = channels * part.distances.length;
  const pairs = Math.ceil(depth / 2);
  const given = groups * channels * source.plane;
  const seen = groups * channels * source.laidOut;
  const slopes = groups * rows * plane;
  const laidOutSlopes = groups * rows * sumsRow;
  const tileSums = pairs * 2 * TILE_ROWS;
  const groupSums = rowTiles * tileSums;
  const size = portionOf(kernels, batch, given + seen + slopes + laidOutSlopes);
  const addresses = layOutFor(kernels, [
    // A tile of rows that is not full reads beyond the last one.
    ...[size * given, size * seen + tile, size * slopes, size * laidOutSlopes + TILE_ROWS * sumsRow],
    ...[groups * groupSums, 2 * pairs],
  ]);
  if (addresses === null) return false;
  const [givenAt, seenAt, slopesAt, rowsAt, sumsAt, table] = addresses;
  const memory = memoryOf(kernels);
  clear(kernels, seenAt, size * seen + tile);
  // The room between two rows of outputs adds nothing.
  clear(kernels, rowsAt, size * laidOutSlopes + TILE_ROWS * sumsRow);
  clear(kernels, sumsAt, groups * groupSums);
  writeTable(kernels, table, source, part);
  // The last one of an odd number has a partner that nobody asks for.
  if (depth % 2 === 1) new Int32Array(kernels.memory.memory.buffer, table + 4 * depth, 1)[0] = 0;
  eachPortion(batch, size, (first, images) => {
    const { data } = input.storage;
    const from = bring(memory, givenAt, data, input.offset + first * given, images * given);
    layOutSource(kernels, images, groups, source, row, from, seenAt);
    const slopesFrom = gradient.offset + first * slopes;
    const { block } = part;
    copyBlocks(
      kernels,
      [images, groups * rows, block.height, block.width],
      bring(memory, slopesAt, gradient.storage.data, slopesFrom, images * slopes),
      [slopes, plane, block.fromRow, 1],
      rowsAt,
      [laidOutSlopes, sumsRow, row, 1],
    );
    for (let group = 0; group < groups; group++) {
      const values = {
        ...{ pairs, images, rowTiles, tiles, table },
        rows: rowsAt + group * rows * sumsRow * bytes,
        rowsImage: laidOutSlopes * bytes,
        rowsRow: sumsRow * bytes,
        image: seenAt + group * channels * source.laidOut * bytes,
        imageStep: seen * bytes,
        sums: sumsAt + group * groupSums * bytes,
        sumsTile: tileSums * bytes,
      };
      const steps = { table: 8, sums: 2 * TILE_ROWS * bytes };
      inChunks(kernels, "weigh", WEIGH, values, steps, images * rows * depth * sumsRow);
    }
  });
  for (let group = 0, at = 0; group < groups; group++) {
    for (let r = 0; r < rows; r++) {
      const ofTile = sumsAt / bytes + group * groupSums + Math.floor(r / TILE_ROWS) * tileSums;
      const ofRow = ofTile + 2 * (r % TILE_ROWS);
      for (let k = 0; k < depth; k++, at++) out[at] = memory[ofRow + (k >> 1) * 2 * TILE_ROWS + (k & 1)];
    }
  }
  return true;
}
