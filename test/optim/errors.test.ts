import { describe, expect, it } from "vitest";
import { nn, optim, tensor } from "../../src/index.js";

type Make = new (params: unknown[], options: object) => unknown;

const nonnegative: Record<string, string> = {
  lr: "Invalid learning rate",
  eps: "Invalid epsilon value",
  weightDecay: "Invalid weight_decay value",
  momentum: "Invalid momentum value",
  momentumDecay: "Invalid momentum_decay value",
  lrDecay: "Invalid lr_decay value",
  initialAccumulatorValue: "Invalid initial_accumulator_value value",
  lambd: "Invalid lambd value",
  alpha: "Invalid alpha value",
  trustCoefficient: "Invalid trust_coefficient value",
  warmupSteps: "Invalid warmup_steps value",
};

/** What each optimizer checks: options ≥ 0, and whether it has two betas in [0, 1). */
const checks: [name: string, options: string[], betas: boolean][] = [
  ["AdamW", ["lr", "eps", "weightDecay"], true],
  ["Adamax", ["lr", "eps", "weightDecay"], true],
  ["NAdam", ["lr", "eps", "weightDecay", "momentumDecay"], true],
  ["RAdam", ["lr", "eps", "weightDecay"], true],
  ["Adadelta", ["lr", "eps", "weightDecay"], false],
  ["Adagrad", ["lr", "lrDecay", "weightDecay", "initialAccumulatorValue", "eps"], false],
  ["ASGD", ["lr", "lambd", "alpha", "weightDecay"], false],
  ["RMSprop", ["lr", "alpha", "eps", "weightDecay", "momentum"], false],
  ["Rprop", ["lr"], false],
  ["Lion", ["lr", "weightDecay"], true],
  ["LAMB", ["lr", "eps", "weightDecay"], true],
  ["LARS", ["lr", "momentum", "weightDecay", "trustCoefficient"], false],
  ["Adan", ["lr", "eps", "weightDecay"], false],
  ["ADOPT", ["lr", "eps", "weightDecay"], true],
  ["SophiaG", ["lr", "eps", "weightDecay"], true],
  ["SGDScheduleFree", ["lr", "weightDecay", "warmupSteps"], false],
  ["AdamWScheduleFree", ["lr", "eps", "weightDecay", "warmupSteps"], true],
  ["Prodigy", ["lr", "eps", "weightDecay"], true],
];

const make = (name: string, options: object): unknown =>
  new (optim as unknown as Record<string, Make>)[name]([tensor([1], { requiresGrad: true })], options);

describe.each(checks)("%s refuses", (name, options, betas) => {
  it.each(options)("%s below 0, or none", (option) => {
    for (const value of [-1, Number.NaN, "1"])
      expect(() => make(name, { [option]: value })).toThrow(`${nonnegative[option]}: ${value}`);
    expect(() => make(name, { [option]: 0 })).not.toThrow();
  });

  if (betas)
    it("betas outside [0, 1)", () => {
      expect(() => make(name, { betas: [1, 0.5] })).toThrow("Invalid beta parameter at index 0: 1");
      expect(() => make(name, { betas: [0.5, Number.NaN] })).toThrow(
        "Invalid beta parameter at index 1: NaN",
      );
      expect(() => make(name, { betas: [0.5] })).toThrow("Invalid betas: 0.5");
    });

  it("an unknown option", () => {
    expect(() => make(name, { weight_decay: 0 })).toThrow(`${name}: unknown option "weight_decay"`);
  });
});

describe("refuses", () => {
  it.each<[string, object, string]>([
    ["Adadelta", { rho: 1.1 }, "Invalid rho value: 1.1"],
    ["Adadelta", { rho: Number.NaN }, "Invalid rho value: NaN"],
    ["ASGD", { t0: Number.NaN }, "Invalid t0 value: NaN"],
    ["Rprop", { etas: [1, 0.5] }, "Invalid eta values: 1, 0.5"],
    ["Rprop", { etas: [0.5, Number.NaN] }, "Invalid eta values: 0.5, NaN"],
    ["Rprop", { etas: 0.5 }, "Invalid eta values: 0.5"],
    ["Rprop", { stepSizes: [1, 0.5] }, "Invalid step sizes: 1, 0.5"],
    ["Adan", { betas: [0.1, 0.2] }, "Invalid betas: 0.1, 0.2; betas must be three numbers"],
    ["Adan", { betas: [0.1, 0.2, 2] }, "Invalid beta parameter at index 2: 2"],
    ["SGDScheduleFree", { momentum: 0 }, "Invalid momentum value: 0"],
    ["Prodigy", { d0: 0 }, "Invalid d0 value: 0"],
    ["SophiaG", { rho: -1 }, "Invalid rho value: -1"],
    ["SGD", { lr: tensor([1, 2]) }, "Tensor lr must be 1-element, but it has shape [2]"],
  ])("%s %j", (name, options, message) => {
    expect(() => make(name, options)).toThrow(message);
  });
});

describe("sparse gradients", () => {
  const step = (name: string, options: object): unknown => {
    const embedding = new nn.Embedding(3, 2, { sparse: true });
    const optimizer = new (optim as unknown as Record<string, Make>)[name]([embedding.weight], options);
    embedding
      .forward(tensor([0, 1], { dtype: "int64" }))
      .sum()
      .backward();
    return (optimizer as optim.SGD).step();
  };

  it.each(["SGD", "Adagrad", "SparseAdam"])("%s takes them", (name) => {
    expect(() => step(name, {})).not.toThrow();
  });

  it.each([
    ...checks.map(([name]) => name).filter((name) => name !== "Adagrad"),
    ...["Adam", "Adafactor", "Muon", "SOAP"],
  ])("%s says that it does not, and that SparseAdam does", (name) => {
    expect(() => step(name, {})).toThrow(
      `${name} does not support sparse gradients, please consider SparseAdam instead`,
    );
  });

  it("Adagrad takes none where weights decay", () => {
    expect(() => step("Adagrad", { weightDecay: 0.1 })).toThrow(
      "weight_decay option is not compatible with sparse gradients",
    );
  });
});
