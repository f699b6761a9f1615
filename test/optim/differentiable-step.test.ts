import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { autograd, nn, noGrad, optim, setDefaultDtype, type Tensor, tensor, zeros } from "../../src/index.js";
import { type Options, rules } from "./options.js";
import { close } from "./rule/support.js";

/*
 * Steps with `differentiable: true`: the same numbers as the kernel's, and gradients that central differences confirm
 * (TestDifferentiableOptimizer in PyTorch's test_optim.py), here for every rule and all of its options.
 */
type Any = optim.RuleOptimizer<{ lr: number }>;
type Make = new (params: Iterable<Tensor>, options: Options) => Any;

const classOf = (name: string): Make => (optim as unknown as Record<string, Make>)[name];

/** Numbers in (−2, 2), the same for the same seed. */
function randomNumbers(seed: number): () => number {
  let random = seed;
  return () => {
    random = (random * 48271) % 2147483647;
    return (random / 2147483647) * 4 - 2;
  };
}

function randomTensor(next: () => number, shape: readonly number[], change = (x: number) => x): Tensor {
  const result = zeros(shape, { dtype: "float64" });
  for (let i = 0; i < result.count; i++) result.storage.data[i] = change(next());
  return result;
}

/** Every number among the options in a tensor of its own, in the order of the list that is returned too. */
function withTensors(options: Options): { options: Options; tensors: Tensor[] } {
  const tensors: Tensor[] = [];
  const change = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(change);
    if (typeof value !== "number") return value;
    tensors.push(tensor(value, { dtype: "float64", requiresGrad: true }));
    return tensors.at(-1);
  };
  const changed = Object.entries(options).map(([name, value]) => [name, change(value)]);
  return { options: Object.fromEntries(changed) as Options, tensors };
}

/** The same with tensors that are given, so that they can be varied. */
function filledWith(options: Options, tensors: readonly Tensor[]): Options {
  let k = 0;
  const change = (value: unknown): unknown =>
    Array.isArray(value) ? value.map(change) : typeof value === "number" ? tensors[k++] : value;
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [name, change(value)]));
}

const expectClose = (what: string, actual: Tensor, wanted: Tensor): void => {
  const [own, other] = [actual.toArray(), wanted.toArray()];
  expect(actual.shape, what).toEqual(wanted.shape);
  expect(actual.dtype, what).toBe(wanted.dtype);
  for (const [i, value] of own.entries())
    if (!close(value, other[i])) throw new Error(`${what}[${i}] is ${value}, the kernel's ${other[i]}`);
};

describe("takes the same steps as the kernel", () => {
  const shapes = fc.array(
    fc.oneof(
      fc.constantFrom([], [0], [1], [2, 3]),
      fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 3 }),
    ),
    { minLength: 1, maxLength: 3 },
  );
  const seed = fc.integer({ min: 1, max: 2147483646 });

  it.each(rules)("%s", (name, _, options) => {
    fc.assert(
      fc.property(options, shapes, seed, fc.boolean(), (own, sizes, start, asTensors) => {
        const next = randomNumbers(start);
        const plain = sizes.map((shape) => randomTensor(next, shape));
        const recorded = plain.map((value) => value.clone().requiresGrad_().clone());
        const kernel = new (classOf(name))(plain, own);
        const steps = new (classOf(name))(recorded, {
          ...(asTensors ? withTensors(own).options : own),
          differentiable: true,
        });
        for (let t = 1; t <= 3; t++) {
          for (const [k, parameter] of plain.entries()) {
            parameter.grad = randomTensor(next, parameter.shape);
            recorded[k].grad = parameter.grad.clone();
          }
          if (plain.length > 1 && start % 3 === t % 3) plain[0].grad = recorded[0].grad = null;
          kernel.step();
          steps.step();
          for (const [k, parameter] of plain.entries()) {
            expectClose(`θ ${k} in step ${t}`, recorded[k], parameter);
            const states = kernel.state.get(parameter) ?? {};
            const others = steps.state.get(recorded[k]) ?? {};
            expect(Object.keys(others).sort()).toEqual(Object.keys(states).sort());
            for (const [key, value] of Object.entries(states))
              expectClose(`${key} ${k} in step ${t}`, others[key], value);
          }
        }
      }),
      { numRuns: 40 },
    );
  });
});

