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
 * Strides make every transpose free. Two rows and four columns are computed at a time: eight independent sums stay in
 * registers, and six loads serve eight products. WebAssembly kernels will take over above some size.
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
  const aRowStep = a.rowStride;
  const bStep = b.rowStride;
  const bColumn = b.columnStride;
  for (let i = 0; i < m; i += 2) {
    // The last row of an odd number is computed twice, in the place of its missing neighbour too.
    const down = i + 1 < m ? 1 : 0;
    const aRow = a.offset + i * aRowStep;
    const aNext = down * aRowStep;
    const outRow = outOffset + i * n;
    const outNext = down * n;
    let j = 0;
    for (; j + 3 < n; j += 4) {
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      if (bias !== null) {
        const c = biasOffset + j * biasStride;
        s0 = bias[c];
        s1 = bias[c + biasStride];
        s2 = bias[c + 2 * biasStride];
        s3 = bias[c + 3 * biasStride];
      }
      let t0 = s0;
      let t1 = s1;
      let t2 = s2;
      let t3 = s3;
      let p = aRow;
      let q = b.offset + j * bColumn;
      for (let l = 0; l < k; l++) {
        const x = aData[p];
        const y = aData[p + aNext];
        const b0 = bData[q];
        const b1 = bData[q + bColumn];
        const b2 = bData[q + 2 * bColumn];
        const b3 = bData[q + 3 * bColumn];
        s0 += x * b0;
        s1 += x * b1;
        s2 += x * b2;
        s3 += x * b3;
        t0 += y * b0;
        t1 += y * b1;
        t2 += y * b2;
        t3 += y * b3;
        p += aStep;
        q += bStep;
      }
      const at = outRow + j;
      const next = at + outNext;
      out[at] = s0;
      out[at + 1] = s1;
      out[at + 2] = s2;
      out[at + 3] = s3;
      out[next] = t0;
      out[next + 1] = t1;
      out[next + 2] = t2;
      out[next + 3] = t3;
    }
    for (; j < n; j++) {
      let s = bias === null ? 0 : bias[biasOffset + j * biasStride];
      let t = s;
      let p = aRow;
      let q = b.offset + j * bColumn;
      for (let l = 0; l < k; l++) {
        const y = bData[q];
        s += aData[p] * y;
        t += aData[p + aNext] * y;
        p += aStep;
        q += bStep;
      }
      out[outRow + j] = s;
      out[outRow + outNext + j] = t;
    }
  }
}
