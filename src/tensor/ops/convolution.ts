import * as engine from "../../engine/convolution.js";
import { type Arguments, requiredArguments } from "../arguments.js";
import { isRecorded } from "../autograd/mode.js";
import { Node, type Operation } from "../autograd/node.js";
import { describe, elementCount } from "../shape.js";
import { Tensor } from "../tensor.js";
import { checkTensor } from "./promotion.js";
import { checkPlanes, type Pair, planeSize, type Size, sizePair, withPlanes } from "./spatial.js";
import { expand, reshape, squeeze, unsqueeze } from "./view.js";

export interface ConvolutionOptions {
  /** The kernels. */
  weight?: Tensor;
  /** One number per output channel, added to its plane. */
  bias?: Tensor | null;
  /** How far the kernel moves from one output to the next. Default 1. */
  stride?: Size;
  /** Zeros on each side, or "valid" (none), or "same": as many as keep the size (stride 1 only). Default 0. */
  padding?: Size | "same" | "valid";
  /** Distance between the elements of the kernel. Default 1. */
  dilation?: Size;
  /** Channels are divided into so many groups that do not see each other. Default 1. */
  groups?: number;
}

export interface TransposedConvolutionOptions {
  /** The kernels. */
  weight?: Tensor;
  /** One number per output channel, added to its plane. */
  bias?: Tensor | null;
  /** Distance between the places where neighbouring inputs are added. Default 1. */
  stride?: Size;
  /** How much is cut off each side of the output. Default 0. */
  padding?: Size;
  /** How much the output grows at its end. Default 0. */
  outputPadding?: Size;
  groups?: number;
  dilation?: Size;
}

export type ConvolutionArguments = Arguments<
  [
    weight: Tensor,
    bias?: Tensor | null,
    stride?: Size,
    padding?: Size | "same" | "valid",
    dilation?: Size,
    groups?: number,
  ],
  ConvolutionOptions
>;
export type TransposedConvolutionArguments = Arguments<
  [
    weight: Tensor,
    bias?: Tensor | null,
    stride?: Size,
    padding?: Size,
    outputPadding?: Size,
    groups?: number,
    dilation?: Size,
  ],
  TransposedConvolutionOptions
>;

/** What the shapes of the operands do not say. */
interface Geometry {
  readonly spatial: 1 | 2;
  readonly stride: Pair;
  readonly padding: Pair;
  readonly dilation: Pair;
  readonly groups: number;
}

/**
 * A convolution is one trilinear form: T(x, w, g) = Σ g[n, o, p] · w[o, c, k] · x[n, c, p·stride + k·dilation − padding].
 * Its three derivatives are the convolution (by g), the transposed convolution (by x) and the gradient of the
 * weight (by w), and each of them is differentiated by the other two.
 */
interface ConvolutionNode extends Geometry {
  readonly inputShape: readonly number[];
  readonly weightShape: readonly number[];
  readonly outputShape: readonly number[];
}

const Convolution: Operation = {
  name: "ConvolutionBackward0",
  backward(node, gradient) {
    const form = node.attributes as ConvolutionNode;
    if (node.needs(0)) node.give(0, byInput(form, gradient, node.saved(1), null));
    if (node.needs(1)) node.give(1, byWeight(form, node.saved(0), gradient));
    if (node.edges.length > 2 && node.needs(2)) node.give(2, sumOfPlanes(gradient));
  },
};

/** The transposed convolution: its first input is g, its result is x. */
const Transposed: Operation = {
  name: "ConvolutionBackward0",
  backward(node, gradient) {
    const form = node.attributes as ConvolutionNode;
    if (node.needs(0)) node.give(0, byOutput(form, gradient, node.saved(1), null));
    if (node.needs(1)) node.give(1, byWeight(form, gradient, node.saved(0)));
    if (node.edges.length > 2 && node.needs(2)) node.give(2, sumOfPlanes(gradient));
  },
};

const WeightGradient: Operation = {
  name: "ConvolutionBackwardBackward0",
  backward(node, gradient) {
    const form = node.attributes as ConvolutionNode;
    if (node.needs(0)) node.give(0, byInput(form, node.saved(1), gradient, null));
    if (node.needs(1)) node.give(1, byOutput(form, node.saved(0), gradient, null));
  },
};

