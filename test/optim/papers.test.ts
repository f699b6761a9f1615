import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { optim, setDefaultDtype, type Tensor, tensor } from "../../src/index.js";
import * as papers from "./papers.js";
import { close } from "./rule/support.js";

type Make = new (params: Tensor[], options: object) => optim.RuleOptimizer<object>;
type Plain = (
  θ: papers.Vectors,
  g: papers.Vectors,
  memory: Record<string, papers.Vectors>,
  t: number,
  o: never,
) => void;

const adam = { lr: 0.1, betas: [0.9, 0.99], eps: 1e-6, weightDecay: 0.05 };

// Numbers that are states are kept in the default dtype: float64 here, to compare all digits.
beforeEach(() => setDefaultDtype("float64"));
afterEach(() => setDefaultDtype("float32"));

describe("after the paper, in plain loops", () => {
  it.each<[string, Plain, object]>([
    ["Lion", papers.lion, { lr: 0.01, betas: [0.9, 0.99], weightDecay: 0.1 }],
    ["LAMB", papers.lamb, adam],
    ["LAMB", papers.lamb, { ...adam, weightDecay: 0 }],
    ["LARS", papers.lars, { lr: 0.5, momentum: 0.9, weightDecay: 0.01, trustCoefficient: 0.02 }],
    ["Adan", papers.adan, { ...adam, betas: [0.02, 0.08, 0.01] }],
    ["ADOPT", papers.adopt, { ...adam, clip: true }],
    ["ADOPT", papers.adopt, { ...adam, clip: false, weightDecay: 0 }],
    ["SophiaG", papers.sophia, { ...adam, rho: 0.05, eps: 1e-12 }],
    [
      "SGDScheduleFree",
      papers.scheduleFreeSGD,
      { lr: 0.5, momentum: 0.9, weightDecay: 0.01, warmupSteps: 5 },
    ],
    ["SGDScheduleFree", papers.scheduleFreeSGD, { lr: 0.5, momentum: 0.6, weightDecay: 0, warmupSteps: 0 }],
    ["AdamWScheduleFree", papers.scheduleFreeAdamW, { ...adam, warmupSteps: 4 }],
    ["AdamWScheduleFree", papers.scheduleFreeAdamW, { ...adam, warmupSteps: 0 }],
    ["Prodigy", papers.prodigy, { ...adam, lr: 1, d0: 1e-3 }],
    ["Prodigy", papers.prodigy, { ...adam, lr: 1, d0: 1e-6, weightDecay: 0 }],
  ])("%s %#", (name, plain, options) => {
    const Optimizer = (optim as unknown as Record<string, Make>)[name];
    for (const maximize of [false, true]) {
      const θ = [[0.5, 0.25, -1], [2], [0, 0]];
      const parameters = θ.map((values) => tensor(values, { requiresGrad: true }));
      const optimizer = new Optimizer(parameters, { ...options, maximize });
      const memory: Record<string, papers.Vectors> = {};
      for (let t = 1; t <= 40; t++) {
        const g = θ.map((x, k) => x.map((_, i) => Math.cos(i + k + t * (i + 1)) + 0.3 - k * 0.2));
        for (const [k, p] of parameters.entries())
          p.grad = tensor(g[k].map((value) => (maximize ? -value : value)));
        if (optimizer instanceof optim.SophiaG && t % 3 === 1) optimizer.updateHessian(8);
        optimizer.step();
        plain(θ, g, memory, t, options as never);
        for (const [k, p] of parameters.entries())
          for (const [i, value] of (p.tolist() as number[]).entries())
            if (!close(value, θ[k][i], 1e-12))
              throw new Error(`step ${t}, parameter ${k}[${i}]: ${value}, plainly ${θ[k][i]}`);
      }
      expect(θ[0][0]).not.toBe(0.5);
    }
  });
});

describe("SophiaG's Hessian", () => {
  const make = (): { p: Tensor; optimizer: optim.SophiaG } => {
    const p = tensor([1, 2], { requiresGrad: true });
    p.grad = tensor([3, -1]);
    return { p, optimizer: new optim.SophiaG([p], { betas: [0.9, 0.5] }) };
  };

  it("comes from the gradients of sampled labels, or from estimates", () => {
    const { p, optimizer } = make();
    optimizer.updateHessian(4);
    expect(optimizer.state.get(p)?.hessian.tolist()).toEqual([18, 2]);
    optimizer.updateHessian([tensor([0, 4])]);
    expect(optimizer.state.get(p)?.hessian.tolist()).toEqual([9, 3]);
    optimizer.updateHessian([null]);
    expect(optimizer.state.get(p)?.hessian.tolist()).toEqual([9, 3]);
    expect(optimizer.state.get(p)?.step.item()).toBe(0);
  });

  it.each<[unknown, string]>([
    [0, "updateHessian: the batch size, or 1 estimates (one for each parameter), but got 0"],
    [[], "but got 0"],
    [[tensor([1])], "updateHessian: estimate 0 has shape [1], but the parameter has [2]"],
  ])("refuses %j", (estimate, message) => {
    const { optimizer } = make();
    expect(() => optimizer.updateHessian(estimate as number)).toThrow(message);
    expect(optimizer.state.size).toBe(0);
  });
});

describe("the Schedule-Free optimizers", () => {
  it("put the average into the parameters for use, and go back for training", () => {
    const p = tensor([1], { requiresGrad: true });
    const optimizer = new optim.SGDScheduleFree([p], { lr: 0.5, momentum: 0.5 });
    for (let t = 0; t < 3; t++) {
      p.grad = tensor([1]);
      optimizer.step();
    }
    const training = p.item();
    optimizer.eval();
    optimizer.eval();
    expect(p.item()).toBe(optimizer.state.get(p)?.x.item());
    expect(p.item()).not.toBe(training);
    expect(() => optimizer.step()).toThrow(
      "SGDScheduleFree: the parameters hold the averaged weights; call train()",
    );
    optimizer.train();
    expect(p.item()).toBeCloseTo(training, 14);
    expect(() => optimizer.step()).not.toThrow();
  });
});
