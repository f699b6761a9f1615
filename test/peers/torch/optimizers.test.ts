/**
 * Long runs of every optimizer beside PyTorch's own, in what the golden files do not have: groups with options of
 * their own, parameters without gradient now and then, a state dict saved and loaded on the way, and tensors that do
 * not lie row by row in memory.
 */
import { describe, expect, test } from "vitest";
import { type optim, SparseTensor, stack, Tensor, tensor } from "../../../src/index.js";
import { camelCase } from "../../../src/optim/state-dict.js";
import { createOptimizer, type StateDict } from "../../golden/optimizers.js";
import { missing } from "../../requirements.js";
import {
  type Course,
  type Dtype,
  type Layout,
  type Run,
  runInTorch,
  type Step,
  type Values,
} from "./optimizer-runs.js";

const STEPS = 60;
const shapes = [[3, 4], [5], [], [0], [2, 1, 3], [2, 0]];
const adam = {
  lr: [0.01, 0.3],
  betas: [
    [0.9, 0.999],
    [0.5, 0.9],
    [0, 0.99],
  ],
  eps: [1e-8, 1e-3],
  weight_decay: [0, 0.1],
};
const flags = { maximize: [false, true] };

type Choices = Record<string, readonly unknown[]>;
/** Options of each optimizer, of which the runs choose. */
const optimizers: Record<string, Choices> = {
  SGD: { lr: [0.01, 0.2], momentum: [0.5, 0.9], dampening: [0, 0.3], weight_decay: [0, 0.1], ...flags },
  Adam: { ...adam, ...flags, amsgrad: [false, true] },
  AdamW: { ...adam, ...flags, amsgrad: [false, true] },
  SparseAdam: { lr: adam.lr, betas: adam.betas, eps: adam.eps, ...flags },
  Adamax: { ...adam, ...flags },
  NAdam: { ...adam, ...flags, momentum_decay: [0.004, 0.1] },
  RAdam: { ...adam, ...flags },
  Adadelta: { lr: [1, 0.3], rho: [0.9, 0.5], eps: [1e-6, 1e-3], weight_decay: [0, 0.1], ...flags },
  Adagrad: {
    lr: [0.1, 0.5],
    lr_decay: [0, 0.1],
    weight_decay: [0, 0.1],
    initial_accumulator_value: [0, 0.5],
    eps: [1e-10, 1e-3],
    ...flags,
  },
  ASGD: {
    lr: [0.01, 0.2],
    lambd: [1e-4, 0.1],
    alpha: [0.75, 0.5],
    t0: [1e6, 20],
    weight_decay: [0, 0.1],
    ...flags,
  },
  RMSprop: {
    lr: [0.01, 0.1],
    alpha: [0.99, 0.5],
    eps: [1e-8, 1e-3],
    weight_decay: [0, 0.1],
    momentum: [0, 0.9],
    centered: [false, true],
    ...flags,
  },
  Rprop: {
    lr: [0.01, 0.1],
    etas: [
      [0.5, 1.2],
      [0.3, 2],
    ],
    step_sizes: [
      [1e-6, 50],
      [0.01, 0.2],
    ],
    ...flags,
  },
};

