import { describe, expect, test } from "vitest";
import { ones, optim, type Tensor } from "../../src/index.js";
import { summary } from "../../src/optim/summary.js";

function parameter(size: number): Tensor {
  const p = ones([size], { requiresGrad: true });
  p.grad = ones([size]);
  return p;
}

describe("the summary of an optimizer", () => {
  test("has a column for each group and a row for each option that is set in one of them", () => {
    const optimizer = new optim.Adam([
      { params: [parameter(3), parameter(2)] },
      { params: [parameter(1000)], lr: 0.1, amsgrad: true },
    ]);
    expect(summary(optimizer)).toBe(`|  | group 0 | group 1 |
| :-- | --: | --: |
| parameters | 2 (5 numbers) | 1 (1,000 numbers) |
| lr | 0.001 | 0.1 |
| betas | 0.9, 0.999 | 0.9, 0.999 |
| eps | 1e-8 | 1e-8 |
| weightDecay | 0 | 0 |
| amsgrad |  | true |

State: none yet.`);
  });

  test("says what is remembered after the steps", () => {
    const optimizer = new optim.Adam([parameter(3), ones([2], { requiresGrad: true })]);
    optimizer.step();
    optimizer.step();
    expect(summary(optimizer)).toMatch(
      /State after 2 steps: expAvg, expAvgSq \(6 numbers\) of 1 of 2 parameters\.$/,
    );
  });

  test("an optimizer that is no rule has one, too", () => {
    const optimizer = new optim.LBFGS([parameter(3)], { lineSearchFn: "strong_wolfe" });
    const text = optimizer.toMimeBundle()["text/markdown"];
    expect(text).toMatch(/^\*\*LBFGS\*\*\n\n\| {2}\| value \|/);
    expect(text).toContain("| lineSearchFn | strong\\_wolfe |");
  });
});
