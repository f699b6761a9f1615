import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as torch from "../../../src/index.js";
import { type Grid, indices, type Pair, values, views } from "../grid.js";

/** One item of an index, and the positions it stands for: a single one, several, a new dimension, or a block. */
interface Item {
  readonly index: torch.Index;
  readonly kind: "position" | "range" | "new" | "block";
  readonly positions: readonly number[];
}

/** All index tensors of one case are `block` long. */
function itemFor(size: number, block: number, choice: number, seed: number): Item | null {
  const pick = (k: number) => (seed * 7 + k * 5) % size;
  const negative = (position: number, k: number) => ((seed + k) % 2 === 0 ? position : position - size);
  const all = Array.from({ length: size }, (_, k) => k);
  if (choice === 0) return { index: null, kind: "new", positions: [] };
  if (choice === 1) {
    const [from, to, step] = [
      (seed % (2 * size + 3)) - size - 1,
      ((seed * 3) % (2 * size + 3)) - size - 1,
      (seed % 3) + 1,
    ];
    const clamped = (at: number) => Math.min(size, Math.max(0, at < 0 ? at + size : at));
    const positions = all.filter(
      (k) => k >= clamped(from) && k < clamped(to) && (k - clamped(from)) % step === 0,
    );
    return { index: `${from}:${to}:${step}`, kind: "range", positions };
  }
  if (choice === 2) return { index: ":", kind: "range", positions: all };
  if (size === 0) return null;
  if (choice === 3) return { index: negative(pick(0), 0), kind: "position", positions: [pick(0)] };
  if (choice === 4 && size >= block) {
    const chosen = all.filter((k) => k < block);
    const mask = all.map((k) => k < block);
    return { index: seed % 2 === 0 ? torch.tensor(mask) : mask, kind: "block", positions: chosen };
  }
  const positions = Array.from({ length: block }, (_, k) => pick(k));
  const written = positions.map(negative);
  return {
    index: seed % 2 === 0 ? torch.tensor(written, { dtype: "int64" }) : written,
    kind: "block",
    positions,
  };
}

interface Case extends Pair {
  readonly items: readonly Item[];
  readonly ellipsis: number;
}

const cases: fc.Arbitrary<Case> = fc
  .tuple(
    views,
    fc.array(fc.tuple(fc.nat(5), fc.nat(100)), { maxLength: 6 }),
    fc.integer({ min: 1, max: 3 }),
    fc.nat(6),
  )
  .map(([pair, choices, block, ellipsis]) => {
    const items: Item[] = [];
    let dim = 0;
    for (const [choice, seed] of choices) {
      if (dim === pair.grid.shape.length) break;
      const item = itemFor(pair.grid.shape[dim], block, choice, seed);
      if (item === null) break;
      items.push(item);
      if (item.kind !== "new") dim++;
    }
    return { ...pair, items, ellipsis };
  });

/** What the items choose, by definition: the index of the source for every index of the result. */
function expected(grid: Grid, items: readonly Item[]): Grid {
  const taken = items.filter(({ kind }) => kind !== "new").length;
  const rest = grid.shape.slice(taken);
  const ranges: Item[] = rest.map((size) => ({
    index: ":",
    kind: "range",
    positions: Array.from({ length: size }, (_, k) => k),
  }));
  // The axes of the result, block apart, and where the block stands among them.
  const all = [...items, ...ranges].filter(({ kind }) => kind !== "position");
  const first = all.findIndex(({ kind }) => kind === "block");
  const last = all.findLastIndex(({ kind }) => kind === "block");
  const together = all.slice(first, last + 1).every(({ kind }) => kind === "block");
  const axes = all.filter(({ kind }) => kind !== "block");
  const place = first < 0 ? -1 : together ? first : 0;
  const sizes = axes.map(({ kind, positions }) => (kind === "new" ? 1 : positions.length));
  const length = first < 0 ? [] : [all[first].positions.length];
  return {
    shape: place < 0 ? sizes : sizes.toSpliced(place, 0, ...length),
    at: (index) => {
      const own = place < 0 ? index : index.toSpliced(place, 1);
      const source: number[] = [];
      let axis = 0;
      for (const { kind, positions } of [...items, ...ranges]) {
        if (kind === "new") axis++;
        else if (kind === "range") source.push(positions[own[axis++]]);
        else source.push(positions[kind === "block" ? index[place] : 0]);
      }
      return grid.at(source);
    },
  };
}

/** The same index with the ellipsis in one of the places where it stands for no dimension, or at the end. */
function withEllipsis({ items, grid, ellipsis }: Case): torch.Index[] {
  const index = items.map((item) => item.index);
  const isFull = items.filter(({ kind }) => kind !== "new").length === grid.shape.length;
  return isFull ? index.toSpliced(ellipsis % (index.length + 1), 0, "...") : [...index, "..."];
}

