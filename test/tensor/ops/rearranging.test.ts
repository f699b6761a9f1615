import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as torch from "../../../src/index.js";
import { expectValues, type Grid, values, views } from "../grid.js";

const { gradcheck, gradgradcheck } = torch.autograd;

test("movedim, flip, roll, repeat and unfold by definition, of any view", () => {
  fc.assert(
    fc.property(views, fc.nat(50), fc.integer({ min: -9, max: 9 }), ({ tensor, grid }, pick, shift) => {
      const { shape } = grid;
      if (shape.length === 0) return;
      const d = pick % shape.length;
      const e = (pick >> 1) % shape.length;
      const dim = pick % 2 === 0 ? d : d - shape.length;
      const expectGrid = (result: torch.Tensor, expected: Grid) => {
        expect(result.shape).toEqual(expected.shape);
        expectValues(result, values(expected));
      };
      expectGrid(tensor.flip(dim), {
        shape,
        at: (index) => grid.at(index.with(d, shape[d] - 1 - index[d])),
      });
      const back = (k: number) => (((k - shift) % shape[d]) + shape[d]) % shape[d];
      expectGrid(tensor.roll(shift, dim), { shape, at: (index) => grid.at(index.with(d, back(index[d]))) });
      expectGrid(tensor.movedim(dim, e), {
        shape: shape.toSpliced(d, 1).toSpliced(e, 0, shape[d]),
        at: (index) => grid.at(index.toSpliced(e, 1).toSpliced(d, 0, index[e])),
      });
      const repeats = shape.map((_, k) => (k === d ? pick % 3 : 1));
      expectGrid(tensor.repeat([2, ...repeats]), {
        shape: [2, ...shape.map((size, k) => size * repeats[k])],
        at: (index) => grid.at(index.slice(1).map((k, j) => k % shape[j])),
      });
      expectGrid(tensor.repeatInterleave(2, dim), {
        shape: shape.with(d, 2 * shape[d]),
        at: (index) => grid.at(index.with(d, index[d] >> 1)),
      });
      const size = Math.min(shape[d], 1 + (pick % 2));
      if (size > 0) {
        const windows = tensor.unfold(dim, size, 2);
        expect(windows.storage).toBe(tensor.storage);
        expectGrid(windows, {
          shape: [...shape.with(d, Math.floor((shape[d] - size) / 2) + 1), size],
          at: (index) => grid.at(index.slice(0, -1).with(d, 2 * index[d] + (index.at(-1) as number))),
        });
      }
      expectGrid(tensor.unflatten(dim, [1, -1]), {
        shape: shape.toSpliced(d, 1, 1, shape[d]),
        at: (index) => grid.at(index.toSpliced(d, 1)),
      });
    }),
    { numRuns: 400 },
  );
});

test("four quarter turns are none, and turns add up", () => {
  const x = torch.arange(12).reshape([2, 3, 2]);
  for (const dims of [
    [0, 1],
    [2, 0],
  ]) {
    for (let k = -4; k <= 4; k++) {
      const turned = x.rot90(k, dims).rot90({ k: 4 - k, dims });
      expect(turned.tolist()).toEqual(x.tolist());
    }
  }
  expect(torch.tensor([[1, 2], [3, 4]]).rot90().tolist()).toEqual([[2, 4], [1, 3]]); // biome-ignore format: a picture
});

