import { type Arguments, namedArguments, requiredArguments } from "../tensor/arguments.js";
import { chosenDType } from "../tensor/creation.js";
import type { DType } from "../tensor/dtype.js";
import { bilinear } from "../tensor/ops/bilinear.js";
import { linear } from "../tensor/ops/matmul.js";
import { Tensor } from "../tensor/tensor.js";
import { kaimingUniform_, uniform_ } from "./init.js";
import { Module } from "./module.js";
import { Parameter } from "./parameter.js";
import { pythonBoolean } from "./representation.js";

export interface LinearOptions {
  /** Size of the last dimension of the input. */
  inFeatures?: number;
  /** Size of the last dimension of the output. */
  outFeatures?: number;
  /** Whether a bias is added. Default true. */
  bias?: boolean;
  dtype?: DType;
}

export type LinearArguments = Arguments<
  [inFeatures: number, outFeatures: number, bias?: boolean],
  LinearOptions
>;

/**
 * x·Wᵀ + b for inputs [..., inFeatures]; outputs [..., outFeatures].
 *
 * `weight` [outFeatures, inFeatures] and `bias` [outFeatures] start uniform between ∓1/√inFeatures, with the very
 * values that PyTorch would draw.
 */
export class Linear extends Module {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly weight: Parameter;
  readonly bias: Parameter | null;

  constructor(...given: LinearArguments) {
    super();
    const {
      inFeatures,
      outFeatures,
      bias = true,
      ...options
    } = requiredArguments<LinearOptions, "inFeatures" | "outFeatures">(
      "Linear",
      ["inFeatures", "outFeatures"],
      ["bias", "dtype"],
      given,
    );
    for (const [name, value] of Object.entries({ inFeatures, outFeatures })) {
      if (!Number.isInteger(value) || value < 0)
        throw new RangeError(`Linear: ${name} must be an integer ≥ 0, not ${String(value)}`);
    }
    if (typeof bias !== "boolean") throw new TypeError(`Linear: bias is true or false, not ${String(bias)}`);
    const dtype = chosenDType("Linear", options);
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    this.weight = new Parameter(Tensor.zeros([outFeatures, inFeatures], dtype, "Linear"));
    this.bias = bias ? new Parameter(Tensor.zeros([outFeatures], dtype)) : null;
    kaimingUniform_(this.weight, { a: Math.sqrt(5) });
    if (this.bias !== null) {
      const bound = inFeatures > 0 ? 1 / Math.sqrt(inFeatures) : 0;
      uniform_(this.bias, -bound, bound);
    }
  }

  override forward(input: Tensor): Tensor {
    return linear(input, this.weight, this.bias);
  }

  override extraRepr(): string {
    return `in_features=${this.inFeatures}, out_features=${this.outFeatures}, bias=${pythonBoolean(this.bias !== null)}`;
  }
}

/**
 * x1ᵀ·W[k]·x2 + b[k] for every output k: inputs [..., in1Features] and [..., in2Features], outputs [..., outFeatures].
 *
 * `weight` [outFeatures, in1Features, in2Features] and `bias` [outFeatures] start uniform between ∓1/√in1Features.
 */
export class Bilinear extends Module {
  readonly in1Features: number;
  readonly in2Features: number;
  readonly outFeatures: number;
  readonly weight: Parameter;
  readonly bias: Parameter | null;

  constructor(in1Features: number, in2Features: number, outFeatures: number, ...given: LinearArguments) {
    super();
    for (const [name, value] of Object.entries({ in1Features, in2Features, outFeatures })) {
      if (!Number.isInteger(value) || value < 1)
        throw new RangeError(`Bilinear: ${name} must be an integer ≥ 1, not ${String(value)}`);
    }
    const { bias = true, ...options } = namedArguments<LinearOptions>("Bilinear", ["bias", "dtype"], given);
    if (typeof bias !== "boolean")
      throw new TypeError(`Bilinear: bias is true or false, not ${String(bias)}`);
    const dtype = chosenDType("Bilinear", options);
    this.in1Features = in1Features;
    this.in2Features = in2Features;
    this.outFeatures = outFeatures;
    this.weight = new Parameter(Tensor.zeros([outFeatures, in1Features, in2Features], dtype, "Bilinear"));
    this.bias = bias ? new Parameter(Tensor.zeros([outFeatures], dtype)) : null;
    const bound = 1 / Math.sqrt(in1Features);
    uniform_(this.weight, -bound, bound);
    if (this.bias !== null) uniform_(this.bias, -bound, bound);
  }

  override forward(input1: Tensor, input2: Tensor): Tensor {
    return bilinear(input1, input2, this.weight, this.bias);
  }

  override extraRepr(): string {
    const { in1Features, in2Features, outFeatures, bias } = this;
    return `in1_features=${in1Features}, in2_features=${in2Features}, out_features=${outFeatures}, bias=${pythonBoolean(bias !== null)}`;
  }
}
