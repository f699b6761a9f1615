import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { autograd, optim, type Tensor, tensor } from "../../../src/index.js";
import { within } from "../../../src/optim/rule/ast.js";
import { differentiable } from "../../../src/optim/rule/differentiable.js";
import { print } from "../../../src/optim/rule/notation.js";
import { Rule } from "../../../src/optim/rule/rule.js";
import { close, numberExpressions, steadyValue } from "./support.js";

const number = (value: number): Tensor => tensor(value, { dtype: "float64", requiresGrad: true });
const vector = (...values: number[]): Tensor => tensor(values, { dtype: "float64", requiresGrad: true });

/** θ after one step of a rule without states that live on. */
function stepOf(text: string, θ: Tensor, g: Tensor, options: Record<string, Tensor> = {}, t = 3): Tensor {
  const defaults = Object.entries(options).map(([name, value]) => [name, value.item()]);
  const rule = new Rule(text, Object.fromEntries(defaults) as object);
  const steps = differentiable(rule.active(options), rule.meanings, { θ, g, t, options, state: {} });
  const { done, value } = steps.next();
  if (!done) throw new Error("a sum over all parameters");
  return value.θ;
}

/** The slope of θ after the step, by θ before. */
const slope = (after: Tensor, before: Tensor): unknown => autograd.grad(after.sum(), before)[0].tolist();

describe("any expression has its value, and the slope that differences have", () => {
  const values = { θ: 1.37, g: -0.61, α: 0.83, β1: 2.19, t: 3 };

  it.each([
    ["θ", "g"],
    ["α", "β1"],
  ] as const)("by %s and %s", (...by) => {
    fc.assert(
      fc.property(numberExpressions(Object.keys(values)), (expression) => {
        const wanted = steadyValue(expression, values);
        const slopes = by.map((name) => {
          const difference = (h: number): number =>
            (steadyValue(expression, { ...values, [name]: values[name] + h }) -
              steadyValue(expression, { ...values, [name]: values[name] - h })) /
            (2 * h);
          const [rough, fine] = [1e-4, 1e-5].map(difference);
          // Where the two differences do not agree, rounding or a bend is in the way.
          return close(rough, fine, 1e-5) ? fine : Number.NaN;
        });
        const parts = [...within(expression)].map((part) => steadyValue(part, values));
        fc.pre([wanted, ...parts, ...slopes].every(Number.isFinite));
        const text = print([{ kind: "assign", target: "θ", value: expression, at: 0 }]);
        const inputs = {
          θ: vector(values.θ),
          g: vector(values.g),
          α: number(values.α),
          β1: number(values.β1),
        };
        const after = stepOf(text, inputs.θ, inputs.g, { α: inputs.α, β1: inputs.β1 });
        expect(close(after.item(), wanted, 1e-8)).toBe(true);
        const own = after.requiresGrad
          ? autograd.grad(
              after.sum(),
              by.map((name) => inputs[name]),
              { allowUnused: true },
            )
          : [null, null];
        for (const [k, gradient] of own.entries())
          expect(close(gradient?.item() ?? 0, slopes[k], 1e-4), `${text} by ${by[k]}: ${slopes[k]}`).toBe(
            true,
          );
      }),
      { numRuns: 400 },
    );
  });
});

