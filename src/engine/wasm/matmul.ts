import type { Matrix, Multiply } from "../matmul.js";
import { features } from "./features.js";
import { type GemmKernels, gemmFloat32, gemmFloat64 } from "./gemm.js";
import { engineFloat32, engineFloat64, layOut } from "./memory.js";
import { inTurn, together } from "./threads.js";

type Floats = Float32Array | Float64Array;

/** Products of a sum that are worked on at once, so that a tile's columns stay in the first-level cache. */
const BLOCK_K = 256;
/** Rows that are worked on at once, so that their part of a stays in the second-level cache. */
const BLOCK_M = 128;
/** So many products are worth the other threads' while. */
const FEWEST_TO_SHARE = 3_000_000;
/** Into so many chunks the rows are cut for them. */
const CHUNKS = 16;
/** A matrix with fewer elements is read where it lies if it can be: it is in the first-level cache. */
const FEWEST_TO_PACK = 8_192;

/** An operand in the kernels' memory. Address and strides are bytes. */
interface Placed {
  readonly at: number;
  readonly rowStride: number;
  readonly columnStride: number;
}

/**
 * The product of float matrices by compiled kernels; see `matmul`.
 * @returns false, with nothing done, where the machine or the operands' types do not allow it, or memory is short
 */
export const multiplyCompiled: Multiply<boolean> = (
  m,
  k,
  n,
  a,
  b,
  out,
  outOffset,
  bias,
  biasOffset,
  biasStride,
) => {
  const Kind = out.constructor;
  if (!features.simd || (Kind !== Float32Array && Kind !== Float64Array)) return false;
  if (a.storage.data.constructor !== Kind || b.storage.data.constructor !== Kind) return false;
  if (bias !== null && bias.constructor !== Kind) return false;
  const kernels = Kind === Float32Array ? gemmFloat32() : gemmFloat64();
  const { bytes, columns } = kernels;
  const padded = Math.ceil(n / columns) * columns;
  const lengths = [
    extent(a, m, k),
    extent(b, k, n),
    Math.min(k, BLOCK_K) * padded,
    Math.min(k, BLOCK_K) * (m + columns),
    m * padded,
    n,
  ];
  const addresses = layOut(lengths, bytes);
  if (addresses === null) return false;
  const memory = Kind === Float32Array ? engineFloat32() : engineFloat64();
  const [aAt, bAt, packed, packedRows, c, biasAt] = addresses;
  const isParallel = m * k * n >= FEWEST_TO_SHARE;
  const left = place(a, m, k, memory, aAt, bytes);
  const right = place(b, k, n, memory, bAt, bytes);
  memory.fill(0, c / bytes, c / bytes + m * padded);
  if (bias !== null)
    for (let j = 0; j < n; j++) memory[biasAt / bytes + j] = bias[biasOffset + j * biasStride];

  const tile = columns * bytes;
  for (let from = 0; from < k; from += BLOCK_K) {
    const depth = Math.min(BLOCK_K, k - from);
    let y = { at: right.at + from * right.rowStride, rowStride: right.rowStride, tileStride: tile };
    if (right.columnStride !== bytes || k * n >= FEWEST_TO_PACK) {
      pack(kernels, right, from, depth, n, packed);
      y = { at: packed, rowStride: tile, tileStride: depth * tile };
    }
    let x = {
      at: left.at + from * left.columnStride,
      rowStride: left.rowStride,
      columnStride: left.columnStride,
    };
    let height = isParallel ? Math.max(columns, Math.ceil(m / CHUNKS / columns) * columns) : BLOCK_M;
    let step = height * left.rowStride;
    if (left.columnStride !== bytes && m * k >= FEWEST_TO_PACK) {
      // Rows that lie side by side are packed as columns are.
      const turned = { at: left.at, rowStride: left.columnStride, columnStride: left.rowStride };
      pack(kernels, turned, from, depth, m, packedRows);
      height = columns;
      step = depth * tile;
      x = { at: packedRows, rowStride: bytes, columnStride: tile };
    }
    const chunks = Math.ceil(m / height);
    (isParallel ? together : inTurn)({
      functions: kernels.functions,
      name: "multiply",
      values: [
        ...[height, padded, depth, x.at, x.rowStride, x.columnStride],
        ...[y.at, y.rowStride, y.tileStride, c, padded * bytes],
      ],
      steps: [0, 0, 0, step, 0, 0, 0, 0, 0, height * padded * bytes, 0],
      chunks,
      last: m - (chunks - 1) * height,
    });
  }
  if (bias !== null || padded !== n) kernels.finish(m, n, c, padded * bytes, bias === null ? 0 : biasAt);
  (out as Floats).set(memory.subarray(c / bytes, c / bytes + m * n), outOffset);
  return true;
};

/** How many elements from the first to the last one of a matrix; as many as it has where that is a waste. */
function extent({ storage, rowStride, columnStride }: Matrix, rows: number, columns: number): number {
  if (storage.address !== 0 && (rowStride === 1 || columnStride === 1)) return 0;
  const span = (rows - 1) * rowStride + (columns - 1) * columnStride + 1;
  return isDense(span, rows, columns, rowStride, columnStride) ? span : rows * columns;
}

/** Whether the kernels can use a matrix as it lies: one of the strides is 1, and the gaps are small. */
function isDense(
  span: number,
  rows: number,
  columns: number,
  rowStride: number,
  columnStride: number,
): boolean {
  return (rowStride === 1 || columnStride === 1) && span <= 2 * rows * columns;
}

/** Copies a matrix to `at`, unless it is in the kernels' memory already. */
function place(
  matrix: Matrix,
  rows: number,
  columns: number,
  memory: Floats,
  at: number,
  bytes: number,
): Placed {
  const { storage, offset, rowStride, columnStride } = matrix;
  const strides = { rowStride: rowStride * bytes, columnStride: columnStride * bytes };
  const usable = rowStride === 1 || columnStride === 1;
  if (storage.address !== 0 && usable) return { at: storage.address + offset * bytes, ...strides };
  const data = storage.data as Floats;
  const span = (rows - 1) * rowStride + (columns - 1) * columnStride + 1;
  const to = at / bytes;
  if (isDense(span, rows, columns, rowStride, columnStride)) {
    memory.set(data.subarray(offset, offset + span), to);
    return { at, ...strides };
  }
  for (let i = 0, p = to; i < rows; i++)
    for (let j = 0, q = offset + i * rowStride; j < columns; j++, p++, q += columnStride) memory[p] = data[q];
  return { at, rowStride: columns * bytes, columnStride: bytes };
}

/** Packs `depth` rows of b, from row `from` on, tile by tile of columns. */
function pack(
  { packRows, packColumns, columns, bytes }: GemmKernels,
  { at, rowStride, columnStride }: Placed,
  from: number,
  depth: number,
  n: number,
  packed: number,
): void {
  for (let j = 0; j < n; j += columns) {
    const start = at + from * rowStride + j * columnStride;
    const to = packed + j * depth * bytes;
    const width = Math.min(columns, n - j);
    if (columnStride === bytes) packRows(depth, start, rowStride, width, to);
    else packColumns(depth, start, columnStride, width, to);
  }
}