/** Options for which every number matters: none is 0 or at an edge. */
const decay = { lr: 0.1, weightDecay: 0.05 };
const adamLike = { ...decay, betas: [0.8, 0.9], eps: 0.01 };
const cases: [name: string, options: Options][] = [
  ["SGD", decay],
  ["SGD", { ...decay, momentum: 0.9, dampening: 0.3, maximize: true }],
  ["SGD", { ...decay, momentum: 0.9, nesterov: true }],
  ["Adam", adamLike],
  ["Adam", { ...adamLike, amsgrad: true, maximize: true }],
  ["AdamW", adamLike],
  ["Adamax", adamLike],
  ["NAdam", { ...adamLike, momentumDecay: 0.1 }],
  ["NAdam", { ...adamLike, momentumDecay: 0.1, decoupledWeightDecay: true }],
  ["RAdam", adamLike],
  ["RAdam", { ...adamLike, betas: [0.8, 0.99], decoupledWeightDecay: true }],
  ["Adadelta", { ...decay, rho: 0.8, eps: 0.01 }],
  ["Adagrad", { ...decay, lrDecay: 0.5, eps: 0.01 }],
  ["ASGD", { ...decay, lambd: 0.1, alpha: 0.6, t0: 1.5 }],
  ["RMSprop", { ...decay, alpha: 0.8, eps: 0.01 }],
  ["RMSprop", { ...decay, alpha: 0.8, eps: 0.01, momentum: 0.5, centered: true }],
  ["Rprop", { lr: 0.1, etas: [0.5, 1.3], stepSizes: [0.02, 0.6] }],
  ["Lion", { ...decay, betas: [0.8, 0.9] }],
  ["LAMB", adamLike],
  ["LARS", { ...decay, momentum: 0.9, trustCoefficient: 0.3 }],
  ["Adan", { ...adamLike, betas: [0.1, 0.2, 0.3] }],
  ["ADOPT", { ...adamLike, clip: true }],
  ["ADOPT", { ...adamLike, clip: false }],
  ["SophiaG", { ...decay, betas: [0.8, 0.9], rho: 0.7, eps: 0.01 }],
  ["SGDScheduleFree", { ...decay, momentum: 0.8, warmupSteps: 7.5 }],
  ["AdamWScheduleFree", { ...adamLike, warmupSteps: 7.5 }],
  ["Prodigy", { ...adamLike, d0: 0.1 }],
];
const titled = cases.map(([name, options]) => [name, JSON.stringify(options), options] as const);

it("the table has every rule", () => {
  const missing = rules.map(([name]) => name).filter((name) => !cases.some(([own]) => own === name));
  expect(missing).toEqual([]);
});

it.each(titled)("%s %s in float32, to its precision", (name, _, options) => {
  const next = randomNumbers(5);
  const plain = randomTensor(next, [4]).float();
  const recorded = plain.clone().requiresGrad_().clone();
  const { tensors } = withTensors(options);
  const [kernel, steps] = [
    new (classOf(name))([plain], options),
    new (classOf(name))([recorded], { ...filledWith(options, tensors), differentiable: true }),
  ];
  for (let t = 0; t < 3; t++) {
    plain.grad = randomTensor(next, [4]).float();
    recorded.grad = plain.grad.clone();
    kernel.step();
    steps.step();
    expect(recorded.dtype).toBe("float32");
    for (const [i, value] of (plain.tolist() as number[]).entries())
      expect((recorded.tolist() as number[])[i]).toBeCloseTo(value, 5);
  }
  // The options are float64, and so are their gradients.
  const gradients = autograd.grad(recorded.sum(), tensors, { allowUnused: true });
  expect(gradients.some((gradient) => gradient !== null)).toBe(true);
  for (const gradient of gradients) expect(gradient?.dtype ?? "float64").toBe("float64");
});

