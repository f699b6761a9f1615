import { describe, expect, test } from "vitest";
import { nn, ones, randn, type Tensor, tensor, zeros } from "../../src/index.js";
import { tensorBundle } from "../../src/tensor/display.js";

/** The cells of a table, row by row, and its caption. */
function read(html: string): { caption: string | undefined; rows: string[][] } {
  const rows = [...html.matchAll(/<tr>(.*?)<\/tr>/g)].map(([, row]) =>
    [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/g)].map(([, cell]) => cell),
  );
  return { caption: /<caption[^>]*>(.*)<\/caption>/.exec(html)?.[1], rows };
}

describe("a tensor in a notebook", () => {
  test("is what PyTorch prints, and a table with the same digits", () => {
    const x = tensor([
      [1.5, -20],
      [0, 3],
    ]);
    const bundle = tensorBundle(x);
    expect(bundle["text/plain"]).toBe(String(x));
    expect(read(bundle["text/html"])).toEqual({
      caption: "Tensor of shape [2, 2], float32",
      rows: [
        ["", "0", "1"],
        ["0", "1.5000", "-20.0000"],
        ["1", "0.0000", "3.0000"],
      ],
    });
  });

  test("a vector is one row", () => {
    expect(read(tensorBundle(tensor([1, 2], { dtype: "int64" }))["text/html"])).toEqual({
      caption: "Tensor of shape [2], int64",
      rows: [
        ["0", "1"],
        ["1", "2"],
      ],
    });
  });

  test("a view shows its own elements", () => {
    const x = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(read(tensorBundle(x.T)["text/html"]).rows.slice(1)).toEqual([
      ["0", "1.", "4."],
      ["1", "2.", "5."],
      ["2", "3.", "6."],
    ]);
  });

  test.each<[string, Tensor, string]>([
    ["a leaf", ones([1], { requiresGrad: true }), "Tensor of shape [1], float32, requires grad"],
    [
      "a result",
      ones([1], { requiresGrad: true }).add(1),
      "Tensor of shape [1], float32, computed by AddBackward0",
    ],
    ["a parameter", new nn.Parameter(ones([1])), "Parameter of shape [1], float32, requires grad"],
    ["a bool", ones([1]).gt(0), "Tensor of shape [1], bool"],
  ])("%s says so", (_, x, caption) => {
    expect(read(tensorBundle(x)["text/html"]).caption).toBe(caption);
  });

  test.each<[string, Tensor]>([
    ["a number", tensor(1)],
    ["nothing", zeros([0])],
    ["an empty matrix", zeros([3, 0])],
    ["more rows than one sees", randn([21, 2])],
    ["more columns than one sees", randn([2, 13])],
    ["a long vector", randn([13])],
    ["three dimensions", randn([2, 2, 2])],
  ])("%s is text only", (_, x) => {
    expect(Object.keys(tensorBundle(x))).toEqual(["text/plain"]);
  });

  test("a kernel finds it under the well-known symbol", () => {
    const shown = tensor([1]) as unknown as Record<symbol, () => object>;
    expect(Object.keys(shown[Symbol.for("Jupyter.display")]())).toEqual(["text/plain", "text/html"]);
  });
});
