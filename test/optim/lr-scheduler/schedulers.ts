import { optim, Tensor } from "../../../src/index.js";

const { lrScheduler } = optim;
type Optimizer = optim.lrScheduler.ScheduledOptimizer;
type Make = (optimizer: Optimizer) => optim.lrScheduler.LRScheduler;

/** Two groups with rates of their own, and a momentum. */
export function twoGroups(momentum = 0.9): optim.SGD {
  const parameter = (): Tensor => Tensor.zeros([2], "float32").requiresGrad_();
  return new optim.SGD([{ params: [parameter()], lr: 0.1 }, { params: [parameter()] }], {
    lr: 0.02,
    momentum,
  });
}

/** One of each, with the entries that PyTorch's state dict has besides those that all have. */
export const schedulers: Readonly<Record<string, { make: Make; entries: string[] }>> = {
  LambdaLR: { make: (o) => new lrScheduler.LambdaLR(o, (t) => 0.9 ** t), entries: ["lr_lambdas"] },
  MultiplicativeLR: { make: (o) => new lrScheduler.MultiplicativeLR(o, () => 0.9), entries: ["lr_lambdas"] },
  StepLR: { make: (o) => new lrScheduler.StepLR(o, 3, 0.5), entries: ["step_size", "gamma"] },
  MultiStepLR: {
    make: (o) => new lrScheduler.MultiStepLR(o, [2, 2, 7], 0.5),
    entries: ["milestones", "gamma"],
  },
  ConstantLR: { make: (o) => new lrScheduler.ConstantLR(o, 0.5, 4), entries: ["factor", "total_iters"] },
  LinearLR: {
    make: (o) => new lrScheduler.LinearLR(o, 0.2, 1, 8),
    entries: ["start_factor", "end_factor", "total_iters"],
  },
  ExponentialLR: { make: (o) => new lrScheduler.ExponentialLR(o, 0.9), entries: ["gamma"] },
  PolynomialLR: { make: (o) => new lrScheduler.PolynomialLR(o, 9, 2), entries: ["total_iters", "power"] },
  CosineAnnealingLR: {
    make: (o) => new lrScheduler.CosineAnnealingLR(o, 6, 0.001),
    entries: ["T_max", "eta_min"],
  },
  CosineAnnealingWarmRestarts: {
    make: (o) => new lrScheduler.CosineAnnealingWarmRestarts(o, 3, 2),
    entries: ["T_0", "T_i", "T_mult", "eta_min", "T_cur"],
  },
  CyclicLR: {
    make: (o) => new lrScheduler.CyclicLR(o, 0.01, 0.1, 3, 4, "triangular2"),
    entries: [
      "max_lrs",
      "total_size",
      "step_ratio",
      "mode",
      "gamma",
      "scale_mode",
      "cycle_momentum",
      "base_momentums",
      "max_momentums",
    ],
  },
  OneCycleLR: {
    make: (o) => new lrScheduler.OneCycleLR(o, [0.1, 0.3], 20),
    entries: ["total_steps", "_schedule_phases", "_anneal_func_type", "cycle_momentum", "use_beta1"],
  },
  SWALR: {
    make: (o) => new optim.swaUtils.SWALR(o, 0.05, 6),
    entries: ["anneal_epochs", "_anneal_func_type"],
  },
  LinearWarmupCosineLR: {
    make: (o) => new lrScheduler.LinearWarmupCosineLR(o, 4, 15, { etaMin: 0.001 }),
    entries: ["warmup_steps", "total_steps", "start_factor", "eta_min"],
  },
};

/** Schedulers made of others. */
export const composed: Readonly<Record<string, Make>> = {
  ChainedScheduler: (o) =>
    new lrScheduler.ChainedScheduler([
      new lrScheduler.ConstantLR(o, 0.1, 3),
      new lrScheduler.ExponentialLR(o, 0.9),
    ]),
  SequentialLR: (o) =>
    new lrScheduler.SequentialLR(
      o,
      [
        new lrScheduler.LinearLR(o, 0.2, 1, 4),
        new lrScheduler.CosineAnnealingLR(o, 6),
        new lrScheduler.StepLR(o, 2),
      ],
      [4, 9],
    ),
  "a chain in a sequence": (o) =>
    new lrScheduler.SequentialLR(
      o,
      [
        new lrScheduler.ExponentialLR(o, 0.5),
        new lrScheduler.ChainedScheduler([
          new lrScheduler.LinearLR(o, 0.5, 1, 5),
          new lrScheduler.ExponentialLR(o, 0.9),
        ]),
      ],
      [3],
    ),
  "a sequence in a sequence": (o) =>
    new lrScheduler.SequentialLR(
      o,
      [
        new lrScheduler.ExponentialLR(o, 0.5),
        new lrScheduler.SequentialLR(
          o,
          [new lrScheduler.LinearLR(o, 0.5, 1, 3), new lrScheduler.ExponentialLR(o, 0.9)],
          [3],
        ),
      ],
      [3],
    ),
  withWarmup: (o) => lrScheduler.withWarmup(new lrScheduler.OneCycleLR(o, 0.1, 20), 4),
};

export const all: [string, Make][] = [
  ...Object.entries(schedulers).map(([name, { make }]): [string, Make] => [name, make]),
  ...Object.entries(composed),
];

/** The rates of all groups after 0, 1, … steps. */
export function rates(
  optimizer: optim.SGD,
  scheduler: optim.lrScheduler.LRScheduler,
  steps: number,
): number[][] {
  const list = [optimizer.paramGroups.map(({ lr }) => lr)];
  for (let k = 0; k < steps; k++) {
    optimizer.step();
    scheduler.step();
    list.push(optimizer.paramGroups.map(({ lr }) => lr));
  }
  return list;
}
