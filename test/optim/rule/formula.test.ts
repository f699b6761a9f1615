import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { latexName, textName } from "../../../src/optim/rule/formula.js";
import { print } from "../../../src/optim/rule/notation.js";
import { reference } from "../../../src/optim/rule/reference.js";
import { Rule } from "../../../src/optim/rule/rule.js";
import { adamRule, type Options, optionAt, rules, type Symbols, sgdRule } from "../options.js";
import { LatexFormula, nextStep, type Values } from "./latex.js";
import { close, numberExpressions, steadyValue } from "./support.js";

const adamDefaults = {
  lr: 0.001,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weightDecay: 0,
  amsgrad: false,
  maximize: false,
  decoupledWeightDecay: false,
};

describe("names", () => {
  it.each([
    ["θ", "t-1", "\\theta_{t-1}", "θₜ₋₁"],
    ["β1", "", "\\beta_{1}", "β₁"],
    ["m̂", "t", "\\hat{m}_{t}", "m̂ₜ"],
    ["v_max", "t", "v_{\\mathrm{max},t}", "v_maxₜ"],
    ["lr", "", "\\mathrm{lr}", "lr"],
    ["ε", "", "\\epsilon", "ε"],
    ["ḡ2", "t", "\\bar{g}_{2,t}", "ḡ₂ₜ"],
    ["x", "", "x", "x"],
  ])("%s at %j", (name, time, latex, text) => {
    expect(latexName(name, time)).toBe(latex);
    expect(textName(name, time)).toBe(text);
  });
});

describe("formula", () => {
  it("is Adam's as the paper has it", () => {
    expect(adamRule.formula(adamDefaults)).toBe(String.raw`\begin{aligned}
g_{t} &\leftarrow \nabla_{\theta} f_{t}(\theta_{t-1}) \\
m_{t} &\leftarrow \beta_{1} \, m_{t-1} + \left(1 - \beta_{1}\right) \, g_{t} \\
v_{t} &\leftarrow \beta_{2} \, v_{t-1} + \left(1 - \beta_{2}\right) \, g_{t}^{2} \\
\hat{m}_{t} &\leftarrow \frac{m_{t}}{1 - \beta_{1}^{t}} \\
\hat{v}_{t} &\leftarrow \frac{v_{t}}{1 - \beta_{2}^{t}} \\
\theta_{t} &\leftarrow \theta_{t-1} - \gamma \, \frac{\hat{m}_{t}}{\sqrt{\hat{v}_{t}} + \epsilon}
\end{aligned}`);
  });

  it("shows active lines only, with numbers on request", () => {
    const options = { ...adamDefaults, weightDecay: 0.01, decoupledWeightDecay: true, amsgrad: true };
    const text = adamRule.formula(options, { numbers: true, format: "text" });
    expect(text).toBe(`gₜ ← ∇f(θₜ₋₁)
θₜ ← (1 − 0.001·0.01)·θₜ₋₁
mₜ ← 0.9·mₜ₋₁ + (1 − 0.9)·gₜ
vₜ ← 0.999·vₜ₋₁ + (1 − 0.999)·gₜ²
m̂ₜ ← mₜ/(1 − 0.9^t)
v_maxₜ ← max(v_maxₜ₋₁, vₜ)
v̂ₜ ← v_maxₜ/(1 − 0.999^t)
θₜ ← θₜ − 0.001·m̂ₜ/(√v̂ₜ + 1e-8)`);
    expect(adamRule.formula(options, { numbers: true })).toContain(
      "\\left(1 - 0.001 \\cdot 0.01\\right) \\, \\theta_{t-1}",
    );
    expect(adamRule.formula(options, { numbers: true })).toContain("+ 10^{-8}}");
  });

  it("has a brace where the first step differs", () => {
    const options = {
      lr: 0.1,
      momentum: 0.9,
      dampening: 0,
      weightDecay: 0,
      nesterov: false,
      maximize: false,
    };
    expect(sgdRule.formula(options)).toContain(
      String.raw`b_{t} &\leftarrow \begin{cases} g_{t} & \text{if } t = 1 \\ \mu \, b_{t-1} + \left(1 - \tau\right) \, g_{t} & \text{otherwise} \end{cases}`,
    );
    expect(sgdRule.formula({ ...options, momentum: 0 }, { format: "text" })).toBe(
      "gₜ ← ∇f(θₜ₋₁)\nθₜ ← θₜ₋₁ − γ·gₜ",
    );
  });

  it("without options has every line with its condition", () => {
    expect(String(sgdRule)).toBe(`gₜ ← ∇f(θₜ₋₁)
gₜ ← −gₜ                    if maximize
gₜ ← gₜ + λ·θₜ₋₁            if λ ≠ 0
bₜ ← gₜ                     if μ ≠ 0 and t = 1
bₜ ← μ·bₜ₋₁ + (1 − τ)·gₜ    if μ ≠ 0 and t > 1
gₜ ← gₜ + μ·bₜ              if μ ≠ 0 and nesterov
gₜ ← bₜ                     if μ ≠ 0 and not nesterov
θₜ ← θₜ₋₁ − γ·gₜ`);
    expect(() => sgdRule.formula(undefined, { numbers: true })).toThrow(
      "needs options to take the numbers from",
    );
  });
});

