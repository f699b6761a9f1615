import { describe, expect, it } from "vitest";
import { Rule } from "../../../src/optim/rule/rule.js";
import { RuleError } from "../../../src/optim/rule/tokens.js";

const defaults = { lr: 0.1, momentum: 0, betas: [0.9, 0.999], nesterov: false };

describe("names", () => {
  it("finds states by use: what lives on from step to step", () => {
    const rule = new Rule("d ← g − s\ns ← s + d/t\nθ ← θ − lr·s", defaults);
    expect(rule.states()).toEqual(["s"]);
    expect(rule.stateKey("s")).toBe("s");
    expect(() => rule.stateKey("d")).toThrow("d is not a state of it; states are s");
  });

  it("a value on every path is no state", () => {
    const text = "a ← g when nesterov\na ← −g otherwise\nθ ← θ − a";
    expect(new Rule(text, defaults).states()).toEqual([]);
    expect(new Rule(text.replace(" otherwise", " when momentum > 0"), defaults).states()).toEqual(["a"]);
  });

  it("takes option and symbol alike", () => {
    const rule = new Rule("θ ← θ − γ·g·β1 when lr > 0", defaults, { options: { γ: "lr", β1: "betas[0]" } });
    expect(rule.byHand({ θ: 1, g: 1, t: 1, options: defaults }).θ).toBe(1 - 0.1 * 0.9);
  });

  it.each([
    [
      "θ ← θ − β3·g",
      {},
      'unknown symbol β3; did you mean "β1"?\n  θ ← θ − β3·g\n          ^\nKnown are θ (parameter), g (gradient), t (step, from 1); options β1, lr, momentum, betas, nesterov.',
    ],
    ["θ ← θ − momentun·g·β1", {}, 'unknown symbol momentun; did you mean "momentum"?'],
    ["θ ← θ − x\nx ← g·β1", { state: {} }, "x is used before it has a value"],
    ["θ ← θ − betas·β1", {}, "the option betas is a list"],
    ["lr ← β1", {}, "lr cannot be assigned: it is the option lr"],
    ["t ← β1", {}, "t cannot be assigned: it is the step count"],
    ["θ ← nesterov + β1", {}, "a condition where a number is expected"],
    ["θ ← θ·β1 when lr", {}, "a number where a condition is expected"],
    ["θ ← θ·β1 when not lr", {}, "a number where a condition is expected"],
    ["θ ← θ·sum(β1)", {}, "sum goes over the elements of a tensor, and this is one number"],
    ["θ ← θ·β1·‖‖θ‖‖", {}, "norm goes over the elements of a tensor"],
    ["θ ← θ·β1·norm(norm(θ))", {}, "norm goes over the elements of a tensor"],
    ["θ ← θ·β1/‖g‖ when t > 3", {}, "norm under a condition that is decided only in the step"],
    ["θ ← θ·β1 when ‖g‖ > 3", {}, "norm under a condition that is decided only in the step"],
    ["θ ← θ·β1 when sum(g > 0) > 0", {}, "a condition where a number is expected"],
    [
      "when g > 0:\n  g ← β1\n  θ ← g",
      {},
      "rule, line 2: this line changes g, which the condition of its block asks about",
    ],
    ["θ ← β1·θ when lr is new", {}, "only a state can be new, and lr is the option lr"],
    ["g ← β1·g", {}, "the rule never changes θ"],
  ])("refuses %j", (text, names, message) => {
    const make = (): Rule => new Rule(text, defaults, { options: { β1: "betas[0]" }, ...names });
    expect(make).toThrow(RuleError);
    expect(make).toThrow(message);
  });

  it.each([
    [{ options: { γ: "learningRate" } }, 'γ stands for "learningRate", which is no option'],
    [{ options: { γ: "lr" } }, 'the option symbol γ ("lr") is not used'],
    [{ options: { θ: "lr" } }, "the name θ stands for two things, the parameter and the option lr"],
    [{ state: { m: "expAvg" } }, 'the state m ("expAvg") is never assigned'],
  ])("refuses names %j", (names, message) => {
    expect(() => new Rule("θ ← θ − g", defaults, names)).toThrow(message);
  });
});

