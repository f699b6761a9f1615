import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { autograd, optim, setDefaultDtype, type Tensor, tensor, zeros } from "../../src/index.js";
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

describe("gradients as by central differences", () => {
  // States of one number are float32 otherwise, too coarse for differences.
  beforeAll(() => setDefaultDtype("float64"));
  afterAll(() => setDefaultDtype("float32"));

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
