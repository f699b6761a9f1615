import fc from "fast-check";
import { describe, test } from "vitest";
import * as torch from "../../../src/index.js";

const { gradcheck, gradgradcheck } = torch.autograd;
type Apply = (x: torch.Tensor, dim: number) => torch.Tensor;

/** Every element differs from all others by more than the steps of the differences, so that extrema do not change hands. */
const distinct: Record<string, Apply> = {
  amax: (x, dim) => x.amax(dim),
  amin: (x) => x.amin(),
  "max of all": (x) => x.max(),
  "min over a dimension": (x, dim) => x.min(dim).values,
  median: (x) => x.median(),
  "median over a dimension": (x, dim) => x.median(dim, true).values,
  nanmedian: (x, dim) => x.nanmedian(dim).values,
  kthvalue: (x, dim) => x.kthvalue(1, dim).values,
  mode: (x, dim) => x.mode(dim).values,
  sort: (x, dim) => x.sort(dim, true).values,
  topk: (x, dim) => x.topk(1, dim).values,
  msort: (x) => x.msort(),
  cummax: (x, dim) => x.cummax(dim).values,
  cummin: (x, dim) => x.cummin(dim).values,
  "norm ∞": (x, dim) => x.norm(Infinity, dim),
  "norm 1": (x) => x.norm(1),
};
const smooth: Record<string, Apply> = {
  prod: (x) => x.prod(),
  "prod over a dimension": (x, dim) => x.prod(dim),
  cumsum: (x, dim) => x.cumsum(dim),
  cumprod: (x, dim) => x.cumprod(dim),
  logcumsumexp: (x, dim) => x.logcumsumexp(dim),
  diff: (x, dim) => x.diff(1, dim),
  var: (x, dim) => x.var(dim, false, true),
  // At 0 a standard deviation has no second derivative, so no single elements here.
  std: (x) => torch.std(torch.kron(x, torch.tensor([1, -2], { dtype: "float64" })), -1),
  nansum: (x, dim) => x.nansum(dim),
  nanmean: (x) => x.nanmean(),
  softmax: (x, dim) => x.softmax(dim),
  logSoftmax: (x, dim) => x.logSoftmax(dim),
  logsumexp: (x, dim) => x.logsumexp(dim, true),
  "norm 2": (x, dim) => x.norm(2, dim),
  "norm 3": (x) => x.norm(3),
  "norm 2.5": (x, dim) => x.norm(2.5, dim, true),
  tril: (x) => x.unsqueeze(0).tril(1),
  diagEmbed: (x) => x.diagEmbed(1),
};

/** A tensor of distinct elements, none near 0, of a random shape, and one of its dimensions. */
const inputs = fc
  .array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 })
  .chain((shape) => {
    const count = shape.reduce((n, size) => n * size, 1);
    const order = fc.shuffledSubarray(
      Array.from({ length: count }, (_, k) => k),
      { minLength: count, maxLength: count },
    );
    return fc.tuple(fc.constant(shape), order, fc.integer({ min: -shape.length, max: shape.length - 1 }));
  })
  .map(([shape, order, dim]) => {
    const values = order.map((k) => (k % 2 === 0 ? 1 : -1) * (0.4 + 0.11 * k));
    const x = torch.tensor(values, { dtype: "float64" }).reshape(shape).clone().requiresGrad_();
    return { x, dim };
  });

// Zeros, one or several, are where dividing by an element would fail.
const withZeros = inputs.map(({ x, dim }) => ({
  x: x.detach().mul(x.detach().gt(-0.8).to("float64")).requiresGrad_(),
  dim,
}));

describe.each(Object.entries({ ...distinct, ...smooth }))("%s", (_, apply) => {
  test("gradients and second derivatives are those of differences", () => {
    fc.assert(
      fc.property(inputs, ({ x, dim }) => {
        const f = (input: torch.Tensor) => apply(input, dim).mul(1.5);
        // Twice the same operation, so that the second derivative is not 0 for linear ones.
        return gradcheck(f, x) && gradgradcheck((input) => f(input).mul(f(input)), x);
      }),
      { numRuns: 12 },
    );
  });
});

describe.each(["prod", "prod over a dimension", "cumprod"])("%s of zeros", (name) => {
  test("gradients and second derivatives are those of differences", () => {
    fc.assert(
      fc.property(withZeros, ({ x, dim }) => {
        const f = (input: torch.Tensor) => smooth[name](input, dim);
        return gradcheck(f, x) && gradgradcheck(f, x);
      }),
      { numRuns: 20 },
    );
  });
});
