/** Distances and angles between vectors. */
import { type Arguments, namedArguments } from "../arguments.js";
import { describe } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { checkNumbers } from "./activation-rectified.js";
import { checkFloats, withConstants } from "./pointwise-function.js";
import { sum } from "./reduction.js";
import { unsqueeze } from "./view.js";

export interface CosineSimilarityOptions {
  /** The dimension along which the vectors lie. Default 1. */
  dim?: number;
  /** The least length that a vector counts as having. Default 1e-8. */
  eps?: number;
}
export interface PairwiseDistanceOptions {
  /** The order of the norm. Default 2. */
  p?: number;
  /** Added to each difference. Default 1e-6. */
  eps?: number;
  /** Whether the last dimension stays, with size 1. Default false. */
  keepdim?: boolean;
}
export interface NormalizeOptions {
  /** The order of the norm. Default 2. */
  p?: number;
  /** The dimension along which the vectors lie. Default 1. */
  dim?: number;
  /** The least norm that is divided by. Default 1e-12. */
  eps?: number;
}

export type CosineSimilarityArguments = Arguments<[dim?: number, eps?: number], CosineSimilarityOptions>;
export type PairwiseDistanceArguments = Arguments<
  [p?: number, eps?: number, keepdim?: boolean],
  PairwiseDistanceOptions
>;
export type NormalizeArguments = Arguments<[p?: number, dim?: number, eps?: number], NormalizeOptions>;

/** The value is kept from falling below `least`, the derivative is not: PyTorch clamps without recording it. */
const AtLeast = withConstants((least) => ({
  gradFn: "CloneBackward0",
  value: `x < ${least} ? ${least} : x`,
  slopes: ["1"],
}));

/** `tensor`, or `least` where it is smaller; gradients pass through as if nothing had been done. */
export function raisedTo(operation: string, least: number, tensor: Tensor): Tensor {
  return AtLeast(least).apply(operation, tensor);
}

/** The cosine of the angle between the vectors along `dim`, which is removed. Shapes are broadcast. */
export function cosineSimilarity(x1: Tensor, x2: Tensor, ...given: CosineSimilarityArguments): Tensor {
  const { dim = 1, eps = 1e-8 } = namedArguments<CosineSimilarityOptions>(
    "cosineSimilarity",
    ["dim", "eps"],
    given,
  );
  checkFloats("cosineSimilarity", x1, x2);
  checkNumbers("cosineSimilarity", { eps });
  const unit = (x: Tensor) => x.div(raisedTo("cosineSimilarity", eps, x.norm(2, dim, true)));
  const [a, b] = sameRank(x1, x2);
  return sum(unit(a).mul(unit(b)), dim);
}

/** Both with the dimensions of the one that has more. */
function sameRank(a: Tensor, b: Tensor): [Tensor, Tensor] {
  const padded = (x: Tensor, rank: number) =>
    x.ndim < rank ? x.reshape([...new Array<number>(rank - x.ndim).fill(1), ...x.shape]) : x;
  return [padded(a, b.ndim), padded(b, a.ndim)];
}

/** The p-norm of x1 − x2 + eps along the last dimension. Shapes are broadcast. */
export function pairwiseDistance(x1: Tensor, x2: Tensor, ...given: PairwiseDistanceArguments): Tensor {
  const {
    p = 2,
    eps = 1e-6,
    keepdim = false,
  } = namedArguments<PairwiseDistanceOptions>("pairwiseDistance", ["p", "eps", "keepdim"], given);
  checkFloats("pairwiseDistance", x1, x2);
  checkNumbers("pairwiseDistance", { p, eps });
  return x1.sub(x2).add(eps).norm(p, -1, keepdim);
}

/**
 * The p-norm of the difference of every row of x1 and every row of x2.
 *
 * @param x1 [..., P, M]
 * @param x2 [..., R, M]; the dimensions before the last two are broadcast
 * @returns [..., P, R]
 */
export function cdist(x1: Tensor, x2: Tensor, ...given: Arguments<[p?: number], { p?: number }>): Tensor {
  const { p = 2 } = namedArguments<{ p?: number }>("cdist", ["p"], given);
  checkFloats("cdist", x1, x2);
  checkNumbers("cdist", { p });
  if (!(p >= 0)) throw new RangeError(`cdist: only supports non-negative p values, got ${p}`);
  if (x1.ndim < 2 || x2.ndim < 2 || x1.shape[x1.ndim - 1] !== x2.shape[x2.ndim - 1]) {
    throw new RangeError(
      `cdist: expected [..., P, M] and [..., R, M], got ${describe(x1.shape)} and ${describe(x2.shape)}`,
    );
  }
  return unsqueeze(x1, -2).sub(unsqueeze(x2, -3)).norm(p, -1);
}

/** The vectors along `dim` divided by their p-norms. */
export function normalize(input: Tensor, ...given: NormalizeArguments): Tensor {
  const {
    p = 2,
    dim = 1,
    eps = 1e-12,
  } = namedArguments<NormalizeOptions>("normalize", ["p", "dim", "eps"], given);
  checkFloats("normalize", input);
  checkNumbers("normalize", { p, eps });
  return input.div(input.norm(p, dim, true).clamp({ min: eps }));
}
