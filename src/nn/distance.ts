import { namedArguments } from "../tensor/arguments.js";
import {
  type CosineSimilarityArguments,
  type CosineSimilarityOptions,
  cosineSimilarity,
  type PairwiseDistanceArguments,
  type PairwiseDistanceOptions,
  pairwiseDistance,
} from "../tensor/ops/distance.js";
import type { Tensor } from "../tensor/tensor.js";
import { Module } from "./module.js";

/** The cosine of the angle between the vectors along `dim` (1). */
export class CosineSimilarity extends Module {
  readonly dim: number;
  readonly eps: number;

  constructor(...given: CosineSimilarityArguments) {
    super();
    const { dim = 1, eps = 1e-8 } = namedArguments<CosineSimilarityOptions>(
      "CosineSimilarity",
      ["dim", "eps"],
      given,
    );
    this.dim = dim;
    this.eps = eps;
  }

  override forward(x1: Tensor, x2: Tensor): Tensor {
    return cosineSimilarity(x1, x2, this.dim, this.eps);
  }
}

/** The p-norm of the difference along the last dimension. */
export class PairwiseDistance extends Module {
  readonly norm: number;
  readonly eps: number;
  readonly keepdim: boolean;

  constructor(...given: PairwiseDistanceArguments) {
    super();
    const {
      p = 2,
      eps = 1e-6,
      keepdim = false,
    } = namedArguments<PairwiseDistanceOptions>("PairwiseDistance", ["p", "eps", "keepdim"], given);
    this.norm = p;
    this.eps = eps;
    this.keepdim = keepdim;
  }

  override forward(x1: Tensor, x2: Tensor): Tensor {
    return pairwiseDistance(x1, x2, this.norm, this.eps, this.keepdim);
  }
}
