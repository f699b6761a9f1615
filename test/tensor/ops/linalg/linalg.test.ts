import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as torch from "../../../../src/index.js";

const { linalg } = torch;
const { gradcheck, gradgradcheck } = torch.autograd;

/** Batches of matrices whose singular values differ from each other and from 0. */
function wellConditioned(rows: number | null, columns: number | null): fc.Arbitrary<torch.Tensor> {
  const size = fc.integer({ min: 1, max: 4 });
  return fc.tuple(size, size, fc.integer({ min: 0, max: 2 }), fc.nat(1000)).map(([m, n, batch, seed]) => {
    const generator = new torch.Generator();
    generator.manualSeed(seed);
    const [r, c] = [rows ?? m, columns ?? (rows === null && columns === null ? n : m)];
    const noise = torch.randn([...(batch === 0 ? [] : [batch]), r, c], { dtype: "float64", generator });
    const ladder = torch
      .eye(r, c, { dtype: "float64" })
      .mul(torch.arange(1, c + 1, { dtype: "float64" }).mul(3));
    return noise.mul(0.4).add(ladder).requiresGrad_();
  });
}
const square = fc.integer({ min: 1, max: 4 }).chain((n) => wellConditioned(n, n));
const tall = fc.integer({ min: 1, max: 3 }).chain((n) => wellConditioned(n + 1, n));
const wide = fc.integer({ min: 1, max: 3 }).chain((n) => wellConditioned(n, n + 1));
const any = fc.oneof(square, tall, wide);

const flip = (a: torch.Tensor) => a.transpose(-1, -2);
const positive = (a: torch.Tensor) => a.matmul(flip(a));
const symmetric = (a: torch.Tensor) => a.add(flip(a));

// Signs of vectors are not determined, so only what does not depend on them can be differentiated.
const functions: [title: string, inputs: fc.Arbitrary<torch.Tensor>, f: (a: torch.Tensor) => torch.Tensor][] =
  [
    ["inv", square, (a) => linalg.inv(a)],
    ["solve", square, (a) => linalg.solve(a, a.mul(a).add(1))],
    ["solve from the right", square, (a) => linalg.solve(a, flip(a), { left: false })],
    ["det", square, (a) => linalg.det(a)],
    ["slogdet", square, (a) => linalg.slogdet(a).logabsdet],
    ["cholesky", square, (a) => linalg.cholesky(positive(a))],
    ["eigvalsh", square, (a) => linalg.eigvalsh(symmetric(a))],
    ["eigenvectors", square, (a) => linalg.eigh(symmetric(a)).eigenvectors.square()],
    [
      "eigenvalues and eigenvectors",
      square,
      (a) => {
        const [values, vectors] = linalg.eigh(symmetric(a));
        return vectors.mul(values.exp().unsqueeze(-2)).matmul(flip(vectors));
      },
    ],
    ["svdvals", any, (a) => linalg.svdvals(a)],
    ["left singular vectors", any, (a) => linalg.svd(a, false).U.square()],
    ["right singular vectors", any, (a) => linalg.svd(a, { fullMatrices: false }).Vh.square()],
    [
      "the whole of the singular value decomposition",
      any,
      (a) => {
        const { U, S, Vh } = linalg.svd(a, false);
        return U.mul(S.square().unsqueeze(-2)).matmul(Vh);
      },
    ],
    ["Q", any, (a) => linalg.qr(a).Q],
    ["R", any, (a) => linalg.qr(a).R],
    ["pinv", any, (a) => linalg.pinv(a)],
    ["lstsq", any, (a) => linalg.lstsq(a, a.square()).solution],
    ["matrixPower", square, (a) => linalg.matrixPower(a, -3)],
    ["nuclear norm", any, (a) => linalg.matrixNorm(a, "nuc")],
    ["spectral norm", any, (a) => linalg.matrixNorm(a, 2)],
    ["cond", square, (a) => linalg.cond(a)],
    ["einsum", square, (a) => torch.einsum("...ij,...kj,...kk->...i", a, a, a)],
    ["cross", wellConditioned(3, 2), (a) => torch.linalg.cross(a, a.square().add(1), -2)],
    ["kron", any, (a) => torch.kron(a, a.square())],
  ];

