import type { Storage, TypedArray } from "./storage.js";
import { multiplyCompiled } from "./wasm/matmul.js";

/** A matrix in memory: element (i, j) is `storage.data[offset + i * rowStride + j * columnStride]`. */
export interface Matrix {
  readonly storage: Storage;
  readonly offset: number;
  readonly rowStride: number;
  readonly columnStride: number;
}

/** m, k, n, the operands, where the result goes row by row, and a vector that is added to each of its rows. */
export type Multiply<Result = void> = (
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
) => Result;

/** Below so many products, plain JavaScript has finished before the operands are where the compiled kernel sees them. */
const FEWEST_PRODUCTS = 8_192;

const multiplyFloat32 = compile((sum, product) => `${sum} = Math.fround(${sum} + ${product})`);
const multiplyOthers = compile((sum, product) => `${sum} += ${product}`);

/**
 * out[m×n] = a[m×k] · b[k×n] (+ bias[n])
 *
 * float32 sums are float32: each product is added to them with one rounding, as the fused instruction of processors
 * does it, and the bias last. For small matrices these are PyTorch's numbers to the last bit. Strides make every
 * transpose free.
 */
export const matmul: Multiply = (m, k, n, a, b, out, outOffset, bias, biasOffset, biasStride) => {
  if (
    m * k * n >= FEWEST_PRODUCTS &&
    multiplyCompiled(m, k, n, a, b, out, outOffset, bias, biasOffset, biasStride)
  )
    return;
  const multiply = out instanceof Float32Array ? multiplyFloat32 : multiplyOthers;
  multiply(m, k, n, a, b, out, outOffset, bias, biasOffset, biasStride);
};

/**
 * Two rows and four columns are computed at a time: eight independent sums stay in registers, and six loads serve
 * eight products.
 *
 * @param add the statement that adds a product to a sum
 */
function compile(add: (sum: string, product: string) => string): Multiply {
  const rows = [0, 1];
  const tile = (columns: readonly number[]): string => {
    const each = (text: (row: number, column: number) => string): string =>
      rows.flatMap((row) => columns.map((column) => `${text(row, column)};`)).join("\n");
    return `
      ${each((r, c) => `let s${r}${c} = 0`)}
      for (let l = 0, p = aRow, q = b.offset + j * bColumn; l < k; l++, p += aStep, q += bStep) {
        const x0 = aData[p], x1 = aData[p + aNext];
        ${columns.map((c) => `const y${c} = bData[q + ${c} * bColumn];`).join(" ")}
        ${each((r, c) => add(`s${r}${c}`, `x${r} * y${c}`))}
      }
      if (bias !== null) {
        const at = biasOffset + j * biasStride;
        ${columns.map((c) => `const z${c} = bias[at + ${c} * biasStride];`).join(" ")}
        ${each((r, c) => `s${r}${c} += z${c}`)}
      }
      ${each((r, c) => `out[outRow + ${r} * outNext + j + ${c}] = s${r}${c}`)}`;
  };
  const body = `
    const aData = a.storage.data, aStep = a.columnStride, aRowStep = a.rowStride;
    const bData = b.storage.data, bStep = b.rowStride, bColumn = b.columnStride;
    for (let i = 0; i < m; i += 2) {
      // The last row of an odd number is computed twice, in the place of its missing neighbour too.
      const down = i + 1 < m ? 1 : 0;
      const aRow = a.offset + i * aRowStep, aNext = down * aRowStep;
      const outRow = outOffset + i * n, outNext = down * n;
      let j = 0;
      for (; j + 3 < n; j += 4) {${tile([0, 1, 2, 3])}
      }
      for (; j < n; j++) {${tile([0])}
      }
    }`;
  return new Function(
    ...["m", "k", "n", "a", "b", "out", "outOffset", "bias", "biasOffset", "biasStride"],
    body,
  ) as Multiply;
}
