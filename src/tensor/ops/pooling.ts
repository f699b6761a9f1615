import type { Windows } from "../../engine/pooling.js";
import { type Arguments, requiredArguments } from "../arguments.js";
import { describe } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { checkPlanes, type Pair, planeSize, type Size, sizePair, withPlanes } from "./spatial.js";
import { average, averageOperations, type Grid, maximum, maxOperations } from "./windows.js";

export interface MaxPoolOptions {
  /** Size of the window. */
  kernelSize?: Size;
  /** How far the window moves. Default: its size. */
  stride?: Size | null;
  /** How far windows reach over each side; at most half the window. Default 0. */
  padding?: Size;
  /** Distance between the elements of a window. Default 1. */
  dilation?: Size;
  /** Whether windows may begin inside and end beyond the last row or column. Default false. */
  ceilMode?: boolean;
  /** Whether the places of the maxima are returned too, as [output, indices]. Default false. */
  returnIndices?: boolean;
}

export interface AvgPoolOptions {
  /** Size of the window. */
  kernelSize?: Size;
  /** How far the window moves. Default: its size. */
  stride?: Size | null;
  /** Zeros on each side; at most half the window. Default 0. */
  padding?: Size;
  /** Whether windows may begin inside and end beyond the last row or column. Default false. */
  ceilMode?: boolean;
  /** Whether the zeros of the padding count as elements. Default true. */
  countIncludePad?: boolean;
  /** What the sum of a window is divided by, instead of its number of elements. */
  divisorOverride?: number | null;
}

export type MaxPoolArguments = Arguments<
  [
    kernelSize: Size,
    stride?: Size | null,
    padding?: Size,
    dilation?: Size,
    ceilMode?: boolean,
    returnIndices?: false,
  ],
  MaxPoolOptions & { returnIndices?: false }
>;
export type AvgPool1dArguments = Arguments<
  [kernelSize: Size, stride?: Size | null, padding?: Size, ceilMode?: boolean, countIncludePad?: boolean],
  Omit<AvgPoolOptions, "divisorOverride">
>;
export type AvgPool2dArguments = Arguments<
  [
    kernelSize: Size,
    stride?: Size | null,
    padding?: Size,
    ceilMode?: boolean,
    countIncludePad?: boolean,
    divisorOverride?: number | null,
  ],
  AvgPoolOptions
>;
/** Of an adaptive pooling over planes: null keeps a size. */
export type AdaptiveSize = number | null | readonly (number | null)[];
export interface AdaptiveOptions {
  /** Size of the output. */
  outputSize?: AdaptiveSize;
}
export type AdaptiveArguments = Arguments<[outputSize: AdaptiveSize], AdaptiveOptions>;
export type AdaptiveMaxArguments = Arguments<
  [outputSize: AdaptiveSize, returnIndices?: boolean],
  AdaptiveOptions & { returnIndices?: boolean }
>;

interface WindowOptions {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly padding: Pair;
  readonly dilation: Pair;
  readonly ceilMode: boolean;
}

function windowOptions(
  operation: string,
  kernelSize: Size,
  options: MaxPoolOptions & AvgPoolOptions,
  spatial: 1 | 2,
): WindowOptions {
  const kernel = sizePair(operation, "kernelSize", kernelSize, spatial, 1, 1);
  const isEmpty = Array.isArray(options.stride) && options.stride.length === 0;
  const stride =
    options.stride === undefined || options.stride === null || isEmpty
      ? kernel
      : sizePair(operation, "stride", options.stride, spatial, 1, 1);
  const padding = sizePair(operation, "padding", options.padding ?? 0, spatial, 0, 0);
  const dilation = sizePair(operation, "dilation", options.dilation ?? 1, spatial, 1, 1);
  if (padding.some((p, d) => p > kernel[d] / 2)) {
    throw new RangeError(
      `${operation}: pad should be at most half of kernel size, but got pad=${withPlanes([], padding, spatial)} and kernel_size=${withPlanes([], kernel, spatial)}`,
    );
  }
  const { ceilMode = false } = options;
  if (typeof ceilMode !== "boolean")
    throw new TypeError(`${operation}: ceilMode is true or false, not ${String(ceilMode)}`);
  return { kernel, stride, padding, dilation, ceilMode };
}

/** How many windows there are along each dimension. */
function windowCounts(operation: string, input: Tensor, spatial: 1 | 2, options: WindowOptions): Pair {
  const { kernel, stride, padding, dilation, ceilMode } = options;
  const size = planeSize(input, spatial);
  const counts = [0, 1].map((d) => {
    const room = size[d] + 2 * padding[d] - dilation[d] * (kernel[d] - 1) - 1;
    const count = (ceilMode ? Math.ceil(room / stride[d]) : Math.floor(room / stride[d])) + 1;
    // The last window must begin inside the input or the padding in front of it.
    return ceilMode && (count - 1) * stride[d] >= size[d] + padding[d] ? count - 1 : count;
  }) as unknown as Pair;
  if (counts.some((n) => n < 1)) {
    throw new RangeError(
      `${operation}: given input size: ${describe(input.shape)}. Calculated output size: ${describe(withPlanes(input.shape.slice(0, -spatial), counts, spatial))}. Output size is too small`,
    );
  }
  return counts;
}

