import { describe, expect, it } from "vitest";
import * as torch from "../../src/index.js";

const { plot } = torch;
const alt = "A figure.";

describe("plot.graph", () => {
  it("draws every operation once, above what computed its inputs, and names the leaves", () => {
    const weight = torch.ones([2, 2], { requiresGrad: true });
    const bias = torch.ones([2], { requiresGrad: true });
    const shared = weight.mul(2);
    const { data } = plot.graph(shared.matmul(shared).add(bias).sum(), { alt, names: { weight } });
    const [arrows, operations, leaves] = data as unknown as { text: string[]; x: number[]; y: number[] }[];
    expect(operations.text).toEqual(["Sum", "Add", "Mm", "Mul"]);
    expect(operations.y).toEqual([0, -1, -2, -3]);
    expect(new Set(leaves.text)).toEqual(new Set(["weight [2, 2]", "leaf [2]"]));
    // The bias hangs below the sum, the weight below all others; both inputs of the product are one operation.
    expect(new Set(leaves.y)).toEqual(new Set([-2, -4]));
    // Six arrows, one layer down each but those to the leaves.
    expect(arrows.y).toHaveLength(18);
    expect(arrows.y.slice(0, 3)).toEqual([0, -1, null]);
  });

  it.each([
    [() => plot.graph(torch.ones([1]), { alt }), /graph: this tensor has no gradFn/],
    [
      () => {
        let x = torch.ones([1], { requiresGrad: true });
        for (let k = 0; k < 400; k++) x = x.add(1);
        return plot.graph(x, { alt });
      },
      /graph: more than 300 operations cannot be read/,
    ],
  ])("refuses what cannot be drawn: %#", (act, message) => {
    expect(act).toThrow(message);
  });
});
