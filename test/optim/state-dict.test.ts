import { describe, expect, it } from "vitest";
import { optim, type Tensor, tensor } from "../../src/index.js";

const gradients = [
  [0.5, -1],
  [0.25, 2],
  [-1, 0.5],
];

function trained(steps = 2): { p: Tensor; q: Tensor; optimizer: optim.Adam } {
  const p = tensor([1, 2], { requiresGrad: true });
  const q = tensor([3, 4], { requiresGrad: true });
  const optimizer = new optim.Adam([{ params: [p] }, { params: [q], lr: 0.5 }], { lr: 0.1, amsgrad: true });
  for (let k = 0; k < steps; k++) step(optimizer, p, q, k);
  return { p, q, optimizer };
}

function step(optimizer: optim.Adam, p: Tensor, q: Tensor, k: number): void {
  p.grad = tensor(gradients[k]);
  q.grad = tensor(gradients[k]);
  optimizer.step();
}

describe("stateDict", () => {
  it("has PyTorch's layout, to the letter and in order", () => {
    const dict = trained().optimizer.stateDict();
    expect(Object.keys(dict)).toEqual(["state", "param_groups"]);
    expect(Object.keys(dict.state)).toEqual(["0", "1"]);
    expect(Object.keys(dict.state[0])).toEqual(["step", "exp_avg", "exp_avg_sq", "max_exp_avg_sq"]);
    expect(dict.state[0].step).toMatchObject({ shape: [], dtype: "float32" });
    expect(JSON.stringify(dict.param_groups[1])).toBe(
      '{"lr":0.5,"betas":[0.9,0.999],"eps":1e-8,"weight_decay":0,"amsgrad":true,"maximize":false,"foreach":null,"capturable":false,"differentiable":false,"fused":null,"decoupled_weight_decay":false,"params":[1]}',
    );
  });

  it("step is float32 whatever the parameter is", () => {
    const p = tensor([1], { dtype: "float64", requiresGrad: true });
    p.grad = tensor([1], { dtype: "float64" });
    const optimizer = new optim.Adam([p]);
    optimizer.step();
    expect(optimizer.stateDict().state[0].step).toMatchObject({ dtype: "float32" });
    expect(optimizer.stateDict().state[0].exp_avg).toMatchObject({ dtype: "float64" });
  });

  it("has the names of the parameters, if they have any", () => {
    const optimizer = new optim.SGD([["w", tensor([1])]]);
    expect(optimizer.stateDict().param_groups[0]).toMatchObject({ param_names: ["w"], params: [0] });
  });

  it("a parameter without steps has no state", () => {
    expect(new optim.Adam([tensor([1])]).stateDict().state).toEqual({});
  });
});

