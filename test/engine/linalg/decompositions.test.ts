import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cholesky } from "../../../src/engine/linalg/cholesky.js";
import { decomposeLU, solveLU } from "../../../src/engine/linalg/lu.js";
import { decomposeQR } from "../../../src/engine/linalg/qr.js";
import { decomposeSVD } from "../../../src/engine/linalg/svd.js";
import { symmetricEigen } from "../../../src/engine/linalg/symmetric-eigen.js";

type Matrix = { m: number; n: number; data: Float64Array };

function matrixOf(m: number, n: number, entry: (i: number, j: number) => number): Matrix {
  const data = new Float64Array(m * n);
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) data[i * n + j] = entry(i, j);
  return { m, n, data };
}
const at = ({ n, data }: Matrix, i: number, j: number) => data[i * n + j];
const times = (a: Matrix, b: Matrix): Matrix =>
  matrixOf(a.m, b.n, (i, j) => {
    let sum = 0;
    for (let k = 0; k < a.n; k++) sum += at(a, i, k) * at(b, k, j);
    return sum;
  });
const flipped = (a: Matrix): Matrix => matrixOf(a.n, a.m, (i, j) => at(a, j, i));
const identity = (n: number): Matrix => matrixOf(n, n, (i, j) => (i === j ? 1 : 0));
const diagonal = (m: number, n: number, values: Float64Array): Matrix =>
  matrixOf(m, n, (i, j) => (i === j ? values[i] : 0));

/** The largest difference of two elements, relative to the largest element of `a`. */
function distance(a: Matrix, b: Matrix): number {
  // Where all elements are subnormal, even an exact product is rounded to the smallest step that there is.
  const smallest = Number.MIN_VALUE / Number.EPSILON;
  const scale = a.data.reduce((most, x) => Math.max(most, Math.abs(x)), smallest);
  return a.data.reduce((most, x, k) => Math.max(most, Math.abs(x - b.data[k]) / scale), 0);
}

const element = fc.oneof(
  fc.double({ min: -4, max: 4, noNaN: true }),
  fc.integer({ min: -2, max: 2 }), // makes equal singular values and matrices of low rank
);
const matrices = (square: boolean): fc.Arbitrary<Matrix> =>
  fc
    .tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 7 }), fc.constantFrom(1, 1e-150, 1e150))
    .chain(([m, width, scale]) => {
      const n = square ? m : width;
      return fc
        .array(element, { minLength: m * n, maxLength: m * n })
        .map((values) => ({ m, n, data: Float64Array.from(values, (x) => x * scale) }));
    });

const hilbert = matrixOf(10, 10, (i, j) => 1 / (i + j + 1));
const extreme: [title: string, matrix: Matrix][] = [
  ["Hilbert's matrix, condition 1e13", hilbert],
  ["zeros", matrixOf(4, 4, () => 0)],
  ["ones, of rank 1", matrixOf(5, 5, () => 1)],
  ["the identity, all alike", identity(6)],
  ["graded by 1e20", matrixOf(5, 5, (i, j) => 10 ** (-4 * (i + j)) * (i === j ? 3 : 1))],
  [
    "Wilkinson's, pairs of nearly equal eigenvalues",
    matrixOf(21, 21, (i, j) => (i === j ? Math.abs(10 - i) : Math.abs(i - j) === 1 ? 1 : 0)),
  ],
];

describe("singular values", () => {
  function check(a: Matrix, full: boolean): void {
    const svd = decomposeSVD(a.data, a.m, a.n, full);
    if (svd === null) throw new Error("no convergence");
    const k = Math.min(a.m, a.n);
    const [columns, rows] = full ? [a.m, a.n] : [k, k];
    const u: Matrix = { m: a.m, n: columns, data: svd.u };
    const vt: Matrix = { m: rows, n: a.n, data: svd.vt };
    expect(distance(a, times(times(u, diagonal(columns, rows, svd.values)), vt))).toBeLessThan(1e-13);
    expect(distance(identity(columns), times(flipped(u), u))).toBeLessThan(1e-13);
    expect(distance(identity(rows), times(vt, flipped(vt)))).toBeLessThan(1e-13);
    for (let j = 1; j < k; j++) expect(svd.values[j]).toBeLessThanOrEqual(svd.values[j - 1]);
    expect(Math.min(...svd.values)).toBeGreaterThanOrEqual(0);
  }

  test("U·S·Vᵀ is the matrix, and U and V are orthogonal, for any matrix", () => {
    fc.assert(fc.property(matrices(false), fc.boolean(), check), { numRuns: 400 });
  });

  test.each(extreme)("%s", (_, matrix) => {
    check(matrix, false);
    check(matrix, true);
  });

  test("small singular values are as exact as large ones", () => {
    // An orthogonal matrix times a diagonal one: its singular values are known.
    const angle = 0.7;
    const values = [1e-12, 3];
    const a = matrixOf(2, 2, (i, j) => values[j] * (i === j ? Math.cos(angle) : (i - j) * Math.sin(angle)));
    const found = decomposeSVD(a.data, 2, 2, false)?.values as Float64Array;
    expect(found[1] / 1e-12).toBeCloseTo(1, 13);
    expect(found[0] / 3).toBeCloseTo(1, 13);
  });

  test("what is not finite has none", () => {
    expect(decomposeSVD(Float64Array.of(1, Number.NaN), 1, 2, false)).toBeNull();
    expect(decomposeSVD(Float64Array.of(1, Infinity), 2, 1, false)).toBeNull();
  });
});

