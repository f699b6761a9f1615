export { type BackwardOptions, type GradOptions, grad } from "./backward.js";
export { CustomFunction as Function, FunctionContext, type FunctionGradients } from "./function.js";
export { type GradcheckOptions, gradcheck, gradgradcheck } from "./gradcheck.js";