function maxWindows(count: number, size: number, d: 0 | 1, options: WindowOptions): Windows {
  const { kernel, stride, padding, dilation } = options;
  const step = dilation[d];
  const starts: number[] = [];
  const ends: number[] = [];
  for (let k = 0; k < count; k++) {
    const start = k * stride[d] - padding[d];
    ends.push(Math.min(start + (kernel[d] - 1) * step + 1, size));
    starts.push(start < 0 ? start + Math.ceil(-start / step) * step : start);
  }
  return { starts, ends, step, size };
}

function maxPool(
  operation: string,
  input: Tensor,
  given: readonly unknown[],
  spatial: 1 | 2,
): Tensor | [Tensor, Tensor] {
  checkPlanes(operation, input, spatial);
  const {
    kernelSize,
    returnIndices = false,
    ...rest
  } = requiredArguments<MaxPoolOptions, "kernelSize">(operation, ["kernelSize"], MAX_PARAMETERS, given);
  const options = windowOptions(operation, kernelSize, rest, spatial);
  const [rows, columns] = windowCounts(operation, input, spatial, options);
  const [height, width] = planeSize(input, spatial);
  const vertical = maxWindows(rows, height, 0, options);
  const horizontal = maxWindows(columns, width, 1, options);
  const [largest, positions] = maximum(input, { spatial, vertical, horizontal }, maxOperations[spatial]);
  return returnIndices ? [largest, positions.to("int64")] : largest;
}

function avgPool(
  operation: string,
  input: Tensor,
  names: readonly (keyof AvgPoolOptions)[],
  given: readonly unknown[],
  spatial: 1 | 2,
): Tensor {
  checkPlanes(operation, input, spatial);
  const {
    kernelSize,
    countIncludePad = true,
    divisorOverride = null,
    ...rest
  } = requiredArguments<AvgPoolOptions, "kernelSize">(operation, ["kernelSize"], names, given);
  if (divisorOverride === 0) throw new RangeError(`${operation}: divisor must be not zero`);
  const options = windowOptions(operation, kernelSize, rest, spatial);
  const counts = windowCounts(operation, input, spatial, options);
  const size = planeSize(input, spatial);
  const { kernel, stride, padding } = options;
  const windows = ([0, 1] as const).map((d) => {
    const bounds = Array.from({ length: counts[d] }, (_, k) => {
      const start = k * stride[d] - padding[d];
      const end = Math.min(start + kernel[d], size[d] + padding[d]);
      return { start: Math.max(0, start), end: Math.min(end, size[d]), padded: end - start };
    });
    return {
      starts: bounds.map(({ start }) => start),
      ends: bounds.map(({ end }) => end),
      step: 1,
      size: size[d],
      counted: bounds.map(({ start, end, padded }) => (countIncludePad ? padded : end - start)),
    };
  });
  const [vertical, horizontal] = windows;
  const factors = Float64Array.from(
    vertical.counted.flatMap((h) => horizontal.counted.map((w) => 1 / (divisorOverride ?? h * w))),
  );
  const inputShape = input.shape;
  const outputShape = withPlanes(inputShape.slice(0, -spatial), counts, spatial);
  return average(
    input,
    { spatial, vertical, horizontal, factors, inputShape, outputShape },
    averageOperations[spatial],
  );
}

/** Windows that cover a dimension evenly: window k of n goes from ⌊k·size/n⌋ to ⌈(k + 1)·size/n⌉. */
function adaptiveWindows(count: number, size: number): Windows {
  const indices = Array.from({ length: count }, (_, k) => k);
  return {
    starts: indices.map((k) => Math.floor((k * size) / count)),
    ends: indices.map((k) => Math.ceil(((k + 1) * size) / count)),
    step: 1,
    size,
  };
}

function adaptiveGrid(operation: string, input: Tensor, outputSize: AdaptiveSize, spatial: 1 | 2): Grid {
  checkPlanes(operation, input, spatial);
  const size = planeSize(input, spatial);
  const given = Array.isArray(outputSize) ? outputSize : new Array(spatial).fill(outputSize);
  const filled = given.map((n: number | null, d: number) => n ?? size[d + 2 - spatial]);
  const counts = sizePair(operation, "outputSize", filled, spatial, 0, 1);
  if (size.includes(0)) {
    throw new RangeError(
      `${operation}: expected input to have non-zero size for non-batch dimensions, but input has shape ${describe(input.shape)}`,
    );
  }
  return {
    spatial,
    vertical: adaptiveWindows(counts[0], size[0]),
    horizontal: adaptiveWindows(counts[1], size[1]),
  };
}

