/** The LU decomposition of a square matrix with partial pivoting: P·A = L·U. Matrices lie row by row. */
export interface LU {
  /** U on and above the diagonal, L (whose diagonal is 1) below it. */
  readonly factors: Float64Array;
  /** Row k was exchanged with row `pivots[k]`. */
  readonly pivots: Int32Array;
  /** 1 or −1: the determinant of P. */
  readonly sign: number;
  /** The first column without a pivot, or −1: the matrix is singular where there is one. */
  readonly zeroPivot: number;
}

export function decomposeLU(matrix: Float64Array, n: number): LU {
  const a = matrix.slice();
  const pivots = new Int32Array(n);
  let sign = 1;
  let zeroPivot = -1;
  for (let k = 0; k < n; k++) {
    let p = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(a[i * n + k]) > Math.abs(a[p * n + k])) p = i;
    pivots[k] = p;
    if (p !== k) {
      sign = -sign;
      exchangeRows(a, n, k, p);
    }
    const pivot = a[k * n + k];
    if (pivot === 0) {
      if (zeroPivot < 0) zeroPivot = k;
      continue;
    }
    for (let i = k + 1; i < n; i++) {
      const factor = a[i * n + k] / pivot;
      a[i * n + k] = factor;
      if (factor === 0) continue;
      for (let j = k + 1; j < n; j++) a[i * n + j] -= factor * a[k * n + j];
    }
  }
  return { factors: a, pivots, sign, zeroPivot };
}

function exchangeRows(a: Float64Array, columns: number, i: number, j: number): void {
  for (let c = 0; c < columns; c++) {
    const kept = a[i * columns + c];
    a[i * columns + c] = a[j * columns + c];
    a[j * columns + c] = kept;
  }
}

/** Solves A·X = B in the place of B (n×m). */
export function solveLU({ factors, pivots }: LU, n: number, b: Float64Array, m: number): void {
  for (let k = 0; k < n; k++) if (pivots[k] !== k) exchangeRows(b, m, k, pivots[k]);
  solveTriangular(factors, n, b, m, { upper: false, unitDiagonal: true });
  solveTriangular(factors, n, b, m, { upper: true, unitDiagonal: false });
}

/** Solves T·X = B in the place of B (n×m), for the upper or lower triangle T of a matrix. */
export function solveTriangular(
  t: Float64Array,
  n: number,
  b: Float64Array,
  m: number,
  { upper, unitDiagonal }: { upper: boolean; unitDiagonal: boolean },
): void {
  for (let step = 0; step < n; step++) {
    const i = upper ? n - 1 - step : step;
    const from = upper ? i + 1 : 0;
    const to = upper ? n : i;
    for (let k = from; k < to; k++) {
      const factor = t[i * n + k];
      if (factor === 0) continue;
      for (let j = 0; j < m; j++) b[i * m + j] -= factor * b[k * m + j];
    }
    if (unitDiagonal) continue;
    const diagonal = t[i * n + i];
    for (let j = 0; j < m; j++) b[i * m + j] /= diagonal;
  }
}