describe("slopes where a formula has none", () => {
  it("√g² has that of |g|, which is 0 at 0", () => {
    const g = vector(-2, 0, 3);
    expect(slope(stepOf("θ ← θ − √(g²)", vector(0, 0, 0), g), g)).toEqual([1, 0, -1]);
  });

  it("the norm of zeros has the slope 0", () => {
    const θ = vector(0, 0);
    expect(slope(stepOf("θ ← ‖θ‖·g", θ, vector(1, 2)), θ)).toEqual([0, 0]);
  });

  it("what is not taken has no part in it", () => {
    const θ = vector(-4, 0, 4);
    const text = `
      θ ← √θ·10       when θ > 0
      θ ← 1/θ         otherwise when θ < 0
      θ ← 7·θ         otherwise`;
    const after = stepOf(text, θ, vector(0, 0, 0));
    expect(after.tolist()).toEqual([-0.25, 0, 20]);
    expect(slope(after, θ)).toEqual([-1 / 16, 7, 2.5]);
  });

  it("a bound that is a number lets through what just reaches it, two tensors share", () => {
    const [θ, g] = [vector(1, 2, 3), vector(2, 2, 2)];
    expect(slope(stepOf("θ ← min(max(θ, 2), 3)", θ, g), θ)).toEqual([0, 1, 1]);
    expect(slope(stepOf("θ ← max(θ, g)", θ, g), θ)).toEqual([0, 0.5, 1]);
    expect(slope(stepOf("θ ← max(θ, g, 2.5)", θ, g), g)).toEqual([0, 0, 0]);
  });

  it("conditions are decided by the values and pass nothing on", () => {
    const [θ, g] = [vector(1, -1), vector(1, 1)];
    const text = `
      when θ·g > 0 and not (g = 0 or θ ≤ −5):
        s ← 2·g
      s ← 3·g              otherwise
      θ ← θ − a·s          when a ≥ 0.5 and t ≠ 1
      θ ← θ + s            otherwise`;
    const a = number(0.5);
    expect(slope(stepOf(text, θ, g, { a }), g)).toEqual([-1, -1.5]);
    expect(slope(stepOf(text, θ, g, { a }), a)).toBe(-5);
    expect(slope(stepOf(text, θ, g, { a }, 1), g)).toEqual([2, 3]);
  });
});

it("sums over the elements pass gradients to all of them", () => {
  const [θ, g] = [vector(3, 4), vector(1, 2)];
  expect(slope(stepOf("θ ← sum(θ·g)·g", θ, g), θ)).toEqual([3, 6]);
  expect(slope(stepOf("θ ← mean(θ)·g", θ, g), θ)).toEqual([1.5, 1.5]);
  const [first, second] = slope(stepOf("θ ← θ/‖θ‖", θ, g), θ) as number[];
  expect(first).toBeCloseTo((1 - (3 * 7) / 25) / 5, 12);
  expect(second).toBeCloseTo((1 - (4 * 7) / 25) / 5, 12);
});

it("a single number is a parameter, too, whatever its precision", () => {
  for (const dtype of ["float32", "float64"] as const) {
    const θ = tensor(2, { dtype, requiresGrad: true });
    const g = tensor(0.5, { dtype });
    const a = tensor([0.25], { requiresGrad: true });
    const after = stepOf(
      `
      s ← g       when θ > g
      s ← 1       otherwise
      θ ← θ − a·s·sum(θ)`,
      θ,
      g,
      { a },
    );
    expect([after.dtype, after.shape, after.item()]).toEqual([dtype, [], 1.75]);
    expect(autograd.grad(after, [θ, a]).map((x) => [x.dtype, x.tolist()])).toEqual([
      [dtype, 0.875],
      ["float32", [-1]],
    ]);
  }
});

it("an optimizer of one's own has gradients at once", () => {
  const Signed = optim.define(
    "Signed",
    `
    m ← μ·m + (1 − μ)·g
    θ ← θ − lr·tanh(m·k)/(1 + total(|g|))
    `,
    { lr: 0.1, μ: 0.9, k: 2 },
  );
  const step = (a: Tensor, b: Tensor, lr: Tensor, μ: Tensor, k: Tensor): Tensor[] => {
    const parameters = [a.clone(), b.clone()];
    const optimizer = new Signed(parameters, { lr, μ, k, differentiable: true });
    for (let t = 0; t < 2; t++) {
      parameters[0].grad = parameters[0].clone().pow(3);
      parameters[1].grad = parameters[1].clone().sin();
      optimizer.step();
    }
    return parameters;
  };
  const inputs = [vector(1, -0.5), vector(0.3), number(0.1), number(0.9), number(2)];
  expect(autograd.gradcheck(step as (...inputs: Tensor[]) => Tensor[], inputs)).toBe(true);
});
