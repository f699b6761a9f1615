import { describe, expect, it } from "vitest";
import { optim, type Tensor, tensor } from "../../src/index.js";

const Signed = optim.define(
  "Signed",
  `
  m ← μ·m + (1 − μ)·g
  θ ← θ − lr·sign(m)      when not damped
  θ ← θ − lr·m/‖m‖        otherwise
  `,
  { lr: 0.25, μ: 0.5, damped: false, betas: [0.9, 0.99] },
);

function withGradient(values: number[], gradient: number[]): Tensor {
  const p = tensor(values, { requiresGrad: true });
  p.grad = tensor(gradient);
  return p;
}

describe("an optimizer of one's own", () => {
  it("is a class with everything that the others have", () => {
    const p = withGradient([1, 1], [3, -4]);
    const optimizer = new Signed([p]);
    optimizer.step();
    expect(p.tolist()).toEqual([0.75, 1.25]);
    optimizer.paramGroups[0].damped = true;
    optimizer.paramGroups[0].lr = 5;
    optimizer.step();
    expect(p.toArray()[0]).toBeCloseTo(0.75 - 3, 5);
    expect(optimizer.name).toBe("Signed");
    expect(optimizer).toBeInstanceOf(optim.Optimizer);
    expect(String(optimizer)).toContain(
      "Signed (\nParameter Group 0\n    betas: [0.9, 0.99]\n    damped: true",
    );
    expect(Object.keys(optimizer.stateDict().state[0])).toEqual(["m"]);
    expect(optimizer.formula({ format: "text" })).toBe(
      "gₜ ← ∇f(θₜ₋₁)\nmₜ ← μ·mₜ₋₁ + (1 − μ)·gₜ\nθₜ ← θₜ₋₁ − lr·mₜ/‖mₜ‖",
    );
    expect(Signed.rule.states()).toEqual(["m"]);
    const byHand = optimizer.byHand(p, 1);
    optimizer.step();
    expect(p.toArray()[1]).toBeCloseTo(byHand.θ, 5);
  });

  it("goes on from its own state dict", () => {
    const [p, q] = [withGradient([1, 1], [3, -4]), withGradient([1, 1], [3, -4])];
    const [a, b] = [new Signed([p]), new Signed([q], { lr: 9 })];
    a.step();
    q.storage.data.set(p.storage.data);
    b.loadStateDict(a.stateDict());
    a.step();
    b.step();
    expect(q.tolist()).toEqual(p.tolist());
  });

  it("takes a rule and symbols", () => {
    const rule = new optim.Rule("θ ← θ − γ·g", { lr: 1 }, { options: { γ: "lr" } });
    const p = withGradient([1], [1]);
    new (optim.define("Plain", rule, { lr: 1 }))([p]).step();
    expect(p.item()).toBe(0);
    const Named = optim.define(
      "Named",
      "m ← m + g\nθ ← θ − γ·m",
      { lr: 1 },
      {
        options: { γ: "lr" },
        state: { m: "sum" },
      },
    );
    expect(Named.rule.stateKey("m")).toBe("sum");
  });

  it.each<[() => unknown, string]>([
    [() => new Signed([], {}), "optimizer got an empty parameter list"],
    [() => new Signed([tensor([1])], { lr: Number.NaN }), "Invalid lr value: NaN; lr must be a number"],
    [() => new Signed([tensor([1])], { lr: "1" as never }), "Invalid lr value: 1; lr must be a number"],
    [
      () => new Signed([tensor([1])], { betas: [1] }),
      "Invalid betas values: 1; betas must be 2 numbers, such as [0.9, 0.99]",
    ],
    [() => new Signed([tensor([1])], { damped: 1 as never }), "Signed: damped must be true or false, not 1"],
    [() => new Signed([tensor([1])], { rate: 1 } as never), 'Signed: unknown option "rate"'],
    [() => optim.define("", "θ ← θ − g", {}), "define: name must be the optimizer's name"],
    [
      () => optim.define("X", "θ ← θ − g", { lr: "a" }),
      "define: the default of lr must be a number, a list of numbers, true or false, not a",
    ],
    [() => optim.define("X", "θ ← θ − lrr·g·lr", { lr: 1 }), 'unknown symbol lrr; did you mean "lr"?'],
  ])("refuses %#", (act, message) => {
    expect(act).toThrow(message);
  });
});
