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

/** A tensor that belongs to the state of a module but is not learned, such as a running mean. */
export class Buffer extends Tensor {
  /** Whether `stateDict()` contains it. */
  readonly persistent: boolean;

  /**
   * @param data shares its memory with the buffer
   * @param options `persistent`: whether `stateDict()` contains it. Default true
   */
  constructor(data: Tensor, options: boolean | { persistent?: boolean } = true) {
    checkTensor("Buffer", data);
    super(data.storage, data.offset, data.shape, data.strides, data.dtype, data.count, data.rowMajor);
    this.persistent = typeof options === "boolean" ? options : (options.persistent ?? true);
  }
}

/**
 * Lets `target` lie in the memory of `source`, with its dtype: what an optimizer or a module holds stays the same
 * object when a model changes its dtype.
 */
export function adopt(target: Tensor, source: Tensor): void {
  const { storage, offset, shape, strides, dtype, count, rowMajor } = source;
  Object.assign(target, { storage, offset, shape, strides, dtype, count, rowMajor, accumulator: null });
}
