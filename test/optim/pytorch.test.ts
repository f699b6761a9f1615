import { describe, expect, it } from "vitest";
import { manualSeed, nn, ones, optim, randn, Tensor, tensor, zerosLike } from "../../src/index.js";

/*
 * What PyTorch's own test_optim.py checks for every optimizer, with the options that it uses. The table in
 * pytorch-tests.md says which of its tests is which here.
 */
type Options = Record<string, unknown>;
type Make = new (params: Iterable<unknown>, options?: Options) => optim.Optimizer<{ lr: number }>;

const decay = [
  {},
  { lr: 0.01 },
  { weightDecay: 0.1 },
  { weightDecay: 0.1, maximize: true },
  { maximize: true },
];
const inputs: [name: string, options: Options[]][] = [
  [
    "SGD",
    [
      ...decay.map((options) => ({ lr: 0.01, ...options })),
      { lr: 0.01, momentum: 0.9 },
      { lr: 0.01, momentum: 0.9, dampening: 0.5 },
      { lr: 0.01, momentum: 0.9, weightDecay: 0.1 },
      { lr: 0.01, momentum: 0.9, nesterov: true, weightDecay: 0.1 },
    ],
  ],
  ["Adam", [...decay, { weightDecay: 0.1, amsgrad: true }]],
  ["AdamW", [...decay, { weightDecay: 0.1, amsgrad: true }]],
  ["Adamax", decay],
  [
    "NAdam",
    [...decay, { momentumDecay: 6e-3, weightDecay: 0.1 }, { weightDecay: 0.1, decoupledWeightDecay: true }],
  ],
  ["RAdam", [...decay, { eps: 1e-6 }, { weightDecay: 0.1, decoupledWeightDecay: true }]],
  ["Adadelta", [...decay, { rho: 0.95, weightDecay: 0.9 }]],
  [
    "Adagrad",
    [
      ...decay,
      { initialAccumulatorValue: 0.1, weightDecay: 0.1 },
      { lr: 0.1, lrDecay: 0.5, weightDecay: 0.1 },
    ],
  ],
  ["ASGD", [...decay, { lambd: 0.1 }, { t0: 100 }, { t0: 100, weightDecay: 0.1 }]],
  ["RMSprop", [...decay, { centered: true }, { centered: true, momentum: 0.1, weightDecay: 0.1 }]],
  ["Rprop", [{}, { lr: 2e-4 }, { etas: [0.5, 1.5] }, { stepSizes: [2e-6, 100] }, { maximize: true }]],
];

const create = (
  name: string,
  params: Iterable<unknown>,
  options?: Options,
): optim.Optimizer<{ lr: number }> => new (optim as unknown as Record<string, Make>)[name](params, options);

interface Line {
  weight: Tensor;
  bias: Tensor;
  loss(): Tensor;
}

/** PyTorch's problem: (W·x + b)² over ten rows. */
function line(): Line {
  manualSeed(0);
  const weight = randn([10, 5]).requiresGrad_();
  const bias = randn([10]).requiresGrad_();
  const x = randn([5]);
  return { weight, bias, loss: () => weight.matmul(x).add(bias).pow(2).sum() };
}

function train(optimizer: optim.Optimizer<{ lr: number }>, { loss }: Line, steps: number): void {
  for (let k = 0; k < steps; k++)
    optimizer.step(() => {
      optimizer.zeroGrad();
      const value = loss();
      value.backward();
      return value;
    });
}

const values = ({ weight, bias }: Line): unknown => [weight.tolist(), bias.tolist()];

const written = (optimizer: optim.Optimizer<{ lr: number }>): string =>
  JSON.stringify(optimizer.stateDict(), (_, value: unknown) =>
    value instanceof Tensor ? [value.dtype, value.tolist()] : value,
  );

const cases = inputs.flatMap(([name, list]) =>
  list.map((options): [string, string, Options] => [name, JSON.stringify(options), options]),
);

