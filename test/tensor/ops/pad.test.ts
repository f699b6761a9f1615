import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as torch from "../../../src/index.js";
import { expectValues, values, views } from "../grid.js";

const { pad } = torch.nn.functional;

test("a frame of one value around any view; negative margins cut off", () => {
  fc.assert(
    fc.property(
      views,
      fc.array(fc.integer({ min: -2, max: 3 }), { maxLength: 8 }),
      ({ tensor, grid }, given) => {
        const { shape } = grid;
        const margins = given.slice(0, 2 * Math.min(shape.length, given.length >> 1));
        const before = shape.map((_, d) => margins[2 * (shape.length - 1 - d)] ?? 0);
        const after = shape.map((_, d) => margins[2 * (shape.length - 1 - d) + 1] ?? 0);
        const sizes = shape.map((size, d) => size + before[d] + after[d]);
        if (sizes.some((size) => size < 0)) {
          expect(() => pad(tensor, margins)).toThrow(/resulted in a size that is too small/);
          return;
        }
        const padded = pad(tensor, margins, { value: 9 });
        expect(padded.shape).toEqual(sizes);
        const at = (index: readonly number[]) => {
          const source = index.map((k, d) => k - before[d]);
          return source.every((k, d) => k >= 0 && k < shape[d]) ? grid.at(source) : 9;
        };
        expectValues(padded, values({ shape: sizes, at }));
      },
    ),
    { numRuns: 300 },
  );
});

test.each<[mode: "reflect" | "replicate" | "circular", margins: number[], expected: number[]]>([
  ["reflect", [2, 1], [3, 2, 1, 2, 3, 4, 3]],
  ["replicate", [2, 1], [1, 1, 1, 2, 3, 4, 4]],
  ["circular", [2, 1], [3, 4, 1, 2, 3, 4, 1]],
  ["reflect", [-1, 2], [2, 3, 4, 3, 2]],
  ["replicate", [-3, 1], [4, 4]],
])("%s %j", (mode, margins, expected) => {
  const x = torch.tensor([[1, 2, 3, 4]], { dtype: "int64" });
  expect(pad(x, margins, mode).tolist()).toEqual([expected]);
  expect(pad(x, { pad: margins, mode }).dtype).toBe("int64");
});

test.each<[mode: "constant" | "reflect" | "replicate" | "circular", margins: number[]]>([
  ["constant", [1, -1, 2, 0]],
  ["reflect", [2, 1, 1, 1]],
  ["replicate", [3, 1, 0, 2]],
  ["circular", [3, 1, 2, 1]],
])("gradients: %s", (mode, margins) => {
  const x = torch.randn([1, 2, 2, 3], { dtype: "float64", requiresGrad: true });
  torch.autograd.gradcheck((a) => pad(a, margins, mode), x);
  torch.autograd.gradgradcheck((a) => pad(a.mul(a), margins, mode), x);
});

describe("refused", () => {
  const x = torch.zeros([1, 2, 4]);
  test.each<[title: string, margins: unknown, mode: string, message: RegExp]>([
    ["an odd number of margins", [1], "constant", /Padding length must be divisible by 2/],
    ["too many margins", Array(8).fill(0), "constant", /at most twice the number of dimensions/],
    ["a fraction", [0.5, 1], "constant", /whole numbers/],
    ["no array", 1, "constant", /takes an array/],
    ["an unknown mode", [1, 1], "mirror", /Unrecognised padding mode mirror/],
    [
      "reflecting more than there is",
      [4, 0],
      "reflect",
      /should be less than .*: padding \(4, 0\) at dimension 2/,
    ],
    ["going around more than once", [0, 5], "circular", /should be at most .*: padding \(0, 5\)/],
    ["more dimensions than there are", [1, 1, 1, 1, 1, 1], "reflect", /pads the last 1, 2 or 3 dimensions/],
    ["taking all away", [-4, 0], "reflect", /too small/],
  ])("%s", (_, margins, mode, message) => {
    expect(() => pad(x, margins as number[], mode as "reflect")).toThrow(message);
  });
  test("a value without a frame", () => {
    expect(() => pad(x, [1, 1], "reflect", 2)).toThrow(/doesn't take in value argument/);
  });
});
