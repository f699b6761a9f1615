import { matmul } from "./matmul.js";
import { Storage, type TypedArray } from "./storage.js";
import { convolveCompiled, convolveTransposedCompiled, convolveWeightCompiled } from "./wasm/convolution.js";
import { sumPlanesCompiled } from "./wasm/plane-sums.js";

/** Sizes of a convolution over planes; pairs are [vertical, horizontal]. Channels are counted per group. */
export interface ConvolutionSizes {
  readonly batch: number;
  readonly groups: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly inputSize: Pair;
  readonly outputSize: Pair;
  readonly kernelSize: Pair;
  readonly stride: Pair;
  /** Zeros in front of the first row and column; behind the last there are as many as the output size asks for. */
  readonly padding: Pair;
  readonly dilation: Pair;
}

export type Pair = readonly [number, number];

const FEWEST_PRODUCTS = 4_096;

/** Elements that lie row by row from `offset` on. */
export interface Dense {
  readonly storage: Storage;
  readonly offset: number;
}

/** The outputs along one dimension, `from` up to `to`, at which element `k` of the kernel lies over the input, not the padding. */
function reach(sizes: ConvolutionSizes, d: 0 | 1, k: number): Pair {
  const first = k * sizes.dilation[d] - sizes.padding[d];
  const from = Math.max(0, Math.ceil(-first / sizes.stride[d]));
  const to = Math.floor((sizes.inputSize[d] - 1 - first) / sizes.stride[d]) + 1;
  return [from, Math.max(from, Math.min(to, sizes.outputSize[d]))];
}

/**
 * Between the channels of one group of an image and its patches: a matrix with one row per output position and one
 * column per weight, so that the convolution is a product of matrices.
 */
class Patches {
  readonly rows: number;
  readonly columns: number;
  readonly data: TypedArray;
  readonly storage: Storage;
  readonly #columns: readonly PatchColumn[];
  readonly #width: number;

  constructor(sizes: ConvolutionSizes, like: TypedArray) {
    this.#columns = columnsOf(sizes);
    this.#width = sizes.outputSize[1];
    this.rows = sizes.outputSize[0] * this.#width;
    this.columns = this.#columns.length;
    const size = this.rows * this.columns;
    this.data = like instanceof Float32Array ? new Float32Array(size) : new Float64Array(size);
    this.storage = new Storage(this.data);
  }