describe("eigenvalues of symmetric matrices", () => {
  function check(a: Matrix): void {
    const eigen = symmetricEigen(a.data, a.n, false);
    if (eigen === null) throw new Error("no convergence");
    const v: Matrix = { m: a.n, n: a.n, data: eigen.vectors };
    expect(distance(a, times(times(v, diagonal(a.n, a.n, eigen.values)), flipped(v)))).toBeLessThan(1e-13);
    expect(distance(identity(a.n), times(flipped(v), v))).toBeLessThan(1e-13);
    for (let j = 1; j < a.n; j++) expect(eigen.values[j]).toBeGreaterThanOrEqual(eigen.values[j - 1]);
  }

  test("V·Λ·Vᵀ is the matrix, and V is orthogonal, for any matrix", () => {
    const symmetric = matrices(true).map((a) =>
      matrixOf(a.n, a.n, (i, j) => at(a, Math.max(i, j), Math.min(i, j))),
    );
    fc.assert(fc.property(symmetric, check), { numRuns: 400 });
  });

  test.each(extreme)("%s", (_, matrix) => check(matrix));

  test("those of a vibrating string, which are known", () => {
    const n = 30;
    const string = matrixOf(n, n, (i, j) => (i === j ? 2 : Math.abs(i - j) === 1 ? -1 : 0));
    const { values } = symmetricEigen(string.data, n, true) as { values: Float64Array };
    for (const [k, value] of values.entries())
      expect(value).toBeCloseTo(2 - 2 * Math.cos(((k + 1) * Math.PI) / (n + 1)), 13);
  });
});

describe("QR", () => {
  test("Q·R is the matrix, Q has orthonormal columns and R is a triangle, for any matrix", () => {
    fc.assert(
      fc.property(matrices(false), fc.boolean(), (a, complete) => {
        const k = complete ? a.m : Math.min(a.m, a.n);
        const { q, r } = decomposeQR(a.data, a.m, a.n, k);
        const Q: Matrix = { m: a.m, n: k, data: q };
        const R: Matrix = { m: k, n: a.n, data: r };
        expect(distance(a, times(Q, R))).toBeLessThan(1e-13);
        expect(distance(identity(k), times(flipped(Q), Q))).toBeLessThan(1e-13);
        for (let i = 0; i < k; i++) for (let j = 0; j < Math.min(i, a.n); j++) expect(at(R, i, j)).toBe(0);
      }),
      { numRuns: 400 },
    );
  });

  test("Q is orthogonal also where the matrix has only a few of the smallest numbers", () => {
    const { q } = decomposeQR(Float64Array.of(5e-324, 1.5e-323, 1e-323, 2e-323), 2, 2, 2);
    const Q: Matrix = { m: 2, n: 2, data: q };
    expect(distance(identity(2), times(flipped(Q), Q))).toBeLessThan(1e-15);
  });
});

describe("LU and Cholesky", () => {
  test("the solution of equations leaves nothing, as far as the matrix allows", () => {
    fc.assert(
      fc.property(matrices(true), (a) => {
        const lu = decomposeLU(a.data, a.n);
        fc.pre(lu.zeroPivot < 0);
        const x = matrixOf(a.n, 2, (i, j) => i + 1 - j);
        const b = times(a, x);
        const found = b.data.slice();
        solveLU(lu, a.n, found, 2);
        // A pivot 1e300 times smaller than the rest asks for numbers that there are not.
        fc.pre(found.every(Number.isFinite));
        const size = found.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        const scale = a.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        // Backward stability: the residual is small, the error need not be.
        const rest = times(a, { m: a.n, n: 2, data: found }).data.map((value, k) =>
          Math.abs(value - b.data[k]),
        );
        expect(Math.max(...rest)).toBeLessThanOrEqual(1e-13 * scale * size * a.n);
      }),
      { numRuns: 400 },
    );
  });

  test("rows are exchanged where the pivot is 0 or small", () => {
    const found = Float64Array.of(1, 2);
    solveLU(decomposeLU(Float64Array.of(1e-20, 1, 1, 1), 2), 2, found, 1);
    expect([...found]).toEqual([1, 1]);
    expect(decomposeLU(Float64Array.of(0, 1, 1, 0), 2)).toMatchObject({ sign: -1, zeroPivot: -1 });
    expect(decomposeLU(Float64Array.of(1, 2, 2, 4), 2).zeroPivot).toBe(1);
  });

  test("L·Lᵀ is the matrix; the first minor that is not positive is named", () => {
    const a = times(hilbert, hilbert);
    for (let k = 0; k < 10; k++) a.data[k * 11] += 1e-9;
    const l: Matrix = { m: 10, n: 10, data: cholesky(a.data, 10) as Float64Array };
    expect(distance(a, times(l, flipped(l)))).toBeLessThan(1e-15);
    expect(cholesky(Float64Array.of(1, 2, 2, 1), 2)).toBe(2);
    expect(cholesky(Float64Array.of(Number.NaN), 1)).toBe(1);
  });
});
