import fc from "fast-check";
import {
  ADOPT,
  Adadelta,
  Adagrad,
  Adam,
  Adamax,
  AdamWScheduleFree,
  Adan,
  ASGD,
  LAMB,
  LARS,
  Lion,
  NAdam,
  Prodigy,
  RAdam,
  RMSprop,
  Rprop,
  type Rule,
  SGD,
  SGDScheduleFree,
  SophiaG,
} from "../../src/optim/index.js";

export const sgdRule: Rule = SGD.rule;
export const adamRule: Rule = Adam.rule;

const lr = fc.constantFrom(0, 0.01, 0.1);
const weightDecay = fc.constantFrom(0, 0, 0.05);
const maximize = fc.boolean();
const betas: fc.Arbitrary<[number, number]> = fc.constantFrom<[number, number][]>(
  [0.9, 0.999],
  [0, 0.9],
  [0.5, 0],
);
const eps = fc.constantFrom(1e-8, 1e-3);
const decoupledWeightDecay = fc.boolean();
const common = { lr, weightDecay, maximize };
const adamLike = { ...common, betas, eps };

/** All options of SGD that its checks allow. */
export const sgdOptions: fc.Arbitrary<{
  lr: number;
  momentum: number;
  dampening: number;
  weightDecay: number;
  nesterov: boolean;
  maximize: boolean;
}> = fc
  .record({
    ...common,
    momentum: fc.constantFrom(0, 0.5, 0.9),
    dampening: fc.constantFrom(0, 0.3),
    nesterov: fc.boolean(),
  })
  .map((options) => ({
    ...options,
    nesterov: options.nesterov && options.momentum > 0 && options.dampening === 0,
  }));

export const adamOptions: fc.Arbitrary<{
  lr: number;
  betas: [number, number];
  eps: number;
  weightDecay: number;
  amsgrad: boolean;
  maximize: boolean;
  decoupledWeightDecay: boolean;
}> = fc.record({ ...adamLike, amsgrad: fc.boolean(), decoupledWeightDecay });

export type Options = Record<string, unknown>;

/** The names that a rule gives to its options, by symbol: what a formula is evaluated with. */
export type Symbols = Record<string, string>;

const adamSymbols: Symbols = { γ: "lr", β1: "betas[0]", β2: "betas[1]", ε: "eps", λ: "weightDecay" };
const warmupSteps = fc.constantFrom(0, 3);

/** Every optimizer that is a rule: its rule, options that its checks allow, and what its symbols stand for. */
export const rules: [name: string, rule: Rule, options: fc.Arbitrary<Options>, symbols: Symbols][] = [
  ["SGD", SGD.rule, sgdOptions, { γ: "lr", μ: "momentum", τ: "dampening", λ: "weightDecay" }],
  ["Adam", Adam.rule, adamOptions, adamSymbols],
  ["Adamax", Adamax.rule, fc.record(adamLike), adamSymbols],
  [
    "NAdam",
    NAdam.rule,
    fc.record({ ...adamLike, decoupledWeightDecay, momentumDecay: fc.constantFrom(0, 0.004, 0.1) }),
    { ...adamSymbols, ψ: "momentumDecay" },
  ],
  [
    "RAdam",
    RAdam.rule,
    fc.record({
      ...adamLike,
      decoupledWeightDecay,
      betas: fc.constantFrom([0.9, 0.999], [0, 0.9], [0.5, 0.5]),
    }),
    adamSymbols,
  ],
  [
    "Adadelta",
    Adadelta.rule,
    fc.record({ ...common, rho: fc.constantFrom(0.9, 0.5, 1), eps: fc.constantFrom(1e-6, 1e-3) }),
    { γ: "lr", ρ: "rho", ε: "eps", λ: "weightDecay" },
  ],
  [
    "Adagrad",
    Adagrad.rule,
    fc.record({
      ...common,
      lrDecay: fc.constantFrom(0, 0.5),
      initialAccumulatorValue: fc.constantFrom(0, 0.1),
      eps,
    }),
    { γ: "lr", η: "lrDecay", λ: "weightDecay", τ: "initialAccumulatorValue", ε: "eps" },
  ],
  [
    "ASGD",
    ASGD.rule,
    fc.record({
      ...common,
      lambd: fc.constantFrom(1e-4, 0.1),
      alpha: fc.constantFrom(0.75, 0),
      t0: fc.constantFrom(1e6, 1, 0),
    }),
    { γ: "lr", λ: "lambd", α: "alpha", ω: "weightDecay", t0: "t0" },
  ],
  [
    "RMSprop",
    RMSprop.rule,
    fc.record({
      ...common,
      alpha: fc.constantFrom(0.99, 0.5),
      eps,
      momentum: fc.constantFrom(0, 0.9),
      centered: fc.boolean(),
    }),
    { γ: "lr", α: "alpha", ε: "eps", λ: "weightDecay", μ: "momentum" },
  ],
  [
    "Rprop",
    Rprop.rule,
    fc.record({
      lr,
      maximize,
      etas: fc.constantFrom([0.5, 1.2], [0.9, 3]),
      stepSizes: fc.constantFrom([1e-6, 50], [0.02, 0.05]),
    }),
    { γ: "lr", η_minus: "etas[0]", η_plus: "etas[1]", Γ_min: "stepSizes[0]", Γ_max: "stepSizes[1]" },
  ],
  [
    "Lion",
    Lion.rule,
    fc.record({ ...common, betas }),
    { γ: "lr", β1: "betas[0]", β2: "betas[1]", λ: "weightDecay" },
  ],
  ["LAMB", LAMB.rule, fc.record(adamLike), adamSymbols],
  [
    "LARS",
    LARS.rule,
    fc.record({ ...common, momentum: fc.constantFrom(0, 0.9), trustCoefficient: fc.constantFrom(0.001, 1) }),
    { γ: "lr", μ: "momentum", λ: "weightDecay", η: "trustCoefficient" },
  ],
  [
    "Adan",
    Adan.rule,
    fc.record({ ...common, eps, betas: fc.constantFrom([0.02, 0.08, 0.01], [0.5, 1, 0.9]) }),
    { ...adamSymbols, β3: "betas[2]" },
  ],
  ["ADOPT", ADOPT.rule, fc.record({ ...adamLike, clip: fc.boolean() }), adamSymbols],
  [
    "SophiaG",
    SophiaG.rule,
    fc.record({ ...adamLike, rho: fc.constantFrom(0.05, 1) }),
    { γ: "lr", β1: "betas[0]", ρ: "rho", ε: "eps", λ: "weightDecay" },
  ],
  [
    "SGDScheduleFree",
    SGDScheduleFree.rule,
    fc.record({ ...common, warmupSteps, momentum: fc.constantFrom(0.9, 0.5) }),
    { γ: "lr", β: "momentum", λ: "weightDecay", W: "warmupSteps" },
  ],
  [
    "AdamWScheduleFree",
    AdamWScheduleFree.rule,
    fc.record({ ...adamLike, warmupSteps }),
    { ...adamSymbols, W: "warmupSteps" },
  ],
  [
    "Prodigy",
    Prodigy.rule,
    fc.record({ ...adamLike, d0: fc.constantFrom(1e-6, 0.1) }),
    { ...adamSymbols, δ: "d0" },
  ],
];

/** The value of `betas[0]` and the like. */
export function optionAt(options: Options, path: string): number {
  const [, name, index] = /^(\w+)(?:\[(\d)\])?$/.exec(path)!;
  const value = options[name];
  return index === undefined ? (value as number) : (value as number[])[Number(index)];
}
