import { type Arguments, namedArguments } from "../tensor/arguments.js";
import { chosenDType } from "../tensor/creation.js";
import type { DType } from "../tensor/dtype.js";
import {
  type HardtanhArguments,
  type HardtanhOptions,
  hardshrink,
  hardsigmoid,
  hardswish,
  hardtanh,
  relu6,
  type ShrinkArguments,
  type ShrinkOptions,
  softshrink,
} from "../tensor/ops/activation-hard.js";
import {
  type AlphaShapeArguments,
  type AlphaShapeOptions,
  celu,
  elu,
  type InplaceArguments,
  type InplaceOptions,
  type LeakyReluArguments,
  type LeakyReluOptions,
  leakyRelu,
  prelu,
  type RreluOptions,
  relu,
  rrelu,
  selu,
  type ThresholdArguments,
  type ThresholdOptions,
  threshold,
} from "../tensor/ops/activation-rectified.js";
import {
  type GeluArguments,
  type GeluOptions,
  type GluArguments,
  type GluOptions,
  gelu,
  glu,
  logsigmoid,
  mish,
  type SoftplusArguments,
  type SoftplusOptions,
  silu,
  softplus,
  softsign,
  tanhshrink,
} from "../tensor/ops/activation-smooth.js";
import { sigmoid, tanh } from "../tensor/ops/pointwise.js";
import { logSoftmax, softmax, softmin } from "../tensor/ops/softmax.js";
import { describe } from "../tensor/shape.js";
import { Tensor } from "../tensor/tensor.js";
import { Module } from "./module.js";
import { Parameter } from "./parameter.js";
import { pythonFloat, pythonNumber } from "./representation.js";

/** An activation that can overwrite its input. */
abstract class InplaceActivation extends Module {
  readonly inplace: boolean;

  constructor(inplace: boolean | undefined) {
    super();
    this.inplace = inplace ?? false;
  }

  /** The constants, and whether the input is overwritten. */
  protected represent(...constants: string[]): string {
    return [...constants, ...(this.inplace ? ["inplace=True"] : [])].join(", ");
  }

  override extraRepr(): string {
    return this.represent();
  }
}

/** An activation whose only option is whether it overwrites its input. */
abstract class PlainActivation extends InplaceActivation {
  constructor(...given: InplaceArguments) {
    super(namedArguments<InplaceOptions>(new.target.name, ["inplace"], given).inplace);
  }
}

/** max(x, 0). */
export class ReLU extends PlainActivation {
  override forward(input: Tensor): Tensor {
    return relu(input, this.inplace);
  }
}

/** The nearest number between 0 and 6. */
export class ReLU6 extends PlainActivation {
  override forward(input: Tensor): Tensor {
    return relu6(input, this.inplace);
  }
}

/** x·σ(x). */
export class SiLU extends PlainActivation {
  override forward(input: Tensor): Tensor {
    return silu(input, this.inplace);
  }
}

/** x·tanh(ln(1 + e^x)). */
export class Mish extends PlainActivation {
  override forward(input: Tensor): Tensor {
    return mish(input, this.inplace);
  }
}

/** ELU with the constants that keep mean 0 and variance 1. */
export class SELU extends PlainActivation {
  override forward(input: Tensor): Tensor {
    return selu(input, this.inplace);
  }
}

/** x·(x + 3)/6, but 0 below −3 and x above 3. */
export class Hardswish extends PlainActivation {
  override forward(input: Tensor): Tensor {
    return hardswish(input, this.inplace);
  }
  override extraRepr(): string {
    return "";
  }
}

/** (x + 3)/6, but 0 below −3 and 1 above 3. */
export class Hardsigmoid extends PlainActivation {
  override forward(input: Tensor): Tensor {
    return hardsigmoid(input, this.inplace);
  }
  override extraRepr(): string {
    return "";
  }
}

/** x where it is positive, `negativeSlope`·x elsewhere. */
export class LeakyReLU extends InplaceActivation {
  readonly negativeSlope: number;

  constructor(...given: LeakyReluArguments) {
    const { negativeSlope = 0.01, inplace } = namedArguments<LeakyReluOptions>(
      "LeakyReLU",
      ["negativeSlope", "inplace"],
      given,
    );
    super(inplace);
    this.negativeSlope = negativeSlope;
  }
  override forward(input: Tensor): Tensor {
    return leakyRelu(input, this.negativeSlope, this.inplace);
  }
  override extraRepr(): string {
    return this.represent(`negative_slope=${pythonNumber(this.negativeSlope)}`);
  }
}

/** x where it is positive, elsewhere x times a slope that is drawn in training. */
export class RReLU extends InplaceActivation {
  readonly lower: number;
  readonly upper: number;

