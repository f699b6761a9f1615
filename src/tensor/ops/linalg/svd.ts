import { decomposeSVD } from "../../../engine/linalg/svd.js";
import { namedArguments } from "../../arguments.js";
import { isRecorded } from "../../autograd/mode.js";
import { Node, type Operation } from "../../autograd/node.js";
import { recordOutputs } from "../../autograd/outputs.js";
import { type NamedResults, namedResults } from "../../named-results.js";
import type { Tensor } from "../../tensor.js";
import { unsqueeze } from "../view.js";
import { batchElement, checkMatrices, identityLike, mapMatrices, transposed } from "./matrices.js";

/**
 * J. Townsend: Differentiating the singular value decomposition, 2016. Of the singular vectors only where the singular
 * values differ and none is 0.
 */
const Svd: Operation = {
  name: "LinalgSvdBackward0",
  backward(node) {
    const [ofU, ofS, ofVh] = node.parts as (Tensor | null)[];
    const [u, s, vh] = [node.saved(0), node.saved(1), node.saved(2)];
    const k = s.shape[s.shape.length - 1];
    const identity = identityLike(s, k);
    if (ofU !== null && u.shape[u.shape.length - 1] > k) refuseFull("U");
    if (ofVh !== null && vh.shape[vh.shape.length - 2] > k) refuseFull("Vh");
    const left = u.narrow(-1, 0, k);
    const right = vh.narrow(-2, 0, k);
    const row = unsqueeze(s, -2);
    const column = unsqueeze(s, -1);
    let inner: Tensor | null = ofS === null ? null : identity.mul(unsqueeze(ofS, -2));
    let outer: Tensor | null = null;
    // s_j² − s_i², which nothing is divided by on the diagonal.
    const gaps = row.sub(column).mul(row.add(column)).add(identity);
    const skew = (x: Tensor) => x.sub(transposed(x)).div(gaps);
    if (ofU !== null) {
      const turned = transposed(left).matmul(ofU);
      inner = plus(inner, skew(turned).mul(row));
      if (left.shape[left.shape.length - 2] > k) outer = ofU.sub(left.matmul(turned)).div(row).matmul(right);
    }
    if (ofVh !== null) {
      const turned = right.matmul(transposed(ofVh));
      inner = plus(inner, skew(turned).mul(column));
      if (right.shape[right.shape.length - 1] > k)
        outer = plus(outer, left.matmul(ofVh.sub(transposed(turned).matmul(right)).div(column)));
    }
    const result = inner === null ? outer : plus(outer, left.matmul(inner).matmul(right));
    if (result !== null) node.give(0, result);
  },
};

function refuseFull(which: string): never {
  throw new Error(
    `linalg.svd: the singular vectors ${which} of full matrices are not unique: use { fullMatrices: false } to differentiate them`,
  );
}

function plus(sum: Tensor | null, term: Tensor): Tensor {
  return sum === null ? term : sum.add(term);
}

export interface SvdOptions {
  /** Whether U and Vh are square. Default true. */
  fullMatrices?: boolean;
}
export type SvdArguments = [fullMatrices?: boolean] | [options: SvdOptions];

function decompose(operation: string, A: Tensor, full: boolean): Tensor[] {
  checkMatrices(operation, A);
  const [m, n] = A.shape.slice(-2);
  const k = Math.min(m, n);
  const shapes = [[m, full ? m : k], [k], [full ? n : k, n]];
  const results = mapMatrices(A, shapes, (matrix, element) => {
    const svd = decomposeSVD(matrix, m, n, full);
    if (svd !== null) return [svd.u, svd.values, svd.vt];
    throw new Error(
      `${operation}:${batchElement(A, element)} The algorithm failed to converge because the input matrix contained non-finite values.`,
    );
  });
  if (isRecorded(A)) recordOutputs(new Node(Svd, [A], results), results);
  return results;
}

/**
 * A = U·diag(S)·Vh with orthonormal columns of U and rows of Vh, and S ≥ 0 descending, for a matrix or a batch. Of the
 * singular vectors only the line is determined, not the sign.
 */
export function svd(A: Tensor, ...given: SvdArguments): NamedResults<"U" | "S" | "Vh"> {
  const { fullMatrices = true } = namedArguments<SvdOptions>("linalg.svd", ["fullMatrices"], given);
  const [U, S, Vh] = decompose("linalg.svd", A, fullMatrices);
  return namedResults({ U, S, Vh });
}

/** The singular values of a matrix or a batch, descending. */
export function svdvals(A: Tensor): Tensor {
  return decompose("linalg.svdvals", A, false)[1];
}
