import { describe, expect, it } from "vitest";
import { nn, noGrad, optim, type Tensor, tensor, zeros } from "../../src/index.js";
import { rules } from "./options.js";

/** Options in tensors without a differentiable step: their present values count in each step, as in PyTorch. */
type Any = optim.Optimizer<{ lr: number }>;
type Make = new (params: Iterable<Tensor>, options: object) => Any;

const classes = optim as unknown as Record<string, Make>;

/** A parameter that gets the same gradients as every other one. */
function parameter(shape: number[] = [2]): { θ: Tensor; step(optimizer: Any): void } {
  const θ = zeros(shape, { requiresGrad: true });
  let t = 0;
  return {
    θ,
    step(optimizer) {
      t++;
      const gradient = zeros(shape);
      for (let i = 0; i < gradient.count; i++) gradient.storage.data[i] = Math.cos(3 * t + i);
      θ.grad = gradient;
      optimizer.step(() => tensor(0));
    },
  };
}

const others = ["Adafactor", "Muon", "LBFGS", "SOAP"];
const names = [...rules.map(([name]) => name), "AdamW", ...others];

describe.each(names)("%s", (name) => {
  const shape = name === "Muon" ? [2, 2] : [2];

  it("sees the present value of lr in a tensor, of any shape with one element", () => {
    for (const form of [0.25, [0.25], [[0.25]]]) {
      const lr = tensor(form, { dtype: "float64" });
      const [a, b] = [parameter(shape), parameter(shape)];
      const [live, plain] = [new classes[name]([a.θ], { lr }), new classes[name]([b.θ], { lr: 0.25 })];
      for (let t = 0; t < 4; t++) {
        if (t === 2) {
          lr.mul_(0.5);
          plain.paramGroups[0].lr = 0.125;
        }
        a.step(live);
        b.step(plain);
        expect(a.θ.tolist()).toEqual(b.θ.tolist());
      }
      expect(live.paramGroups[0].lr).toBe(lr);
      expect(a.θ.requiresGrad && a.θ.isLeaf).toBe(true);
    }
  });

  it("is scheduled by filling the tensor", () => {
    const lr = tensor(0.5, { dtype: "float64", requiresGrad: true });
    const { θ, step } = parameter(shape);
    const optimizer = new classes[name]([θ], { lr });
    const scheduler = new optim.lrScheduler.ExponentialLR(optimizer, 0.5);
    for (let t = 1; t <= 3; t++) {
      step(optimizer);
      scheduler.step();
      expect(optimizer.paramGroups[0].lr).toBe(lr);
      expect(lr.item()).toBe(0.5 ** (t + 1));
      expect(scheduler.getLastLr()).toEqual([0.5 ** (t + 1)]);
    }
    expect(scheduler.preview(3).lr).toEqual([0.5 ** 4, 0.5 ** 5, 0.5 ** 6]);
    expect(lr.item()).toBe(0.5 ** 4);
  });
});

it("SparseAdam sees it, too", () => {
  const lr = tensor(0.5);
  const [a, b] = [zeros([3, 2], { requiresGrad: true }), zeros([3, 2], { requiresGrad: true })];
  const live = new optim.SparseAdam([a], { lr });
  const plain = new optim.SparseAdam([b], { lr: 0.5 });
  for (let t = 0; t < 2; t++) {
    for (const weight of [a, b]) {
      weight.grad = null;
      nn.functional
        .embedding(tensor([0, 2], { dtype: "int64" }), weight, { sparse: true })
        .sum()
        .backward();
    }
    live.step();
    plain.step();
    expect(a.tolist()).toEqual(b.tolist());
    noGrad(() => lr.fill_(0.25));
    plain.paramGroups[0].lr = 0.25;
  }
  expect(a.at(0, 0).item()).toBeCloseTo(-0.75, 5);
});