describe.each(functions)("%s", (_, inputs, f) => {
  test("gradients and second derivatives are those of differences", () => {
    fc.assert(
      fc.property(
        inputs,
        (a) => gradcheck(f, a, { atol: 1e-4 }) && gradgradcheck(f, a, null, { atol: 1e-3 }),
      ),
      { numRuns: 8 },
    );
  });
});

test("the gradient of the determinant of a singular matrix is that of its minors", () => {
  const rank2 = torch.tensor(
    [
      [1, 2, 3],
      [2, 4, 6],
      [1, 0, 1],
    ],
    { dtype: "float64", requiresGrad: true },
  );
  expect(gradcheck((a) => linalg.det(a), rank2)).toBe(true);
  const rank1 = torch.ones([3, 3], { dtype: "float64", requiresGrad: true });
  expect(gradcheck((a) => linalg.det(a), rank1)).toBe(true);
});

test("float32 results are rounded from float64", () => {
  const a = torch.tensor([
    [4, 1],
    [2, 3],
  ]);
  const inverse = linalg.inv(a);
  expect(inverse.dtype).toBe("float32");
  expect([...inverse.toArray()]).toEqual([0.3, -0.1, -0.2, 0.4].map(Math.fround));
});

test("matrices and batches without elements", () => {
  const empty = torch.zeros([0, 0]);
  expect(linalg.inv(empty).shape).toEqual([0, 0]);
  expect(linalg.det(empty).item()).toBe(1);
  expect(linalg.inv(torch.zeros([0, 3, 3])).shape).toEqual([0, 3, 3]);
  expect(linalg.svd(torch.zeros([2, 0])).U.tolist()).toEqual([
    [1, 0],
    [0, 1],
  ]);
  expect(linalg.eigh(empty).eigenvalues.shape).toEqual([0]);
});

const refused: [message: string, call: () => unknown][] = [
  [
    "linalg.inv: The diagonal element 2 is zero",
    () =>
      linalg.inv(
        torch.tensor([
          [1, 2],
          [2, 4],
        ]),
      ),
  ],
  [
    "linalg.inv: (Batch element 1): The diagonal element 1 is zero",
    () => linalg.inv(torch.stack([torch.eye(2), torch.zeros([2, 2])])),
  ],
  [
    "linalg.inv: A must be batches of square matrices, but they are 2 by 3 matrices",
    () => linalg.inv(torch.zeros([2, 3])),
  ],
  [
    "linalg.det: The input tensor A must have at least 2 dimensions, but its shape is [3]",
    () => linalg.det(torch.zeros([3])),
  ],
  [
    "linalg.inv: Expected a floating point tensor as input. Got int64",
    () => linalg.inv(torch.tensor([[1]], { dtype: "int64" })),
  ],
  [
    "linalg.solve: Incompatible shapes of A and B for the equation AX = B ([2, 2] and [3, 1])",
    () => linalg.solve(torch.eye(2), torch.zeros([3, 1])),
  ],
  [
    "linalg.cholesky: The factorization could not be completed because the input is not positive-definite (the leading minor of order 2 is not positive-definite)",
    () =>
      linalg.cholesky(
        torch.tensor([
          [1, 2],
          [2, 1.5],
        ]),
      ),
  ],
  [
    "linalg.svdvals: The algorithm failed to converge because the input matrix contained non-finite values",
    () => linalg.svdvals(torch.full([2, 2], Number.NaN)),
  ],
  ["linalg.matrixNorm: Order 3 not supported", () => linalg.matrixNorm(torch.eye(2), 3)],
  ["mm: [2, 3] and [2, 3] do not match: 3 ≠ 2", () => torch.mm(torch.zeros([2, 3]), torch.zeros([2, 3]))],
  [
    'einsum: the number of subscripts in "ij" does not match the number of dimensions of operand 0, whose shape is [3]',
    () => torch.einsum("ij", torch.zeros([3])),
  ],
  [
    "einsum: subscript j has size 2 for operand [2, 3], which does not broadcast with previously seen size 3",
    () => torch.einsum("ij,jk", torch.zeros([2, 3]), torch.zeros([2, 3])),
  ],
];
test.each(refused)("%s", (message, call) => {
  expect(call).toThrow(message);
});
