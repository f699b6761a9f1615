import { afterEach, describe, expect, it, vi } from "vitest";
import { optim, Tensor } from "../../../src/index.js";
import { all, rates, schedulers, twoGroups } from "./schedulers.js";

const { lrScheduler } = optim;

afterEach(() => {
  vi.restoreAllMocks();
});

const momenta = (optimizer: optim.SGD): number[] => optimizer.paramGroups.map(({ momentum }) => momentum);

describe("a training that is resumed", () => {
  const fresh = (make: (typeof all)[number][1]): [optim.SGD, optim.lrScheduler.LRScheduler] => {
    const optimizer = twoGroups();
    return [optimizer, make(optimizer)];
  };
  const orders = [
    "scheduler's first",
    "optimizer's first",
    "optimizer's before the scheduler is made",
    "scheduler's alone",
  ];

  for (const [name, make] of all)
    it.each(orders)(`${name}: goes on as if nothing had happened, state dicts loaded: %s`, (order) => {
      const [optimizer, scheduler] = fresh(make);
      const expected = rates(optimizer, scheduler, 12);
      for (let stop = 0; stop < 12; stop++) {
        const [before, schedulerBefore] = fresh(make);
        rates(before, schedulerBefore, stop);
        const saved = JSON.parse(JSON.stringify(schedulerBefore.stateDict()));
        const options = before.stateDict();

        const after = twoGroups();
        if (order === orders[2]) after.loadStateDict(options);
        const schedulerAfter = make(after);
        if (order === orders[1]) after.loadStateDict(options);
        schedulerAfter.loadStateDict(saved);
        if (order === orders[0]) after.loadStateDict(options);

        expect(schedulerAfter.getLastLr()).toEqual(schedulerBefore.getLastLr());
        expect(rates(after, schedulerAfter, 12 - stop)).toEqual(expected.slice(stop));
        expect(momenta(after)).toEqual(momenta(optimizer));
      }
    });
});

describe("preview", () => {
  it.each(all)("%s: tells what is to come, and leaves everything as it is", (_, make) => {
    const optimizer = twoGroups();
    const scheduler = make(optimizer);
    rates(optimizer, scheduler, 5);
    const [state, options] = [scheduler.stateDict(), optimizer.stateDict()];
    const preview = scheduler.preview(8);
    expect(scheduler.stateDict()).toEqual(state);
    expect(optimizer.stateDict()).toEqual(options);
    expect(preview.steps).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    const coming = rates(optimizer, scheduler, 7);
    expect(preview.groups.map(({ lr }) => lr)).toEqual([0, 1].map((k) => coming.map((row) => row[k])));
    expect(preview.lr).toEqual(preview.groups[0].lr);
  });

  it("of a schedule needs no model", () => {
    const { steps, lr, momentum } = lrScheduler.schedule((o) => new lrScheduler.OneCycleLR(o, 0.1, 10), 10);
    expect(steps).toHaveLength(10);
    expect(Math.max(...lr)).toBeCloseTo(0.1, 12);
    expect(Math.min(...(momentum as number[]))).toBeCloseTo(0.85, 12);
  });

  it("of a plateau takes the metrics", () => {
    const make = (o: optim.lrScheduler.ScheduledOptimizer): optim.lrScheduler.LRScheduler =>
      new lrScheduler.ReduceLROnPlateau(o, { patience: 1, factor: 0.5 });
    expect(lrScheduler.schedule(make, [3, 2, 2, 2, 2, 2]).lr).toEqual([1, 1, 1, 1, 0.5, 0.5, 0.25]);
    expect(() => lrScheduler.schedule(make, 5)).toThrow("the rates depend on the metrics");
  });

  it("refuses a number of steps that is none", () => {
    expect(() => lrScheduler.schedule((o) => new lrScheduler.StepLR(o, 1), 0)).toThrow(
      "StepLR: the number of steps must be an integer ≥ 1, not 0",
    );
  });
});

