import type { TypedArray } from "./storage.js";

/** A matrix in memory: element (i, j) is `data[offset + i * rowStride + j * columnStride]`. */
export interface Matrix {
  readonly data: TypedArray;
  readonly offset: number;
  readonly rowStride: number;
  readonly columnStride: number;
}

/**
 * out[m×n] = a[m×k] · b[k×n] (+ bias[n]), rounded once per element: sums are float64.
 *
 * Strides make every transpose free. Four columns are computed at a time, which keeps four independent sums in
 * registers; WebAssembly kernels will take over above some size.
 */
export function matmul(
  m: number,
  k: number,
  n: number,
  a: Matrix,
  b: Matrix,
  out: TypedArray,
  outOffset: number,
  bias: TypedArray | null,
  biasOffset: number,
  biasStride: number,
): void {
  const aData = a.data;
  const bData = b.data;
  const aStep = a.columnStride;
  const bStep = b.rowStride;
  const bColumn = b.columnStride;
  for (let i = 0; i < m; i++) {
    const aRow = a.offset + i * a.rowStride;
    const outRow = outOffset + i * n;
    let j = 0;
    for (; j + 3 < n; j += 4) {
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      let p = aRow;
      let q0 = b.offset + j * bColumn;
      let q1 = q0 + bColumn;
      let q2 = q1 + bColumn;
      let q3 = q2 + bColumn;
      for (let l = 0; l < k; l++) {
        const x = aData[p];
        s0 += x * bData[q0];
        s1 += x * bData[q1];
        s2 += x * bData[q2];
        s3 += x * bData[q3];
        p += aStep;
        q0 += bStep;
        q1 += bStep;
        q2 += bStep;
        q3 += bStep;
      }
      if (bias !== null) {
        const c = biasOffset + j * biasStride;
        s0 += bias[c];
        s1 += bias[c + biasStride];
        s2 += bias[c + 2 * biasStride];
        s3 += bias[c + 3 * biasStride];
      }
      out[outRow + j] = s0;
      out[outRow + j + 1] = s1;
      out[outRow + j + 2] = s2;
      out[outRow + j + 3] = s3;
    }
    for (; j < n; j++) {
      let s = bias === null ? 0 : bias[biasOffset + j * biasStride];
      let p = aRow;
      let q = b.offset + j * bColumn;
      for (let l = 0; l < k; l++) {
        s += aData[p] * bData[q];
        p += aStep;
        q += bStep;
      }
      out[outRow + j] = s;
    }
  }
}
