import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { optim, Tensor } from "../../../src/index.js";
import { rates, twoGroups } from "./schedulers.js";

const { lrScheduler } = optim;
const parameter = (): Tensor => Tensor.zeros([1], "float32").requiresGrad_();
const sgd = (lr = 1): optim.SGD => new optim.SGD([parameter()], { lr, momentum: 0.9 });
type Optimizer = optim.lrScheduler.ScheduledOptimizer;
type Scheduler = optim.lrScheduler.LRScheduler;
const lrs = (make: (optimizer: Optimizer) => Scheduler, steps: number, lr = 1): number[] =>
  lrScheduler.schedule(make, steps, { lr }).lr;

const expectClose = (values: number[], expected: number[]): void => {
  for (const [k, value] of expected.entries()) expect(values[k]).toBeCloseTo(value, 12);
};

describe("bad input", () => {
  const no = undefined as never;
  it.each<[string, (o: optim.SGD) => unknown, string]>([
    ["LambdaLR: too few", (o) => new lrScheduler.LambdaLR(o, [() => 1]), "Expected 2 lr_lambdas, but got 1"],
    [
      "LambdaLR: no function",
      (o) => new lrScheduler.LambdaLR(o, 3 as never),
      "lr_lambda should be a function, but got number",
    ],
    [
      "MultiplicativeLR: no function",
      (o) => new lrScheduler.MultiplicativeLR(o, [() => 1, "x" as never]),
      "lr_lambda should be a function, but got string",
    ],
    ["StepLR: size 0", (o) => new lrScheduler.StepLR(o, 0), "StepLR: stepSize must be an integer ≥ 1, not 0"],
    [
      "StepLR: no size",
      (o) => new lrScheduler.StepLR(o, no),
      "StepLR: stepSize must be an integer ≥ 1, not undefined",
    ],
    [
      "StepLR: NaN",
      (o) => new lrScheduler.StepLR(o, 1, Number.NaN),
      "StepLR: gamma must be a finite number, not NaN",
    ],
    [
      "MultiStepLR: no list",
      (o) => new lrScheduler.MultiStepLR(o, 5 as never),
      "milestones must be a list of epochs",
    ],
    [
      "ConstantLR",
      (o) => new lrScheduler.ConstantLR(o, 1.5),
      "Constant multiplicative factor expected to be between 0 and 1.",
    ],
    [
      "ConstantLR: NaN",
      (o) => new lrScheduler.ConstantLR(o, Number.NaN),
      "Constant multiplicative factor expected to be between 0 and 1.",
    ],
    [
      "LinearLR: start 0",
      (o) => new lrScheduler.LinearLR(o, 0),
      "Starting multiplicative factor expected to be greater than 0 and less or equal to 1.",
    ],
    [
      "LinearLR: end",
      (o) => new lrScheduler.LinearLR(o, 0.5, -1),
      "Ending multiplicative factor expected to be between 0 and 1.",
    ],
    [
      "CosineAnnealingLR",
      (o) => new lrScheduler.CosineAnnealingLR(o, 0),
      "CosineAnnealingLR: TMax must be a number > 0, not 0",
    ],
    [
      "WarmRestarts: T0",
      (o) => new lrScheduler.CosineAnnealingWarmRestarts(o, 0),
      "Expected positive integer T_0, but got 0",
    ],
    [
      "WarmRestarts: TMult",
      (o) => new lrScheduler.CosineAnnealingWarmRestarts(o, 2, 0.5),
      "Expected integer T_mult >= 1, but got 0.5",
    ],
    [
      "WarmRestarts: epoch",
      (o) => new lrScheduler.CosineAnnealingWarmRestarts(o, 2).step(-1),
      "Expected non-negative epoch, but got -1",
    ],
    [
      "ChainedScheduler: none",
      () => new lrScheduler.ChainedScheduler([]),
      "ChainedScheduler expects at least one scheduler to be chained, but got no scheduler.",
    ],
    [
      "ChainedScheduler: plateau",
      (o) => new lrScheduler.ChainedScheduler([new lrScheduler.ReduceLROnPlateau(o)]),
      "does not support ReduceLROnPlateau scheduler",
    ],
    [
      "ChainedScheduler: two optimizers",
      (o) =>
        new lrScheduler.ChainedScheduler([new lrScheduler.StepLR(o, 1), new lrScheduler.StepLR(sgd(), 1)]),
      "ChainedScheduler expects all schedulers to belong to the same optimizer, but got scheduler StepLR at index 1",
    ],
    [
      "SequentialLR: milestones",
      (o) => new lrScheduler.SequentialLR(o, [new lrScheduler.StepLR(o, 1)], [3]),
      "Sequential Schedulers expects number of schedulers provided to be one more than the number of milestone points, but got number of schedulers 1 and the number of milestones to be equal to 1",
    ],
    [
      "SequentialLR: order",
      (o) =>
        new lrScheduler.SequentialLR(
          o,
          [1, 2, 3].map((k) => new lrScheduler.StepLR(o, k)),
          [3, 2],
        ),
      "milestones must increase, but they are 3, 2",
    ],
    [
      "ReduceLROnPlateau: factor",
      (o) => new lrScheduler.ReduceLROnPlateau(o, { factor: 1 }),
      "Factor should be < 1.0.",
    ],
    [
      "ReduceLROnPlateau: mode",
      (o) => new lrScheduler.ReduceLROnPlateau(o, "mean" as never),
      "mode mean is unknown!",
    ],
    [
      "ReduceLROnPlateau: threshold mode",
      (o) => new lrScheduler.ReduceLROnPlateau(o, { thresholdMode: "x" as never }),
      "threshold mode x is unknown!",
    ],
    [
      "ReduceLROnPlateau: min_lrs",
      (o) => new lrScheduler.ReduceLROnPlateau(o, { minLr: [0] }),
      "expected 2 min_lrs, got 1",
    ],
    [
      "ReduceLROnPlateau: no metric",
      (o) => new lrScheduler.ReduceLROnPlateau(o).step(),
      "step takes the metric",
    ],
    [
      "CyclicLR: mode",
      (o) => new lrScheduler.CyclicLR(o, 0.1, 1, { mode: "x" as never }),
      "mode is invalid and scale_fn is None",
    ],
    [
      "CyclicLR: groups",
      (o) => new lrScheduler.CyclicLR(o, [0.1], 1),
      "CyclicLR: expected 2 values for base_lr, got 1",
    ],
    [
      "CyclicLR: no momentum",
      () => new lrScheduler.CyclicLR(new optim.Adagrad([parameter()]), 0.1, 1),
      "optimizer must support momentum or beta1 with `cycle_momentum` option enabled",
    ],
    [
      "OneCycleLR: no steps",
      (o) => new lrScheduler.OneCycleLR(o, 1, { epochs: 3 }),
      "You must define either total_steps OR (epochs AND steps_per_epoch)",
    ],
    [
      "OneCycleLR: steps",
      (o) => new lrScheduler.OneCycleLR(o, 1, 0),
      "Expected positive integer total_steps, but got 0",
    ],
    [
      "OneCycleLR: epochs",
      (o) => new lrScheduler.OneCycleLR(o, 1, { epochs: 1.5, stepsPerEpoch: 2 }),
      "Expected positive integer epochs, but got 1.5",
    ],
    [
      "OneCycleLR: pct",
      (o) => new lrScheduler.OneCycleLR(o, 1, 9, { pctStart: 2 }),
      "Expected float between 0 and 1 pct_start, but got 2",
    ],
    [
      "OneCycleLR: strategy",
      (o) => new lrScheduler.OneCycleLR(o, 1, 9, { annealStrategy: "x" as never }),
      "anneal_strategy must be one of 'cos' or 'linear', instead got x",
    ],
    [
      "OneCycleLR: no momentum",
      () => new lrScheduler.OneCycleLR(new optim.Adagrad([parameter()]), 1, 9),
      "optimizer must support momentum or beta1",
    ],
    ["withWarmup", () => lrScheduler.withWarmup({} as never, 3), "withWarmup: expected a scheduler"],
    [
      "withWarmup: steps",
      (o) => lrScheduler.withWarmup(new lrScheduler.StepLR(o, 1), 0),
      "withWarmup: warmupSteps must be an integer ≥ 1, not 0",
    ],
    [
      "LinearWarmupCosineLR",
      (o) => new lrScheduler.LinearWarmupCosineLR(o, 5, 5),
      "totalSteps must be an integer ≥ 6, not 5",
    ],
  ])("%s", (_, make, message) => {
    const optimizer = twoGroups();
    const before = optimizer.stateDict().param_groups.map(({ lr, momentum }) => [lr, momentum]);
    expect(() => make(optimizer)).toThrow(message);
    const unchanged = !message.startsWith("Chained") && !message.includes("SequentialLR");
    if (unchanged)
      expect(optimizer.stateDict().param_groups.map(({ lr, momentum }) => [lr, momentum])).toEqual(before);
  });

  it("OneCycleLR: a step too many changes nothing", () => {
    const optimizer = twoGroups();
    const scheduler = new lrScheduler.OneCycleLR(optimizer, 1, 5);
    rates(optimizer, scheduler, 5);
    const before = [scheduler.stateDict(), optimizer.stateDict()];
    expect(() => scheduler.step()).toThrow("Tried to step 6 times. The specified number of total steps is 5");
    expect([scheduler.stateDict(), optimizer.stateDict()]).toEqual(before);
  });
});

