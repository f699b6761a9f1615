import { decomposeQR } from "../../../engine/linalg/qr.js";
import { namedArguments } from "../../arguments.js";
import { isRecorded } from "../../autograd/mode.js";
import { Node, type Operation } from "../../autograd/node.js";
import { recordOutputs } from "../../autograd/outputs.js";
import { type NamedResults, namedResults } from "../../named-results.js";
import { Tensor } from "../../tensor.js";
import { triu } from "../diagonal.js";
import { checkMatrices, mapMatrices, transposed, weights } from "./matrices.js";
import { solve } from "./solve.js";

/** For at least as many rows as columns, of full rank. H.-J. Liao et al.: Differentiable programming tensor networks, 2019. */
const QR: Operation = {
  name: "LinalgQrBackward0",
  backward(node) {
    const [ofQ, ofR] = node.parts as (Tensor | null)[];
    const q = node.saved(0);
    const r = node.saved(1);
    const n = r.shape[r.shape.length - 1];
    let inner: Tensor | null = ofR === null ? null : ofR.matmul(transposed(r));
    if (ofQ !== null) {
      const turned = transposed(q).matmul(ofQ);
      inner = inner === null ? turned.neg() : inner.sub(turned);
    }
    if (inner === null) return;
    const upper = inner.mul(weights(r, n, (i, j) => (i < j ? 1 : i === j ? 0.5 : 0)));
    const symmetric = q.matmul(upper.add(transposed(upper)));
    const whole = ofQ === null ? symmetric : symmetric.add(ofQ);
    // whole · R⁻ᵀ
    node.give(0, transposed(solve(r, transposed(whole))));
  },
};

const Undifferentiable: Operation = {
  name: "LinalgQrBackward0",
  backward(node) {
    throw new Error(
      `linalg.qr: the derivative of mode "${node.attributes}" is not defined: use mode "reduced"`,
    );
  },
};

export interface QrOptions {
  /** "reduced" (default), "complete": Q is square, or "r": no Q. */
  mode?: "reduced" | "complete" | "r";
}
export type QrArguments = [mode?: "reduced" | "complete" | "r"] | [options: QrOptions];

/** A = Q·R with orthonormal columns of Q and an upper triangle R, for a matrix or a batch. */
export function qr(A: Tensor, ...given: QrArguments): NamedResults<"Q" | "R"> {
  const { mode = "reduced" } = namedArguments<QrOptions>("linalg.qr", ["mode"], given);
  if (mode !== "reduced" && mode !== "complete" && mode !== "r")
    throw new RangeError(
      `linalg.qr: received unrecognized mode '${String(mode)}' but expected one of 'reduced' (default), 'r', or 'complete'`,
    );
  checkMatrices("linalg.qr", A);
  const [m, n] = A.shape.slice(-2);
  if (isRecorded(A) && m < n && mode !== "r") {
    // The columns on the left determine Q; R is A seen from there.
    const { Q } = qr(A.narrow(-1, 0, m));
    return namedResults({ Q, R: triu(transposed(Q).matmul(A)) });
  }
  const k = mode === "complete" ? m : Math.min(m, n);
  const [Q, R] = mapMatrices(
    A,
    [
      [m, k],
      [k, n],
    ],
    (matrix) => {
      const { q, r } = decomposeQR(matrix, m, n, k);
      return [q, r];
    },
  );
  if (isRecorded(A)) {
    const node =
      mode === "r" || k > n ? new Node(Undifferentiable, [A], undefined, mode) : new Node(QR, [A], [Q, R]);
    recordOutputs(node, [Q, R]);
  }
  return namedResults({ Q: mode === "r" ? Tensor.zeros([0], A.dtype) : Q, R });
}