describe("gradients as by central differences", () => {
  // States of one number are float32 otherwise, too coarse for differences.
  beforeAll(() => setDefaultDtype("float64"));
  afterAll(() => setDefaultDtype("float32"));

  it("of second order, through a step of Adam", () => {
    const next = randomNumbers(17);
    const step = (θ: Tensor, g: Tensor, lr: Tensor): Tensor => {
      const parameter = θ.clone();
      parameter.grad = g;
      new optim.Adam([parameter], { lr, eps: 0.1, weightDecay: 0.2, differentiable: true }).step();
      return parameter;
    };
    const inputs = [[3], [3], []].map((shape) => randomTensor(next, shape, Math.abs).requiresGrad_());
    expect(autograd.gradgradcheck(step as (...inputs: Tensor[]) => Tensor, inputs)).toBe(true);
  });

  describe.each(titled)("%s %s", (name, _, options) => {
    it("of a new step, by parameter, gradient and options", () => {
      const next = randomNumbers(7);
      const [θ, g] = [randomTensor(next, [2, 2]), randomTensor(next, [2, 2])];
      const { tensors } = withTensors(options);
      const inputs = [θ.requiresGrad_(), g.requiresGrad_(), ...tensors];
      const step = (θ: Tensor, g: Tensor, ...own: Tensor[]): Tensor[] => {
        const parameter = θ.clone();
        parameter.grad = g;
        const optimizer = new (classOf(name))([parameter], {
          ...filledWith(options, own),
          differentiable: true,
        });
        optimizer.step();
        const { step: count, ...states } = optimizer.state.get(parameter) ?? {};
        return [parameter, ...Object.values(states)];
      };
      expect(autograd.gradcheck(step, inputs)).toBe(true);
    });

    it("of the fifth step, by the states too", () => {
      const next = randomNumbers(11);
      const { rule } = classOf(name) as unknown as { rule: optim.Rule };
      const symbols = rule.states(options);
      // What stands under a root is positive, and an average of squares larger than the squared average.
      const within: Record<string, (x: number) => number> = { a: (x) => 0.1 + Math.abs(x) / 4 };
      for (const symbol of ["p", "m", "b", "x", "z"]) within[symbol] = (x) => x / 3;
      const positive = (x: number): number => 0.6 + Math.abs(x) / 4;
      const states = symbols.map((symbol) =>
        randomTensor(next, rule.isScalarState(symbol) ? [] : [3], within[symbol] ?? positive).requiresGrad_(),
      );
      const [θ, g] = [randomTensor(next, [3]), randomTensor(next, [3])];
      const { tensors } = withTensors(options);
      const inputs = [θ.requiresGrad_(), g.requiresGrad_(), ...states, ...tensors];
      const step = (θ: Tensor, g: Tensor, ...more: Tensor[]): Tensor[] => {
        const parameter = θ.clone();
        parameter.grad = g;
        const optimizer = new (classOf(name))([parameter], {
          ...filledWith(options, more.slice(symbols.length)),
          differentiable: true,
        });
        const given = symbols.map((symbol, k) => [rule.stateKey(symbol), more[k]] as const);
        optimizer.state.set(parameter, { step: tensor(4), ...Object.fromEntries(given) });
        optimizer.step();
        const after = optimizer.state.get(parameter) as optim.ParameterState;
        return [parameter, ...given.map(([key]) => after[key])];
      };
      expect(autograd.gradcheck(step, inputs)).toBe(true);
    });

    it("of three steps along the gradients of a loss, by start and options", () => {
      const next = randomNumbers(13);
      const θ = randomTensor(next, [3]).requiresGrad_();
      const { tensors } = withTensors(options);
      const train = (θ: Tensor, ...own: Tensor[]): Tensor => {
        const parameter = θ.clone();
        const optimizer = new (classOf(name))([parameter], {
          ...filledWith(options, own),
          differentiable: true,
        });
        for (let t = 0; t < 3; t++) {
          optimizer.zeroGrad();
          const there = parameter.clone();
          const loss = there.sin().add(there.square()).sum().add(there.prod());
          loss.backward({ createGraph: true, inputs: [parameter] });
          optimizer.step();
        }
        return parameter;
      };
      expect(autograd.gradcheck(train, [θ, ...tensors])).toBe(true);
    });
  });
});

