import { decomposeSVD } from "../../../engine/linalg/svd.js";
import { namedArguments } from "../../arguments.js";
import { isRecorded } from "../../autograd/mode.js";
import { Node, type Operation } from "../../autograd/node.js";
import { type NamedResults, namedResults } from "../../named-results.js";
import { describe } from "../../shape.js";
import { Tensor } from "../../tensor.js";
import { checkTensor } from "../promotion.js";
import { checkMatrices, mapMatrices, transposed } from "./matrices.js";
import { type MatrixOrder, matrixNorm } from "./norms.js";
import { inv } from "./solve.js";
import { svdvals } from "./svd.js";

export interface ToleranceOptions {
  /** Singular values up to this count as 0. Default 0. */
  atol?: number;
  /** So do those up to this times the largest. Default ε·max(m, n), or 0 where atol is given. */
  rtol?: number;
}

function toleranceOf(operation: string, A: Tensor, given: readonly unknown[]): (largest: number) => number {
  checkMatrices(operation, A);
  const { atol = 0, rtol } = namedArguments<ToleranceOptions>(operation, ["atol", "rtol"], given);
  const epsilon = A.dtype === "float32" ? 2 ** -23 : Number.EPSILON;
  const relative = rtol ?? (atol > 0 ? 0 : epsilon * Math.max(...A.shape.slice(-2)));
  return (largest) => Math.max(atol, relative * largest);
}

/** G. Golub, V. Pereyra: The differentiation of pseudo-inverses and nonlinear least squares problems, 1973. */
const PseudoInverse: Operation = {
  name: "LinalgPinvBackward0",
  backward(node, gradient) {
    const A = node.saved(0);
    const P = node.saved(1);
    const [m, n] = A.shape.slice(-2);
    const upright = transposed(P);
    const given = transposed(gradient);
    if (m <= n) {
      const k = given.matmul(P);
      const kp = k.matmul(upright);
      const outside = upright.matmul(P).matmul(given.sub(k.matmul(A)));
      node.give(
        0,
        kp
          .sub(A.matmul(P).matmul(kp))
          .add(outside)
          .sub(transposed(P.matmul(k))),
      );
    } else {
      const k = P.matmul(given);
      const pk = upright.matmul(k);
      const outside = given.sub(A.matmul(k)).matmul(P).matmul(upright);
      node.give(
        0,
        pk
          .sub(pk.matmul(P).matmul(A))
          .add(outside)
          .sub(transposed(k.matmul(P))),
      );
    }
  },
};

/** The Moore–Penrose inverse of a matrix or a batch: small singular values are taken as 0. */
export function pinv(A: Tensor, ...given: [options?: ToleranceOptions]): Tensor {
  const tolerance = toleranceOf("linalg.pinv", A, given);
  const [m, n] = A.shape.slice(-2);
  const k = Math.min(m, n);
  const [out] = mapMatrices(A, [[n, m]], (matrix) => {
    const svd = decomposeSVD(matrix, m, n, false);
    if (svd === null) throw new Error("linalg.pinv: the input matrix contained non-finite values");
    const result = new Float64Array(n * m);
    const smallest = k === 0 ? 0 : tolerance(svd.values[0]);
    for (let l = 0; l < k && svd.values[l] > smallest; l++) {
      for (let i = 0; i < n; i++) {
        const x = svd.vt[l * n + i] / svd.values[l];
        for (let j = 0; j < m; j++) result[i * m + j] += x * svd.u[j * k + l];
      }
    }
    return [result];
  });
  if (isRecorded(A)) out.gradFn = new Node(PseudoInverse, [A], [A, out]);
  return out;
}

/** The number of singular values that are not taken as 0, as int64. */
export function matrixRank(A: Tensor, ...given: [options?: ToleranceOptions]): Tensor {
  const tolerance = toleranceOf("linalg.matrixRank", A, given);
  const values = svdvals(A.detach());
  const k = values.shape[values.shape.length - 1];
  const out = Tensor.zeros(values.shape.slice(0, -1), "int64");
  const { data } = values.storage;
  for (let element = 0; element < out.count; element++) {
    const own = data.subarray(element * k, (element + 1) * k);
    const smallest = k === 0 ? 0 : tolerance(own[0]);
    out.storage.data[element] = own.filter((value) => value > smallest).length;
  }
  return out;
}

/** The condition number in a matrix norm (default: 2, the ratio of the largest to the smallest singular value). */
export function cond(
  A: Tensor,
  ...given: [p?: MatrixOrder | null] | [options: { p?: MatrixOrder | null }]
): Tensor {
  const { p = null } = namedArguments<{ p?: MatrixOrder | null }>("linalg.cond", ["p"], given);
  checkMatrices("linalg.cond", A);
  if (p === null || p === 2 || p === -2) {
    const values = svdvals(A);
    const [largest, smallest] = [values.select(-1, 0), values.select(-1, -1)];
    return p === -2 ? smallest.div(largest) : largest.div(smallest);
  }
  return matrixNorm(A, p).mul(matrixNorm(inv(A), p));
}

export interface LstsqOptions {
  /** Singular values up to this times the largest count as 0. Default ε·max(m, n). */
  rcond?: number | null;
}

/**
 * The X that makes the Frobenius norm of A·X − B smallest (of several, the smallest X), from the pseudo-inverse.
 *
 * @param A [..., m, n]
 * @param B [..., m, k]
 * @returns the solution, the squared residuals of its columns (empty unless m > n and the rank is full), the rank, and
 *   the singular values
 */
export function lstsq(
  A: Tensor,
  B: Tensor,
  ...given: [rcond?: number | null] | [options: LstsqOptions]
): NamedResults<"solution" | "residuals" | "rank" | "singularValues"> {
  const { rcond = null } = namedArguments<LstsqOptions>("linalg.lstsq", ["rcond"], given);
  checkMatrices("linalg.lstsq", A);
  checkTensor("linalg.lstsq", B);
  const [m, n] = A.shape.slice(-2);
  if (B.shape.length < 2 || B.shape[B.shape.length - 2] !== m) {
    throw new RangeError(
      `linalg.lstsq: B must have ${m} rows as A does, but the shapes are ${describe(A.shape)} and ${describe(B.shape)}`,
    );
  }
  const tolerance: ToleranceOptions = rcond === null ? {} : { rtol: rcond };
  const solution = pinv(A, tolerance).matmul(B);
  const rank = matrixRank(A, tolerance);
  const isFull = m > n && rank.toArray().every((value) => value === n);
  const residuals = isFull ? A.matmul(solution).sub(B).square().sum(-2) : Tensor.zeros([0], A.dtype);
  return namedResults({ solution, residuals, rank, singularValues: svdvals(A) });
}