test("at chooses what the definition says, with and without an ellipsis", () => {
  fc.assert(
    fc.property(cases, (given) => {
      const { tensor, grid, items } = given;
      const reference = expected(grid, items);
      for (const index of [items.map((item) => item.index), withEllipsis(given)]) {
        const result = tensor.at(...index);
        expect(result.shape).toEqual(reference.shape);
        expect([...result.toArray()]).toEqual(values(reference));
        const isView = items.every(({ kind }) => kind !== "block");
        expect(result.storage === tensor.storage).toBe(isView);
      }
    }),
    { numRuns: 1000 },
  );
});

test("indexPut_ writes where at reads, and nowhere else; accumulate counts repeated positions", () => {
  fc.assert(
    fc.property(cases, ({ grid, items }) => {
      const index = items.map((item) => item.index);
      const places = torch
        .arange(
          0,
          grid.shape.reduce((n, s) => n * s, 1),
        )
        .reshape(grid.shape);
      const chosen = [...places.at(...index).toArray()];
      const target = torch.zeros(grid.shape);
      expect(target.indexPut_(index, 7)).toBe(target);
      expect([...target.toArray()]).toEqual(
        [...places.toArray()].map((place) => (chosen.includes(place) ? 7 : 0)),
      );
      target.zero_().indexPut_(index, torch.ones([1]), true);
      expect([...target.toArray()]).toEqual(
        [...places.toArray()].map((place) => chosen.filter((c) => c === place).length),
      );
    }),
    { numRuns: 500 },
  );
});

test("gradients through at and indexPut_, twice differentiated", () => {
  fc.assert(
    fc.property(
      cases.filter(({ grid }) => grid.shape.length > 0 && [...indices(grid.shape)].length <= 12),
      ({ grid, items }) => {
        const x = torch.randn(grid.shape, { dtype: "float64", requiresGrad: true });
        const index = items.map((item) => item.index);
        torch.autograd.gradcheck((a) => a.at(...index), x);
        torch.autograd.gradgradcheck((a) => a.mul(a).at(...index), x);
        const value = torch.randn([], { dtype: "float64", requiresGrad: true });
        const distinct = items.every(({ positions }) => new Set(positions).size === positions.length);
        if (!distinct) return;
        torch.autograd.gradcheck((a, v) => a.mul(2).indexPut_(index, v), [x, value]);
        torch.autograd.gradcheck((a, v) => a.mul(a).indexPut_(index, v, true), [x, value]);
      },
    ),
    { numRuns: 60 },
  );
});

describe("assignment", () => {
  const start = () => torch.arange(12).reshape([3, 4]).float();
  test.each<
    [title: string, index: torch.Index[], value: torch.Tensor | number | boolean, expected: number[]]
  >([
    ["a number", [0, -1], 50, [0, 1, 2, 50, 4, 5, 6, 7, 8, 9, 10, 11]],
    ["a row", [1], torch.tensor([1, 2, 3, 4]), [0, 1, 2, 3, 1, 2, 3, 4, 8, 9, 10, 11]],
    ["a column, broadcast", [":", "1:2"], torch.tensor([[9]]), [0, 9, 2, 3, 4, 9, 6, 7, 8, 9, 10, 11]],
    ["leading sizes of 1 are dropped", [0], torch.ones([1, 1, 4]), [1, 1, 1, 1, 4, 5, 6, 7, 8, 9, 10, 11]],
    ["a mask", [torch.arange(12).reshape([3, 4]).gt(9)], true, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 1]],
    ["rows by list", [[2, 0], 0], torch.tensor([-1, -2]), [-2, 1, 2, 3, 4, 5, 6, 7, -1, 9, 10, 11]],
    ["everything", ["..."], 0, Array(12).fill(0)],
    ["nothing", ["1:1"], 5, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]],
  ])("%s", (_, index, value, result) => {
    const x = start();
    x.indexPut_(index, value);
    expect([...x.toArray()]).toEqual(result);
    expect([...start().indexPut(index, value).toArray()]).toEqual(result);
  });
  test("floating point into integers is cut off, as in Python", () => {
    const x = torch.zeros([3], { dtype: "int64" });
    expect(
      x
        .indexPut_([0], 1.7)
        .indexPut_([[1, 2]], torch.tensor([-2.7, 3.2]))
        .tolist(),
    ).toEqual([1, -2, 3]);
  });
  test("a view of the same memory as the value", () => {
    const x = torch.arange(4);
    expect(x.indexPut_([[1, 2, 3]], x.at(":3")).tolist()).toEqual([0, 0, 1, 2]);
  });
  test("views see it, and its history", () => {
    const x = torch.zeros([2, 2], { requiresGrad: true });
    const y = x.mul(3);
    const row = y.at(0);
    const w = torch.ones([], { requiresGrad: true });
    y.indexPut_(
      [
        [0, 1],
        [0, 1],
      ],
      w,
    );
    expect(row.tolist()).toEqual([1, 0]);
    row.sum().backward();
    expect([x.grad?.tolist(), w.grad?.item()]).toEqual([
      [
        [0, 3],
        [0, 0],
      ],
      1,
    ]);
  });
  test("a leaf that requires a gradient is refused while recording, and written inside noGrad", () => {
    const x = torch.zeros([2], { requiresGrad: true });
    for (const index of [[0], [[0]]]) {
      expect(() => x.indexPut_(index, 1)).toThrow(/leaf Variable that requires grad/);
      torch.noGrad(() => x.indexPut_(index, 1));
    }
    expect(x.tolist()).toEqual([1, 0]);
  });
  test("a value saved for backward and overwritten by index is noticed", () => {
    const x = torch.ones([2], { requiresGrad: true });
    const y = x.mul(2);
    const z = y.mul(y);
    y.indexPut_([[0]], 5);
    expect(() => z.sum().backward()).toThrow(/modified by an inplace operation/);
  });
});