describe("what sign-based optimizers pass on", () => {
  const float64 = { dtype: "float64", requiresGrad: true } as const;

  it("Lion: to the weights and the step, through the average only to later steps", () => {
    const [start, g, lr, λ] = [
      tensor([1, -2], float64),
      tensor([0.5, 3], float64),
      tensor(0.1, float64),
      tensor(0.2, float64),
    ];
    const θ = start.clone();
    θ.grad = g;
    const optimizer = new optim.Lion([θ], { lr, betas: [0.9, 0.99], weightDecay: λ, differentiable: true });
    optimizer.step();
    const [byStart, byLr, byλ] = autograd.grad(θ.sum(), [start, lr, λ], { retainGraph: true });
    expect(byStart.tolist()).toEqual([1 - 0.1 * 0.2, 1 - 0.1 * 0.2]);
    expect(byLr.item()).toBeCloseTo(-(1 + 1 + 0.2 * (1 - 2)), 12);
    expect(byλ.item()).toBeCloseTo(-0.1 * (1 - 2), 12);
    expect(autograd.grad(θ.sum(), g, { retainGraph: true })[0].tolist()).toEqual([0, 0]);
    const [byGradient] = autograd.grad(optimizer.state.get(θ)!.expAvg.sum(), g);
    for (const value of byGradient.tolist() as number[]) expect(value).toBeCloseTo(0.01, 12);
  });

  it("Rprop: to the step sizes and their factors, in the direction of the sign", () => {
    const [lr, minus, plus] = [tensor(0.1, float64), tensor(0.5, float64), tensor(1.2, float64)];
    const bounds: [Tensor, Tensor] = [tensor(1e-6, float64), tensor(50, float64)];
    const start = tensor([1, 1, 1], float64);
    const θ = start.clone();
    const optimizer = new optim.Rprop([θ], {
      lr,
      etas: [minus, plus],
      stepSizes: bounds,
      differentiable: true,
    });
    for (const gradient of [
      [1, 1, -1],
      [2, -1, -1],
    ]) {
      θ.grad = tensor(gradient, float64);
      optimizer.step();
    }
    // −γ − γ·η₊ where the sign stayed, −γ where it changed: that step is left out.
    const by = (output: Tensor, input: Tensor): number =>
      autograd.grad(output, input, { retainGraph: true, allowUnused: true })[0]?.item() ?? 0;
    expect([0, 1, 2].map((k) => by(θ.at(k), lr))).toEqual([-1 - 1.2, -1, 1 + 1.2]);
    expect([0, 1, 2].map((k) => by(θ.at(k), plus))).toEqual([-0.1, 0, 0.1]);
    expect(by(optimizer.state.get(θ)!.stepSize.at(1), minus)).toBe(0.1);
    expect(autograd.grad(θ.sum(), start)[0].tolist()).toEqual([1, 1, 1]);
  });
});