describe.each(cases)("%s %s", (name, _, options) => {
  it("goes in the right direction (test_forloop_goes_right_direction)", () => {
    const problem = line();
    const before = problem.loss().item();
    train(create(name, [problem.weight, problem.bias], options), problem, 20);
    const after = problem.loss().item();
    if (options.maximize) expect(after).toBeGreaterThan(before);
    else expect(after).toBeLessThan(before);
  });

  it("ends the same from its state dict, with names too (test_state_dict_deterministic)", () => {
    for (const named of [false, true]) {
      const params = ({ weight, bias }: Line): unknown[] =>
        named
          ? [
              ["weight", weight],
              ["bias", bias],
            ]
          : [weight, bias];
      const [a, b] = [line(), line()];
      const first = create(name, params(a), options);
      train(first, a, 10);
      b.weight.storage.data.set(a.weight.storage.data);
      b.bias.storage.data.set(a.bias.storage.data);
      const second = create(name, params(b), options);
      second.loadStateDict(first.stateDict());
      train(first, a, 10);
      train(second, b, 10);
      expect(values(b)).toEqual(values(a));
      expect(written(second)).toBe(written(first));
    }
  });

  it("does nothing without gradients (test_step_is_noop_when_params_have_no_grad)", () => {
    const problem = line();
    const before = values(problem);
    create(name, [problem.weight, problem.bias], options).step();
    expect(values(problem)).toEqual(before);
  });

  it("never writes into a gradient, and has state (test_grads_are_never_inplaced_into, test_non_empty_state)", () => {
    const problem = line();
    const optimizer = create(name, [problem.weight, problem.bias], options);
    problem.loss().backward();
    const before = problem.weight.grad?.tolist();
    const { version } = problem.weight.grad!.storage;
    optimizer.step();
    expect(problem.weight.grad?.tolist()).toEqual(before);
    expect(problem.weight.grad?.storage.version).toBe(version);
    // SGD without momentum has nothing to remember.
    if (name !== "SGD" || options.momentum)
      expect(Object.keys(optimizer.state.get(problem.bias)!)).not.toEqual([]);
  });

  it("can be printed, and copied without what is newer (test_optimizer_can_be_printed, test_can_load_older_state_dict)", () => {
    const problem = line();
    const optimizer = create(name, [problem.weight, problem.bias], options);
    train(optimizer, problem, 2);
    expect(String(optimizer)).toMatch(new RegExp(`^${name} \\(\nParameter Group 0\n`));
    const dict = optimizer.stateDict();
    for (const group of dict.param_groups)
      for (const flag of [
        "maximize",
        "foreach",
        "fused",
        "differentiable",
        "capturable",
        "decoupled_weight_decay",
      ])
        delete group[flag];
    optimizer.loadStateDict(dict);
    expect(() => train(optimizer, problem, 1)).not.toThrow();
  });
});

describe.each(inputs)("%s", (name) => {
  const decayed = name !== "AdamW" ? {} : { weightDecay: 0 };

  it("does nothing for zero gradients (test_step_is_noop_for_zero_grads)", () => {
    const p = ones([3]).requiresGrad_();
    const optimizer = create(name, [p], { ...decayed, ...(name === "ASGD" && { lambd: 0 }) });
    for (let k = 0; k < 3; k++) {
      p.grad = zerosLike(p.detach());
      optimizer.step();
    }
    expect(p.tolist()).toEqual([1, 1, 1]);
  });

  it("a group's own lr counts (test_param_groups_lr)", () => {
    const problem = line();
    const before = problem.bias.tolist();
    const optimizer = create(name, [{ params: [problem.weight] }, { params: [problem.bias], lr: 1e-28 }], {
      lr: 0.01,
      ...(name === "Rprop" && { stepSizes: [0, 50] }),
      ...decayed,
    });
    // Rprop's steps grow by 1.2, from 1e-28 too.
    train(optimizer, problem, 5);
    expect(problem.bias.tolist()).toEqual(before);
    expect(optimizer.paramGroups[0].lr).toBe(0.01);
  });

  it("takes lr as a tensor (test_tensor_lr)", () => {
    const [a, b] = [line(), line()];
    for (const lr of [tensor(0.01, { dtype: "float64" }), tensor([[0.01]], { dtype: "float64" })]) {
      train(create(name, [a.weight, a.bias], { lr }), a, 5);
      train(create(name, [b.weight, b.bias], { lr: 0.01 }), b, 5);
      expect(values(a)).toEqual(values(b));
    }
  });

  it("takes the step count as a number (test_load_nontensor_step)", () => {
    const problem = line();
    const optimizer = create(name, [problem.weight, problem.bias], name === "SGD" ? { momentum: 0.9 } : {});
    train(optimizer, problem, 2);
    const dict = optimizer.stateDict();
    for (const state of Object.values(dict.state)) if (state.step) state.step = (state.step as Tensor).item();
    optimizer.loadStateDict(dict);
    train(optimizer, problem, 1);
    const step = optimizer.state.get(problem.bias)?.step;
    if (name !== "SGD") expect(step?.item()).toBe(3);
  });
});

it("a group's own weight decay counts (test_param_groups_weight_decay)", () => {
  const layer = new nn.Linear(2, 2);
  const before = [layer.weight, layer.bias!].map((p) => p.tolist());
  const optimizer = new optim.SGD([{ params: layer.weight, weightDecay: 0.5 }, { params: layer.bias! }], {
    lr: 1,
  });
  for (const p of [layer.weight, layer.bias!]) p.grad = zerosLike(p.detach());
  optimizer.step();
  expect(layer.bias?.tolist()).toEqual(before[1]);
  expect(layer.weight.tolist()).toEqual((before[0] as number[][]).map((row) => row.map((x) => x * 0.5)));
});
