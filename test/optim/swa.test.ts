import { describe, expect, it } from "vitest";
import { nn, noGrad, optim, randn, type Tensor, tensor } from "../../src/index.js";
import { twoGroups } from "./lr-scheduler/schedulers.js";

const { AveragedModel, getEmaAvgFn, getEmaMultiAvgFn, getSwaAvgFn, getSwaMultiAvgFn, SWALR, updateBn } =
  optim.swaUtils;

function set(model: nn.Module, value: number): void {
  noGrad(() => {
    for (const parameter of model.parameters()) parameter.fill_(value);
    for (const buffer of model.buffers()) buffer.fill_(value);
  });
}

const first = (model: nn.Module): number => Number(model.parameters()[0].toArray()[0]);

describe("AveragedModel", () => {
  it.each([
    ["SWA", {}, [1, 1.5, 3, 4.5]],
    ["SWA, given", { avgFn: getSwaAvgFn() }, [1, 1.5, 3, 4.5]],
    ["SWA, all at once", { multiAvgFn: getSwaMultiAvgFn() }, [1, 1.5, 3, 4.5]],
    ["EMA", { avgFn: getEmaAvgFn(0.5) }, [1, 1.5, 3.75, 6.375]],
    ["EMA, all at once", { multiAvgFn: getEmaMultiAvgFn(0.5) }, [1, 1.5, 3.75, 6.375]],
    ["one's own", { avgFn: (a: Tensor, p: Tensor, n: number) => a.mul(n).add(p) }, [1, 3, 12, 45]],
  ])("averages: %s", (_, options, expected) => {
    const model = new nn.Linear(2, 1);
    const averaged = new AveragedModel(model, options);
    for (const [k, value] of [1, 2, 6, 9].entries()) {
      set(model, value);
      averaged.updateParameters(model);
      expect(first(averaged)).toBeCloseTo(expected[k], 6);
      expect(averaged.nAveraged.item()).toBe(k + 1);
    }
  });

  it("is a copy, runs like the model, and has its state under module", () => {
    const model = new nn.Linear(2, 1);
    const averaged = new AveragedModel(model);
    const x = randn([3, 2]);
    expect(averaged.forward(x).tolist()).toEqual(model.forward(x).tolist());
    expect(Object.keys(averaged.stateDict()).sort()).toEqual(["module.bias", "module.weight", "n_averaged"]);
    set(model, 7);
    expect(first(averaged)).not.toBe(7);
    const other = new AveragedModel(model);
    other.loadStateDict(averaged.stateDict());
    expect(other.module.weight.tolist()).toEqual(averaged.module.weight.tolist());
  });

  it("copies buffers, or averages them with useBuffers; integers are copied", () => {
    const model = new nn.BatchNorm1d(2);
    const [copied, averaged] = [new AveragedModel(model), new AveragedModel(model, { useBuffers: true })];
    for (const value of [1, 3]) {
      set(model, value);
      for (const each of [copied, averaged]) each.updateParameters(model);
    }
    expect(copied.module.runningMean?.tolist()).toEqual([3, 3]);
    expect(averaged.module.runningMean?.tolist()).toEqual([2, 2]);
    expect(averaged.module.numBatchesTracked?.item()).toBe(3);
  });

  it("leaves no trace on the tape", () => {
    const model = new nn.Linear(2, 1);
    const averaged = new AveragedModel(model);
    for (let k = 0; k < 2; k++) averaged.updateParameters(model);
    expect(averaged.module.weight.isLeaf).toBe(true);
    expect(averaged.module.weight.requiresGrad).toBe(true);
  });

  it("refuses bad input before anything changes", () => {
    const model = new nn.Linear(2, 1);
    const average = getSwaAvgFn();
    expect(() => new AveragedModel(model, { avgFn: average, multiAvgFn: getSwaMultiAvgFn() })).toThrow(
      "Only one of avg_fn and multi_avg_fn should be provided",
    );
    expect(() => new AveragedModel(3 as never)).toThrow("AveragedModel: expected a Module, but got number");
    expect(() => new AveragedModel(model, { avgFn: 3 as never })).toThrow("avgFn must be a function");
    expect(() => new AveragedModel(model, "cuda")).toThrow('device must be null or "cpu", not cuda');
    for (const decay of [-0.1, 1.1, Number.NaN])
      for (const make of [getEmaAvgFn, getEmaMultiAvgFn])
        expect(() => make(decay)).toThrow(
          `Invalid decay value ${decay} provided. Please provide a value in [0,1] range.`,
        );
    const averaged = new AveragedModel(model);
    expect(() => averaged.updateParameters(new nn.Linear(3, 1))).toThrow(
      "updateParameters: the model does not fit the averaged one: it has [1, 3] [1], the averaged one [1, 2] [1]",
    );
    expect(averaged.nAveraged.item()).toBe(0);
  });
});

