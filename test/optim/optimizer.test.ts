import { runInNewContext } from "node:vm";
import { afterEach, describe, expect, it, vi } from "vitest";
import { isGradEnabled, nn, ones, optim, type Tensor, tensor, zeros } from "../../src/index.js";

const parameter = (...values: number[]): Tensor => tensor(values, { requiresGrad: true });

function withGradient(values: number[], gradient: number[]): Tensor {
  const p = parameter(...values);
  p.grad = tensor(gradient);
  return p;
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("parameter groups", () => {
  it("takes tensors, from any iterable", () => {
    const model = new nn.Linear(2, 1);
    const optimizer = new optim.Adam(model.parameters());
    expect(optimizer.paramGroups).toHaveLength(1);
    expect(optimizer.paramGroups[0].params).toEqual([model.weight, model.bias]);
    expect(optimizer.paramGroups[0]).toMatchObject({
      lr: 0.001,
      betas: [0.9, 0.999],
      foreach: null,
      fused: null,
    });
    expect(optimizer.paramGroups[0].paramNames).toBeUndefined();
  });

  it("takes names", () => {
    const model = new nn.Linear(2, 1);
    expect(new optim.SGD(model.namedParameters()).paramGroups[0].paramNames).toEqual(["weight", "bias"]);
  });

  it("takes groups, whose options override the defaults", () => {
    const [a, b, c] = [parameter(1), parameter(2), parameter(3)];
    const optimizer = new optim.SGD([{ params: [a, b], lr: 1 }, { params: c }], { lr: 2, momentum: 0.5 });
    expect(optimizer.paramGroups.map(({ lr, momentum, params }) => ({ lr, momentum, params }))).toEqual([
      { lr: 1, momentum: 0.5, params: [a, b] },
      { lr: 2, momentum: 0.5, params: [c] },
    ]);
    expect(optimizer.defaults.lr).toBe(2);
  });

  it("undefined means the default", () => {
    const optimizer = new optim.SGD([{ params: [parameter(1)], momentum: undefined }], { lr: undefined });
    expect(optimizer.paramGroups[0]).toMatchObject({ lr: 0.001, momentum: 0 });
  });

  it("groups share nothing with each other, the defaults or the caller", () => {
    const betas: [number, number] = [0.5, 0.5];
    const optimizer = new optim.Adam([{ params: [parameter(1)] }, { params: [parameter(1)] }], { betas });
    optimizer.paramGroups[0].betas[0] = 0.1;
    betas[0] = 0.2;
    expect(optimizer.paramGroups[1].betas).toEqual([0.5, 0.5]);
    expect(optimizer.defaults.betas).toEqual([0.5, 0.5]);
  });

  it("a group added later is updated, too", () => {
    const [a, b] = [withGradient([1], [1]), withGradient([1], [1])];
    const optimizer = new optim.SGD([a], { lr: 0.5 });
    optimizer.addParamGroup({ params: b, lr: 0.25 });
    optimizer.step();
    expect([a.item(), b.item()]).toEqual([0.5, 0.75]);
  });

  it("a changed option takes effect in the next step", () => {
    const p = withGradient([0], [1]);
    const optimizer = new optim.SGD([p], { lr: 1 });
    optimizer.step();
    optimizer.paramGroups[0].lr = 0.5;
    optimizer.step();
    optimizer.paramGroups[0].maximize = true;
    optimizer.step();
    optimizer.paramGroups[0].maximize = false;
    optimizer.paramGroups[0].momentum = 0.9;
    optimizer.step();
    expect(p.item()).toBe(-1.5);
    expect(optimizer.state.get(p)?.momentumBuffer.item()).toBe(1);
  });
});

describe("refuses", () => {
  const p = parameter(1);
  const q = parameter(2);
  const nonLeaf = p.mul(2);
  it.each<[string, () => unknown, string]>([
    [
      "a tensor",
      () => new optim.SGD(p as never),
      "params argument given to the optimizer should be an iterable of Tensors or dicts, but got Tensor",
    ],
    [
      "a model",
      () => new optim.SGD(new nn.Linear(1, 1) as never),
      "should be an iterable of Tensors or dicts, but got Linear",
    ],
    [
      "nothing",
      () => new optim.SGD(undefined as never),
      "should be an iterable of Tensors or dicts, but got undefined",
    ],
    [
      "one group, not in a list",
      () => new optim.SGD({ params: [p] } as never),
      "should be an iterable of Tensors or dicts, but got Object",
    ],
    ["an empty list", () => new optim.SGD([]), "optimizer got an empty parameter list"],
    [
      "numbers",
      () => new optim.SGD([1] as never),
      "optimizer can only optimize Tensors, but one of the params is number",
    ],
    [
      "a group without params",
      () => new optim.SGD([{ lr: 1 }] as never),
      "optimizer can only optimize Tensors, but one of the params is undefined",
    ],
    [
      "a tensor among groups",
      () => new optim.SGD([{ params: [p] }, q]),
      "param_group must be a dict, but got Tensor",
    ],
    [
      "a group among tensors",
      () => new optim.SGD([p, { params: [q] }]),
      "optimizer can only optimize Tensors, but one of the params is Object",
    ],
    [
      "a set",
      () => new optim.SGD([{ params: new Set([p]) }]),
      "optimizer parameters need to be organized in ordered collections, but the ordering of tensors in sets will change between runs. Please use a list instead.",
    ],
    ["a non-leaf", () => new optim.SGD([nonLeaf]), "can't optimize a non-leaf Tensor"],
    [
      "names for some",
      () => new optim.SGD([["p", p], q]),
      "all optimizer params should be with/without names. Some param names are missing",
    ],
    [
      "names for one group",
      () => new optim.SGD([{ params: [["p", p]] }, { params: [q] }]),
      "all optimizer param groups should be with/without names. cannot add param group without names to the optimizer",
    ],
    [
      "no names for one group",
      () => new optim.SGD([{ params: [p] }, { params: [["q", q]] }]),
      "all optimizer param groups should be with/without names. cannot add param group with names to the optimizer",
    ],
    [
      "a tensor in two groups",
      () => new optim.SGD([{ params: [p] }, { params: [q, p] }]),
      "some parameters appear in more than one parameter group",
    ],
    [
      "an unknown option",
      () => new optim.SGD([p], { weight_decay: 0.1 } as never),
      'SGD: unknown option "weight_decay"; did you mean "weightDecay"? Options are lr, momentum, dampening, weightDecay, nesterov, maximize, foreach, differentiable, fused.',
    ],
    [
      "an unknown option of a group",
      () => new optim.Adam([{ params: [p], beta: 1 } as never]),
      'Adam: unknown option "beta"; did you mean "betas"?',
    ],
    [
      "a number for the options",
      () => new optim.SGD([p], 0.1 as never),
      "SGD: options are an object such as { lr: 0.01 }, not number",
    ],
    [
      "a number for a boolean",
      () => new optim.SGD([p], { nesterov: 1 } as never),
      "SGD: nesterov must be true or false, not 1",
    ],
    [
      "a senseless option of a group",
      () => new optim.SGD([{ params: [p], lr: -1 }]),
      "Invalid learning rate: -1",
    ],
    [
      "foreach",
      () => new optim.Adam([p], { foreach: true }),
      "Adam: foreach: true is not available: every step already is one pass",
    ],
    [
      "capturable",
      () => new optim.Adam([p], { capturable: true }),
      "Adam: capturable: true is not available",
    ],
    [
      "differentiable in one group only",
      () => new optim.SGD([{ params: [p], differentiable: true }]),
      "SGD: differentiable is for all groups alike: give it to the optimizer, not to a group",
    ],
    [
      "differentiable LBFGS",
      () => new optim.LBFGS([p], { differentiable: true } as object),
      'LBFGS: unknown option "differentiable": gradients flow only through the steps of optimizers that are written as a rule. Options are lr',
    ],
    [
      "differentiable and fused",
      () => new optim.Adam([p], { differentiable: true, fused: true }),
      "`fused` does not support `differentiable`",
    ],
    [
      "fused and foreach",
      () => new optim.Adam([p], { foreach: true, fused: true }),
      "`fused` and `foreach` cannot be `True` together.",
    ],
    [
      "foreach with lr in a tensor",
      () => new optim.Adam([p], { foreach: true, lr: tensor(0.1) }),
      "lr as a Tensor is not supported for capturable=False and foreach=True",
    ],
    [
      "betas of which one is a tensor",
      () => new optim.Adam([p], { betas: [0.9, tensor(0.99)] as never }),
      "betas must be either both floats or both Tensors, but got [0.9, tensor(0.9900)]",
    ],
    [
      "betas in a tensor with several elements",
      () => new optim.Adam([p], { betas: [tensor([0.9, 0.8]), tensor(0.99)] }),
      "Tensor betas[0] must be 1-element, but it has shape [2]",
    ],
    [
      "a tensor out of range",
      () => new optim.Adam([p], { betas: [tensor(0.9), tensor(1)] }),
      "Invalid beta parameter at index 1: 1",
    ],
    ["fused", () => new optim.SGD([p], { fused: true }), "SGD: fused: true is not available"],
    [
      "a closure that is none",
      () => new optim.SGD([p]).step(1 as never),
      "step: closure must be a function that computes the loss, not number",
    ],
  ])("%s", (_, make, message) => {
    expect(make).toThrow(message);
  });

  it("a non-leaf is fine when it retains its gradient", () => {
    const other = parameter(1).mul(2);
    other.retainGrad();
    expect(() => new optim.SGD([other])).not.toThrow();
  });

  it("flags that are off are taken", () => {
    expect(
      () => new optim.Adam([p], { foreach: false, fused: null, capturable: false, differentiable: false }),
    ).not.toThrow();
  });

  it("a bad group leaves the optimizer as it was", () => {
    const optimizer = new optim.SGD([p]);
    expect(() => optimizer.addParamGroup({ params: [q], lr: Number.NaN })).toThrow(
      "Invalid learning rate: NaN",
    );
    expect(optimizer.paramGroups).toHaveLength(1);
  });

  it("a gradient that does not fit, before any parameter changes", () => {
    const good = withGradient([1], [1]);
    const bad = parameter(1, 2);
    const optimizer = new optim.Adam([good, bad]);
    bad.grad = tensor([1]);
    expect(() => optimizer.step()).toThrow(
      "step: a gradient of [1] float32 does not fit its parameter of [2] float32",
    );
    bad.grad = tensor([1, 2], { dtype: "float64" });
    expect(() => optimizer.step()).toThrow(
      "step: a gradient of [2] float64 does not fit its parameter of [2] float32",
    );
    expect(good.item()).toBe(1);
    expect(optimizer.state.size).toBe(0);
  });

  it("warns of a tensor that is twice in one group", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    new optim.SGD([p, p]);
    expect(warn).toHaveBeenCalledWith(
      expect.stringContaining(
        "optimizer contains a parameter group with duplicate parameters; in future, this will cause an error",
      ),
    );
  });
});