  constructor(
    ...given: Arguments<[lower?: number, upper?: number, inplace?: boolean], Omit<RreluOptions, "training">>
  ) {
    const {
      lower = 1 / 8,
      upper = 1 / 3,
      inplace,
    } = namedArguments<RreluOptions>("RReLU", ["lower", "upper", "inplace"], given);
    super(inplace);
    this.lower = lower;
    this.upper = upper;
  }
  override forward(input: Tensor): Tensor {
    return rrelu(input, this.lower, this.upper, this.training, this.inplace);
  }
  override extraRepr(): string {
    return this.represent(`lower=${pythonNumber(this.lower)}`, `upper=${pythonNumber(this.upper)}`);
  }
}

/** x where it exceeds `threshold`, `value` elsewhere. */
export class Threshold extends InplaceActivation {
  readonly threshold: number;
  readonly value: number;

  constructor(...given: ThresholdArguments) {
    const options = namedArguments<ThresholdOptions>("Threshold", ["threshold", "value", "inplace"], given);
    super(options.inplace);
    for (const name of ["threshold", "value"] as const) {
      if (typeof options[name] !== "number")
        throw new TypeError(`Threshold: ${name} is a number, not ${String(options[name])}`);
    }
    this.threshold = options.threshold as number;
    this.value = options.value as number;
  }
  override forward(input: Tensor): Tensor {
    return threshold(input, this.threshold, this.value, this.inplace);
  }
  override extraRepr(): string {
    return this.represent(`threshold=${pythonNumber(this.threshold)}`, `value=${pythonNumber(this.value)}`);
  }
}

/** x where it is positive, α·(e^x − 1) elsewhere. */
export class ELU extends InplaceActivation {
  readonly alpha: number;

  constructor(...given: AlphaShapeArguments) {
    const { alpha = 1, inplace } = namedArguments<AlphaShapeOptions>("ELU", ["alpha", "inplace"], given);
    super(inplace);
    this.alpha = alpha;
  }
  override forward(input: Tensor): Tensor {
    return elu(input, this.alpha, this.inplace);
  }
  override extraRepr(): string {
    return this.represent(`alpha=${pythonFloat(this.alpha)}`);
  }
}

/** x where it is positive, α·(e^(x/α) − 1) elsewhere. */
export class CELU extends InplaceActivation {
  readonly alpha: number;

  constructor(...given: AlphaShapeArguments) {
    const { alpha = 1, inplace } = namedArguments<AlphaShapeOptions>("CELU", ["alpha", "inplace"], given);
    super(inplace);
    this.alpha = alpha;
  }
  override forward(input: Tensor): Tensor {
    return celu(input, this.alpha, this.inplace);
  }
  override extraRepr(): string {
    return this.represent(`alpha=${pythonFloat(this.alpha)}`);
  }
}

/** The nearest number between `minVal` and `maxVal`. */
export class Hardtanh extends InplaceActivation {
  readonly minVal: number;
  readonly maxVal: number;

  constructor(...given: HardtanhArguments) {
    const {
      minVal = -1,
      maxVal = 1,
      inplace,
    } = namedArguments<HardtanhOptions>("Hardtanh", ["minVal", "maxVal", "inplace"], given);
    super(inplace);
    if (!(maxVal > minVal))
      throw new RangeError(`Hardtanh: maxVal ${String(maxVal)} must exceed minVal ${String(minVal)}`);
    this.minVal = minVal;
    this.maxVal = maxVal;
  }
  override forward(input: Tensor): Tensor {
    return hardtanh(input, this.minVal, this.maxVal, this.inplace);
  }
  override extraRepr(): string {
    return this.represent(`min_val=${pythonFloat(this.minVal)}`, `max_val=${pythonFloat(this.maxVal)}`);
  }
}

export interface PReLUOptions {
  /** One slope for all channels (1, default), or one for each. */
  numParameters?: number;
  /** The slope at the beginning. Default 0.25. */
  init?: number;
  dtype?: DType;
}

/** x where it is positive, weight·x elsewhere: the slope is learned. */
export class PReLU extends Module {
  readonly numParameters: number;
  readonly weight: Parameter;

  constructor(...given: Arguments<[numParameters?: number, init?: number], PReLUOptions>) {
    super();
    const {
      numParameters = 1,
      init = 0.25,
      ...options
    } = namedArguments<PReLUOptions>("PReLU", ["numParameters", "init", "dtype"], given);
    if (!Number.isInteger(numParameters) || numParameters < 1)
      throw new RangeError(`PReLU: numParameters must be an integer ≥ 1, not ${String(numParameters)}`);
    this.numParameters = numParameters;
    this.weight = new Parameter(Tensor.full([numParameters], init, chosenDType("PReLU", options)));
  }
  override forward(input: Tensor): Tensor {
    return prelu(input, this.weight);
  }
  override extraRepr(): string {
    return `num_parameters=${this.numParameters}`;
  }
}