describe("loadStateDict", () => {
  it("goes on where the other was", () => {
    const a = trained();
    const b = trained(0);
    b.optimizer.paramGroups[0].lr = 123;
    b.optimizer.loadStateDict(a.optimizer.stateDict());
    for (const [from, to] of [
      [a.p, b.p],
      [a.q, b.q],
    ])
      to.storage.data.set(from.storage.data);
    step(a.optimizer, a.p, a.q, 2);
    step(b.optimizer, b.p, b.q, 2);
    expect(b.p.tolist()).toEqual(a.p.tolist());
    expect(b.q.tolist()).toEqual(a.q.tolist());
    expect(b.optimizer.paramGroups[0].lr).toBe(0.1);
    expect(String(b.optimizer.stateDict().state[1].exp_avg)).toBe(
      String(a.optimizer.stateDict().state[1].exp_avg),
    );
  });

  it("copies: the other's steps do not show", () => {
    const a = trained();
    const b = trained(0);
    const dict = a.optimizer.stateDict();
    b.optimizer.loadStateDict(dict);
    const before = String(b.optimizer.state.get(b.p)?.expAvg);
    step(a.optimizer, a.p, a.q, 2);
    expect(String(b.optimizer.state.get(b.p)?.expAvg)).toBe(before);
    expect(dict.param_groups[0]).not.toBe(b.optimizer.paramGroups[0]);
  });

  it("takes what PyTorch writes: numbers for step, None, flags, missing newer options, custom keys", () => {
    const p = tensor([1], { dtype: "float64", requiresGrad: true });
    const adam = new optim.Adam([p]);
    adam.loadStateDict({
      state: { 0: { step: 3, exp_avg: tensor([1]), exp_avg_sq: tensor([2]) } },
      param_groups: [
        {
          lr: 1,
          betas: [0.5, 0.5],
          eps: 0,
          weight_decay: 0,
          foreach: true,
          fused: true,
          initial_lr: 2,
          params: [0],
        },
      ],
    });
    expect(adam.state.get(p)?.step).toMatchObject({ shape: [], dtype: "float32" });
    expect(adam.state.get(p)?.step.item()).toBe(3);
    expect(adam.state.get(p)?.expAvg.dtype).toBe("float64");
    expect(adam.paramGroups[0]).toMatchObject({
      amsgrad: false,
      decoupledWeightDecay: false,
      foreach: true,
      initialLr: 2,
    });
    expect(adam.stateDict().param_groups[0]).toMatchObject({ initial_lr: 2, foreach: true });

    const sgd = new optim.SGD([p]);
    sgd.loadStateDict({ state: { 0: { momentum_buffer: null } }, param_groups: [{ lr: 1, params: [0] }] });
    expect(sgd.state.size).toBe(0);
  });

  it("finds parameters by the numbers that the dict gives them", () => {
    const { p, q, optimizer } = trained();
    const dict = optimizer.stateDict();
    dict.state = { 7: dict.state[0], 5: dict.state[1] };
    dict.param_groups[0].params = [7];
    dict.param_groups[1].params = [5];
    const wanted = [p, q].map((x) => String(optimizer.state.get(x)?.expAvg));
    optimizer.loadStateDict(dict);
    expect([p, q].map((x) => String(optimizer.state.get(x)?.expAvg))).toEqual(wanted);
  });

  it("takes the dict's names, and keeps its own if it has none", () => {
    const make = (name: string): optim.SGD => new optim.SGD([[name, tensor([1])]]);
    const optimizer = make("own");
    optimizer.loadStateDict(new optim.SGD([tensor([1])]).stateDict());
    expect(optimizer.paramGroups[0].paramNames).toEqual(["own"]);
    optimizer.loadStateDict(make("other").stateDict());
    expect(optimizer.paramGroups[0].paramNames).toEqual(["other"]);
  });

  type Dict = optim.OptimizerStateDict;
  it.each<[string, (dict: Dict) => unknown, string]>([
    ["nothing", () => null, "loadStateDict: this is not an optimizer's state dict"],
    ["a model's", () => ({ weight: tensor([1]) }), "loadStateDict: this is not an optimizer's state dict"],
    [
      "fewer groups",
      (dict) => ({ ...dict, param_groups: dict.param_groups.slice(1) }),
      "loaded state dict has a different number of parameter groups",
    ],
    [
      "larger groups",
      (dict) => ({
        ...dict,
        param_groups: [{ ...dict.param_groups[0], params: [0, 1] }, dict.param_groups[1]],
      }),
      "loaded state dict contains a parameter group that doesn't match the size of optimizer's group",
    ],
    [
      "a parameter of no group",
      (dict) => ({ ...dict, state: { ...dict.state, 9: dict.state[0] } }),
      "there is state for parameter 9, which is in no group",
    ],
    [
      "another optimizer's",
      (dict) => ({ ...dict, state: { 0: { momentum_buffer: tensor([1, 2]) } } }),
      'Adam has no state "momentum_buffer" (found for parameter 0). Its states are step, exp_avg, exp_avg_sq, max_exp_avg_sq.',
    ],
    [
      "a missing entry",
      (dict) => ({ ...dict, state: { 1: { ...dict.state[1], max_exp_avg_sq: undefined } } }),
      "the state of parameter 1 has no max_exp_avg_sq, which its options need",
    ],
    [
      "a wrong shape",
      (dict) => ({ ...dict, state: { 1: { ...dict.state[1], exp_avg: tensor([1]) } } }),
      "exp_avg of parameter 1 has shape [1], where [2] is needed",
    ],
    [
      "no tensor",
      (dict) => ({ ...dict, state: { 1: { ...dict.state[1], exp_avg: 1 } } }),
      "exp_avg of parameter 1 must be a Tensor, but got number",
    ],
    [
      "half a step",
      (dict) => ({ ...dict, state: { 1: { ...dict.state[1], step: 0.5 } } }),
      "step of parameter 1 must be a whole number",
    ],
    [
      "a senseless option",
      (dict) => ({ ...dict, param_groups: [dict.param_groups[0], { ...dict.param_groups[1], lr: "fast" }] }),
      "Invalid learning rate: fast",
    ],
  ])("refuses %s and changes nothing", (_, change, message) => {
    const { optimizer } = trained();
    const before = String(JSON.stringify(optimizer.stateDict()));
    const { paramGroups, state } = optimizer;
    expect(() => optimizer.loadStateDict(change(optimizer.stateDict()) as Dict)).toThrow(message);
    expect(optimizer.paramGroups).toBe(paramGroups);
    expect(optimizer.state).toBe(state);
    expect(JSON.stringify(optimizer.stateDict())).toBe(before);
  });
});