const SumOfPlanes: Operation = {
  name: "SumBackward1",
  backward(node, gradient) {
    const [shape] = node.shapes;
    node.give(0, expand(reshape(gradient, [-1, ...shape.slice(2).map(() => 1)]), shape));
  },
};

/** The sum over everything but the channels. */
function sumOfPlanes(gradient: Tensor): Tensor {
  const [batch, channels, ...size] = gradient.shape;
  const out = Tensor.empty([channels], gradient.dtype);
  engine.sumOfPlanes(batch, channels, elementCount(size), gradient.contiguous(), out.storage.data);
  if (isRecorded(gradient)) out.gradFn = new Node(SumOfPlanes, [gradient]);
  return out;
}

function engineSizes(form: ConvolutionNode): engine.ConvolutionSizes {
  const { spatial, inputShape, weightShape, outputShape, groups } = form;
  const pair = (shape: readonly number[]): Pair => (spatial === 1 ? [1, shape[2]] : [shape[2], shape[3]]);
  return {
    batch: inputShape[0],
    groups,
    inputs: weightShape[1],
    outputs: weightShape[0] / groups,
    inputSize: pair(inputShape),
    outputSize: pair(outputShape),
    kernelSize: pair(weightShape),
    stride: form.stride,
    padding: form.padding,
    dilation: form.dilation,
  };
}

/** ∂T/∂g: the convolution. */
function byOutput(form: ConvolutionNode, input: Tensor, weight: Tensor, bias: Tensor | null): Tensor {
  const out = Tensor.empty(form.outputShape, input.dtype, "convolution");
  engine.convolve(
    engineSizes(form),
    input.contiguous(),
    weight.contiguous(),
    bias?.contiguous() ?? null,
    out.storage.data,
  );
  return recorded(Convolution, form, out, input, weight, bias);
}

/** ∂T/∂x: the transposed convolution. */
function byInput(form: ConvolutionNode, gradient: Tensor, weight: Tensor, bias: Tensor | null): Tensor {
  const out = Tensor.empty(form.inputShape, gradient.dtype, "convolution");
  engine.convolveTransposed(
    engineSizes(form),
    gradient.contiguous(),
    weight.contiguous(),
    bias?.contiguous() ?? null,
    out.storage.data,
  );
  return recorded(Transposed, form, out, gradient, weight, bias);
}

/** ∂T/∂w: the gradient of the weight. */
function byWeight(form: ConvolutionNode, input: Tensor, gradient: Tensor): Tensor {
  const out = Tensor.empty(form.weightShape, input.dtype);
  engine.convolveWeight(engineSizes(form), input.contiguous(), gradient.contiguous(), out.storage.data);
  return recorded(WeightGradient, form, out, input, gradient, null);
}

function recorded(
  operation: Operation,
  form: ConvolutionNode,
  out: Tensor,
  a: Tensor,
  b: Tensor,
  bias: Tensor | null,
): Tensor {
  if (isRecorded(a, b, bias ?? a)) {
    const saved = [b.requiresGrad ? a : null, a.requiresGrad ? b : null];
    out.gradFn = new Node(operation, bias === null ? [a, b] : [a, b, bias], saved, form);
  }
  return out;
}