describe("step", () => {
  it("leaves a parameter without gradient alone, not one with a zero gradient", () => {
    const [none, zero] = [parameter(1), withGradient([1], [0])];
    const optimizer = new optim.Adam([none, zero], { weightDecay: 0.1 });
    optimizer.step();
    expect(none.item()).toBe(1);
    expect(optimizer.state.has(none)).toBe(false);
    expect(zero.item()).toBeLessThan(1);
    expect(optimizer.state.get(zero)?.step.item()).toBe(1);
  });

  it("counts each parameter's own steps", () => {
    const [a, b] = [withGradient([1], [1]), parameter(1)];
    const optimizer = new optim.Adam([a, b], { lr: 0.1 });
    optimizer.step();
    b.grad = tensor([1]);
    optimizer.step();
    expect([a, b].map((p) => optimizer.state.get(p)?.step.item())).toEqual([2, 1]);
    expect(b.item()).toBeCloseTo(0.9, 6);
  });

  it("does not change gradients, and tells autograd that it changed parameters", () => {
    const p = withGradient([1, 2], [3, 4]);
    const { version } = p.storage;
    new optim.Adam([p], { maximize: true, weightDecay: 1 }).step();
    expect(p.grad?.tolist()).toEqual([3, 4]);
    expect(p.storage.version).toBeGreaterThan(version);
    expect(p.isLeaf && p.requiresGrad).toBe(true);
  });

  it("calls the closure once, with gradients enabled, and returns its value", () => {
    const p = parameter(3);
    const optimizer = new optim.SGD([p], { lr: 0.5 });
    const closure = vi.fn(() => {
      expect(isGradEnabled()).toBe(true);
      optimizer.zeroGrad();
      const loss = p.mul(p).sum();
      loss.backward();
      return loss;
    });
    expect(optimizer.step(closure).item()).toBe(9);
    expect(closure).toHaveBeenCalledTimes(1);
    expect(p.item()).toBe(0);
    expect(optimizer.step()).toBeUndefined();
  });

  it("keeps state only for active lines: SGD without momentum has none", () => {
    const p = withGradient([1], [1]);
    const optimizer = new optim.SGD([p]);
    optimizer.step();
    expect(optimizer.state.size).toBe(0);
  });
});

