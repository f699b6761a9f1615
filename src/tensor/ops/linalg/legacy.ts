import { namedArguments } from "../../arguments.js";
import { addMethods } from "../../methods.js";
import { type NamedResults, namedResults } from "../../named-results.js";
import type { Tensor } from "../../tensor.js";
import { cholesky } from "./cholesky.js";
import { transposed } from "./matrices.js";
import { det, inv, slogdet } from "./solve.js";
import { svd as decompose } from "./svd.js";

export interface LegacySvdOptions {
  /** Whether U and V have only as many columns as there are singular values. Default true. */
  some?: boolean;
}

/** input = U·diag(S)·Vᵀ. `linalg.svd`, which returns Vᵀ, is what PyTorch recommends. */
export function svd(
  input: Tensor,
  ...given: [some?: boolean] | [options: LegacySvdOptions]
): NamedResults<"U" | "S" | "V"> {
  const { some = true } = namedArguments<LegacySvdOptions>("svd", ["some"], given);
  const { U, S, Vh } = decompose(input, !some);
  return namedResults({ U, S, V: transposed(Vh) });
}

declare module "../../tensor.js" {
  interface Tensor {
    /** The inverse of a square matrix, or of each of a batch. */
    inverse(): Tensor;
    /** The determinant of a square matrix, or of each of a batch. */
    det(): Tensor;
    /** The sign and the logarithm of the absolute value of the determinant. */
    slogdet(): NamedResults<"sign" | "logabsdet">;
    /** The lower triangular L of a positive-definite matrix L·Lᵀ. */
    cholesky(): Tensor;
    /** U, S and V of U·diag(S)·Vᵀ. */
    svd(...options: [some?: boolean] | [options: LegacySvdOptions]): NamedResults<"U" | "S" | "V">;
  }
}

addMethods({ inverse: inv, det, slogdet, cholesky, svd });