function checkOperands(
  operation: string,
  input: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  spatial: 1 | 2,
  groups: number,
  isTransposed: boolean,
): void {
  checkPlanes(operation, input, spatial);
  checkTensor(operation, weight);
  const layout = isTransposed ? "in, out/groups" : "out, in/groups";
  if (weight.shape.length !== spatial + 2) {
    throw new RangeError(
      `${operation}: the weight must have ${spatial + 2} dimensions, [${layout}, kernel size], but it has shape ${describe(weight.shape)}`,
    );
  }
  if (!Number.isInteger(groups) || groups < 1)
    throw new RangeError(`${operation}: groups must be an integer ≥ 1, not ${String(groups)}`);
  const [first, second, ...kernel] = weight.shape;
  if (first % groups !== 0) {
    throw new RangeError(
      `${operation}: given groups=${groups}, expected weight to be divisible by ${groups} at dimension 0, but got weight of size ${describe(weight.shape)} instead`,
    );
  }
  if (kernel.includes(0))
    throw new RangeError(
      `${operation}: the kernel size must not be 0: the weight has shape ${describe(weight.shape)}`,
    );
  const channels = input.shape[input.shape.length - spatial - 1];
  const expected = isTransposed ? first : second * groups;
  if (channels !== expected) {
    throw new RangeError(
      `${operation}: given groups=${groups}, weight of size ${describe(weight.shape)}, expected input${describe(input.shape)} to have ${expected} channels, but got ${channels} channels instead`,
    );
  }
  const outputs = isTransposed ? second * groups : first;
  if (bias !== null) {
    checkTensor(operation, bias);
    if (bias.shape.length !== 1 || bias.shape[0] !== outputs) {
      throw new RangeError(
        `${operation}: given weight of size ${describe(weight.shape)}, expected bias to be 1-dimensional with ${outputs} elements, but got bias of size ${describe(bias.shape)} instead`,
      );
    }
  }
  for (const [name, operand] of [
    ["weight", weight],
    ["bias", bias],
  ] as const) {
    if (operand !== null && operand.dtype !== input.dtype) {
      throw new TypeError(
        `${operation}: input and ${name} must have the same dtype, but they are ${input.dtype} and ${operand.dtype}`,
      );
    }
  }
}

const PARAMETERS = ["bias", "stride", "padding", "dilation", "groups"] as const;
const TRANSPOSED_PARAMETERS = ["bias", "stride", "padding", "outputPadding", "groups", "dilation"] as const;

function convolution(operation: string, input: Tensor, given: readonly unknown[], spatial: 1 | 2): Tensor {
  const {
    weight,
    bias = null,
    groups = 1,
    ...options
  } = requiredArguments<ConvolutionOptions, "weight">(operation, ["weight"], PARAMETERS, given);
  checkOperands(operation, input, weight, bias, spatial, groups, false);
  const stride = sizePair(operation, "stride", options.stride ?? 1, spatial, 1, 1);
  const dilation = sizePair(operation, "dilation", options.dilation ?? 1, spatial, 1, 1);
  const kernel = planeSize(weight, spatial);
  const [before, total] = paddings(operation, options.padding ?? 0, spatial, kernel, stride, dilation);
  const batched = input.shape.length === spatial + 2 ? input : unsqueeze(input, 0);
  const size = planeSize(input, spatial);
  const outputSize = [0, 1].map(
    (d) => Math.floor((size[d] + total[d] - dilation[d] * (kernel[d] - 1) - 1) / stride[d]) + 1,
  ) as unknown as Pair;
  if (outputSize.some((n) => n < 1)) {
    const padded = withPlanes([], [size[0] + total[0], size[1] + total[1]], spatial).join(" x ");
    const effective = withPlanes(
      [],
      [dilation[0] * (kernel[0] - 1) + 1, dilation[1] * (kernel[1] - 1) + 1],
      spatial,
    );
    throw new RangeError(
      `${operation}: calculated padded input size per channel: (${padded}). Kernel size: (${effective.join(" x ")}). Kernel size can't be greater than actual input size`,
    );
  }
  const form: ConvolutionNode = {
    spatial,
    stride,
    padding: before,
    dilation,
    groups,
    inputShape: batched.shape,
    weightShape: weight.shape,
    outputShape: withPlanes([batched.shape[0], weight.shape[0]], outputSize, spatial),
  };
  const out = byOutput(form, batched, weight, bias);
  return batched === input ? out : squeeze(out, 0);
}

/** How many zeros come in front, and how many there are in all. "same" puts the odd one behind. */
function paddings(
  operation: string,
  padding: Size | "same" | "valid",
  spatial: 1 | 2,
  kernel: Pair,
  stride: Pair,
  dilation: Pair,
): [before: Pair, total: Pair] {
  if (padding === "valid")
    return [
      [0, 0],
      [0, 0],
    ];
  if (padding === "same") {
    if (stride.some((s) => s !== 1))
      throw new RangeError(`${operation}: padding="same" is not supported for strided convolutions`);
    const total: Pair = [dilation[0] * (kernel[0] - 1), dilation[1] * (kernel[1] - 1)];
    return [[Math.floor(total[0] / 2), Math.floor(total[1] / 2)], total];
  }
  if (typeof padding === "string") {
    throw new TypeError(
      `${operation}: padding must be "same", "valid" or numbers, not ${JSON.stringify(padding)}`,
    );
  }
  const before = sizePair(operation, "padding", padding, spatial, 0, 0);
  return [before, [2 * before[0], 2 * before[1]]];
}

