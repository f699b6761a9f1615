import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";

const { nn } = torch;

class SimpleNet extends nn.Module {
  fc1 = new nn.Linear(10, 20);
  activation = new nn.ReLU();
  fc2 = new nn.Linear(20, 1);
  forward(x: torch.Tensor): torch.Tensor {
    return this.fc2.forward(this.activation.forward(this.fc1.forward(x)));
  }
}

/** Own parameters before and after a child, a shared parameter, and a shared module. */
class Shared extends nn.Module {
  scale = new nn.Parameter(torch.ones([1]));
  first = new nn.Linear(2, 2, { bias: false });
  tied = this.first.weight;
  again = this.first;
  note = "no parameter";
  plain = torch.ones([3]);
  forward(x: torch.Tensor): torch.Tensor {
    return this.first.forward(x).mul(this.scale);
  }
}

describe("parameters are the fields, in order", () => {
  const names = (module: torch.nn.Module): string[] => [...module.namedParameters()].map(([name]) => name);
  test("of submodules", () => {
    expect(names(new SimpleNet())).toEqual(["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"]);
  });
  test("a module's own come before those of its children; shared ones come once", () => {
    const model = new Shared();
    expect(names(model)).toEqual(["scale", "tied"]);
    expect(model.parameters()).toEqual([model.scale, model.tied]);
  });
  test("modules", () => {
    const model = new SimpleNet();
    expect([...model.namedModules()].map(([name]) => name)).toEqual(["", "fc1", "activation", "fc2"]);
    expect(model.modules()).toHaveLength(4);
    expect(model.children()).toEqual([model.fc1, model.activation, model.fc2]);
    expect(new Shared().modules()).toHaveLength(2);
    expect([...new Shared().namedChildren()].map(([name]) => name)).toEqual(["first", "again"]);
    expect(new Shared().children()).toHaveLength(1);
  });
  test("a module inside itself is no endless loop", () => {
    class Loop extends Shared {
      self: torch.nn.Module = this;
    }
    const loop = new Loop();
    expect(loop.parameters()).toHaveLength(2);
    expect(Object.keys(loop.stateDict())).toHaveLength(4);
  });
});

describe("stateDict", () => {
  test("has every path to a parameter, and shares memory", () => {
    const model = new Shared();
    const state = model.stateDict();
    expect(Object.keys(state)).toEqual(["scale", "tied", "first.weight", "again.weight"]);
    expect(state.scale.requiresGrad).toBe(false);
    torch.noGrad(() => model.scale.fill_(7));
    expect(state.scale.tolist()).toEqual([7]);
  });
  test("goes from one model to another", () => {
    const [a, b] = [new SimpleNet(), new SimpleNet()];
    expect(b.loadStateDict(a.stateDict())).toEqual({ missingKeys: [], unexpectedKeys: [] });
    const x = torch.randn([3, 10]);
    expect(b.forward(x).tolist()).toEqual(a.forward(x).tolist());
    torch.noGrad(() => a.fc1.weight.zero_());
    expect(b.fc1.weight.tolist()).not.toEqual(a.fc1.weight.tolist());
  });
  test("converts dtypes, keeps the parameters themselves", () => {
    const model = new nn.Linear(1, 1);
    const { weight } = model;
    model.loadStateDict({ weight: torch.full([1, 1], 2, { dtype: "float64" }), bias: torch.zeros([1]) });
    expect([model.weight === weight, weight.dtype, weight.item(), weight.requiresGrad]).toEqual([
      true,
      "float32",
      2,
      true,
    ]);
  });
  test.each([[false], [{ strict: false }]])("strict may be switched off: %j", (strict) => {
    const model = new nn.Linear(1, 1);
    const result = model.loadStateDict({ weight: torch.full([1, 1], 3), other: torch.zeros([1]) }, strict);
    expect(result).toEqual({ missingKeys: ["bias"], unexpectedKeys: ["other"] });
    expect(model.weight.item()).toBe(3);
  });

  const good = { weight: torch.zeros([1, 2]), bias: torch.zeros([1]) };
  test.each<[state: unknown, strict: unknown, message: string]>([
    [
      { weight: good.weight },
      true,
      'loadStateDict: Error(s) in loading state_dict for Linear:\n\tMissing key(s) in state_dict: "bias". ',
    ],
    [{ ...good, gain: good.bias }, true, 'Unexpected key(s) in state_dict: "gain". '],
    [
      { ...good, bias: torch.zeros([2]) },
      true,
      "size mismatch for bias: copying a param with shape torch.Size([2]) from checkpoint, the shape in current model is torch.Size([1]).",
    ],
    [{ ...good, bias: torch.zeros([2]) }, false, "size mismatch for bias"],
    [{ ...good, bias: [0] }, true, "loadStateDict: bias: expected a Tensor, got an array"],
    [undefined, true, "loadStateDict: expected stateDict to be an object, got undefined"],
    [good, { strikt: false }, "loadStateDict: unknown option strikt; the options are strict"],
  ])("a bad one (%#) is refused, and nothing is changed", (state, strict, message) => {
    const model = new nn.Linear(2, 1);
    const before = Object.values(model.stateDict()).map((value) => value.tolist());
    expect(() => model.loadStateDict(state as torch.nn.StateDict, strict as boolean)).toThrow(message);
    expect(Object.values(model.stateDict()).map((value) => value.tolist())).toEqual(before);
  });
});

