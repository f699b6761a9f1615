export type { LossOptions } from "../tensor/ops/loss.js";
export { ReLU } from "./activation.js";
export { type Layer, Sequential } from "./container.js";
export * as functional from "./functional.js";
export * as init from "./init.js";
export { Linear, type LinearArguments, type LinearOptions } from "./linear.js";
export { MSELoss } from "./loss.js";
export { Module, type StateDict } from "./module.js";
export { Parameter } from "./parameter.js";