function transposedConvolution(
  operation: string,
  input: Tensor,
  given: readonly unknown[],
  spatial: 1 | 2,
): Tensor {
  const {
    weight,
    bias = null,
    groups = 1,
    ...options
  } = requiredArguments<TransposedConvolutionOptions, "weight">(
    operation,
    ["weight"],
    TRANSPOSED_PARAMETERS,
    given,
  );
  checkOperands(operation, input, weight, bias, spatial, groups, true);
  const stride = sizePair(operation, "stride", options.stride ?? 1, spatial, 1, 1);
  const dilation = sizePair(operation, "dilation", options.dilation ?? 1, spatial, 1, 1);
  const padding = sizePair(operation, "padding", options.padding ?? 0, spatial, 0, 0);
  const extra = sizePair(operation, "outputPadding", options.outputPadding ?? 0, spatial, 0, 0);
  if (extra.some((n, d) => n >= stride[d] && n >= dilation[d])) {
    throw new RangeError(
      `${operation}: output padding must be smaller than either stride or dilation, but got output padding ${describe(withPlanes([], extra, spatial))}, stride ${describe(withPlanes([], stride, spatial))}, dilation ${describe(withPlanes([], dilation, spatial))}`,
    );
  }
  const batched = input.shape.length === spatial + 2 ? input : unsqueeze(input, 0);
  const size = planeSize(input, spatial);
  const kernel = planeSize(weight, spatial);
  const outputSize = [0, 1].map(
    (d) => (size[d] - 1) * stride[d] - 2 * padding[d] + dilation[d] * (kernel[d] - 1) + extra[d] + 1,
  ) as unknown as Pair;
  if (outputSize.some((n) => n < 1)) {
    throw new RangeError(
      `${operation}: given input size per channel: ${describe(withPlanes([], size, spatial))}, calculated output size per channel: ${describe(withPlanes([], outputSize, spatial))}. Output size is too small`,
    );
  }
  const form: ConvolutionNode = {
    spatial,
    stride,
    padding,
    dilation,
    groups,
    inputShape: withPlanes([batched.shape[0], weight.shape[1] * groups], outputSize, spatial),
    weightShape: weight.shape,
    outputShape: batched.shape,
  };
  const out = byInput(form, batched, weight, bias);
  return batched === input ? out : squeeze(out, 0);
}

/**
 * The cross-correlation of input [batch, in, length] (or [in, length]) with weight [out, in/groups, kernel].
 *
 * @returns [batch, out, ⌊(length + 2·padding − dilation·(kernel − 1) − 1)/stride⌋ + 1]
 */
export function conv1d(input: Tensor, ...given: ConvolutionArguments): Tensor {
  return convolution("conv1d", input, given, 1);
}

/**
 * The cross-correlation of input [batch, in, height, width] (or without batch) with weight
 * [out, in/groups, kernel height, kernel width]. Sizes, strides and so on are numbers or pairs [vertical, horizontal].
 */
export function conv2d(input: Tensor, ...given: ConvolutionArguments): Tensor {
  return convolution("conv2d", input, given, 2);
}

/**
 * The transpose of `conv1d`: input [batch, in, length] (or without batch), weight [in, out/groups, kernel].
 *
 * @returns [batch, out, (length − 1)·stride − 2·padding + dilation·(kernel − 1) + outputPadding + 1]
 */
export function convTranspose1d(input: Tensor, ...given: TransposedConvolutionArguments): Tensor {
  return transposedConvolution("convTranspose1d", input, given, 1);
}

/** The transpose of `conv2d`: input [batch, in, height, width] (or without batch), weight [in, out/groups, …kernel]. */
export function convTranspose2d(input: Tensor, ...given: TransposedConvolutionArguments): Tensor {
  return transposedConvolution("convTranspose2d", input, given, 2);
}
