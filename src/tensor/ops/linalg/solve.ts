import { decomposeLU, solveLU } from "../../../engine/linalg/lu.js";
import { decomposeSVD } from "../../../engine/linalg/svd.js";
import { namedArguments } from "../../arguments.js";
import { isRecorded } from "../../autograd/mode.js";
import { Node, type Operation } from "../../autograd/node.js";
import { recordOutputs } from "../../autograd/outputs.js";
import { type NamedResults, namedResults } from "../../named-results.js";
import { broadcastShapes, describe, sameShape } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import { checkTensor } from "../promotion.js";
import { expand, squeeze, unsqueeze } from "../view.js";
import { batchElement, checkSquare, float64Values, mapMatrices, transposed } from "./matrices.js";

const Inverse: Operation = {
  name: "LinalgInvExBackward0",
  backward(node, gradient) {
    const inverse = transposed(node.saved(0));
    node.give(0, inverse.matmul(gradient).matmul(inverse).neg());
  },
};

const Solve: Operation = {
  name: "LinalgSolveExBackward0",
  backward(node, gradient) {
    const ofRight = solveMatrices(transposed(node.saved(0)), gradient);
    node.give(1, ofRight);
    if (node.needs(0)) node.give(0, ofRight.matmul(transposed(node.saved(1))).neg());
  },
};

const Det: Operation = {
  name: "LinalgDetBackward0",
  backward(node, gradient) {
    const matrix = node.saved(0);
    const det = node.saved(1);
    const isRegular = det.toArray().every((value) => value !== 0);
    const given = asMatrix(gradient);
    node.give(
      0,
      isRegular ? given.mul(asMatrix(det)).mul(transposed(inv(matrix))) : given.mul(cofactors(matrix)),
    );
  },
};

/** The derivative of the cofactors would need the minors of the second order. */
const Cofactors: Operation = {
  name: "CofactorsBackward",
  backward() {
    throw new Error("linalg.det: the second derivative at a singular matrix is not implemented");
  },
};

const SlogDet: Operation = {
  name: "LinalgSlogdetBackward0",
  backward(node) {
    const gradient = node.parts?.[1] ?? null;
    if (gradient !== null) node.give(0, asMatrix(gradient).mul(transposed(inv(node.saved(0)))));
  },
};

/** With two dimensions of size 1 at the end. */
function asMatrix(input: Tensor): Tensor {
  return unsqueeze(unsqueeze(input, -1), -1);
}

/** The determinants of the matrices without one row and one column, with their signs: the gradient of the determinant. */
function cofactors(input: Tensor): Tensor {
  const n = input.shape[input.shape.length - 1];
  const [out] = mapMatrices(input, [[n, n]], (matrix) => {
    // With A = U·S·Vᵀ they are det(U)·det(V)·U·(the same of S)·Vᵀ, also where A has no inverse.
    const svd = decomposeSVD(matrix, n, n, false);
    if (svd === null) return [new Float64Array(n * n).fill(Number.NaN)];
    const { u, values, vt } = svd;
    const sign = Math.sign(determinant(u, n) * determinant(vt, n));
    const result = new Float64Array(n * n);
    for (let k = 0; k < n; k++) {
      const others = sign * values.reduce((product, value, j) => (j === k ? product : product * value), 1);
      for (let i = 0; i < n; i++)
        for (let j = 0; j < n; j++) result[i * n + j] += u[i * n + k] * others * vt[k * n + j];
    }
    return [result];
  });
  if (isRecorded(input)) out.gradFn = new Node(Cofactors, [input]);
  return out;
}

function determinant(matrix: Float64Array, n: number): number {
  const { factors, sign } = decomposeLU(matrix, n);
  let product = sign;
  for (let k = 0; k < n; k++) product *= factors[k * n + k];
  return product;
}

/** The inverse of a square matrix, or of each of a batch. @throws for a singular matrix */
export function inv(A: Tensor): Tensor {
  const n = checkSquare("linalg.inv", A);
  const [out] = mapMatrices(A, [[n, n]], (matrix, element) => {
    const lu = decomposeLU(matrix, n);
    if (lu.zeroPivot >= 0) {
      throw new Error(
        `linalg.inv:${batchElement(A, element)} The diagonal element ${lu.zeroPivot + 1} is zero, the inversion could not be completed because the input matrix is singular.`,
      );
    }
    const result = new Float64Array(n * n);
    for (let k = 0; k < n; k++) result[k * n + k] = 1;
    solveLU(lu, n, result, n);
    return [result];
  });
  if (isRecorded(A)) out.gradFn = new Node(Inverse, [A], [out]);
  return out;
}

