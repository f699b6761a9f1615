import { decomposeQR } from "./qr.js";
import { jacobiRotation, MOST_SWEEPS, rotate } from "./rotation.js";

/** A = U·diag(values)·Vᵀ; matrices lie row by row. */
export interface SVD {
  /** m×m, or m×min(m, n) when reduced: orthonormal columns. */
  readonly u: Float64Array;
  /** In descending order. */
  readonly values: Float64Array;
  /** n×n, or min(m, n)×n when reduced: orthonormal rows. */
  readonly vt: Float64Array;
}

/**
 * The singular value decomposition of an m×n matrix by Hestenes' one-sided Jacobi method, which finds small singular
 * values as exactly as large ones.
 *
 * @returns null when it does not converge, which only happens for values that are not finite
 */
export function decomposeSVD(matrix: Float64Array, m: number, n: number, full: boolean): SVD | null {
  if (m < n) {
    const flipped = decomposeSVD(transposed(matrix, m, n), n, m, full);
    if (flipped === null) return null;
    const k = full ? n : m;
    return { u: transposed(flipped.vt, m, m), values: flipped.values, vt: transposed(flipped.u, n, k) };
  }
  let largest = 0;
  for (const x of matrix) {
    if (!Number.isFinite(x)) return null;
    largest = Math.max(largest, Math.abs(x));
  }
  const scale = largest === 0 ? 1 : largest;
  // Row j of `w` is column j of the matrix, row j of `v` column j of V: what is rotated lies together in memory.
  const w = transposed(matrix, m, n).map((x) => x / scale);
  const v = new Float64Array(n * n);
  for (let j = 0; j < n; j++) v[j * n + j] = 1;
  if (!orthogonalize(w, v, m, n)) return null;

  const lengths = Float64Array.from({ length: n }, (_, j) => {
    const square = product(w, j, j, m);
    return square < NEGLIGIBLE ? 0 : Math.sqrt(square);
  });
  const order = Array.from({ length: n }, (_, j) => j).sort((i, j) => lengths[j] - lengths[i]);
  const values = Float64Array.from(order, (j) => lengths[j] * scale);
  const vt = new Float64Array(n * n);
  for (const [row, j] of order.entries()) vt.set(v.subarray(j * n, (j + 1) * n), row * n);
  const columns = full ? m : n;
  const rank = values.findLastIndex((value) => value > 0) + 1;
  const u =
    rank === columns ? new Float64Array(m * columns) : complement(w, lengths, order, m, rank, columns);
  for (let k = 0; k < rank; k++) {
    const j = order[k];
    for (let i = 0; i < m; i++) u[i * columns + k] = w[j * m + i] / lengths[j];
  }
  return { u, values, vt };
}

/**
 * The square of a length, relative to the largest element, that counts as 0. Of a matrix that is not of full rank some
 * rows shrink with every sweep without ever becoming orthogonal; below this their squares would lose digits.
 */
const NEGLIGIBLE = 1e-290;

/** Rotates the rows of `w` until each is orthogonal to all others, and those of `v` alike. */
function orthogonalize(w: Float64Array, v: Float64Array, m: number, n: number): boolean {
  const tolerance = Number.EPSILON * Math.max(8, Math.sqrt(m));
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    let rotated = false;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        const a = product(w, p, p, m);
        const d = product(w, q, q, m);
        const b = product(w, p, q, m);
        if (a < NEGLIGIBLE || d < NEGLIGIBLE) continue;
        if (b === 0 || Math.abs(b) <= tolerance * Math.sqrt(a) * Math.sqrt(d)) continue;
        rotated = true;
        const rotation = jacobiRotation(a, b, d);
        rotate(w, p * m, q * m, 1, m, rotation);
        rotate(v, p * n, q * n, 1, n, rotation);
      }
    }
    if (!rotated) return true;
  }
  return false;
}

/** The scalar product of two rows. */
function product(w: Float64Array, p: number, q: number, m: number): number {
  let sum = 0;
  for (let i = 0, a = p * m, b = q * m; i < m; i++, a++, b++) sum += w[a] * w[b];
  return sum;
}

/** A matrix of m×columns whose columns from `rank` on complete the first ones to an orthonormal basis. */
function complement(
  w: Float64Array,
  lengths: Float64Array,
  order: readonly number[],
  m: number,
  rank: number,
  columns: number,
): Float64Array {
  const known = new Float64Array(m * rank);
  for (let k = 0; k < rank; k++) {
    const j = order[k];
    for (let i = 0; i < m; i++) known[i * rank + k] = w[j * m + i] / lengths[j];
  }
  return decomposeQR(known, m, rank, columns).q;
}

function transposed(matrix: Float64Array, rows: number, columns: number): Float64Array {
  const out = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) out[j * rows + i] = matrix[i * columns + j];
  return out;
}