describe("what gradFn prints", () => {
  test.each<[name: string, index: torch.Index[]]>([
    ["IndexBackward0", [[0, 1]]],
    ["SelectBackward0", [0]],
    ["SliceBackward0", ["1:"]],
    ["UnsqueezeBackward0", [null]],
    ["AliasBackward0", ["..."]],
  ])("%s", (name, index) => {
    const x = torch.zeros([2, 2], { requiresGrad: true });
    expect(x.at(...index).gradFn?.operation.name).toBe(name);
  });
});

describe("refused, with nothing changed", () => {
  test.each<[title: string, index: unknown[], message: RegExp]>([
    ["a position too large", [3], /index 3 is out of bounds for dimension 0 with size 3/],
    ["a position too small", [0, -5], /index -5 is out of bounds for dimension 1 with size 4/],
    ["a fraction", [0.5], /0.5 is not an index/],
    ["NaN", [Number.NaN], /NaN is not an index/],
    ["too many", [0, 0, 0], /too many indices for tensor of dimension 2: 3/],
    ["two ellipses", ["...", "..."], /single ellipsis/],
    ["a word", ["all"], /"all" is not a range: write "start:end"/],
    ["a range of fractions", ["0.5:1"], /is not a range/],
    ["a range of three colons", ["1:2:3:4"], /is not a range/],
    ["a negative step", ["::-1"], /slice step must be positive, not -1/],
    ["a step of 0", ["::0"], /slice step must be positive/],
    ["undefined", [undefined], /undefined is not an index/],
    ["an object", [{ start: 1 }], /is not an index/],
    ["an index tensor out of range", [torch.tensor([0, 3], { dtype: "int64" })], /index 3 is out of bounds/],
    ["a list out of range", [":", [0, -5]], /index -5 is out of bounds for dimension 1 with size 4/],
    ["a tensor of fractions", [torch.tensor([0.5])], /whole numbers/],
    ["a list of fractions", [[0, 0.5, "x"]], /an array in an index holds numbers or booleans/],
    ["uint8", [torch.tensor([1, 0, 1], { dtype: "uint8" })], /a mask or positions: say which/],
    [
      "a mask of another shape",
      [torch.tensor([true, false])],
      /shape of the mask \[2\] at index 0 does not match/,
    ],
    [
      "indices that do not broadcast",
      [
        [0, 1],
        [0, 1, 2],
      ],
      /could not be broadcast together with shapes \[2\], \[3\]/,
    ],
  ])("%s", (_, index, message) => {
    const x = torch.zeros([3, 4]);
    expect(() => x.at(...(index as torch.Index[]))).toThrow(message);
    expect(() => x.indexPut_(index as torch.Index[], 1)).toThrow(message);
    expect(x.sum().item()).toBe(0);
  });
  test.each<[title: string, index: unknown, value: unknown, message: RegExp]>([
    [
      "a value that does not fit",
      [[0, 1]],
      torch.ones([3]),
      /value tensor of shape \[3\] cannot be broadcast to indexing result of shape \[2, 4\]/,
    ],
    ["an index that is no array", 0, 1, /takes an array/],
    ["no value", [0], undefined, /values are missing/],
    ["a word as the value", [0], "1", /expected a Tensor/],
  ])("%s", (_, index, value, message) => {
    const x = torch.zeros([3, 4]);
    expect(() => x.indexPut_(index as torch.Index[], value as number)).toThrow(message);
    expect(x.sum().item()).toBe(0);
  });
});
