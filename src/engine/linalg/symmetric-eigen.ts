import { jacobiRotation, MOST_SWEEPS, rotate } from "./rotation.js";

/**
 * Eigenvalues in ascending order, and orthonormal eigenvectors in the columns (row by row), of a symmetric matrix of
 * which one triangle is read. The cyclic Jacobi method: as exact as the matrix allows, also for equal eigenvalues.
 *
 * @returns null when it does not converge, which only happens for values that are not finite
 */
export function symmetricEigen(
  matrix: Float64Array,
  n: number,
  upper: boolean,
): { values: Float64Array; vectors: Float64Array } | null {
  const a = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const x = upper ? matrix[j * n + i] : matrix[i * n + j];
      if (!Number.isFinite(x)) return null;
      a[i * n + j] = x;
      a[j * n + i] = x;
    }
  }
  // Row k of `v` is eigenvector k: rows lie together in memory.
  const v = new Float64Array(n * n);
  for (let k = 0; k < n; k++) v[k * n + k] = 1;
  for (let sweep = 0; ; sweep++) {
    if (sweep === MOST_SWEEPS) return null;
    let rotated = false;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        const b = a[p * n + q];
        const x = a[p * n + p];
        const y = a[q * n + q];
        // What is left changes neither eigenvalue.
        if (
          b === 0 ||
          (Math.abs(x) + Math.abs(b) === Math.abs(x) && Math.abs(y) + Math.abs(b) === Math.abs(y))
        ) {
          a[p * n + q] = 0;
          a[q * n + p] = 0;
          continue;
        }
        rotated = true;
        const rotation = jacobiRotation(x, b, y);
        rotate(a, p * n, q * n, 1, n, rotation);
        rotate(a, p, q, n, n, rotation);
        a[p * n + p] = x - rotation.t * b;
        a[q * n + q] = y + rotation.t * b;
        a[p * n + q] = 0;
        a[q * n + p] = 0;
        rotate(v, p * n, q * n, 1, n, rotation);
      }
    }
    if (!rotated) break;
  }
  const order = Array.from({ length: n }, (_, k) => k).sort((i, j) => a[i * n + i] - a[j * n + j]);
  const values = Float64Array.from(order, (k) => a[k * n + k]);
  const vectors = new Float64Array(n * n);
  order.forEach((k, column) => {
    for (let i = 0; i < n; i++) vectors[i * n + column] = v[k * n + i];
  });
  return { values, vectors };
}