describe("a step by hand", () => {
  const rule = new Rule(
    "m ← μ·m + g\nθ ← θ − lr·m",
    { lr: 0.5, momentum: 0.5 },
    { options: { μ: "momentum" } },
  );
  const step = rule.byHand({ θ: 1, g: -2, t: 3, state: { m: 4 }, options: { lr: 0.5, momentum: 0.5 } });

  it("names every intermediate result", () => {
    expect(step.lines.map(({ target, value, read }) => ({ target, value, read }))).toEqual([
      { target: "m", value: 0, read: { μ: 0.5, m: 4, g: -2 } },
      { target: "θ", value: 1, read: { θ: 1, lr: 0.5, m: 0 } },
    ]);
    expect(step.state).toEqual({ m: 0 });
  });

  it("prints as a table", () => {
    expect(String(step)).toBe(
      [
        "gₜ = gradient     =              = -2",
        "mₜ = μ·mₜ₋₁ + gₜ  = 0.5·4 + (−2) = 0",
        "θₜ = θₜ₋₁ − lr·mₜ = 1 − 0.5·0    = 1",
      ].join("\n"),
    );
    const show = (step as unknown as Record<symbol, () => Record<string, string>>)[
      Symbol.for("Jupyter.display")
    ].call(step);
    expect(show["text/markdown"]).toContain("| mₜ | μ·mₜ₋₁ + gₜ | 0.5·4 + (−2) | 0 |");
  });
});

describe("what a rule says of elements, numbers and sums", () => {
  const rule = new Rule(
    `
    P ← 1                  when P is new
    P ← P·b
    c ← g − mean(g)
    when c > 0: s ← s + 1
    otherwise when c < 0:
      s ← s − 1
      c ← 2·c
    θ ← θ − P·c/norm(c) − sum(s)
    `.replace("when c > 0: s ← s + 1", "s ← s + 1              when c > 0"),
    { b: 0.5 },
  );

  it("is done by the kernel and by hand alike", () => {
    const options = { b: 0.5 };
    const kernel = rule.kernel(options);
    expect(kernel).toMatchObject({ arrays: ["θ", "g", "s", "c"], kept: ["c"], states: ["P", "s"] });
    expect(kernel.stages).toHaveLength(3);
    const arrays = [
      [1, 1, 1],
      [1, 2, 6],
      [0, 0, 0],
      [0, 0, 0],
    ].map((list) => Float64Array.from(list));
    const scalars = new Float64Array(kernel.slots);
    const numbers = new Float64Array(1);
    const step = { t: 1, options, fresh: 3, numbers, round: (x: number) => x, count: 3 };
    for (const [stage, { prepare }] of kernel.stages.entries())
      kernel.pass(prepare(scalars, step), "float64", stage)(3, scalars, arrays);
    // c is −2, −1, 3; then −4, −2, 3, of norm √29; s is −1, −1, 1.
    const wanted = [-4, -2, 3].map((c) => 2 - (0.5 * c) / Math.sqrt(29));
    for (const [i, value] of wanted.entries()) expect(arrays[0][i]).toBeCloseTo(value, 14);
    expect([...arrays[2]]).toEqual([-1, -1, 1]);
    expect([...numbers]).toEqual([0.5]);
    for (const [i, value] of wanted.entries()) {
      const hand = rule.byHand({ θ: [1, 1, 1], g: [1, 2, 6], t: 1, options }, i);
      expect(hand.θ).toBeCloseTo(value, 14);
      expect(hand.state).toEqual({ P: 0.5, s: [-1, -1, 1][i] });
    }
  });

  it("is typeset, and printed step by step", () => {
    expect(rule.formula({ b: 0.5 }, { format: "text" })).toBe(
      [
        "gₜ ← ∇f(θₜ₋₁)",
        "P₀ ← 1",
        "Pₜ ← Pₜ₋₁·b",
        "cₜ ← gₜ − mean(gₜ)",
        "sₜ ← sₜ₋₁ + 1    if cₜ > 0",
        "sₜ ← sₜ₋₁ − 1    if not cₜ > 0 and cₜ < 0",
        "cₜ ← 2·cₜ        if not cₜ > 0 and cₜ < 0",
        "θₜ ← θₜ₋₁ − Pₜ·cₜ/‖cₜ‖ − sum(sₜ)",
      ].join("\n"),
    );
    expect(rule.formula()).toContain(
      "\\frac{c_{t}}{\\left\\|c_{t}\\right\\|} - \\operatorname{sum}\\left(s_{t}\\right)",
    );
    expect(String(rule.byHand({ θ: [1, 1, 1], g: [1, 2, 6], t: 1, options: { b: 0.5 } }, 2))).toContain(
      "= 6 − 3 ",
    );
  });
});
