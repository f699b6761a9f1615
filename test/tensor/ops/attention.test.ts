import { describe, expect, test } from "vitest";
import * as torch from "../../../src/index.js";

const F = torch.nn.functional;
const random = (...size: number[]) => torch.randn(size, { dtype: "float64" });

/** Written out from the definition: scores, those that are hidden at −∞, weights, values. */
function plain(
  q: number[][],
  k: number[][],
  v: number[][],
  scale: number,
  hidden: (i: number, j: number) => boolean,
) {
  return q.map((query, i) => {
    const scores = k.map((key, j) =>
      hidden(i, j) ? -Infinity : scale * key.reduce((sum, x, d) => sum + x * query[d], 0),
    );
    const weights = scores.map((score) => Math.exp(score - Math.max(...scores)));
    const total = weights.reduce((a, b) => a + b, 0);
    return v[0].map((_, d) => weights.reduce((sum, w, j) => sum + (w / total) * v[j][d], 0));
  });
}

describe("scaledDotProductAttention", () => {
  test.each([
    ["as it is", {}, 1 / Math.sqrt(3), () => false],
    ["causal", { isCausal: true }, 1 / Math.sqrt(3), (i: number, j: number) => j > i],
    ["scaled", { scale: 0.2 }, 0.2, () => false],
    ["causal and scaled", { isCausal: true, scale: 2 }, 2, (i: number, j: number) => j > i],
  ])("%s, by its definition", (_, options, scale, hidden) => {
    torch.manualSeed(0);
    const [q, k, v] = [random(4, 3), random(4, 3), random(4, 2)];
    const expected = plain(
      q.tolist() as number[][],
      k.tolist() as number[][],
      v.tolist() as number[][],
      scale,
      hidden,
    );
    const out = F.scaledDotProductAttention(q, k, v, options);
    expect(
      torch.allclose(out, torch.tensor(expected, { dtype: "float64" }), { rtol: 1e-12, atol: 1e-14 }),
    ).toBe(true);
  });

  test("has right first and second derivatives", () => {
    torch.manualSeed(1);
    const inputs = [random(2, 3, 2), random(2, 3, 2), random(2, 3, 2)].map((x) => x.requiresGrad_());
    const attend = (...[q, k, v]: torch.Tensor[]) => F.scaledDotProductAttention(q, k, v, { isCausal: true });
    expect(torch.autograd.gradcheck(attend, inputs)).toBe(true);
    expect(torch.autograd.gradgradcheck(attend, inputs)).toBe(true);
  });
});
