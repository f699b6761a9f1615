export { type ContourOptions, contour, type PlaneFunction, type PlaneOptions } from "./contour.js";
export { Figure, type FigureOptions, type Frame, type Json, type Layout, type Trace } from "./figure.js";
export * as functions from "./functions/index.js";
export { type AxesOptions, type Curves, type LinesOptions, lines } from "./lines.js";
export { type LossesOptions, losses, type Runs } from "./losses.js";
export type { Matrix, Points, TensorLike, Values } from "./values.js";
