import { checkTensor } from "../tensor/ops/promotion.js";
import { Tensor } from "../tensor/tensor.js";

/** A tensor that a module learns: as a field of a module it is found by `parameters()`. */
export class Parameter extends Tensor {
  /**
   * @param data shares its memory with the parameter
   * @param requiresGrad whether gradients are computed for it. Default true
   */
  constructor(data: Tensor, requiresGrad = true) {
    checkTensor("Parameter", data);
    super(data.storage, data.offset, data.shape, data.strides, data.dtype, data.count, data.rowMajor);
    this.requiresGrad_(requiresGrad);
  }

  override toString(): string {
    return `Parameter containing:\n${super.toString()}`;
  }
}