/** Both have matrices in their last two dimensions. */
function solveMatrices(A: Tensor, B: Tensor): Tensor {
  const n = checkSquare("linalg.solve", A);
  const batch = broadcastShapes("linalg.solve", A.shape.slice(0, -2), B.shape.slice(0, -2));
  const m = B.shape[B.shape.length - 1];
  const matrices = expand(A, [...batch, n, n]);
  const rightSides = expand(B, [...batch, n, m]);
  const values = float64Values(rightSides.detach());
  const [out] = mapMatrices(matrices.detach(), [[n, m]], (matrix, element) => {
    const lu = decomposeLU(matrix, n);
    if (lu.zeroPivot >= 0) {
      throw new Error(
        `linalg.solve:${batchElement(A, element)} The solver failed because the input matrix is singular.`,
      );
    }
    const b = values.subarray(element * n * m, (element + 1) * n * m);
    solveLU(lu, n, b, m);
    return [b];
  });
  if (isRecorded(matrices, rightSides)) out.gradFn = new Node(Solve, [matrices, rightSides], [matrices, out]);
  return out;
}

export interface SolveOptions {
  /** Whether to solve A·X = B (default) or X·A = B. */
  left?: boolean;
}

/**
 * The solution X of A·X = B, for a square matrix or a batch.
 *
 * @param A [..., n, n]
 * @param B [..., n, k], or vectors: [n], or [..., n] with the batch of A
 * @throws for a singular matrix
 */
export function solve(A: Tensor, B: Tensor, ...given: [options?: SolveOptions]): Tensor {
  const { left = true } = namedArguments<SolveOptions>("linalg.solve", ["left"], given);
  const n = checkSquare("linalg.solve", A);
  checkTensor("linalg.solve", B);
  if (A.dtype !== B.dtype) {
    throw new TypeError(
      `linalg.solve: Expected A and B to have the same dtype, but found A of type ${A.dtype} and B of type ${B.dtype} instead`,
    );
  }
  const isVector =
    B.shape.length === 1 ||
    (A.shape.length - 1 === B.shape.length && sameShape(B.shape, A.shape.slice(0, -1)));
  const rows = B.shape[B.shape.length - (isVector || !left ? 1 : 2)];
  if (rows !== n || (isVector && !left)) {
    throw new RangeError(
      `linalg.solve: Incompatible shapes of A and B for the equation ${left ? "AX = B" : "XA = B"} (${describe(A.shape)} and ${describe(B.shape)})`,
    );
  }
  if (isVector) return squeeze(solveMatrices(A, unsqueeze(B, -1)), -1);
  return left ? solveMatrices(A, B) : transposed(solveMatrices(transposed(A), transposed(B)));
}

/** The determinant of a square matrix, or of each of a batch. */
export function det(A: Tensor): Tensor {
  const n = checkSquare("linalg.det", A);
  const [out] = mapMatrices(A, [[]], (matrix) => [[determinant(matrix, n)]]);
  if (isRecorded(A)) out.gradFn = new Node(Det, [A], [A, out]);
  return out;
}

/** The sign and the logarithm of the absolute value of the determinant, which may itself be too large for a number. */
export function slogdet(A: Tensor): NamedResults<"sign" | "logabsdet"> {
  const n = checkSquare("linalg.slogdet", A);
  const [sign, logabsdet] = mapMatrices(A, [[], []], (matrix) => {
    const lu = decomposeLU(matrix, n);
    let s = lu.sign;
    let logarithm = 0;
    for (let k = 0; k < n; k++) {
      const pivot = lu.factors[k * n + k];
      s *= Math.sign(pivot);
      logarithm += Math.log(Math.abs(pivot));
    }
    return [[s], [logarithm]];
  });
  // The sign is constant, but it belongs to the same operation.
  if (isRecorded(A)) recordOutputs(new Node(SlogDet, [A], [A]), [sign, logabsdet]);
  return namedResults({ sign, logabsdet });
}