  /** Copies the patches of the image at `offset`. What lies over the padding is never written, and stays zero. */
  gather(image: TypedArray, offset: number): void {
    const { data, columns } = this;
    for (const [k, { position, from, fromRow, fromColumn, height, width }] of this.#columns.entries()) {
      for (let y = 0; y < height; y++) {
        let p = (position + y * this.#width) * columns + k;
        let q = offset + from + y * fromRow;
        for (let x = 0; x < width; x++, p += columns, q += fromColumn) data[p] = image[q];
      }
    }
  }

  /** The transpose of `gather`: adds every patch to the image, where its elements came from. */
  scatter(image: TypedArray): void {
    const { data, columns } = this;
    for (const [k, { position, from, fromRow, fromColumn, height, width }] of this.#columns.entries()) {
      for (let y = 0; y < height; y++) {
        let p = (position + y * this.#width) * columns + k;
        let q = from + y * fromRow;
        for (let x = 0; x < width; x++, p += columns, q += fromColumn) image[q] += data[p];
      }
    }
  }
}

/** What an element of the kernel sees of an image: a block of it, row by row, and the output position of its first element. */
interface PatchColumn {
  readonly position: number;
  readonly from: number;
  readonly fromRow: number;
  readonly fromColumn: number;
  readonly height: number;
  readonly width: number;
}

/** All elements of the kernel of one output, channel by channel. */
function columnsOf(sizes: ConvolutionSizes): PatchColumn[] {
  const { inputs, inputSize, outputSize, kernelSize, stride, padding, dilation } = sizes;
  const columns: PatchColumn[] = [];
  for (let c = 0; c < inputs; c++) {
    for (let i = 0; i < kernelSize[0]; i++) {
      const [top, bottom] = reach(sizes, 0, i);
      for (let j = 0; j < kernelSize[1]; j++) {
        const [left, right] = reach(sizes, 1, j);
        const y = top * stride[0] + i * dilation[0] - padding[0];
        const x = left * stride[1] + j * dilation[1] - padding[1];
        columns.push({
          position: top * outputSize[1] + left,
          from: (c * inputSize[0] + y) * inputSize[1] + x,
          fromRow: stride[0] * inputSize[1],
          fromColumn: stride[1],
          height: bottom - top,
          width: right - left,
        });
      }
    }
  }
  return columns;
}

/** Calls `body` for every group of every image with the places where its channels begin. */
function eachGroup(
  sizes: ConvolutionSizes,
  body: (group: number, inputAt: number, outputAt: number) => void,
): void {
  const inputStep = sizes.inputs * sizes.inputSize[0] * sizes.inputSize[1];
  const outputStep = sizes.outputs * sizes.outputSize[0] * sizes.outputSize[1];
  for (let n = 0, k = 0; n < sizes.batch; n++)
    for (let group = 0; group < sizes.groups; group++, k++) body(group, k * inputStep, k * outputStep);
}

/** Whether an image makes so many products that compiled kernels have finished before plain JavaScript has. */
function isLarge({ inputs, outputs, outputSize, kernelSize }: ConvolutionSizes): boolean {
  return inputs * outputs * outputSize[0] * outputSize[1] * kernelSize[0] * kernelSize[1] >= FEWEST_PRODUCTS;
}

/** out[n, o, p] = Σ weight[o, c, k] · input[n, c, p·stride + k·dilation − padding] (+ bias[o]). */
export function convolve(
  sizes: ConvolutionSizes,
  input: Dense,
  weight: Dense,
  bias: Dense | null,
  out: TypedArray,
): void {
  if (isLarge(sizes) && convolveCompiled(sizes, input, weight, bias, out)) return;
  const { outputs } = sizes;
  const patches = new Patches(sizes, out);
  const { rows, columns } = patches;
  const transposed = { storage: patches.storage, offset: 0, rowStride: 1, columnStride: columns };
  eachGroup(sizes, (group, inputAt, outputAt) => {
    patches.gather(input.storage.data, input.offset + inputAt);
    const offset = weight.offset + group * outputs * columns;
    const kernels = { storage: weight.storage, offset, rowStride: columns, columnStride: 1 };
    matmul(outputs, columns, rows, kernels, transposed, out, outputAt, null, 0, 0);
  });
  if (bias !== null) addBias(bias, out, sizes.outputs * sizes.groups, rows);
}

function addBias(bias: Dense, out: TypedArray, channels: number, plane: number): void {
  for (let at = 0, c = 0; at < out.length; at += plane, c = (c + 1) % channels) {
    const value = bias.storage.data[bias.offset + c];
    for (let k = at; k < at + plane; k++) out[k] += value;
  }
}

/**
 * The transpose of `convolve` as a function of its input:
 * out[n, c, p·stride + k·dilation − padding] = Σ weight[o, c, k] · gradient[n, o, p] (+ bias[c]).
 */
export function convolveTransposed(
  sizes: ConvolutionSizes,
  gradient: Dense,
  weight: Dense,
  bias: Dense | null,
  out: TypedArray,
): void {
  if (isLarge(sizes) && convolveTransposedCompiled(sizes, gradient, weight, bias, out)) return;
  const { outputs, inputs, inputSize } = sizes;
  const patches = new Patches(sizes, out);
  const { rows, columns } = patches;
  // Contributions of different patches are summed in float64 and rounded once.
  const image = new Float64Array(inputs * inputSize[0] * inputSize[1]);
  eachGroup(sizes, (group, inputAt, outputAt) => {
    const offset = weight.offset + group * outputs * columns;
    const kernels = { storage: weight.storage, offset, rowStride: columns, columnStride: 1 };
    const from = {
      storage: gradient.storage,
      offset: gradient.offset + outputAt,
      rowStride: 1,
      columnStride: rows,
    };
    matmul(rows, outputs, columns, from, kernels, patches.data, 0, null, 0, 0);
    image.fill(0);
    patches.scatter(image);
    out.set(image, inputAt);
  });
  if (bias !== null) addBias(bias, out, inputs * sizes.groups, inputSize[0] * inputSize[1]);
}

/** The gradient of the weight: out[o, c, k] = Σ gradient[n, o, p] · input[n, c, p·stride + k·dilation − padding]. */
export function convolveWeight(
  sizes: ConvolutionSizes,
  input: Dense,
  gradient: Dense,
  out: TypedArray,
): void {
  if (isLarge(sizes) && convolveWeightCompiled(sizes, input, gradient, out)) return;
  const { outputs, groups } = sizes;
  const patches = new Patches(sizes, out);
  const { rows, columns } = patches;
  const size = outputs * columns;
  const sums = new Float64Array(groups * size);
  const product = new Float64Array(size);
  const right = { storage: patches.storage, offset: 0, rowStride: columns, columnStride: 1 };
  eachGroup(sizes, (group, inputAt, outputAt) => {
    patches.gather(input.storage.data, input.offset + inputAt);
    const left = {
      storage: gradient.storage,
      offset: gradient.offset + outputAt,
      rowStride: rows,
      columnStride: 1,
    };
    matmul(outputs, rows, columns, left, right, product, 0, null, 0, 0);
    const at = group * size;
    for (let k = 0; k < size; k++) sums[at + k] += product[k];
  });
  out.set(sums);
}

/** The gradient of the bias: out[o] is the sum over all planes of channel o. */
export function sumOfPlanes(
  batch: number,
  channels: number,
  plane: number,
  { storage: { data }, offset }: Dense,
  out: TypedArray,
): void {
  const sums = new Float64Array(channels);
  const count = batch * channels;
  const add = (k: number, sum: number): void => {
    sums[k % channels] += sum;
  };
  if (count * plane < FEWEST_PRODUCTS || !sumPlanesCompiled(data, offset, count, plane, add)) {
    for (let k = 0, at = offset; k < count; k++) {
      let sum = 0;
      for (const end = at + plane; at < end; at++) sum += data[at];
      add(k, sum);
    }
  }
  out.set(sums);
}
