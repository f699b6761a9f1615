import { checkOptionNames } from "../tensor/arguments.js";
import type { LossOptions, Reduce } from "../tensor/ops/loss.js";
import { mseLoss } from "../tensor/ops/loss-regression.js";
import type { Tensor } from "../tensor/tensor.js";
import { Module } from "./module.js";

/** The squared difference of input and target (same shape), averaged over all elements, summed, or as it is. */
export class MSELoss extends Module {
  readonly reduction: Reduce;

  constructor(options: LossOptions = {}) {
    super();
    checkOptionNames("MSELoss", ["reduction"], options);
    this.reduction = options.reduction ?? "mean";
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return mseLoss(input, target, { reduction: this.reduction });
  }
}
