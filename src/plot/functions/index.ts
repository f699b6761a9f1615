export * from "./one-dimensional.js";
export * from "./planar.js";
export type {
  PointTensor,
  TestFunction,
  TestFunction1d,
  TestFunctionFacts,
  Window,
} from "./test-function.js";
export type { Variable } from "./variable.js";
