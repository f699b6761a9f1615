export { linalgCross as cross, matrixPower, multiDot } from "../products.js";
export { type CholeskyOptions, cholesky } from "./cholesky.js";
export { type EighArguments, type EighOptions, eigh, eigvalsh } from "./eigh.js";
export {
  cond,
  type LstsqOptions,
  lstsq,
  matrixRank,
  pinv,
  type ToleranceOptions,
} from "./least-squares.js";
export {
  type LinalgNormArguments,
  type LinalgNormOptions,
  type MatrixNormArguments,
  type MatrixNormOptions,
  type MatrixOrder,
  matrixNorm,
  norm,
  type VectorNormArguments,
  type VectorNormOptions,
  vectorNorm,
} from "./norms.js";
export { type QrArguments, type QrOptions, qr } from "./qr.js";
export { det, inv, type SolveOptions, slogdet, solve } from "./solve.js";
export { type SvdArguments, type SvdOptions, svd, svdvals } from "./svd.js";