describe("updateBn", () => {
  it("computes the statistics of all batches anew, and leaves modes and momenta as they are", () => {
    const model = new nn.Sequential(new nn.BatchNorm1d(1, { momentum: 0.3 }), new nn.Dropout(0.5));
    const layer = model.modules().find((module) => module instanceof nn.BatchNorm1d) as nn.BatchNorm1d;
    set(layer, 5);
    model.eval();
    const batches = [tensor([[1], [3]]), tensor([[5], [9]])];
    updateBn([batches[0], [batches[1], tensor([0])]], model);
    expect(layer.runningMean?.item()).toBeCloseTo(4.5, 5);
    expect(layer.runningVar?.item()).toBeCloseTo(5, 5);
    expect([layer.momentum, layer.numBatchesTracked?.item()]).toEqual([0.3, 2]);
    expect(model.modules().map(({ training }) => training)).toEqual([false, false, false]);
  });

  it("restores them when the loader fails, too", () => {
    const model = new nn.BatchNorm1d(1);
    const loader = (function* (): Generator<Tensor> {
      yield tensor([[1], [2]]);
      throw new Error("no more data");
    })();
    model.eval();
    expect(() => updateBn(loader, model)).toThrow("no more data");
    expect([model.momentum, model.training]).toEqual([0.1, false]);
  });

  it("does nothing without batch norm: the loader is not even touched", () => {
    const loader = (function* (): Generator<Tensor> {
      yield tensor([1]);
      throw new Error("touched");
    })();
    updateBn(loader, new nn.Linear(1, 1));
    expect(loader.next().done).toBe(false);
  });
});

describe("SWALR", () => {
  it("anneals to the last rate, and stays there", () => {
    const optimizer = twoGroups();
    const { groups } = new SWALR(optimizer, [0.05, 0.03], 4, "linear").preview(7);
    const expected = [
      [0.1, 0.0875, 0.075, 0.0625, 0.05, 0.05, 0.05],
      [0.02, 0.0225, 0.025, 0.0275, 0.03, 0.03, 0.03],
    ];
    for (const [k, { lr }] of groups.entries())
      for (const [t, value] of lr.entries()) expect(value).toBeCloseTo(expected[k][t], 12);
    expect(new SWALR(twoGroups(), 0.05, 0).preview(1).lr[0]).toBeCloseTo(0.05, 12);
  });

  it.each<[() => unknown, string]>([
    [
      () => new SWALR(twoGroups(), 1, 3, "x" as never),
      "anneal_strategy must be one of 'cos' or 'linear', instead got x",
    ],
    [() => new SWALR(twoGroups(), 1, -1), "anneal_epochs must be equal or greater than 0, got -1"],
    [() => new SWALR(twoGroups(), [1, 2, 3]), "SWALR: expected 2 values for swa_lr, got 3"],
  ])("refuses bad input %#", (make, message) => {
    expect(make).toThrow(message);
  });
});
