export { mseLoss } from "../tensor/ops/loss.js";
export { linear } from "../tensor/ops/matmul.js";
export { relu, sigmoid, tanh } from "../tensor/ops/pointwise.js";
