/**
 * A = Q·R by Householder reflections, for A of m×n, row by row, with LAPACK's signs.
 *
 * @param columns how many columns Q gets: between min(m, n) and m
 * @returns Q (m×columns) and R (columns×n)
 */
export function decomposeQR(
  matrix: Float64Array,
  m: number,
  n: number,
  columns: number,
): { q: Float64Array; r: Float64Array } {
  const a = matrix.slice();
  const count = Math.min(m, n);
  const scales = new Float64Array(count);
  for (let k = 0; k < count; k++) {
    scales[k] = makeReflection(a, m, n, k);
    if (scales[k] !== 0) reflect(a, n, k, k + 1, a, m, n, k, scales[k]);
  }
  const q = new Float64Array(m * columns);
  for (let k = 0; k < columns; k++) q[k * columns + k] = 1;
  for (let k = count - 1; k >= 0; k--) if (scales[k] !== 0) reflect(q, columns, k, k, a, m, n, k, scales[k]);
  const r = new Float64Array(columns * n);
  for (let i = 0; i < columns; i++) for (let j = i; j < n; j++) r[i * n + j] = a[i * n + j];
  return { q, r };
}

/**
 * Replaces column k below the diagonal by the vector v of the reflection 1 − τ·v·vᵀ that clears it (v[k] = 1 is not
 * stored), and the diagonal by what is left.
 *
 * @returns τ; 0 where there is nothing to clear
 */
function makeReflection(a: Float64Array, m: number, n: number, k: number): number {
  let largest = 0;
  for (let i = k + 1; i < m; i++) largest = Math.max(largest, Math.abs(a[i * n + k]));
  if (largest === 0) return 0;
  largest = Math.max(largest, Math.abs(a[k * n + k]));
  // Scaled, so that no square overflows and the smallest numbers, which have few digits, are not divided by.
  const head = a[k * n + k] / largest;
  let sum = 0;
  for (let i = k; i < m; i++) sum += (a[i * n + k] / largest) ** 2;
  const rest = head > 0 ? -Math.sqrt(sum) : Math.sqrt(sum);
  for (let i = k + 1; i < m; i++) a[i * n + k] = a[i * n + k] / largest / (head - rest);
  a[k * n + k] = rest * largest;
  return (rest - head) / rest;
}

/** Applies the reflection whose vector is column k of `v` to the columns from `first` on of `target`. */
function reflect(
  target: Float64Array,
  width: number,
  k: number,
  first: number,
  v: Float64Array,
  m: number,
  n: number,
  column: number,
  scale: number,
): void {
  for (let j = first; j < width; j++) {
    let s = target[k * width + j];
    for (let i = k + 1; i < m; i++) s += v[i * n + column] * target[i * width + j];
    s *= scale;
    target[k * width + j] -= s;
    for (let i = k + 1; i < m; i++) target[i * width + j] -= s * v[i * n + column];
  }
}