const shape = [2, 3, 2];
test.each<[string, (x: torch.Tensor) => torch.Tensor | torch.Tensor[]]>([
  ["movedim", (x) => x.movedim([0, 1], [2, 0])],
  ["swapaxes", (x) => x.swapaxes(0, -1)],
  ["unflatten", (x) => x.unflatten(1, [3, 1])],
  ["ravel", (x) => x.transpose(0, 1).ravel()],
  ["broadcastTo", (x) => x.broadcastTo([2, 2, 3, 2])],
  ["broadcastTensors", (x) => torch.broadcastTensors(x, x.at("1:", ":1"))],
  ["atleast3d", (x) => torch.atleast3d(x.at(0))],
  ["flip", (x) => x.flip([0, 2])],
  ["roll", (x) => x.roll([1, -1], [0, 1])],
  ["roll of all", (x) => x.roll(5)],
  ["rot90", (x) => x.rot90(3, [1, 2])],
  ["repeat", (x) => x.repeat([2, 1, 2, 1])],
  ["tile", (x) => x.tile([2])],
  ["repeatInterleave", (x) => x.repeatInterleave(torch.tensor([2, 0, 1]).long(), 1)],
  ["unfold", (x) => x.unfold(1, 2, 1)],
  ["unfold of a transpose", (x) => x.transpose(0, 1).unfold(0, 2, 1)],
  ["meshgrid", (x) => torch.meshgrid(x.at(0, ":", 0), x.at(1, ":2", 1), { indexing: "xy" })],
  ["cartesianProd", (x) => torch.cartesianProd(x.at(0, ":", 0), x.at(1, ":2", 1))],
  ["combinations", (x) => torch.combinations(x.ravel().at(":4"), { withReplacement: true })],
])("gradients: %s", (_, apply) => {
  const x = torch.randn(shape, { dtype: "float64", requiresGrad: true });
  gradcheck(apply, x);
  gradgradcheck((a) => apply(a.mul(a)), x);
});

test("what PyTorch does not copy is not copied", () => {
  const x = torch.zeros([2, 3]);
  const same = [
    x.movedim(0, 1),
    x.moveaxis(0, 1),
    x.swapaxes(0, 1),
    x.swapdims(0, 1),
    x.unflatten(1, [3, 1]),
    x.ravel(),
    x.broadcastTo([4, 2, 3]),
    x.expandAs(torch.zeros([4, 2, 3])),
    x.viewAs(torch.zeros([6])),
    x.reshapeAs(torch.zeros([3, 2])),
    torch.atleast3d(x),
    x.mT,
    torch.meshgrid(x.at(0))[0],
  ];
  for (const view of same) expect(view.storage).toBe(x.storage);
});

describe("refused", () => {
  const x = torch.zeros([2, 3]);
  test.each<[title: string, apply: () => unknown, message: RegExp]>([
    [
      "movedim: a dimension twice",
      () => x.movedim([0, 0], [0, 1]),
      /movedim: repeated dimension in \[0, 0\]/,
    ],
    ["movedim: different counts", () => x.movedim([0, 1], 0), /same number of elements: \[0, 1\] and \[0\]/],
    [
      "unflatten: other sizes",
      () => x.unflatten(1, [2, 2]),
      /\[2, 2\] don't multiply up to the size of dim 1 \(3\)/,
    ],
    ["flip: a dimension twice", () => x.flip([0, 0]), /appears more than once/],
    ["flip: no dimension", () => x.flip(...([] as unknown as [number])), /takes the dimensions to reverse/],
    ["fliplr of a vector", () => torch.zeros([2]).fliplr(), /fliplr: Input must be >= 2-d/],
    ["roll: counts that differ", () => x.roll([1, 2], 0), /2 shifts and 1 dims/],
    ["roll by a fraction", () => x.roll(0.5), /shifts is a whole number/],
    ["rot90 in one dimension", () => x.rot90(1, [0, 0]), /rotation dims to be different/],
    ["repeat: too few", () => x.repeat([2]), /can not be smaller than number of dimensions of tensor/],
    ["repeat: negative", () => x.repeat([-1, 1]), /not a size/],
    [
      "repeatInterleave: another length",
      () => x.repeatInterleave(torch.tensor([1, 2]).long(), 1),
      /same size as input along dim \(3\)/,
    ],
    ["repeatInterleave: negative", () => x.repeatInterleave(-1), /repeats cannot be negative/],
    [
      "unfold: too long",
      () => x.unfold(1, 4, 1),
      /maximum size for tensor at dimension 1 of \[2, 3\] is 3 but size is 4/,
    ],
    ["unfold: no step", () => x.unfold(1, 2, 0), /step is 0/],
    ["expandAs of a number", () => x.expandAs(2 as never), /expandAs: expected a Tensor/],
    ["meshgrid of matrices", () => torch.meshgrid(x), /scalar or 1D tensor/],
    ["combinations of a matrix", () => torch.combinations(x), /Expect a 1D vector/],
  ])("%s", (_, apply, message) => {
    expect(apply).toThrow(message);
  });
});
