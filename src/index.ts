/** optimlab: torch.optim, and the tensors, autograd and nn that it needs. `import * as torch from "optimlab"`. */

export * as data from "./data/index.js";
export { getNumThreads, setNumThreads } from "./engine/wasm/threads.js";
export * as nn from "./nn/index.js";
export * as optim from "./optim/index.js";
export * as plot from "./plot/index.js";
export * as autograd from "./tensor/autograd/index.js";
export { enableGrad, isGradEnabled, noGrad } from "./tensor/autograd/mode.js";
export {
  arange,
  type EyeOptions,
  empty,
  emptyLike,
  eye,
  full,
  fullLike,
  type LinspaceOptions,
  type LogspaceOptions,
  linspace,
  logspace,
  ones,
  onesLike,
  type TensorData,
  type TensorOptions,
  tensor,
  zeros,
  zerosLike,
} from "./tensor/creation.js";
export {
  bool,
  type DType,
  double,
  float,
  float32,
  float64,
  getDefaultDtype,
  int32,
  int64,
  long,
  setDefaultDtype,
  uint8,
} from "./tensor/dtype.js";
export {
  type AlphaOptions,
  add,
  div,
  divide,
  mul,
  multiply,
  pow,
  sub,
  subtract,
  trueDivide,
} from "./tensor/ops/arithmetic.js";
export type { Operand } from "./tensor/ops/binary.js";
export {
  type ClampArguments,
  type ClampOptions,
  clamp,
  clampMax,
  clampMin,
  clip,
  fmax,
  fmin,
  maximum,
  minimum,
} from "./tensor/ops/bounds.js";
export { floorDivide, fmod, type RoundingOptions, remainder } from "./tensor/ops/division.js";
export { flip, fliplr, flipud, roll, rot90 } from "./tensor/ops/flipping.js";
export {
  gather,
  put,
  type ScatterReduceOptions,
  scatter,
  scatterAdd,
  scatterReduce,
  take,
  takeAlongDim,
} from "./tensor/ops/gathering.js";
export {
  type CombinationsOptions,
  cartesianProd,
  combinations,
  type MeshgridOptions,
  meshgrid,
} from "./tensor/ops/grids.js";
export { indexAdd, indexCopy, indexFill, indexSelect } from "./tensor/ops/index-along.js";
export { cat, columnStack, concat, dstack, hstack, stack, vstack } from "./tensor/ops/joining.js";
export {
  all,
  any,
  bitwiseAnd,
  bitwiseLeftShift,
  bitwiseNot,
  bitwiseOr,
  bitwiseRightShift,
  bitwiseXor,
  logicalAnd,
  logicalNot,
  logicalOr,
  logicalXor,
} from "./tensor/ops/logical.js";
export { maskedScatter, maskedSelect } from "./tensor/ops/masked.js";
export {
  arctan2,
  atan2,
  copysign,
  heaviside,
  hypot,
  logaddexp,
  rsub,
  xlogy,
} from "./tensor/ops/pairs.js";
export {
  atleast1d,
  atleast2d,
  atleast3d,
  broadcastTensors,
  broadcastTo,
  moveaxis,
  movedim,
  ravel,
  swapaxes,
  swapdims,
  unflatten,
} from "./tensor/ops/rearranging.js";
export { repeat, repeatInterleave, tile } from "./tensor/ops/repeating.js";
export {
  ceil,
  fix,
  floor,
  frac,
  type RoundArguments,
  type RoundOptions,
  round,
  trunc,
} from "./tensor/ops/rounding.js";
export type { ScatterReduction } from "./tensor/ops/scatter-reduce.js";
export {
  digamma,
  erf,
  erfc,
  erfinv,
  exp2,
  expm1,
  type LogitArguments,
  type LogitOptions,
  lgamma,
  log1p,
  log2,
  log10,
  logit,
  type NanToNumArguments,
  type NanToNumOptions,
  nanToNum,
  polygamma,
  reciprocal,
  rsqrt,
  sinc,
} from "./tensor/ops/special.js";
export { chunk, split, tensorSplit, unbind } from "./tensor/ops/splitting.js";
export { addcdiv, addcmul, lerp, type ValueOptions } from "./tensor/ops/ternary.js";
export {
  acos,
  acosh,
  arccos,
  arccosh,
  arcsin,
  arcsinh,
  arctan,
  arctanh,
  asin,
  asinh,
  atan,
  atanh,
  cosh,
  sinh,
  tan,
} from "./tensor/ops/trigonometry.js";
export type { UnaryFunction } from "./tensor/ops/unary.js";

import "./tensor/ops/in-place-methods.js";
import "./tensor/ops/bfloat16.js";
import "./tensor/ops/unfold.js";