describe("state dicts", () => {
  const common = [
    "_get_lr_called_within_step",
    "_is_initial",
    "_last_lr",
    "_step_count",
    "base_lrs",
    "last_epoch",
  ];

  it.each(Object.entries(schedulers))("%s: has PyTorch's entries", (_, { make, entries }) => {
    expect(Object.keys(make(twoGroups()).stateDict()).sort()).toEqual([...common, ...entries].sort());
  });

  it("of a composed scheduler hold those of its parts", () => {
    const optimizer = twoGroups();
    const parts = [new lrScheduler.StepLR(optimizer, 1), new lrScheduler.ExponentialLR(optimizer, 0.5)];
    expect(new lrScheduler.ChainedScheduler(parts).stateDict()).toEqual({
      _last_lr: [0.1, 0.02],
      _schedulers: parts.map((part) => part.stateDict()),
    });
    expect(Object.keys(new lrScheduler.SequentialLR(optimizer, parts, [3]).stateDict()).sort()).toEqual(
      ["_last_lr", "_milestones", "_schedulers", "last_epoch"].sort(),
    );
  });

  it("of ReduceLROnPlateau", () => {
    expect(new lrScheduler.ReduceLROnPlateau(twoGroups()).stateDict()).toEqual({
      _get_lr_called_within_step: false,
      _last_lr: [0.1, 0.02],
      best: Infinity,
      cooldown: 0,
      cooldown_counter: 0,
      default_min_lr: 0,
      eps: 1e-8,
      factor: 0.1,
      last_epoch: 0,
      min_lrs: [0, 0],
      mode: "min",
      mode_worse: Infinity,
      num_bad_epochs: 0,
      patience: 10,
      threshold: 1e-4,
      threshold_mode: "rel",
    });
  });

  it("written by PyTorch 1.13 are read", () => {
    const optimizer = twoGroups();
    const scheduler = new lrScheduler.MultiStepLR(optimizer, [3], 0.5);
    scheduler.loadStateDict({
      milestones: { 3: 2, 5: 1 },
      gamma: 0.1,
      base_lrs: [0.1, 0.02],
      last_epoch: 2,
      verbose: false,
      _step_count: 3,
      _get_lr_called_within_step: false,
      _last_lr: [0.1, 0.02],
    });
    optimizer.step();
    scheduler.step();
    expect(scheduler.getLastLr()[0]).toBeCloseTo(0.001, 15);
  });

  it("are copies", () => {
    const scheduler = new lrScheduler.StepLR(twoGroups(), 1);
    (scheduler.stateDict().base_lrs as number[])[0] = 7;
    scheduler.getLastLr()[0] = 7;
    expect(scheduler.baseLrs[0]).toBe(0.1);
    expect(scheduler.getLastLr()[0]).toBe(0.1);
  });

  it("hold what a function has in properties, not the function", () => {
    const lambda = Object.assign((epoch: number) => 0.5 ** (epoch / lambda.every), { every: 2 });
    const scheduler = new lrScheduler.LambdaLR(twoGroups(), [lambda, () => 1]);
    const saved = scheduler.stateDict();
    expect(saved.lr_lambdas).toEqual([{ every: 2 }, null]);
    lambda.every = 9;
    scheduler.loadStateDict(saved);
    expect(lambda.every).toBe(2);
  });

  it.each<[string, (dict: Record<string, unknown>) => unknown, string]>([
    ["not a dict", () => 3, "loadStateDict: this is not the state dict of a StepLR: 3"],
    ["of another scheduler", (d) => ({ ...d, T_max: 3 }), 'a StepLR has no "T_max"'],
    ["a missing entry", ({ gamma: _, ...d }) => d, 'needs "gamma"'],
    ["another kind", (d) => ({ ...d, gamma: "x" }), "gamma of a StepLR must be a number, not string (x)"],
    [
      "another number of groups",
      (d) => ({ ...d, base_lrs: [1] }),
      "has 2 entries, but the state dict's has 1",
    ],
  ])("are refused before anything changes: %s", (_, spoil, message) => {
    const optimizer = twoGroups();
    const scheduler = new lrScheduler.StepLR(optimizer, 2);
    rates(optimizer, scheduler, 3);
    const before = scheduler.stateDict();
    expect(() => scheduler.loadStateDict(spoil(before) as Record<string, unknown>)).toThrow(message);
    expect(scheduler.stateDict()).toEqual(before);
  });

  it("of a composed scheduler with an error in one part change none of the others", () => {
    const optimizer = twoGroups();
    const make = (): optim.lrScheduler.LRScheduler =>
      new lrScheduler.ChainedScheduler([
        new lrScheduler.StepLR(optimizer, 2),
        new lrScheduler.ExponentialLR(optimizer, 0.5),
      ]);
    const scheduler = make();
    rates(optimizer, scheduler, 3);
    const [before, lrs] = [scheduler.stateDict(), optimizer.paramGroups.map(({ lr }) => lr)];
    const spoiled = structuredClone(before) as { _schedulers: Record<string, unknown>[] };
    spoiled._schedulers[0].gamma = 0.7;
    delete spoiled._schedulers[1].gamma;
    expect(() => scheduler.loadStateDict(spoiled)).toThrow('needs "gamma"');
    expect(scheduler.stateDict()).toEqual(before);
    expect(optimizer.paramGroups.map(({ lr }) => lr)).toEqual(lrs);
    expect(() => scheduler.loadStateDict({})).toThrow("has 2 schedulers, but the state dict has none");
  });
});