function adaptiveAvgPool(
  operation: string,
  input: Tensor,
  given: readonly unknown[],
  spatial: 1 | 2,
): Tensor {
  const { outputSize } = requiredArguments<AdaptiveOptions, "outputSize">(
    operation,
    ["outputSize"],
    [],
    given,
  );
  const grid = adaptiveGrid(operation, input, outputSize, spatial);
  const { vertical, horizontal } = grid;
  const factors = Float64Array.from(
    vertical.starts.flatMap((top, i) =>
      horizontal.starts.map((left, j) => 1 / ((vertical.ends[i] - top) * (horizontal.ends[j] - left))),
    ),
  );
  const inputShape = input.shape;
  const counts = [vertical.starts.length, horizontal.starts.length] as const;
  const outputShape = withPlanes(inputShape.slice(0, -spatial), counts, spatial);
  return average(
    input,
    { ...grid, factors, inputShape, outputShape },
    averageOperations[`adaptive${spatial}`],
  );
}

function adaptiveMaxPool(
  operation: string,
  input: Tensor,
  given: readonly unknown[],
  spatial: 1 | 2,
): Tensor | [Tensor, Tensor] {
  const { outputSize, returnIndices = false } = requiredArguments<
    AdaptiveOptions & { returnIndices?: boolean },
    "outputSize"
  >(operation, ["outputSize"], ["returnIndices"], given);
  const grid = adaptiveGrid(operation, input, outputSize, spatial);
  const [largest, positions] = maximum(input, grid, maxOperations[`adaptive${spatial}`]);
  return returnIndices ? [largest, positions.to("int64")] : largest;
}

/** Options that ask for the places of the maxima. */
interface WithIndices extends MaxPoolOptions {
  returnIndices: true;
}
type Indexed = Arguments<
  [kernelSize: Size, stride?: Size | null, padding?: Size, dilation?: Size, ceilMode?: boolean],
  WithIndices
>;

const MAX_PARAMETERS = ["stride", "padding", "dilation", "ceilMode", "returnIndices"] as const;

/**
 * The largest element of every window of [batch, channels, length] (or without batch).
 *
 * @returns with returnIndices [output, indices]; an index is a position along the length
 */
export function maxPool1d(input: Tensor, ...given: MaxPoolArguments): Tensor;
export function maxPool1d(input: Tensor, ...given: Indexed): [Tensor, Tensor];
export function maxPool1d(input: Tensor, ...given: readonly unknown[]): Tensor | [Tensor, Tensor] {
  return maxPool("maxPool1d", input, given, 1);
}

/**
 * The largest element of every window of [batch, channels, height, width] (or without batch). Sizes are numbers or
 * pairs [vertical, horizontal].
 *
 * @returns with returnIndices [output, indices]; an index counts the elements of the plane, row by row
 */
export function maxPool2d(input: Tensor, ...given: MaxPoolArguments): Tensor;
export function maxPool2d(input: Tensor, ...given: Indexed): [Tensor, Tensor];
export function maxPool2d(input: Tensor, ...given: readonly unknown[]): Tensor | [Tensor, Tensor] {
  return maxPool("maxPool2d", input, given, 2);
}

/** The mean of every window of [batch, channels, length] (or without batch). */
export function avgPool1d(input: Tensor, ...given: AvgPool1dArguments): Tensor {
  const names = ["stride", "padding", "ceilMode", "countIncludePad"] as const;
  return avgPool("avgPool1d", input, names, given, 1);
}

/** The mean of every window of [batch, channels, height, width] (or without batch). */
export function avgPool2d(input: Tensor, ...given: AvgPool2dArguments): Tensor {
  const names = ["stride", "padding", "ceilMode", "countIncludePad", "divisorOverride"] as const;
  return avgPool("avgPool2d", input, names, given, 2);
}

/** The mean of `outputSize` windows that cover the length evenly. */
export function adaptiveAvgPool1d(input: Tensor, ...given: AdaptiveArguments): Tensor {
  return adaptiveAvgPool("adaptiveAvgPool1d", input, given, 1);
}

/** The mean of windows that cover the plane evenly: `outputSize` is a number or a pair; null keeps a size. */
export function adaptiveAvgPool2d(input: Tensor, ...given: AdaptiveArguments): Tensor {
  return adaptiveAvgPool("adaptiveAvgPool2d", input, given, 2);
}

/** The largest element of `outputSize` windows that cover the length evenly. */
export function adaptiveMaxPool1d(
  input: Tensor,
  ...given: [outputSize: AdaptiveSize, options: { returnIndices: true }]
): [Tensor, Tensor];
export function adaptiveMaxPool1d(input: Tensor, ...given: AdaptiveMaxArguments): Tensor;
export function adaptiveMaxPool1d(input: Tensor, ...given: readonly unknown[]): Tensor | [Tensor, Tensor] {
  return adaptiveMaxPool("adaptiveMaxPool1d", input, given, 1);
}

/** The largest element of windows that cover the plane evenly: `outputSize` is a number or a pair; null keeps a size. */
export function adaptiveMaxPool2d(
  input: Tensor,
  ...given: [outputSize: AdaptiveSize, options: { returnIndices: true }]
): [Tensor, Tensor];
export function adaptiveMaxPool2d(input: Tensor, ...given: AdaptiveMaxArguments): Tensor;
export function adaptiveMaxPool2d(input: Tensor, ...given: readonly unknown[]): Tensor | [Tensor, Tensor] {
  return adaptiveMaxPool("adaptiveMaxPool2d", input, given, 2);
}