export type { NamedResults } from "./tensor/named-results.js";
export { hardshrink } from "./tensor/ops/activation-hard.js";
export { celu, prelu, rrelu, selu, threshold } from "./tensor/ops/activation-rectified.js";
export { bilinear } from "./tensor/ops/bilinear.js";
export {
  allclose,
  eq,
  equal,
  ge,
  greater,
  greaterEqual,
  gt,
  isclose,
  isfinite,
  isinf,
  isnan,
  isneginf,
  isposinf,
  le,
  less,
  lessEqual,
  lt,
  ne,
  notEqual,
  type Predicate,
  signbit,
  type ToleranceArguments,
  type ToleranceOptions,
} from "./tensor/ops/comparison.js";
export { clone } from "./tensor/ops/copy.js";
export {
  type CumulativeArguments,
  cummax,
  cummin,
  cumprod,
  cumsum,
  diff,
  logcumsumexp,
} from "./tensor/ops/cumulative.js";
export {
  type DiagonalArguments,
  diag,
  diagEmbed,
  diagonal,
  trace,
  tril,
  triu,
} from "./tensor/ops/diagonal.js";
export { cdist, cosineSimilarity, pairwiseDistance } from "./tensor/ops/distance.js";
export { alphaDropout, dropout, featureAlphaDropout } from "./tensor/ops/dropout.js";
export { einsum } from "./tensor/ops/einsum.js";
export { embedding } from "./tensor/ops/embedding.js";
export {
  amax,
  amin,
  aminmax,
  argmax,
  argmin,
  max,
  min,
  type ValuesAndIndices,
} from "./tensor/ops/extrema.js";
export {
  type Index,
  type IndexList,
  type IndexPutOptions,
  indexPut,
  type Range,
} from "./tensor/ops/indexing.js";
export { cholesky } from "./tensor/ops/linalg/cholesky.js";
export * as linalg from "./tensor/ops/linalg/index.js";
export { pinv as pinverse } from "./tensor/ops/linalg/least-squares.js";
export { svd } from "./tensor/ops/linalg/legacy.js";
export { det, inv, inv as inverse, slogdet } from "./tensor/ops/linalg/solve.js";
export { matmul } from "./tensor/ops/matmul.js";
export { type MultinomialArguments, type MultinomialOptions, multinomial } from "./tensor/ops/multinomial.js";
export { argwhere, type NonzeroOptions, nonzero } from "./tensor/ops/nonzero.js";
export { dist, type NormArguments, type NormOptions, norm } from "./tensor/ops/norm.js";
export { kthvalue, median, mode, nanmedian } from "./tensor/ops/order-statistics.js";
export {
  abs,
  absolute,
  cos,
  exp,
  log,
  neg,
  negative,
  positive,
  relu,
  sgn,
  sigmoid,
  sign,
  sin,
  sqrt,
  square,
  tanh,
} from "./tensor/ops/pointwise.js";
export { type ProductArguments, type ProductOptions, prod } from "./tensor/ops/product.js";
export {
  addbmm,
  addmm,
  addmv,
  addr,
  type BetaAlphaOptions,
  baddbmm,
  bmm,
  chainMatmul,
  cross,
  dot,
  ger,
  inner,
  kron,
  matrixPower,
  mm,
  mv,
  outer,
  type TensordotDims,
  tensordot,
  vdot,
} from "./tensor/ops/products.js";
export {
  bernoulli,
  defaultGenerator,
  type GeneratorOptions,
  initialSeed,
  manualSeed,
  normal,
  type RandomOptions,
  rand,
  randint,
  randLike,
  randn,
  randnLike,
  randperm,
} from "./tensor/ops/random.js";
export {
  type CountOptions,
  countNonzero,
  mean,
  nanmean,
  nansum,
  type ReductionArguments,
  type ReductionOptions,
  sum,
} from "./tensor/ops/reduction.js";
export type {
  DimKeepdimArguments,
  DimKeepdimOptions,
  KeepdimArguments,
  KeepdimOptions,
} from "./tensor/ops/reduction-arguments.js";
export { narrow, select } from "./tensor/ops/slicing.js";
export { logSoftmax, logsumexp, type SoftmaxArguments, softmax, softmin } from "./tensor/ops/softmax.js";
export {
  argsort,
  msort,
  type SortArguments,
  type SortOptions,
  sort,
  type TopkArguments,
  type TopkOptions,
  topk,
} from "./tensor/ops/sorting.js";
export {
  std,
  stdMean,
  type VarianceArguments,
  type VarianceOptions,
  var,
  varMean,
} from "./tensor/ops/statistics.js";
export { bincount, bucketize, histc, searchsorted, unique, uniqueConsecutive } from "./tensor/ops/unique.js";
export {
  expand,
  flatten,
  permute,
  reshape,
  squeeze,
  transpose,
  unsqueeze,
} from "./tensor/ops/view.js";
export { maskedFill, where } from "./tensor/ops/where.js";
export { Generator } from "./tensor/random/generator.js";
export { SafetensorsError } from "./tensor/serialization/error.js";
export { load, loadMetadata, type SaveOptions, save } from "./tensor/serialization/files.js";
export { SparseTensor } from "./tensor/sparse.js";
export { type NestedArray, Tensor } from "./tensor/tensor.js";
export * as utils from "./utils/index.js";