it("every number may be in a tensor: betas, a momentum that switches lines on, weight decay", () => {
  const [β1, β2, λ] = [tensor(0.5), tensor(0.75), tensor(0)];
  const [a, b] = [parameter(), parameter()];
  const live = new optim.Adam([a.θ], { betas: [β1, β2], weightDecay: λ });
  const plain = new optim.Adam([b.θ], { betas: [0.5, 0.75] });
  for (let t = 0; t < 4; t++) {
    if (t === 2) {
      β1.fill_(0.25);
      λ.fill_(0.5);
      Object.assign(plain.paramGroups[0], { betas: [0.25, 0.75], weightDecay: 0.5 });
    }
    a.step(live);
    b.step(plain);
    expect(a.θ.tolist()).toEqual(b.θ.tolist());
  }
});

it("momenta in tensors are cycled by filling them, and come back after a preview", () => {
  const momentum = tensor(0.5, { dtype: "float64" });
  const { θ } = parameter();
  const sgd = new optim.SGD([θ], { lr: 0.1, momentum });
  const scheduler = new optim.lrScheduler.OneCycleLR(sgd, { maxLr: 1, totalSteps: 10 });
  expect(sgd.paramGroups[0].momentum).toBe(momentum);
  const before = momentum.item();
  expect(scheduler.preview(4).momentum?.at(-1)).not.toBe(before);
  expect(momentum.item()).toBe(before);
});

it("prints like PyTorch: the number of a 0-dim tensor, other tensors as tensors", () => {
  const { θ } = parameter();
  const text = (options: optim.Given<optim.AdamOptions>): string => new optim.Adam([θ], options).toString();
  expect(text({ lr: tensor(0.1) })).toContain("    lr: 0.10000000149011612\n");
  expect(text({ lr: tensor([0.1]) })).toContain("    lr: tensor([0.1000])\n");
  expect(text({ betas: [tensor(0.1), tensor(0.2)] })).toContain(
    "    betas: [tensor(0.1000), tensor(0.2000)]\n",
  );
  expect(new optim.SGD([θ], { lr: tensor(0.5) }).formula({ numbers: true, format: "text" })).toContain("0.5");
});

it("is in the state dict as it is, and loaded as a tensor of its own", () => {
  const lr = tensor(0.5, { requiresGrad: true });
  const betas: [Tensor, Tensor] = [tensor(0.5), tensor(0.75)];
  const [a, b] = [parameter(), parameter()];
  const source = new optim.Adam([a.θ], { lr, betas });
  const dict = source.stateDict();
  expect(dict.param_groups[0].lr).toBe(lr);
  const heir = new optim.Adam([b.θ], { lr: 0.1 });
  heir.loadStateDict(dict);
  const loaded = heir.paramGroups[0] as unknown as { lr: Tensor; betas: Tensor[] };
  expect([loaded.lr.item(), loaded.lr.requiresGrad]).toEqual([0.5, true]);
  noGrad(() => lr.fill_(0.125));
  betas[0].fill_(0);
  expect([loaded.lr.item(), loaded.betas[0].item()]).toEqual([0.5, 0.5]);
});

it("a loaded tensor with several elements is refused, and nothing is changed", () => {
  const { θ } = parameter();
  const optimizer = new optim.SGD([θ], { lr: 0.1 });
  const dict = optimizer.stateDict();
  dict.param_groups[0].lr = tensor([1, 2]);
  expect(() => optimizer.loadStateDict(dict)).toThrow("Tensor lr must be 1-element, but it has shape [2]");
  expect(optimizer.paramGroups[0].lr).toBe(0.1);
});

it("the step by hand reads it as well", () => {
  const { θ, step } = parameter();
  const lr = tensor(0.5);
  const optimizer = new optim.SGD([θ], { lr });
  step(optimizer);
  noGrad(() => lr.fill_(0.25));
  expect(optimizer.byHand().θ).toBeCloseTo((θ.tolist() as number[])[0] - 0.25 * Math.cos(3), 6);
});