/** A small generator of random numbers in [0, 1), so that a run has the same numbers in every process. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

function makeRun(optimizer: string, dtype: Dtype, seed: number): Run {
  const random = generator(seed * 104729 + 17);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)];
  const sparse = optimizer === "SparseAdam";
  const number = (): number => (dtype === "float32" ? Math.fround(random() * 4 - 2) : random() * 4 - 2);
  const values = (shape: number[], layouts: readonly Layout[]): Values => {
    const layout = shape.length < 2 && layouts.length > 1 ? pick(["rows", "gaps"] as const) : pick(layouts);
    const count = shape.reduce((product, size) => product * size, 1);
    const shown = layout === "expanded" ? number() : undefined;
    return { shape, layout, values: Array.from({ length: count }, () => shown ?? number()) };
  };
  const rowsOf = (shape: number[]): Values => {
    // PyTorch 1.13 fails for a gradient without rows.
    const rows = Array.from({ length: 1 + Math.floor(random() * 4) }, () => Math.floor(random() * shape[0]));
    const width = shape.slice(1).reduce((product, size) => product * size, 1);
    return { shape, layout: "rows", rows, values: Array.from({ length: rows.length * width }, number) };
  };
  const options = (): Run["defaults"] => {
    const chosen = Object.entries(optimizers[optimizer]).filter(([name]) => name === "lr" || random() < 0.6);
    return Object.fromEntries(chosen.map(([name, list]) => [name, pick(list)])) as Run["defaults"];
  };
  const own = sparse ? [[6, 2], [5], [4, 1, 2], [6, 2], [3, 2], [7]] : shapes;
  const parameters = own.map((shape) => values(shape, ["rows", "columns", "gaps"]));
  const defaults = options();
  // PyTorch 1.13 has no maximize in NAdam and RAdam: there the gradients are turned for the whole run.
  const others = options();
  delete others.maximize;
  // In PyTorch the sum starts from the constructor's value in every group.
  delete others.initial_accumulator_value;
  const late = optimizer === "Adagrad" ? [] : [5];
  const reload = pick([2, 7, 30]);
  const steps = Array.from({ length: STEPS }, (_, t): Step => {
    const gradients = own.map((shape, k) => {
      if (random() < 0.15 || (k === 1 && t >= 20 && t < 35) || (late.includes(k) && t < 12)) return null;
      return sparse
        ? rowsOf(shape)
        : values(shape, shape.includes(0) ? ["rows"] : ["rows", "columns", "gaps", "expanded"]);
    });
    const step: Step = { gradients };
    if (t === 25) step.set = [{ group: 1, option: "lr", value: 0.05 }];
    if (t === 12 && late.length > 0) step.add = { parameters: late, options: others };
    if (t === reload) step.reload = true;
    return step;
  });
  const groups = [
    { parameters: [0, 2, 3], options: {} },
    { parameters: [1, 4, ...(late.length > 0 ? [] : [5])], options: others },
  ];
  return { optimizer, dtype, parameters, groups, defaults, steps };
}

function toTensor({ shape, values, layout, rows }: Values, dtype: Dtype): Tensor {
  if (rows) {
    const own = dtype === "float32" ? Float32Array.from(values) : Float64Array.from(values);
    return new SparseTensor(Uint32Array.from(rows), own, shape, dtype);
  }
  if (layout === "expanded") return tensor(values[0], { dtype }).expand(shape);
  const plain = tensor(values, { dtype }).reshape(shape);
  if (layout === "columns") return plain.transpose(0, -1).contiguous().transpose(0, -1);
  return layout === "gaps" ? stack([plain, plain], -1).select(-1, 1) : plain;
}

const numbers = (value: unknown): number[] =>
  value instanceof Tensor ? [...value.detach().toArray()].map(Number) : [value as number];

function runHere({ optimizer, dtype, parameters, groups, defaults, steps }: Run): Course {
  const own = parameters.map((given) => toTensor(given, dtype).detach().requiresGrad_());
  const group = ({ parameters: chosen, options }: Run["groups"][number]): object => ({
    params: chosen.map((k) => own[k]),
    ...Object.fromEntries(Object.entries(options).map(([name, value]) => [camelCase(name), value])),
  });
  let current = createOptimizer(optimizer, groups.map(group), defaults as never);
  const seen = steps.map(({ gradients, set, reload, add }) => {
    if (add) current.addParamGroup(group(add));
    for (const { group: k, option, value } of set ?? []) current.paramGroups[k][camelCase(option)] = value;
    if (reload) {
      const dict: StateDict = current.stateDict();
      current = createOptimizer(
        optimizer,
        current.paramGroups.map(({ params }) => ({ params })),
        {},
      );
      current.loadStateDict(dict);
    }
    for (const [k, gradient] of gradients.entries()) own[k].grad = gradient && toTensor(gradient, dtype);
    current.step();
    return own.map(numbers);
  });
  const { state } = current as unknown as optim.Optimizer<object, Record<string, unknown>>;
  const { state: written } = current.stateDict();
  const order = current.paramGroups.flatMap(({ params }) => params);
  return {
    parameters: seen,
    state: Object.fromEntries(
      own.map((parameter, k) => {
        const entries = state.has(parameter) ? written[order.indexOf(parameter)] : {};
        return [
          k,
          Object.fromEntries(Object.entries(entries).map(([name, value]) => [name, numbers(value)])),
        ];
      }),
    ),
  };
}

/** How far two numbers are from each other, in units of the larger of 1 and their size. */
const distance = (a: number, b: number): number =>
  Object.is(a, b) ? 0 : Math.abs(a - b) / Math.max(1, Math.abs(a), Math.abs(b));

const lacking: boolean = missing("python3-torch");
describe.skipIf(lacking)("runs beside PyTorch", () => {
  const runs = Object.keys(optimizers).flatMap((name) =>
    (["float64", "float32"] as const).flatMap((dtype) =>
      Array.from({ length: 12 }, (_, k) => makeRun(name, dtype, k + 1)),
    ),
  );
  const courses = lacking ? [] : runInTorch(runs);

  test.each(runs.map((run, k) => [run.optimizer, run.dtype, JSON.stringify(run.defaults), k] as const))(
    "%s, %s, %s",
    (_, dtype, __, k) => {
      const [own, wanted] = [runHere(runs[k]), courses[k]];
      const tolerance = dtype === "float64" ? 1e-12 : 1e-5;
      const check = (where: string, a: number[], b: number[]): void => {
        expect(a.length, where).toBe(b.length);
        for (const [i, value] of b.entries())
          if (!(distance(a[i], value) <= tolerance))
            throw new Error(`${where}[${i}] is ${a[i]}, PyTorch's ${value}`);
      };
      for (const [t, list] of wanted.parameters.entries())
        for (const [i, values] of list.entries())
          check(`step ${t}, parameter ${i}`, own.parameters[t][i], values);
      for (const [i, entries] of Object.entries(wanted.state)) {
        expect(Object.keys(own.state[i]).sort(), `state of parameter ${i}`).toEqual(
          Object.keys(entries).sort(),
        );
        for (const [name, values] of Object.entries(entries))
          check(`${name} of parameter ${i}`, own.state[i][name], values);
      }
    },
  );
});