describe("modes and gradients", () => {
  test("train and eval reach every module", () => {
    const model = new nn.Sequential(new nn.Linear(1, 1), new nn.Sequential(new nn.ReLU()));
    expect(model.eval()).toBe(model);
    expect(model.modules().map(({ training }) => training)).toEqual([false, false, false, false]);
    model.train();
    expect(model.modules().every(({ training }) => training)).toBe(true);
    expect(() => model.train(1 as never)).toThrow("train: training mode is expected to be boolean, not 1");
  });
  test("zeroGrad forgets gradients, or sets them to zero", () => {
    const model = new nn.Linear(1, 1);
    const run = (): void =>
      model
        .forward(torch.ones([1, 1]))
        .sum()
        .backward();
    run();
    const held = model.weight.grad as torch.Tensor;
    model.zeroGrad({ setToNone: false });
    expect([model.weight.grad, held.item()]).toEqual([held, 0]);
    model.zeroGrad();
    expect(model.parameters().map(({ grad }) => grad)).toEqual([null, null]);
    run();
    model.zeroGrad(false);
    expect(model.weight.grad?.item()).toBe(0);
  });
  test("requiresGrad_ freezes", () => {
    const model = new nn.Linear(1, 1).requiresGrad_(false);
    expect(model.forward(torch.ones([1, 1])).requiresGrad).toBe(false);
  });
});

describe("printing", () => {
  test("is PyTorch's", () => {
    expect(String(new SimpleNet())).toBe(
      [
        "SimpleNet(",
        "  (fc1): Linear(in_features=10, out_features=20, bias=True)",
        "  (activation): ReLU()",
        "  (fc2): Linear(in_features=20, out_features=1, bias=True)",
        ")",
      ].join("\n"),
    );
  });
  test("extraRepr is what a module says of itself", () => {
    class Scaled extends nn.Module {
      inner = new nn.ReLU();
      override extraRepr(): string {
        return "factor=2";
      }
      forward(x: torch.Tensor): torch.Tensor {
        return x.mul(2);
      }
    }
    expect(String(new Scaled())).toBe("Scaled(\n  factor=2\n  (inner): ReLU()\n)");
  });
});

describe("Parameter", () => {
  test("shares the memory of its data, and requires a gradient", () => {
    const data = torch.zeros([2]);
    const parameter = new nn.Parameter(data);
    data.fill_(3);
    expect([parameter.tolist(), parameter.requiresGrad, parameter.isLeaf, data.requiresGrad]).toEqual([
      [3, 3],
      true,
      true,
      false,
    ]);
    expect(new nn.Parameter(data, false).requiresGrad).toBe(false);
  });
  test.each<[make: () => unknown, message: string]>([
    [() => new nn.Parameter([1] as never), "Parameter: expected a Tensor, got an array"],
    [
      () => new nn.Parameter(torch.arange(3)),
      "requiresGrad: only Tensors of floating point dtype can require gradients, and this one is int64",
    ],
  ])("%s", (make, message) => {
    expect(make).toThrow(message);
  });
});
