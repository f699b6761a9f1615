import { describe, elementCount, sameShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { matmul } from "./matmul.js";
import { checkFloats } from "./pointwise-function.js";
import { sum } from "./reduction.js";
import { permute, reshape, unsqueeze } from "./view.js";

/**
 * input1ᵀ · weight[k] · input2 + bias[k] for every k.
 *
 * @param input1 [..., in1]
 * @param input2 [..., in2]
 * @param weight [out, in1, in2]
 * @param bias [out], or null
 * @returns [..., out]
 */
export function bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | null = null): Tensor {
  checkFloats("bilinear", input1, input2, weight, bias ?? weight);
  const batch = input1.shape.slice(0, -1);
  const [outputs, first, second] = weight.shape;
  if (
    weight.ndim !== 3 ||
    input1.ndim === 0 ||
    !sameShape(input1.shape, [...batch, first]) ||
    !sameShape(input2.shape, [...batch, second])
  ) {
    throw new RangeError(
      `bilinear: expected inputs [..., in1] and [..., in2] for a weight [out, in1, in2], got ${describe(input1.shape)}, ${describe(input2.shape)} and ${describe(weight.shape)}`,
    );
  }
  if (bias !== null && !sameShape(bias.shape, [outputs]))
    throw new RangeError(`bilinear: the bias must have shape [${outputs}], not ${describe(bias.shape)}`);
  const rows = elementCount(batch);
  const matrices = reshape(permute(weight, [1, 0, 2]), [first, outputs * second]);
  const half = reshape(matmul(reshape(input1, [rows, first]), matrices), [rows, outputs, second]);
  const products = sum(half.mul(unsqueeze(reshape(input2, [rows, second]), 1)), -1);
  return reshape(bias === null ? products : products.add(bias), [...batch, outputs]);
}