/** x·Φ(x), Φ the distribution function of the standard normal distribution. */
export class GELU extends Module {
  readonly approximate: "none" | "tanh";

  constructor(...given: GeluArguments) {
    super();
    this.approximate = namedArguments<GeluOptions>("GELU", ["approximate"], given).approximate ?? "none";
  }
  override forward(input: Tensor): Tensor {
    return gelu(input, this.approximate);
  }
  override extraRepr(): string {
    return `approximate='${this.approximate}'`;
  }
}

/** ln(1 + e^(β·x))/β, and x itself where β·x exceeds the threshold. */
export class Softplus extends Module {
  readonly beta: number;
  readonly threshold: number;

  constructor(...given: SoftplusArguments) {
    super();
    const { beta = 1, threshold = 20 } = namedArguments<SoftplusOptions>(
      "Softplus",
      ["beta", "threshold"],
      given,
    );
    this.beta = beta;
    this.threshold = threshold;
  }
  override forward(input: Tensor): Tensor {
    return softplus(input, this.beta, this.threshold);
  }
  override extraRepr(): string {
    return `beta=${pythonNumber(this.beta)}, threshold=${pythonNumber(this.threshold)}`;
  }
}

/** An activation with the width of a dead zone around 0. */
abstract class Shrink extends Module {
  readonly lambd: number;

  constructor(...given: ShrinkArguments) {
    super();
    this.lambd = namedArguments<ShrinkOptions>(new.target.name, ["lambd"], given).lambd ?? 0.5;
  }
  override extraRepr(): string {
    return pythonNumber(this.lambd);
  }
}

/** x, but 0 between −`lambd` and `lambd`. */
export class Hardshrink extends Shrink {
  override forward(input: Tensor): Tensor {
    return hardshrink(input, this.lambd);
  }
}

/** x moved towards 0 by `lambd`, and 0 where it would pass it. */
export class Softshrink extends Shrink {
  override forward(input: Tensor): Tensor {
    return softshrink(input, this.lambd);
  }
}

/** 1/(1 + e^−x). */
export class Sigmoid extends Module {
  override forward(input: Tensor): Tensor {
    return sigmoid(input);
  }
}

/** The hyperbolic tangent. */
export class Tanh extends Module {
  override forward(input: Tensor): Tensor {
    return tanh(input);
  }
}

/** ln σ(x). */
export class LogSigmoid extends Module {
  override forward(input: Tensor): Tensor {
    return logsigmoid(input);
  }
}

/** x/(1 + |x|). */
export class Softsign extends Module {
  override forward(input: Tensor): Tensor {
    return softsign(input);
  }
}

/** x − tanh x. */
export class Tanhshrink extends Module {
  override forward(input: Tensor): Tensor {
    return tanhshrink(input);
  }
}

/** a·σ(b), where a and b are the halves of the input along one dimension. */
export class GLU extends Module {
  readonly dim: number;

  constructor(...given: GluArguments) {
    super();
    this.dim = namedArguments<GluOptions>("GLU", ["dim"], given).dim ?? -1;
  }
  override forward(input: Tensor): Tensor {
    return glu(input, this.dim);
  }
  override extraRepr(): string {
    return `dim=${this.dim}`;
  }
}

/** A softmax along a dimension, which must be given. */
abstract class AlongDimension extends Module {
  readonly dim: number;

  constructor(...given: [dim: number] | [options: { dim: number }]) {
    super();
    const { dim } = namedArguments<{ dim: number }>(new.target.name, ["dim"], given);
    if (!Number.isInteger(dim))
      throw new TypeError(`${new.target.name}: the dimension is an integer, not ${String(dim)}`);
    this.dim = dim;
  }
  override extraRepr(): string {
    return `dim=${this.dim}`;
  }
}

/** e^x divided by the sum of all e^x along a dimension. */
export class Softmax extends AlongDimension {
  override forward(input: Tensor): Tensor {
    return softmax(input, this.dim);
  }
}

/** The logarithm of the softmax. */
export class LogSoftmax extends AlongDimension {
  override forward(input: Tensor): Tensor {
    return logSoftmax(input, this.dim);
  }
}

/** The softmax of −x. */
export class Softmin extends AlongDimension {
  override forward(input: Tensor): Tensor {
    return softmin(input, this.dim);
  }
}

/** The softmax over the channels of [N, C, H, W] or [C, H, W]. */
export class Softmax2d extends Module {
  override forward(input: Tensor): Tensor {
    if (input.ndim !== 3 && input.ndim !== 4) {
      throw new RangeError(`Softmax2d: requires a 3D or 4D tensor as input, got ${describe(input.shape)}`);
    }
    return softmax(input, -3);
  }
}
