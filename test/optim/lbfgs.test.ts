import { describe, expect, it } from "vitest";
import { optim, type Tensor, tensor } from "../../src/index.js";

const parameter = (...values: number[]): Tensor => tensor(values, { dtype: "float64" }).requiresGrad_();

const rosenbrock = (p: Tensor): Tensor => {
  const [x, y] = [p.select(0, 0), p.select(0, 1)];
  return x
    .neg()
    .add(1)
    .pow(2)
    .add(y.sub(x.pow(2)).pow(2).mul(100));
};

/** A closure, and how often it was called. */
function closureOf(optimizer: optim.LBFGS, loss: () => Tensor): { (): Tensor; calls: number } {
  const closure = (): Tensor => {
    closure.calls++;
    optimizer.zeroGrad();
    const value = loss();
    value.backward();
    return value;
  };
  closure.calls = 0;
  return closure;
}

describe("LBFGS", () => {
  it("reaches the minimum of Rosenbrock's valley to 1e-5 in 3 steps, of a parabola in one", () => {
    for (const lineSearchFn of ["strong_wolfe", null] as const) {
      const p = parameter(3, -4);
      const optimizer = new optim.LBFGS([p], { lineSearchFn });
      optimizer.step(closureOf(optimizer, () => p.sub(1).square().sum()));
      for (const value of p.toArray()) expect(value).toBeCloseTo(1, 6);
    }
    const p = parameter(-1.5, 2);
    const optimizer = new optim.LBFGS([p], { lineSearchFn: "strong_wolfe" });
    const closure = closureOf(optimizer, () => rosenbrock(p));
    for (let k = 0; k < 3; k++) optimizer.step(closure);
    for (const value of p.toArray()) expect(value).toBeCloseTo(1, 5);
  });

  it("calls the closure no more often than maxEval and once for the line search", () => {
    const p = parameter(-1.5, 2);
    const optimizer = new optim.LBFGS([p], { lineSearchFn: "strong_wolfe", maxIter: 1, maxEval: 5 });
    // A slope that nothing satisfies: the search goes on to the limit.
    const closure = closureOf(optimizer, () => p.sum().mul(1e6));
    optimizer.step(closure);
    expect(closure.calls).toBe(6);
    expect(optimizer.state.get(p)?.funcEvals).toBe(6);
  });

  it("returns the first value, a tensor or a number, even when it stops at once", () => {
    const p = parameter(1, 1);
    const optimizer = new optim.LBFGS([p]);
    const first = optimizer.step(closureOf(optimizer, () => rosenbrock(p)));
    expect(first.item()).toBe(0);
    expect(optimizer.state.get(p)).toEqual({ funcEvals: 1, nIter: 0 });
    expect(
      optimizer.step(() => {
        rosenbrock(p).backward();
        return 3;
      }),
    ).toBe(3);
  });

  it("goes up with maximize", () => {
    const [up, down] = [parameter(0.5, -1), parameter(0.5, -1)];
    const climb = new optim.LBFGS([up], { maximize: true });
    const descend = new optim.LBFGS([down]);
    const value = climb.step(closureOf(climb, () => rosenbrock(up).neg()));
    expect(value.item()).toBe(-descend.step(closureOf(descend, () => rosenbrock(down))).item());
    expect(up.tolist()).toEqual(down.tolist());
  });

  it("takes what lies in memory in any order, and parameters without a gradient", () => {
    const data = tensor(
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      { dtype: "float64" },
    );
    const [turned, plain] = [
      data.T.detach().requiresGrad_(),
      data.T.contiguous().detach().clone().requiresGrad_(),
    ];
    const unused = parameter(7);
    for (const p of [turned, plain]) {
      const optimizer = new optim.LBFGS([p, unused], { maxIter: 3 });
      optimizer.step(
        closureOf(optimizer, () =>
          p
            .mul(tensor([1, 3], { dtype: "float64" }))
            .square()
            .sum(),
        ),
      );
    }
    expect(turned.tolist()).toEqual(plain.tolist());
    expect(unused.tolist()).toEqual([7]);
  });

  it("goes on where a state dict was written", () => {
    const run = (p: Tensor, steps: number, saved?: optim.OptimizerStateDict): optim.OptimizerStateDict => {
      const optimizer = new optim.LBFGS([p], { maxIter: 3, historySize: 3, lineSearchFn: "strong_wolfe" });
      if (saved) optimizer.loadStateDict(saved);
      const closure = closureOf(optimizer, () => rosenbrock(p));
      for (let k = 0; k < steps; k++) optimizer.step(closure);
      return optimizer.stateDict();
    };
    const [whole, parts] = [parameter(-1.5, 2), parameter(-1.5, 2)];
    run(whole, 6);
    const saved = run(parts, 3);
    expect(Object.keys(saved.state[0])).toEqual([
      "func_evals",
      "n_iter",
      "old_dirs",
      "old_stps",
      "ro",
      "H_diag",
      "d",
      "prev_flat_grad",
      "prev_loss",
      "t",
    ]);
    saved.state[0].al = [null];
    run(parts, 3, saved);
    expect(parts.tolist()).toEqual(whole.tolist());
  });

  it.each<[string, (entry: Record<string, unknown>) => object, string]>([
    ["another optimizer's", () => ({ exp_avg: tensor([1]) }), 'LBFGS has no state "exp_avg"'],
    ["half of it", ({ d: _, ...entry }) => entry, "the state of parameter 0 has no d"],
    [
      "another length",
      (entry) => ({ ...entry, d: tensor([1, 2, 3]) }),
      "d of parameter 0 has shape [3], where [2] is needed",
    ],
    ["lists of different lengths", (entry) => ({ ...entry, ro: [] }), "must be equally long"],
    [
      "no count",
      (entry) => ({ ...entry, n_iter: 1.5 }),
      "n_iter of parameter 0 must be a whole number ≥ 0, not 1.5",
    ],
  ])("refuses state that does not fit: %s", (_, spoil, message) => {
    const p = parameter(-1.5, 2);
    const optimizer = new optim.LBFGS([p]);
    optimizer.step(closureOf(optimizer, () => rosenbrock(p)));
    const saved = optimizer.stateDict();
    const before = optimizer.state.get(p);
    expect(() =>
      optimizer.loadStateDict({
        ...saved,
        state: { 0: spoil({ ...saved.state[0] }) as Record<string, unknown> },
      }),
    ).toThrow(message);
    expect(optimizer.state.get(p)).toBe(before);
  });

  it.each<[string, () => unknown, string]>([
    [
      "groups",
      () => new optim.LBFGS([{ params: [parameter(1)] }, { params: [parameter(2)] }]),
      "LBFGS doesn't support per-parameter options (parameter groups)",
    ],
    ["lr", () => new optim.LBFGS([parameter(1)], { lr: -1 }), "Invalid learning rate: -1"],
    [
      "maxIter",
      () => new optim.LBFGS([parameter(1)], { maxIter: 0 }),
      "Invalid max_iter value: 0; maxIter must be an integer ≥ 1",
    ],
    [
      "no closure",
      () => new optim.LBFGS([parameter(1)]).step(),
      "missing 1 required positional argument: 'closure'",
    ],
    [
      "line search",
      () => new optim.LBFGS([parameter(1)], { lineSearchFn: "armijo" as never }).step(() => 1),
      "only 'strong_wolfe' is supported",
    ],
  ])("refuses: %s", (_, make, message) => {
    expect(make).toThrow(message);
  });

  it("does not change what a closure that throws left", () => {
    const p = parameter(2);
    const optimizer = new optim.LBFGS([p]);
    expect(() =>
      optimizer.step(() => {
        throw new Error("no data");
      }),
    ).toThrow("no data");
    expect([p.tolist(), optimizer.state.size]).toEqual([[2], 0]);
  });

  it("has maxEval from maxIter", () => {
    expect(new optim.LBFGS([parameter(1)]).paramGroups[0].maxEval).toBe(25);
    expect(new optim.LBFGS([parameter(1)], { maxIter: 4 }).paramGroups[0].maxEval).toBe(5);
  });
});