/** Three steps of two elements by the LaTeX alone, and by the reference. */
function compareWithReference(
  rule: Rule,
  options: Options,
  numbers: boolean,
  symbols: Symbols,
  start: number[],
  gradients: number[][],
): void {
  const latex = new LatexFormula(rule.formula(options, { numbers }));
  const values = new Map<string, Values>(
    Object.entries(symbols).map(([name, path]) => [latexName(name), optionAt(options, path)]),
  );
  values.set("\\theta_{t-1}", start);
  for (const symbol of rule.states(options)) values.set(latexName(symbol, "t-1"), 0);
  let θ = start;
  let state: Record<string, number[]> = {};
  for (const [k, g] of gradients.entries()) {
    values.set("t", k + 1);
    values.set("g_{t}", g);
    latex.run(values);
    ({ θ, state } = reference(rule.active(options), rule.meanings, { θ, g, t: k + 1, state, options }));
    const typeset = values.get("\\theta_{t}") as number[];
    for (const [i, value] of θ.entries())
      if (!close(typeset[i], value, 1e-12))
        throw new Error(`step ${k + 1}: the LaTeX gives ${typeset[i]}, the reference ${value}`);
    nextStep(values);
  }
}

describe("the LaTeX, parsed back and evaluated, gives the reference's numbers", () => {
  const list = (length: number, most: number): fc.Arbitrary<number[]> =>
    fc.array(fc.double({ min: -most, max: most, noNaN: true }), { minLength: length, maxLength: length });
  const gradients = fc.array(list(2, 3), { minLength: 3, maxLength: 3 });

  it.each(rules)("for %s", (_, rule, options, symbols) => {
    fc.assert(
      fc.property(options, fc.boolean(), list(2, 5), gradients, (own, numbers, θ, g) =>
        compareWithReference(rule, own, numbers, symbols, θ, g),
      ),
    );
  });

  it("for any expression", () => {
    const values = { θ: 1.37, g: -0.61, α: 0.83, β1: 2.19, t: 3 };
    const options = { α: values.α, β1: values.β1 };
    fc.assert(
      fc.property(numberExpressions(Object.keys(values)), fc.boolean(), (expression, numbers) => {
        const wanted = steadyValue(expression, values);
        fc.pre(Number.isFinite(wanted));
        const rule = new Rule(print([{ kind: "assign", target: "θ", value: expression, at: 0 }]), options);
        const result = new Map<string, Values>([
          ["\\theta_{t-1}", values.θ],
          ["g_{t}", values.g],
          ["\\alpha", values.α],
          ["\\beta_{1}", values.β1],
          ["t", values.t],
        ]);
        new LatexFormula(rule.formula(options, { numbers })).run(result);
        expect(close(result.get("\\theta_{t}") as number, wanted, 1e-8)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
