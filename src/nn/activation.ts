import { relu } from "../tensor/ops/pointwise.js";
import type { Tensor } from "../tensor/tensor.js";
import { Module } from "./module.js";

/** max(x, 0), element by element, for any shape. */
export class ReLU extends Module {
  override forward(input: Tensor): Tensor {
    return relu(input);
  }
}
