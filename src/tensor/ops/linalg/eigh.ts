import { symmetricEigen } from "../../../engine/linalg/symmetric-eigen.js";
import { namedArguments } from "../../arguments.js";
import { isRecorded } from "../../autograd/mode.js";
import { Node, type Operation } from "../../autograd/node.js";
import { recordOutputs } from "../../autograd/outputs.js";
import { type NamedResults, namedResults } from "../../named-results.js";
import type { Tensor } from "../../tensor.js";
import { unsqueeze } from "../view.js";
import { batchElement, checkSquare, identityLike, mapMatrices, transposed } from "./matrices.js";

/** M. Giles: An extended collection of matrix derivative results, 2008. Of the eigenvectors only for distinct eigenvalues. */
const Eigh: Operation = {
  name: "LinalgEighBackward0",
  backward(node) {
    const [ofValues, ofVectors] = node.parts as (Tensor | null)[];
    const values = node.saved(0);
    const vectors = node.saved(1);
    const n = values.shape[values.shape.length - 1];
    const identity = identityLike(values, n);
    let inner = ofValues === null ? null : identity.mul(unsqueeze(ofValues, -2));
    if (ofVectors !== null) {
      // The diagonal counts for nothing: the length of an eigenvector is fixed.
      const gaps = unsqueeze(values, -2).sub(unsqueeze(values, -1)).add(identity);
      const turned = transposed(vectors).matmul(ofVectors).mul(identity.neg().add(1)).div(gaps);
      inner = inner === null ? turned : inner.add(turned);
    }
    if (inner !== null) node.give(0, vectors.matmul(inner).matmul(transposed(vectors)));
  },
};

export interface EighOptions {
  /** Which triangle is read: "L" (default) or "U". */
  UPLO?: "L" | "U";
}
export type EighArguments = [UPLO?: "L" | "U"] | [options: EighOptions];

function decompose(
  operation: string,
  A: Tensor,
  given: readonly unknown[],
): [values: Tensor, vectors: Tensor] {
  const { UPLO = "L" } = namedArguments<EighOptions>(operation, ["UPLO"], given);
  if (UPLO !== "L" && UPLO !== "U")
    throw new RangeError(`${operation}: Expected UPLO argument to be 'L' or 'U', but got ${String(UPLO)}`);
  const n = checkSquare(operation, A);
  const [values, vectors] = mapMatrices(A, [[n], [n, n]], (matrix, element) => {
    const result = symmetricEigen(matrix, n, UPLO === "U");
    if (result !== null) return [result.values, result.vectors];
    throw new Error(
      `${operation}:${batchElement(A, element)} The algorithm failed to converge because the input matrix contained non-finite values.`,
    );
  });
  if (isRecorded(A)) {
    const node = new Node(Eigh, [A], [values, vectors]);
    recordOutputs(node, [values, vectors]);
  }
  return [values, vectors];
}

/**
 * The eigenvalues, ascending, and the orthonormal eigenvectors (in columns) of a symmetric matrix or a batch: of the
 * vectors only the line is determined, not the sign. Their gradient exists where the eigenvalues differ.
 */
export function eigh(A: Tensor, ...given: EighArguments): NamedResults<"eigenvalues" | "eigenvectors"> {
  const [eigenvalues, eigenvectors] = decompose("linalg.eigh", A, given);
  return namedResults({ eigenvalues, eigenvectors });
}

/** The eigenvalues of a symmetric matrix or a batch, ascending. */
export function eigvalsh(A: Tensor, ...given: EighArguments): Tensor {
  return decompose("linalg.eigvalsh", A, given)[0];
}
