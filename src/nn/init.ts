import { erf } from "../engine/special-functions.js";
import { type Arguments, namedArguments } from "../tensor/arguments.js";
import { noGrad } from "../tensor/autograd/mode.js";
import { diagonal } from "../tensor/ops/diagonal.js";
import { qr } from "../tensor/ops/linalg/qr.js";
import { checkTensor } from "../tensor/ops/promotion.js";
import { randperm } from "../tensor/ops/random.js";
import { select } from "../tensor/ops/slicing.js";
import { erfinvFloat32 } from "../tensor/random/erfinv-float32.js";
import { describe } from "../tensor/shape.js";
import { Tensor } from "../tensor/tensor.js";

export type Nonlinearity =
  | "linear"
  | "conv1d"
  | "conv2d"
  | "conv3d"
  | "conv_transpose1d"
  | "conv_transpose2d"
  | "conv_transpose3d"
  | "sigmoid"
  | "tanh"
  | "relu"
  | "leaky_relu"
  | "selu";

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
    case "conv1d":
    case "conv2d":
    case "conv3d":
    case "conv_transpose1d":
    case "conv_transpose2d":
    case "conv_transpose3d":
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

export interface TruncatedNormalOptions extends NormalOptions {
  /** The least value. Default −2. */
  a?: number;
  /** The greatest. Default 2. */
  b?: number;
}
export interface SparseOptions {
  /** The share of zeros in each column. */
  sparsity: number;
  /** The standard deviation of the others. Default 0.01. */
  std?: number;
}
export type TruncatedNormalArguments = Arguments<
  [mean?: number, std?: number, a?: number, b?: number],
  TruncatedNormalOptions
>;
export type SparseArguments = Arguments<[sparsity: number, std?: number], SparseOptions> | [SparseOptions];

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

/** The standard normal distribution function. */
function normalDistribution(x: number): number {
  return (1 + erf(x / Math.SQRT2)) / 2;
}

/** Normal values of which none lies outside [a, b]: `mean` and `std` are those before the rest was cut off. */
export function truncNormal_<T extends Tensor>(tensor: T, ...given: TruncatedNormalArguments): T {
  checkTensor("truncNormal_", tensor);
  const {
    mean = 0,
    std = 1,
    a = -2,
    b = 2,
  } = namedArguments<TruncatedNormalOptions>("truncNormal_", ["mean", "std", "a", "b"], given);
  const low = normalDistribution((a - mean) / std);
  const high = normalDistribution((b - mean) / std);
  return noGrad(() => {
    tensor.uniform_(2 * low - 1, 2 * high - 1);
    if (tensor.dtype === "float32") tensor.copy_(erfinvOfFloat32(tensor));
    else tensor.erfinv_();
    tensor.mul_(std * Math.SQRT2);
    tensor.add_(mean);
    return tensor.clamp_({ min: a, max: b }) as T;
  });
}

function erfinvOfFloat32(tensor: Tensor): Tensor {
  const out = Tensor.like(tensor);
  tensor.toArray().forEach((value, k) => {
    out.storage.data[k] = erfinvFloat32(value);
  });
  return out;
}

/** Ones on the diagonal of a matrix, zeros elsewhere: a linear layer that changes nothing. */
export function eye_<T extends Tensor>(tensor: T): T {
  checkMatrix("eye_", tensor);
  return noGrad(() => {
    tensor.zero_();
    for (let k = 0; k < Math.min(...tensor.shape); k++) select(select(tensor, 0, k), 0, k).fill_(1);
    return tensor;
  });
}

function checkMatrix(operation: string, tensor: Tensor): void {
  checkTensor(operation, tensor);
  if (tensor.ndim !== 2)
    throw new RangeError(
      `${operation}: Only tensors with 2 dimensions are supported, not ${describe(tensor.shape)}`,
    );
}

/**
 * A convolution that changes nothing: the weight [out, in / groups, …] hands on as many channels as it can.
 *
 * @param groups how many groups of channels there are. Default 1
 */
export function dirac_<T extends Tensor>(
  tensor: T,
  ...given: Arguments<[groups?: number], { groups?: number }>
): T {
  checkTensor("dirac_", tensor);
  const { groups = 1 } = namedArguments<{ groups?: number }>("dirac_", ["groups"], given);
  const { shape } = tensor;
  if (shape.length < 3 || shape.length > 5) {
    throw new RangeError(
      `dirac_: Only tensors with 3, 4, or 5 dimensions are supported, not ${describe(shape)}`,
    );
  }
  if (!Number.isInteger(groups) || groups < 1 || shape[0] % groups !== 0)
    throw new RangeError(`dirac_: dim 0 (${shape[0]}) must be divisible by groups (${String(groups)})`);
  const perGroup = shape[0] / groups;
  const centre = shape.slice(2).map((size) => Math.floor(size / 2));
  return noGrad(() => {
    tensor.zero_();
    for (let group = 0; group < groups; group++) {
      for (let channel = 0; channel < Math.min(perGroup, shape[1]); channel++) {
        const place = [group * perGroup + channel, channel, ...centre];
        place.reduce<Tensor>((part, index) => select(part, 0, index), tensor).fill_(1);
      }
    }
    return tensor;
  });
}

/**
 * A matrix with orthonormal rows or columns, whichever are fewer; dimensions after the first count as one. Saxe et
 * al., "Exact solutions to the nonlinear dynamics of learning in deep linear neural networks", 2013.
 *
 * @param gain what the matrix is multiplied by. Default 1
 */
export function orthogonal_<T extends Tensor>(tensor: T, ...given: XavierArguments): T {
  checkTensor("orthogonal_", tensor);
  const { gain = 1 } = namedArguments<XavierOptions>("orthogonal_", ["gain"], given);
  if (tensor.ndim < 2) {
    throw new RangeError(
      `orthogonal_: Only tensors with 2 or more dimensions are supported, not ${describe(tensor.shape)}`,
    );
  }
  if (tensor.count === 0) return tensor;
  const [rows] = tensor.shape;
  const columns = tensor.count / rows;
  return noGrad(() => {
    const normal = Tensor.zeros([rows, columns], tensor.dtype).normal_();
    const { Q, R } = qr(rows < columns ? normal.t() : normal);
    // Signs that make the factorisation unique make the matrix uniformly distributed.
    const columnsOfQ = Q.mul(diagonal(R).sign());
    return tensor.copy_((rows < columns ? columnsOfQ.t() : columnsOfQ).reshape(tensor.shape)).mul_(gain);
  });
}

/** Normal values, but in each column of a matrix a share `sparsity` of zeros. Martens, 2010. */
export function sparse_<T extends Tensor>(tensor: T, ...given: SparseArguments): T {
  checkMatrix("sparse_", tensor);
  const { sparsity, std = 0.01 } = namedArguments<SparseOptions>("sparse_", ["sparsity", "std"], given);
  if (!(sparsity >= 0 && sparsity <= 1))
    throw new RangeError(`sparse_: the sparsity lies between 0 and 1, not ${String(sparsity)}`);
  const [rows, columns] = tensor.shape;
  const zeros = Math.ceil(sparsity * rows);
  return noGrad(() => {
    tensor.normal_(0, std);
    for (let column = 0; column < columns; column++) {
      const order = randperm(rows).toArray();
      for (const row of order.subarray(0, zeros)) select(select(tensor, 0, row), 0, column).fill_(0);
    }
    return tensor;
  });
}