describe("zeroGrad", () => {
  it.each([
    ["forgets gradients", [], null],
    ["or fills them with zeros", [false], [0, 0]],
    ["by name", [{ setToNone: false }], [0, 0]],
    ["by name, in full", [{ setToNone: true }], null],
  ] as const)("%s", (_, given, wanted) => {
    const p = withGradient([1, 2], [3, 4]);
    const optimizer = new optim.SGD([p, parameter(1)]);
    const before = p.grad;
    optimizer.zeroGrad(...given);
    expect(p.grad?.tolist() ?? null).toEqual(wanted);
    if (wanted) expect(p.grad).toBe(before);
  });

  it("zeros nothing but the gradient itself", () => {
    const shared = ones([3]);
    const p = parameter(1, 2);
    p.grad = shared.narrow(0, 0, 2);
    const q = parameter(1, 2);
    q.grad = ones([1]).expand([2]);
    new optim.SGD([p, q]).zeroGrad(false);
    expect(shared.tolist()).toEqual([0, 0, 1]);
    expect(q.grad?.tolist()).toEqual([0, 0]);
  });
});

describe("shows itself", () => {
  const optimizer = new optim.SGD(
    [{ params: [["w", parameter(1)]] }, { params: [["v", zeros([1])]], lr: 1 }],
    { momentum: 0.9 },
  );
  it("as PyTorch prints it", () => {
    const group = (k: number, lr: number, name: string): string =>
      `\nParameter Group ${k}\n    dampening: 0\n    differentiable: false\n    foreach: null\n    fused: null\n    lr: ${lr}\n    maximize: false\n    momentum: 0.9\n    nesterov: false\n    paramNames: [${name}]\n    weightDecay: 0\n`;
    expect(String(optimizer)).toBe(`SGD (${group(0, 0.001, "w")}${group(1, 1, "v")})`);
  });

  it("in a notebook, with each group's formula", () => {
    const own = optimizer as unknown as Record<symbol, () => Record<string, string>>;
    const bundle = own[Symbol.for("Jupyter.display")]();
    expect(bundle["text/plain"]).toMatch(/^SGD \(\nParameter Group 0[\s\S]*θₜ ← θₜ₋₁ − 0.001·gₜ/);
    expect(bundle["text/markdown"]).toContain("**SGD**, parameter group 1\n\n$$\n\\begin{aligned}");
    expect(bundle["text/markdown"]).toContain("0.001 \\, g_{t}");
    expect(optimizer.formula({ group: 1, numbers: true, format: "text" })).toContain("θₜ ← θₜ₋₁ − 1·gₜ");
    expect(() => optimizer.formula({ group: 2 })).toThrow("there is no parameter group 2; there are 2");
  });
});

describe("a step by hand", () => {
  it("is the step that comes next, which it does not do", () => {
    const p = tensor([1, 2, 3], { dtype: "float64", requiresGrad: true });
    p.grad = tensor([0.1, -0.2, 0.3], { dtype: "float64" });
    const optimizer = new optim.Adam([p], { lr: 0.1 });
    for (let k = 0; k < 3; k++) {
      const before = p.tolist();
      const wanted = [0, 1, 2].map((index) => optimizer.byHand(p, index).θ);
      expect(p.tolist()).toEqual(before);
      optimizer.step();
      for (const [i, value] of (p.tolist() as number[]).entries()) expect(value).toBeCloseTo(wanted[i], 12);
    }
  });

  it.each<[(optimizer: optim.Adam, p: Tensor) => unknown, string]>([
    [(optimizer) => optimizer.byHand(zeros([1])), "the tensor is not a parameter of this optimizer"],
    [(optimizer, p) => optimizer.byHand(p), "the parameter has no gradient; call loss.backward() first"],
    [
      (optimizer, p) => {
        p.grad = zeros([1]);
        return optimizer.byHand(p, 1);
      },
      "index 1 is not in 0 … 0",
    ],
  ])("refuses what has none %#", (act, message) => {
    const p = parameter(1);
    const optimizer = new optim.Adam([p]);
    expect(() => act(optimizer, p)).toThrow(message);
  });
});

it("takes options and groups of another realm, as a notebook's cells may have", () => {
  const options = runInNewContext("({ lr: 0.5, betas: [0.1, 0.2] })") as { lr: number };
  const group = runInNewContext("({ lr: 2 })") as { lr: number; params: Tensor };
  group.params = parameter(1);
  expect(new optim.Adam([group], options).paramGroups[0]).toMatchObject({ lr: 2, betas: [0.1, 0.2] });
});