describe("step", () => {
  it("warns when it comes before optimizer.step(), once", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const scheduler = new lrScheduler.StepLR(twoGroups(), 2);
    scheduler.step();
    scheduler.step();
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0][0]).toContain(
      "Detected call of `lr_scheduler.step()` before `optimizer.step()`",
    );
  });

  it("does not warn otherwise", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    for (const [, make] of all) {
      const optimizer = twoGroups();
      rates(optimizer, make(optimizer), 3);
    }
    expect(warn).not.toHaveBeenCalled();
  });

  it("takes an epoch, and computes the rate from the first one", () => {
    const optimizer = twoGroups();
    const scheduler = new lrScheduler.StepLR(optimizer, 3, 0.5);
    optimizer.step();
    scheduler.step(7);
    expect(scheduler.lastEpoch).toBe(7);
    expect(scheduler.getLastLr()).toEqual([0.025, 0.005]);
    expect(() => scheduler.step(-1)).toThrow("Expected non-negative epoch, but got -1");
    expect(() => new lrScheduler.ChainedScheduler([scheduler]).step(3)).toThrow(
      "step() goes on by one epoch",
    );
  });

  it.each([
    "StepLR",
    "MultiStepLR",
    "ConstantLR",
    "LinearLR",
    "ExponentialLR",
    "PolynomialLR",
    "CosineAnnealingLR",
  ])("%s: the formula from the first rate gives what the steps give", (name) => {
    const optimizer = twoGroups();
    const stepwise = rates(optimizer, schedulers[name].make(optimizer), 15);
    const other = twoGroups();
    const scheduler = schedulers[name].make(other);
    for (let epoch = 1; epoch <= 15; epoch++) {
      other.step();
      scheduler.step(epoch);
      for (const [k, rate] of scheduler.getLastLr().entries())
        expect(Math.abs(rate - stepwise[epoch][k])).toBeLessThan(1e-15);
    }
  });

  it("that fails changes nothing", () => {
    const optimizer = twoGroups();
    const scheduler = new lrScheduler.LambdaLR(optimizer, (epoch) => (epoch === 2 ? Number.NaN : 1));
    rates(optimizer, scheduler, 1);
    const before = scheduler.stateDict();
    expect(() => scheduler.step()).toThrow(
      "LambdaLR: the learning rate of epoch 2 must be a number, not NaN",
    );
    expect(scheduler.stateDict()).toEqual(before);
  });

  it("leaves a group alone that was added later", () => {
    const optimizer = twoGroups();
    const scheduler = new lrScheduler.LambdaLR(optimizer, () => 0.5);
    optimizer.addParamGroup({ params: [Tensor.zeros([1], "float32").requiresGrad_()], lr: 7 });
    optimizer.step();
    scheduler.step();
    expect(optimizer.paramGroups.map(({ lr }) => lr)).toEqual([0.05, 0.01, 7]);
  });
});

describe("a scheduler of one's own", () => {
  class Halving extends lrScheduler.LRScheduler {
    every: number;
    constructor(optimizer: optim.lrScheduler.ScheduledOptimizer, every: number, lastEpoch = -1) {
      super(optimizer);
      this.every = every;
      this.start(lastEpoch);
    }
    protected override getLr(): number[] {
      return this.rates().map((lr) =>
        this.lastEpoch > 0 && this.lastEpoch % this.every === 0 ? lr / 2 : lr,
      );
    }
  }

  it("needs getLr() only, and is saved with its fields", () => {
    const optimizer = twoGroups();
    const scheduler = new Halving(optimizer, 2);
    expect(rates(optimizer, scheduler, 4).map(([lr]) => lr)).toEqual([0.1, 0.1, 0.05, 0.05, 0.025]);
    expect(scheduler.stateDict()).toMatchObject({ every: 2, last_epoch: 4 });
    expect(String(scheduler)).toBe("Halving(lastEpoch: 4, every: 2, lr: [0.025,0.005])");
  });
});

describe("construction", () => {
  it("wants an optimizer", () => {
    expect(() => new lrScheduler.StepLR({} as never, 3)).toThrow("Object is not an Optimizer");
    expect(
      () => new lrScheduler.ChainedScheduler([new lrScheduler.StepLR(twoGroups(), 1)], 5 as never),
    ).toThrow("number is not an Optimizer");
  });

  it("with lastEpoch wants initialLr, and says what is simpler", () => {
    expect(() => new lrScheduler.StepLR(twoGroups(), 3, 0.1, 4)).toThrow(
      "param 'initial_lr' is not specified in param_groups[0] when resuming scheduler with last_epoch >= 0. Resume with loadStateDict() instead",
    );
    const optimizer = twoGroups();
    for (const group of optimizer.paramGroups) group.initialLr = 1;
    const scheduler = new lrScheduler.StepLR(optimizer, 3, 0.1, 3);
    expect(scheduler.lastEpoch).toBe(4);
    expect(scheduler.baseLrs).toEqual([1, 1]);
  });

  it("takes arguments by position and by name", () => {
    const of = (
      ...args: [number, number?] | [{ stepSize: number; gamma?: number }] | [number, { gamma?: number }]
    ): unknown => new lrScheduler.StepLR(twoGroups(), ...(args as [number, number])).stateDict();
    expect(of(4, 0.3)).toEqual(of({ stepSize: 4, gamma: 0.3 }));
    expect(of(4, { gamma: 0.3 })).toEqual(of(4, 0.3));
    expect(() => of({ stepsize: 4 } as never)).toThrow("StepLR: unknown option stepsize");
  });
});