describe("where PyTorch has a defect", () => {
  it("CosineAnnealingLR is exact for long periods, too", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 1, max: 6000 }), (period, epoch) => {
        const optimizer = sgd();
        const scheduler = new lrScheduler.CosineAnnealingLR(optimizer, period);
        const { lr } = scheduler.preview(epoch + 1);
        // cos of the distance to the lowest point, without cancellation.
        const exact = Math.sin((Math.PI * (period - (epoch % (2 * period)))) / (2 * period)) ** 2;
        expect(Math.abs((lr.at(-1) as number) - exact)).toBeLessThan(1e-12 * exact + 1e-24);
      }),
      { numRuns: 30 },
    );
  });

  it("CosineAnnealingWarmRestarts restarts where a logarithm rounds down", () => {
    const scheduler = new lrScheduler.CosineAnnealingWarmRestarts(sgd(), 1, 3);
    scheduler.advance(121);
    expect([scheduler.TCur, scheduler.Ti, scheduler.getLastLr()]).toEqual([0, 243, [1]]);
  });

  it("a given epoch and as many steps come to the same restarts", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 99 }),
        (T0, TMult, epoch) => {
          const [stepped, sent] = [0, 1].map(
            () => new lrScheduler.CosineAnnealingWarmRestarts(sgd(), T0, TMult),
          );
          for (let k = 0; k < epoch; k++) stepped.advance();
          sent.advance(epoch);
          expect([sent.TCur, sent.Ti, sent.lastEpoch]).toEqual([stepped.TCur, stepped.Ti, stepped.lastEpoch]);
        },
      ),
    );
  });

  it("ConstantLR with factor 0 returns to the full rate", () => {
    expect(lrs((o) => new lrScheduler.ConstantLR(o, 0, 2), 5)).toEqual([0, 0, 1, 1, 1]);
  });

  it("LinearLR to 0 ends at 0", () => {
    for (let total = 1; total < 50; total++)
      expect(lrs((o) => new lrScheduler.LinearLR(o, 1, 0, total), total + 3).slice(-3)).toEqual([0, 0, 0]);
  });

  it("SequentialLR has its rates from the start", () => {
    const optimizer = sgd();
    const parts = [
      new lrScheduler.ConstantLR(optimizer, 0.1, 9),
      new lrScheduler.ExponentialLR(optimizer, 0.5),
    ];
    expect(new lrScheduler.SequentialLR(optimizer, parts, [2]).getLastLr()).toEqual([0.1]);
  });

  it("SequentialLR with a milestone of 0 begins with the second scheduler", () => {
    expect(
      lrs(
        (o) =>
          new lrScheduler.SequentialLR(
            o,
            [new lrScheduler.ConstantLR(o, 0.1, 9), new lrScheduler.ExponentialLR(o, 0.5)],
            [0],
          ),
        3,
      ),
    ).toEqual([1, 0.5, 0.25]);
  });

  it("SequentialLR: what comes later does not change where the first one starts", () => {
    const make = (o: Optimizer): Scheduler =>
      new lrScheduler.SequentialLR(
        o,
        [new lrScheduler.LinearLR(o, 0.5, 1, 2), new lrScheduler.OneCycleLR(o, 10, 5)],
        [2],
      );
    const [a, b, c, d] = lrs(make, 4);
    expect([a, b]).toEqual([0.5, 0.75]);
    expect(c).toBeCloseTo(10 / 25, 12);
    expect(d).toBeGreaterThan(c);
  });

  it("a sequence in a sequence begins at its own beginning", () => {
    const make = (o: Optimizer): Scheduler =>
      new lrScheduler.SequentialLR(
        o,
        [
          new lrScheduler.SequentialLR(
            o,
            [new lrScheduler.ConstantLR(o, 0.5, 9), new lrScheduler.ExponentialLR(o, 0.5)],
            [2],
          ),
          new lrScheduler.SequentialLR(
            o,
            [new lrScheduler.LinearLR(o, 0.25, 1, 2), new lrScheduler.StepLR(o, 1, 0.1)],
            [2],
          ),
        ],
        [4],
      );
    const values = lrs(make, 8);
    expectClose(values, [0.5, 0.5, 1, 0.5, 0.25, 0.625, 1, 0.1]);
  });

  it("ReduceLROnPlateau has its rates from the start, and lowest ones for groups that are added later", () => {
    const optimizer = sgd();
    const scheduler = new lrScheduler.ReduceLROnPlateau(optimizer, { patience: 0, factor: 0.1, minLr: 0.5 });
    expect(scheduler.getLastLr()).toEqual([1]);
    optimizer.addParamGroup({ params: [parameter()], lr: 4 });
    optimizer.step();
    for (const metric of [1, 1, 1]) scheduler.step(metric);
    expect(scheduler.getLastLr()).toEqual([0.5, 0.5]);
    const listed = new lrScheduler.ReduceLROnPlateau(optimizer, { minLr: [0, 0] });
    optimizer.addParamGroup({ params: [parameter()] });
    expect(() => listed.step(1)).toThrow(
      "The number of param groups in the `optimizer` (3) differs from when",
    );
  });

  it("OneCycleLR without a rising part starts at the top", () => {
    expect(lrs((o) => new lrScheduler.OneCycleLR(o, 2, 4, { pctStart: 0.25 }), 1)).toEqual([2]);
  });
});

