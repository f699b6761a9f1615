export { Figure, type Json, type Layout, type Trace } from "./figure.js";
export { type LossesOptions, losses } from "./losses.js";