describe("a differentiable step", () => {
  const leaf = (...values: number[]): Tensor => tensor(values, { requiresGrad: true });
  const set = (parameter: Tensor, ...gradient: number[]): void => {
    parameter.grad = tensor(gradient);
  };

  it("changes the parameter itself, which goes on with the history of the step", () => {
    const start = leaf(1, 2);
    const θ = start.clone();
    set(θ, 1, 1);
    const optimizer = new optim.SGD([θ], { lr: 0.5, differentiable: true });
    expect(optimizer.paramGroups[0].params[0]).toBe(θ);
    optimizer.step();
    expect(θ.tolist()).toEqual([0.5, 1.5]);
    expect(θ.gradFn).not.toBeNull();
    θ.mul(tensor([3, 4]))
      .sum()
      .backward();
    expect(start.grad?.tolist()).toEqual([3, 4]);
  });

  it("is recorded inside noGrad, too, and calls the closure once", () => {
    const start = leaf(2);
    const θ = start.clone();
    const optimizer = new optim.SGD([θ], { lr: 0.25, differentiable: true });
    let calls = 0;
    const loss = noGrad(() =>
      optimizer.step(() => {
        calls++;
        const value = θ.clone().square().sum();
        value.backward({ createGraph: true, inputs: [θ] });
        return value;
      }),
    );
    expect([calls, loss.item(), θ.item()]).toEqual([1, 4, 1]);
    expect(autograd.grad(θ.sum(), start)[0].item()).toBe(0.5);
  });

  it("goes through views to the memory that they share", () => {
    const start = leaf(1, 2, 3);
    const flat = start.clone();
    const [first, rest] = [flat.at("0:1"), flat.at("1:")];
    const optimizer = new optim.SGD([first, rest], { lr: 1, weightDecay: 0.5, differentiable: true });
    set(first, 1);
    set(rest, 1, 1);
    optimizer.step();
    expect(flat.tolist()).toEqual([-0.5, 0, 0.5]);
    expect(autograd.grad(flat.sum(), start)[0].tolist()).toEqual([0.5, 0.5, 0.5]);
  });

  it("leaves what has no gradient alone", () => {
    const [θ, idle] = [leaf(1).clone(), leaf(5).clone()];
    const history = idle.gradFn;
    set(θ, 1);
    const optimizer = new optim.Adam([θ, idle], { differentiable: true });
    optimizer.step();
    expect(idle.gradFn).toBe(history);
    expect([...optimizer.state.keys()]).toEqual([θ]);
  });

  it("refuses leaves before anything is changed", () => {
    const [θ, w] = [leaf(1).clone(), leaf(2)];
    for (const parameter of [θ, w]) set(parameter, 1);
    const optimizer = new optim.Adam([θ, w], { differentiable: true });
    expect(() => optimizer.step()).toThrow(
      "step: a leaf Variable that requires grad is being used in an in-place operation",
    );
    expect([θ.item(), w.item(), optimizer.state.size]).toEqual([1, 2, 0]);
    const view = leaf(1, 2).at("0:1");
    set(view, 1);
    expect(() => new optim.SGD([θ, view], { differentiable: true }).step()).toThrow(
      "step: a view of a leaf Variable that requires grad is being used in an in-place operation",
    );
    expect(θ.item()).toBe(1);
  });

  it("without it, parameters that were computed are refused", () => {
    expect(() => new optim.SGD([leaf(1).clone()])).toThrow("can't optimize a non-leaf Tensor");
  });

  it("has finite gradients where a gradient is 0", () => {
    const start = leaf(1, 1).clone();
    const θ = start.clone();
    const g = leaf(0, 2);
    θ.grad = g;
    new optim.Adam([θ], { lr: 0.1, eps: 0.5, differentiable: true }).step();
    // γ·g/(|g| + ε) has the slope γ/ε at 0.
    const [zero, two] = autograd.grad(θ.sum(), g)[0].tolist() as number[];
    expect(zero).toBeCloseTo(-0.1 / 0.5, 6);
    expect(two).toBeCloseTo((-0.1 * 0.5) / 2.5 ** 2, 6);
  });

  it("keeps no tensor of the user's as a state", () => {
    const θ = leaf(1, 2).clone();
    const optimizer = new optim.SGD([θ], { momentum: 0.9, differentiable: true });
    set(θ, 1, 1);
    optimizer.step();
    noGrad(() => θ.grad!.fill_(7));
    expect(optimizer.state.get(θ)?.momentumBuffer.tolist()).toEqual([1, 1]);
  });

  it("updates a parameter twice that is there twice, as the kernel does", () => {
    const quiet = vi.spyOn(console, "warn").mockImplementation(() => {});
    const [plain, recorded] = [leaf(1), leaf(1).clone()];
    for (const parameter of [plain, recorded]) set(parameter, 1);
    new optim.Adam([plain, plain], { lr: 0.1 }).step();
    new optim.Adam([recorded, recorded], { lr: 0.1, differentiable: true }).step();
    quiet.mockRestore();
    expect(recorded.item()).toBeCloseTo(plain.item(), 6);
  });

  it("its state dict continues an ordinary training", () => {
    const run = (differentiable: boolean): [Tensor, optim.Adam] => {
      const θ = differentiable ? leaf(1, -1).clone() : leaf(1, -1);
      const optimizer = new optim.Adam([θ], { lr: 0.1, amsgrad: true, differentiable });
      for (let t = 1; t <= 3; t++) {
        set(θ, t, -t / 2);
        optimizer.step();
      }
      return [θ, optimizer];
    };
    const [[recorded, source], [plain, usual]] = [run(true), run(false)];
    const θ = recorded.detach().clone().requiresGrad_();
    const heir = new optim.Adam([θ]);
    heir.loadStateDict(source.stateDict());
    expect(heir.paramGroups[0]).toMatchObject({ amsgrad: true, differentiable: false });
    expect(heir.state.get(θ)?.expAvg.requiresGrad).toBe(false);
    for (const parameter of [θ, plain]) set(parameter, 0.3, 0.2);
    heir.step();
    usual.step();
    for (const [i, value] of (plain.tolist() as number[]).entries())
      expect((θ.tolist() as number[])[i]).toBeCloseTo(value, 6);
  });

  it("Adagrad's initial sum and SophiaG's curvature are part of it", () => {
    const float64 = { dtype: "float64", requiresGrad: true } as const;
    const adagrad = (g: Tensor, τ: Tensor): Tensor => {
      const θ = tensor([1, 2], float64).clone();
      θ.grad = g;
      new optim.Adagrad([θ], { lr: 0.1, initialAccumulatorValue: τ, differentiable: true }).step();
      return θ;
    };
    const sophia = (g: Tensor, h: Tensor, β2: Tensor): Tensor => {
      const θ = tensor([1, 2], float64).clone();
      θ.grad = g;
      const options = { lr: 0.1, betas: [tensor(0.5), β2] as [Tensor, Tensor], rho: 2, differentiable: true };
      const optimizer = new optim.SophiaG([θ], options);
      optimizer.updateHessian(3);
      optimizer.updateHessian([h]);
      optimizer.step();
      return θ;
    };
    const g = tensor([0.3, -0.2], float64);
    const h = tensor([1.5, 2], float64);
    expect(autograd.gradcheck(adagrad, [g, tensor(0.4, float64)])).toBe(true);
    expect(autograd.gradcheck(sophia, [g, h, tensor(0.7, float64)])).toBe(true);
  });

  it("Schedule-Free's averaged weights are, too", () => {
    const start = tensor([1, -2], { dtype: "float64", requiresGrad: true });
    const averaged = (start: Tensor): Tensor[] => {
      const θ = start.clone();
      const optimizer = new optim.SGDScheduleFree([θ], { lr: 0.1, differentiable: true });
      for (let t = 0; t < 2; t++) {
        θ.grad = θ.clone().pow(3);
        optimizer.step();
      }
      optimizer.eval();
      const x = θ.clone();
      optimizer.train();
      return [x, θ];
    };
    expect(autograd.gradcheck(averaged, start)).toBe(true);
  });
});