describe("with names", () => {
  const named = (...names: string[]): optim.Adam => {
    const optimizer = new optim.Adam(
      names.map((name) => [name, tensor([0], { requiresGrad: true })] as const),
      { lr: 1 },
    );
    for (const [i, p] of optimizer.paramGroups[0].params.entries()) p.grad = tensor([names[i].charCodeAt(0)]);
    return optimizer;
  };
  const averages = (optimizer: optim.Adam): Record<string, number> =>
    Object.fromEntries(
      optimizer.paramGroups[0].params.map((p, i) => [
        optimizer.paramGroups[0].paramNames![i],
        Math.round(10 * optimizer.state.get(p)!.expAvg.item()),
      ]),
    );

  it("each parameter finds its own state, in whatever order they stand", () => {
    const a = named("a", "b", "c");
    a.step();
    const b = named("c", "a", "b");
    b.loadStateDict(a.stateDict());
    expect(averages(b)).toEqual({ c: 99, a: 97, b: 98 });
    expect(b.paramGroups[0].paramNames).toEqual(["c", "a", "b"]);
  });

  it("of which only some match is an error that says which", () => {
    const a = named("a", "b");
    a.step();
    const b = named("b", "x");
    const { state, paramGroups } = b;
    expect(() => b.loadStateDict(a.stateDict())).toThrow(
      "loadStateDict: the names of the parameters do not match: the state dict has no x; the optimizer has no a",
    );
    expect(b.state).toBe(state);
    expect(b.paramGroups).toBe(paramGroups);
  });

  it("a renamed model's state goes by place", () => {
    const a = named("a", "b");
    a.step();
    const b = named("x", "y");
    b.loadStateDict(a.stateDict());
    expect(averages(b)).toEqual({ a: 97, b: 98 });
  });

  it("errors name the parameter", () => {
    const a = named("a");
    a.step();
    const dict = a.stateDict();
    dict.state[0].exp_avg = tensor([1, 2]);
    expect(() => a.loadStateDict(dict)).toThrow('exp_avg of parameter 0 ("a") has shape [2]');
  });
});

describe("other optimizers' dicts", () => {
  const p = (): Tensor => tensor([1], { requiresGrad: true });

  it.each([
    ["SGD", "Adam", "its parameter group 0 has momentum, dampening, nesterov, but no betas, eps"],
    ["Adam", "SGD", "but no momentum, dampening"],
    ["Adagrad", "RMSprop", "but no alpha, momentum"],
    ["ASGD", "Adam", "has lambd, alpha, t0, but no betas, eps"],
  ] as const)("%s's is refused by %s before anything is changed", (from, to, message) => {
    const optimizer = new optim[to]([p()]);
    const { paramGroups } = optimizer;
    const load = (): void => optimizer.loadStateDict(new optim[from]([p()]).stateDict());
    expect(load).toThrow(`loadStateDict: this is not a state dict of ${to}: `);
    expect(load).toThrow(message);
    expect(optimizer.paramGroups as unknown).toBe(paramGroups);
  });

  it("Adam takes the decoupling over from AdamW, and AdamW stays decoupled", () => {
    const adam = new optim.Adam([p()], { lr: 1 });
    const adamW = new optim.AdamW([p()], { lr: 2 });
    expect(adamW).toBeInstanceOf(optim.Adam);
    expect(adamW.paramGroups[0]).toMatchObject({ weightDecay: 0.01, decoupledWeightDecay: true });
    const [adamDict, adamWDict] = [adam.stateDict(), adamW.stateDict()];
    adam.loadStateDict(adamWDict);
    expect(adam.paramGroups[0]).toMatchObject({ lr: 2, weightDecay: 0.01, decoupledWeightDecay: true });
    adamW.loadStateDict(adamDict);
    expect(adamW.paramGroups[0]).toMatchObject({ lr: 1, weightDecay: 0, decoupledWeightDecay: true });
  });
});

describe("states that are one number", () => {
  const make = (): { p: Tensor; optimizer: optim.NAdam } => {
    const p = tensor([1], { dtype: "float64", requiresGrad: true });
    p.grad = tensor([1], { dtype: "float64" });
    return { p, optimizer: new optim.NAdam([p]) };
  };

  it("are 0-dim float32 tensors, whatever the parameter is", () => {
    const { optimizer } = make();
    optimizer.step();
    expect(optimizer.stateDict().state[0].mu_product).toMatchObject({ shape: [], dtype: "float32" });
  });

  it("go on from a state dict, from a plain number too", () => {
    const [a, b] = [make(), make()];
    a.optimizer.step();
    const dict = a.optimizer.stateDict();
    dict.state[0] = { ...dict.state[0], mu_product: (dict.state[0].mu_product as Tensor).item() };
    b.optimizer.loadStateDict(dict);
    b.p.storage.data.set(a.p.storage.data);
    a.optimizer.step();
    b.optimizer.step();
    expect(b.p.tolist()).toEqual(a.p.tolist());
    dict.state[0] = { ...dict.state[0], mu_product: tensor([1, 2]) };
    expect(() => b.optimizer.loadStateDict(dict)).toThrow(
      "mu_product of parameter 0 must be a number or a tensor of one, not of shape [2]",
    );
  });

  it("Adagrad's state is there from the beginning", () => {
    const q = p2();
    const optimizer = new optim.Adagrad([q], { initialAccumulatorValue: 0.5 });
    expect(optimizer.stateDict().state[0].sum).toMatchObject({ shape: [2] });
    expect(optimizer.state.get(q)?.sum.tolist()).toEqual([0.5, 0.5]);
    const later = p2();
    optimizer.addParamGroup({ params: later, initialAccumulatorValue: 2 });
    expect(optimizer.state.get(later)?.sum.tolist()).toEqual([2, 2]);
  });
});

function p2(): Tensor {
  return tensor([1, 2], { requiresGrad: true });
}