describe("momentum", () => {
  it("is β1 in the family of Adam, and left alone on request", () => {
    const adam = new optim.Adam([parameter()], { lr: 1, betas: [0.7, 0.99] });
    new lrScheduler.OneCycleLR(adam, 1, 10);
    expect(adam.paramGroups[0].betas).toEqual([0.95, 0.99]);
    const other = new optim.Adam([parameter()], { lr: 1, betas: [0.7, 0.99] });
    new lrScheduler.CyclicLR(other, 0.1, 1, { stepSizeUp: 2, cycleMomentum: false });
    expect(other.paramGroups[0].betas).toEqual([0.7, 0.99]);
  });

  it("ReduceLROnPlateau takes a tensor, and NaN is no improvement", () => {
    const optimizer = sgd();
    const scheduler = new lrScheduler.ReduceLROnPlateau(optimizer, { patience: 0 });
    optimizer.step();
    scheduler.step(Tensor.full([], 3, "float32"));
    expect(scheduler.best).toBe(3);
    scheduler.step(Number.NaN);
    expect(scheduler.getLastLr()).toEqual([0.1]);
  });
});

describe("warm-up", () => {
  it("goes in a straight line to the first rate of what follows", () => {
    const values = lrs((o) => lrScheduler.withWarmup(new lrScheduler.StepLR(o, 2, 0.1), 4), 8);
    expectClose(values, [0.2, 0.4, 0.6, 0.8, 1, 1, 0.1, 0.1]);
  });

  it("and a cosine: up, down, and no further", () => {
    const values = lrs((o) => new lrScheduler.LinearWarmupCosineLR(o, 4, 8, { etaMin: 0.2 }), 11);
    const half = (x: number): number => 0.2 + 0.8 * (0.5 + 0.5 * Math.cos(Math.PI * x));
    expectClose(values, [0.2, 0.4, 0.6, 0.8, 1, half(0.25), half(0.5), half(0.75), 0.2, 0.2, 0.2]);
    expect(lrs((o) => new lrScheduler.LinearWarmupCosineLR(o, 0, 2), 3)).toEqual([1, 0.5, 0]);
    expect(lrs((o) => new lrScheduler.LinearWarmupCosineLR(o, 2, 9, 0), 2)).toEqual([0, 0.5]);
  });
});
