import { cholesky as decompose } from "../../../engine/linalg/cholesky.js";
import { namedArguments } from "../../arguments.js";
import { isRecorded } from "../../autograd/mode.js";
import { Node, type Operation } from "../../autograd/node.js";
import type { Tensor } from "../../tensor.js";
import { batchElement, checkSquare, mapMatrices, transposed, weights } from "./matrices.js";
import { solve } from "./solve.js";

/** S. F. Walter: Structured higher-order algorithmic differentiation, 2012; the gradient is made symmetric. */
const Cholesky: Operation = {
  name: "LinalgCholeskyExBackward0",
  backward(node, gradient) {
    const factor = node.saved(0);
    const n = factor.shape[factor.shape.length - 1];
    const lower = weights(factor, n, (i, j) => (i > j ? 1 : i === j ? 0.5 : 0));
    const upright = transposed(factor);
    const phi = upright.matmul(gradient).mul(lower);
    // L⁻ᵀ·Φ·L⁻¹
    const inner = solve(upright, phi);
    const full = transposed(solve(upright, transposed(inner)));
    node.give(0, full.add(transposed(full)).mul(0.5));
  },
};

export interface CholeskyOptions {
  /** Whether to return U = Lᵀ with A = Uᵀ·U. Default false. */
  upper?: boolean;
}

/**
 * The lower triangular L with A = L·Lᵀ, for a symmetric positive-definite matrix or a batch; only the lower triangle
 * is read.
 * @throws where a matrix is not positive-definite
 */
export function cholesky(A: Tensor, ...given: [options?: CholeskyOptions]): Tensor {
  const { upper = false } = namedArguments<CholeskyOptions>("linalg.cholesky", ["upper"], given);
  const n = checkSquare("linalg.cholesky", A);
  const [out] = mapMatrices(A, [[n, n]], (matrix, element) => {
    const factor = decompose(matrix, n);
    if (typeof factor !== "number") return [factor];
    throw new Error(
      `linalg.cholesky:${batchElement(A, element)} The factorization could not be completed because the input is not positive-definite (the leading minor of order ${factor} is not positive-definite).`,
    );
  });
  if (isRecorded(A)) out.gradFn = new Node(Cholesky, [A], [out]);
  return upper ? transposed(out) : out;
}