describe("meta-learning", () => {
  /** The loss after some steps of an inner training from a fixed start; it depends on the optimizer's options. */
  function innerLoss(make: (θ: Tensor) => { step(): undefined; zeroGrad(): void }, steps: number): Tensor {
    const θ = tensor([1.5, -1, 0.5], { dtype: "float64", requiresGrad: true }).clone();
    const optimizer = make(θ);
    const weights = tensor([1, 3, 0.5], { dtype: "float64" });
    const loss = (): Tensor => θ.clone().sub(1).square().mul(weights).sum().add(θ.clone().sin().sum());
    for (let t = 0; t < steps; t++) {
      optimizer.zeroGrad();
      loss().backward({ createGraph: true, inputs: [θ] });
      optimizer.step();
    }
    return loss();
  }

  const inner: [
    string,
    number,
    (θ: Tensor, lr: number | Tensor) => { step(): undefined; zeroGrad(): void },
  ][] = [
    ["SGD", 0.05, (θ, lr) => new optim.SGD([θ], { lr, momentum: 0.5, differentiable: true })],
    ["Adam", 0.03, (θ, lr) => new optim.Adam([θ], { lr, differentiable: true })],
  ];

  it("reaches the initial weights of a network, and the learning rate, through two steps of Adam", () => {
    const next = randomNumbers(23);
    const [x, y] = [randomTensor(next, [6, 2]), randomTensor(next, [6, 1])];
    const { linear } = nn.functional;
    const adapted = (lr: Tensor, ...initial: Tensor[]): Tensor => {
      const weights = initial.map((weight) => weight.clone());
      const optimizer = new optim.Adam(weights, { lr, eps: 0.01, differentiable: true });
      const loss = (): Tensor => {
        const [w1, b1, w2, b2] = weights.map((weight) => weight.clone());
        return nn.functional.mseLoss(linear(linear(x, w1, b1).tanh(), w2, b2), y);
      };
      for (let t = 0; t < 2; t++) {
        optimizer.zeroGrad();
        loss().backward({ createGraph: true, inputs: weights });
        optimizer.step();
      }
      return loss();
    };
    const shapes = [[], [3, 2], [3], [1, 3], [1]];
    const inputs = shapes.map((shape) => randomTensor(next, shape, (value) => value / 2).requiresGrad_());
    inputs[0] = tensor(0.1, { dtype: "float64", requiresGrad: true });
    expect(autograd.gradcheck(adapted as (...inputs: Tensor[]) => Tensor, inputs)).toBe(true);
  });

  it.each(inner)("learns the learning rate of %s through ten steps", (_, start, make) => {
    const lr = tensor(start, { dtype: "float64", requiresGrad: true });
    const outer = new optim.Adam([lr], { lr: 0.01 });
    const losses: number[] = [];
    for (let k = 0; k < 15; k++) {
      outer.zeroGrad();
      const loss = innerLoss((θ) => make(θ, lr), 10);
      loss.backward({ inputs: [lr] });
      const h = 1e-6;
      const [above, below] = [h, -h].map((d) => innerLoss((θ) => make(θ, lr.item() + d), 10).item());
      const difference = (above - below) / (2 * h);
      expect(Math.abs(lr.grad!.item() - difference)).toBeLessThan(1e-6 * Math.max(1, Math.abs(difference)));
      losses.push(loss.item());
      outer.step();
    }
    expect(lr.item()).toBeGreaterThan(start);
    expect(losses.at(-1)).toBeLessThan(losses[0] - 0.05);
  });
});
