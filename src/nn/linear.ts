import { namedArguments } from "../tensor/arguments.js";
import { chosenDType } from "../tensor/creation.js";
import type { DType } from "../tensor/dtype.js";
import { linear } from "../tensor/ops/matmul.js";
import { Tensor } from "../tensor/tensor.js";
import { kaimingUniform_, uniform_ } from "./init.js";
import { Module } from "./module.js";
import { Parameter } from "./parameter.js";

export interface LinearOptions {
  /** Whether a bias is added. Default true. */
  bias?: boolean;
  dtype?: DType;
}

export type LinearArguments = [bias?: boolean, options?: LinearOptions] | [options?: LinearOptions];

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

  constructor(inFeatures: number, outFeatures: number, ...given: LinearArguments) {
    super();
    for (const [name, value] of Object.entries({ inFeatures, outFeatures })) {
      if (!Number.isInteger(value) || value < 0)
        throw new RangeError(`Linear: ${name} must be an integer ≥ 0, not ${String(value)}`);
    }
    const { bias = true, ...options } = namedArguments<LinearOptions>("Linear", ["bias", "dtype"], given);
    if (typeof bias !== "boolean") throw new TypeError(`Linear: bias is true or false, not ${String(bias)}`);
    const dtype = chosenDType("Linear", options);
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    this.weight = new Parameter(Tensor.zeros([outFeatures, inFeatures], dtype));
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
    return `in_features=${this.inFeatures}, out_features=${this.outFeatures}, bias=${this.bias === null ? "False" : "True"}`;
  }
}
