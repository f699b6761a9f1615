import { Elementwise } from "../../engine/elementwise.js";
import { Reduction } from "../../engine/reduce.js";
import { checkOptionNames } from "../arguments.js";
import { isRecorded } from "../autograd/mode.js";
import { Node, type Operation } from "../autograd/node.js";
import { isFloatingPoint } from "../dtype.js";
import { broadcastShapes } from "../shape.js";
import { Tensor } from "../tensor.js";
import { mul, sub } from "./arithmetic.js";
import { checkTensor } from "./promotion.js";

/** What becomes of the losses of the elements. */
export type Reduce = "mean" | "sum" | "none";

export interface LossOptions {
  /** The mean over all elements (default), their sum, or "none": one loss for each. */
  reduction?: Reduce;
}

const squaredDifference = new Elementwise("(a - b) * (a - b)", 2);
const sums = new Reduction("0", "s + x");

const MseLoss: Operation = {
  name: "MseLossBackward0",
  backward(node, gradient) {
    const factor = node.attributes as number;
    const slope = mul(sub(node.saved(0), node.saved(1)), mul(gradient, factor));
    node.give(0, slope);
    if (node.needs(1)) node.give(1, slope.neg());
  },
};

/**
 * The squared difference of input and target, averaged over all elements, summed, or as it is. Shapes are broadcast.
 */
export function mseLoss(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  checkOptionNames("mseLoss", ["reduction"], options);
  const { reduction = "mean" } = options;
  checkTensor("mseLoss", input);
  checkTensor("mseLoss", target);
  if (reduction !== "mean" && reduction !== "sum" && reduction !== "none") {
    throw new TypeError(
      `mseLoss: ${String(reduction)} is not a valid value for reduction: it is "mean", "sum" or "none"`,
    );
  }
  if (input.dtype !== target.dtype) {
    throw new TypeError(
      `mseLoss: input and target must have the same dtype, but they are ${input.dtype} and ${target.dtype}`,
    );
  }
  if (!isFloatingPoint(input.dtype))
    throw new TypeError(
      `mseLoss: is not supported on ${input.dtype} tensors: convert them first, for example with float()`,
    );
  const shape = broadcastShapes("mseLoss", input.shape, target.shape);
  const losses = Tensor.zeros(shape, input.dtype);
  squaredDifference.run(losses, input, target);
  let out = losses;
  if (reduction !== "none") {
    out = Tensor.zeros([], input.dtype);
    sums.run(
      out,
      losses,
      shape.map(() => true),
    );
    if (reduction === "mean") out.storage.data[0] /= losses.count;
  }
  if (isRecorded(input, target)) {
    out.gradFn = new Node(
      MseLoss,
      [input, target],
      [input, target],
      reduction === "mean" ? 2 / losses.count : 2,
    );
  }
  return out;
}
