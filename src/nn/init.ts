import { namedArguments } from "../tensor/arguments.js";
import { noGrad } from "../tensor/autograd/mode.js";
import { checkTensor } from "../tensor/ops/promotion.js";
import { describe } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";

export type Nonlinearity = "linear" | "sigmoid" | "tanh" | "relu" | "leaky_relu" | "selu";

export interface KaimingOptions {
  /** The negative slope of the leaky ReLU that follows. Default 0. */
  a?: number;
  /** Whether the forward ("fan_in", default) or the backward ("fan_out") pass keeps its variance. */
  mode?: "fan_in" | "fan_out";
  /** What follows the layer. Default "leaky_relu". */
  nonlinearity?: Nonlinearity;
}

export interface UniformOptions {
  /** Lower bound. Default 0. */
  a?: number;
  /** Upper bound. Default 1. */
  b?: number;
}

export interface NormalOptions {
  /** Default 0. */
  mean?: number;
  /** Standard deviation. Default 1. */
  std?: number;
}

export interface XavierOptions {
  /** What `calculateGain` says of the nonlinearity that follows. Default 1. */
  gain?: number;
}

/** Parameters by position or by name. */
export type UniformArguments =
  | [a?: number, b?: number]
  | [a: number, options: UniformOptions]
  | [options: UniformOptions];
export type NormalArguments =
  | [mean?: number, std?: number]
  | [mean: number, options: NormalOptions]
  | [options: NormalOptions];
export type XavierArguments = [gain?: number] | [options: XavierOptions];
export type KaimingArguments =
  | [a?: number, mode?: "fan_in" | "fan_out", nonlinearity?: Nonlinearity]
  | [a: number, options: KaimingOptions]
  | [a: number, mode: "fan_in" | "fan_out", options: KaimingOptions]
  | [options: KaimingOptions];

/** The factor by which a nonlinearity asks for wider weights. */
export function calculateGain(nonlinearity: Nonlinearity, negativeSlope = 0.01): number {
  switch (nonlinearity) {
    case "linear":
    case "sigmoid":
      return 1;
    case "tanh":
      return 5 / 3;
    case "relu":
      return Math.sqrt(2);
    case "leaky_relu":
      return Math.sqrt(2 / (1 + negativeSlope ** 2));
    case "selu":
      return 3 / 4;
    default:
      throw new TypeError(`calculateGain: unsupported nonlinearity ${String(nonlinearity)}`);
  }
}

/** How many inputs and outputs each unit of a weight [out, in, …] has. */
function fans(operation: string, tensor: Tensor): { fanIn: number; fanOut: number } {
  checkTensor(operation, tensor);
  const [out, inputs, ...field] = tensor.shape;
  if (inputs === undefined) {
    throw new RangeError(
      `${operation}: fan in and fan out can not be computed for a tensor with fewer than 2 dimensions: its shape is ${describe(tensor.shape)}`,
    );
  }
  const size = field.reduce((n, s) => n * s, 1);
  return { fanIn: inputs * size, fanOut: out * size };
}

/** Fills with values uniform between `a` (0) and `b` (1). */
export function uniform_<T extends Tensor>(tensor: T, ...given: UniformArguments): T {
  checkTensor("uniform_", tensor);
  const { a = 0, b = 1 } = namedArguments<UniformOptions>("uniform_", ["a", "b"], given);
  return noGrad(() => tensor.uniform_(a, b));
}

/** Fills with normal values. */
export function normal_<T extends Tensor>(tensor: T, ...given: NormalArguments): T {
  checkTensor("normal_", tensor);
  const { mean = 0, std = 1 } = namedArguments<NormalOptions>("normal_", ["mean", "std"], given);
  return noGrad(() => tensor.normal_(mean, std));
}

/** Fills with one value. */
export function constant_<T extends Tensor>(tensor: T, value: number): T {
  checkTensor("constant_", tensor);
  return noGrad(() => tensor.fill_(value));
}

/** Fills with zeros. */
export function zeros_<T extends Tensor>(tensor: T): T {
  return constant_(tensor, 0);
}

/** Fills with ones. */
export function ones_<T extends Tensor>(tensor: T): T {
  return constant_(tensor, 1);
}

function kaimingStd(operation: string, tensor: Tensor, given: KaimingArguments): number {
  const {
    a = 0,
    mode = "fan_in",
    nonlinearity = "leaky_relu",
  } = namedArguments<KaimingOptions>(operation, ["a", "mode", "nonlinearity"], given);
  const { fanIn, fanOut } = fans(operation, tensor);
  if (mode !== "fan_in" && mode !== "fan_out")
    throw new TypeError(`${operation}: mode ${String(mode)} not supported, please use "fan_in" or "fan_out"`);
  return calculateGain(nonlinearity, a) / Math.sqrt(mode === "fan_in" ? fanIn : fanOut);
}

/** Uniform between ∓√3·gain/√fan. He et al., "Delving deep into rectifiers", 2015. */
export function kaimingUniform_<T extends Tensor>(tensor: T, ...given: KaimingArguments): T {
  checkTensor("kaimingUniform_", tensor);
  if (tensor.count === 0) return tensor;
  const bound = Math.sqrt(3) * kaimingStd("kaimingUniform_", tensor, given);
  return uniform_(tensor, -bound, bound);
}

/** Normal with standard deviation gain/√fan. He et al., 2015. */
export function kaimingNormal_<T extends Tensor>(tensor: T, ...given: KaimingArguments): T {
  checkTensor("kaimingNormal_", tensor);
  if (tensor.count === 0) return tensor;
  return normal_(tensor, 0, kaimingStd("kaimingNormal_", tensor, given));
}

function xavierStd(operation: string, tensor: Tensor, given: XavierArguments): number {
  const { gain = 1 } = namedArguments<XavierOptions>(operation, ["gain"], given);
  const { fanIn, fanOut } = fans(operation, tensor);
  return gain * Math.sqrt(2 / (fanIn + fanOut));
}

/** Uniform between ∓gain·√(6/(fanIn + fanOut)). Glorot and Bengio, "Understanding the difficulty …", 2010. */
export function xavierUniform_<T extends Tensor>(tensor: T, ...given: XavierArguments): T {
  const bound = Math.sqrt(3) * xavierStd("xavierUniform_", tensor, given);
  return uniform_(tensor, -bound, bound);
}

/** Normal with standard deviation gain·√(2/(fanIn + fanOut)). Glorot and Bengio, 2010. */
export function xavierNormal_<T extends Tensor>(tensor: T, ...given: XavierArguments): T {
  return normal_(tensor, 0, xavierStd("xavierNormal_", tensor, given));
}
