/**
 * The lower triangular L with A = L·Lᵀ, of a symmetric matrix of which the lower triangle is read.
 *
 * @returns L, or the order of the first leading minor that is not positive
 */
export function cholesky(matrix: Float64Array, n: number): Float64Array | number {
  const l = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let s = matrix[i * n + j];
      for (let k = 0; k < j; k++) s -= l[i * n + k] * l[j * n + k];
      if (i > j) l[i * n + j] = s / l[j * n + j];
      else if (s > 0) l[j * n + j] = Math.sqrt(s);
      else return j + 1;
    }
  }
  return l;
}
