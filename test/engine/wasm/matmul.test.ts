import fc from "fast-check";
import { expect, test } from "vitest";
import type { Matrix } from "../../../src/engine/matmul.js";
import { Storage } from "../../../src/engine/storage.js";
import { features } from "../../../src/engine/wasm/features.js";
import { multiplyCompiled } from "../../../src/engine/wasm/matmul.js";

const size = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constantFrom(31, 64, 130, 257, 300));
const layout = fc.constantFrom("rows", "columns", "repeated", "gaps", "neither");
const kind = fc.constantFrom(Float32Array, Float64Array);

type Layout = "rows" | "columns" | "repeated" | "gaps" | "neither";

function matrix(
  rows: number,
  columns: number,
  Kind: Float32ArrayConstructor | Float64ArrayConstructor,
  how: Layout,
  offset: number,
  seed: number,
): Matrix {
  const strides = {
    rows: [columns, 1],
    columns: [1, rows],
    repeated: [0, 1],
    gaps: [3 * columns + 1, 1],
    neither: [2 * columns, 2],
  }[how];
  const [rowStride, columnStride] = strides;
  const data = new Kind(offset + rows * rowStride + columns * columnStride + 1);
  for (let k = 0, x = seed; k < data.length; k++) {
    x = (x * 1_103_515_245 + 12_345) % 2 ** 31;
    data[k] = x / 2 ** 30 - 1;
  }
  return { storage: new Storage(data), offset, rowStride, columnStride };
}

const at = ({ storage, offset, rowStride, columnStride }: Matrix, i: number, j: number): number =>
  storage.data[offset + i * rowStride + j * columnStride];

// Beside the machine's own fused multiplication, float64 is rounded twice here: 1 unit in the last place a product.
test.skipIf(!features.fma)(
  "sums of products are those of plain JavaScript, whatever the sizes and strides",
  () => {
    fc.assert(
      fc.property(
        ...([size, size, size, layout, layout, kind, fc.boolean(), fc.nat(3), fc.nat(1000)] as const),
        (m, k, n, layoutA, layoutB, Kind, hasBias, offset, seed) => {
          fc.pre(m * k * n < 500_000);
          const a = matrix(m, k, Kind, layoutA, offset, seed + 1);
          const b = matrix(k, n, Kind, layoutB, offset, seed + 2);
          const bias = hasBias ? new Kind(offset + 2 * n).map((_, j) => j / 7) : null;
          const out = new Kind(m * n + 2).fill(-1);
          expect(multiplyCompiled(m, k, n, a, b, out, 1, bias, offset, 2)).toBe(true);
          const single = Kind === Float32Array;
          const round = single ? Math.fround : (x: number): number => x;
          for (let i = 0; i < m; i++) {
            for (let j = 0; j < n; j++) {
              let sum = 0;
              for (let l = 0; l < k; l++) sum = round(sum + at(a, i, l) * at(b, l, j));
              if (bias !== null) sum = round(sum + bias[offset + 2 * j]);
              const value = out[1 + i * n + j];
              const allowed = single ? 2 ** -22 : k * 2 ** -50;
              if (!(Math.abs(value - sum) <= allowed * Math.max(1, Math.abs(sum))))
                throw new Error(`(${i}, ${j}) is ${value}, not ${sum}`);
            }
          }
          expect([out[0], out.at(-1)]).toEqual([-1, -1]);
        },
      ),
      { numRuns: 150 },
    );
  },
);

test("leaves integers, and operands of two types, to plain JavaScript", () => {
  const a = matrix(2, 2, Float32Array, "rows", 0, 1);
  const b = matrix(2, 2, Float64Array, "rows", 0, 1);
  const out = new Float32Array(4);
  expect(multiplyCompiled(2, 2, 2, a, b, out, 0, null, 0, 0)).toBe(false);
  expect(multiplyCompiled(2, 2, 2, a, a, new Int32Array(4), 0, null, 0, 0)).toBe(false);
  expect([...out]).toEqual([0, 0, 0, 0]);
});

test("a number that is none spoils its row and column only", () => {
  const a = matrix(9, 9, Float32Array, "rows", 0, 1);
  a.storage.data[9 * 4 + 2] = NaN;
  const out = new Float32Array(81);
  multiplyCompiled(9, 9, 9, a, a, out, 0, null, 0, 0);
  const spoilt = [...out].map((x, k) => (Number.isNaN(x) ? k : -1)).filter((k) => k >= 0);
  const expected = Array.from({ length: 81 }, (_, k) => k).filter(
    (k) => Math.floor(k / 9) === 4 || k % 9 === 2,
  );
  expect(spoilt).toEqual(expected);
});
