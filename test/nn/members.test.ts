import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";

const { nn } = torch;

class Net extends nn.Module {
  fc1 = new nn.Linear(2, 2);
  layerNorm = new nn.LayerNorm(2);
  layer_two = new nn.Linear(2, 2, { bias: false });
  Wq = new nn.Parameter(torch.ones([2, 2]));
  attnQKV = new nn.Parameter(torch.ones([1]));
  runningMean = new nn.Buffer(torch.zeros([2]));
  scratch = new nn.Buffer(torch.zeros([3]), { persistent: false });
  notRegistered = torch.zeros([4]);
  forward(x: torch.Tensor): torch.Tensor {
    return this.layer_two.forward(this.layerNorm.forward(this.fc1.forward(x)));
  }
}

describe("names", () => {
  const names = [
    "Wq",
    "attnQKV",
    "running_mean",
    "fc1.weight",
    "fc1.bias",
    "layer_norm.weight",
    "layer_norm.bias",
    "layer_two.weight",
  ];
  test("are PyTorch's: camelCase becomes snake_case, parameters come before buffers before submodules", () => {
    const net = new Net();
    expect(Object.keys(net.stateDict())).toEqual(names);
    expect([...net.namedBuffers()].map(([name]) => name)).toEqual(["running_mean", "scratch"]);
    expect(net.buffers()).toEqual([net.runningMean, net.scratch]);
    expect(Object.keys(net.stateDict({ prefix: "net." }))[0]).toBe("net.Wq");
    expect(net.stateDict({ keepVars: true }).Wq).toBe(net.Wq);
  });
  test("lead back to the same fields", () => {
    const [a, b] = [new Net(), new Net()];
    torch.noGrad(() => a.layerNorm.weight?.fill_(3));
    a.runningMean.fill_(7);
    expect(b.loadStateDict(a.stateDict())).toEqual({ missingKeys: [], unexpectedKeys: [] });
    expect([b.layerNorm.weight?.tolist(), b.runningMean.tolist()]).toEqual([
      [3, 3],
      [7, 7],
    ]);
  });
  test("find members, also by the name of the field", () => {
    const net = new Net();
    expect(net.getParameter("layer_norm.weight")).toBe(net.layerNorm.weight);
    expect(net.getParameter("layerNorm.weight")).toBe(net.layerNorm.weight);
    expect(net.getSubmodule("fc1")).toBe(net.fc1);
    expect(net.getSubmodule("")).toBe(net);
    expect(net.getBuffer("running_mean")).toBe(net.runningMean);
    expect(() => net.getParameter("fc3.weight")).toThrow(
      "getParameter: Net has no attribute `fc3`; it has fc1, layer_norm",
    );
    expect(() => net.getParameter("running_mean")).toThrow("`running_mean` is not an nn.Parameter");
  });
});

describe("registration", () => {
  test("of a buffer holds when the field is assigned anew", () => {
    const net = new Net();
    net.registerBuffer("movingAverage", torch.zeros([1]));
    net.registerBuffer("cache", torch.zeros([1]), { persistent: false });
    Object.assign(net, { movingAverage: torch.ones([1]) });
    expect(net.stateDict().moving_average?.item()).toBe(1);
    expect("cache" in net.stateDict()).toBe(false);
  });
  test.each<[call: (net: Net) => unknown, message: string]>([
    [(net) => net.registerBuffer("fc1", torch.zeros([1])), "registerBuffer: attribute 'fc1' already exists"],
    [
      (net) => net.registerBuffer("a.b", torch.zeros([1])),
      `registerBuffer: the name can't contain ".", got: a.b`,
    ],
    [(net) => net.registerParameter("", null), `registerParameter: the name can't be empty string ""`],
    [
      (net) => net.registerParameter("gain", torch.zeros([1]) as never),
      "cannot assign what is no nn.Parameter to 'gain'",
    ],
    [(net) => net.addModule("train", new nn.ReLU()), "addModule: attribute 'train' already exists"],
  ])("%s is refused", (call, message) => {
    expect(() => call(new Net())).toThrow(message);
  });
});

describe("hooks", () => {
  const x = torch.ones([1, 2]);
  test("run around forward, may replace inputs and outputs, and can be removed", () => {
    const layer = new nn.Linear(2, 1, { bias: false });
    torch.noGrad(() => layer.weight.fill_(1));
    const seen: string[] = [];
    const before = layer.registerForwardPreHook((module, [input]) => {
      seen.push(`${module.constructor.name} ${(input as torch.Tensor).tolist()}`);
      return (input as torch.Tensor).mul(2);
    });
    const after = layer.registerForwardHook((_module, _inputs, output) => (output as torch.Tensor).add(1));
    expect(new nn.Sequential(layer).forward(x).item()).toBe(5);
    expect(seen).toEqual(["Linear 1,1"]);
    before.remove();
    expect(layer.forward(x).item()).toBe(3);
    after.remove();
    expect(layer.forward(x).item()).toBe(2);
  });
  test("of the backward pass see and replace gradients", () => {
    const layer = new nn.Linear(2, 1, { bias: false });
    torch.noGrad(() => layer.weight.fill_(3));
    const seen: unknown[] = [];
    const handle = layer.registerFullBackwardHook((_module, gradInput, gradOutput) => {
      seen.push([...gradInput, ...gradOutput].map((gradient) => gradient?.tolist()));
      return [gradInput[0]?.mul(10) ?? null];
    });
    const input = torch.ones([1, 2], { requiresGrad: true });
    layer.forward(input).sum().backward();
    expect(seen).toEqual([[[[3, 3]], [[1]]]]);
    expect(input.grad?.tolist()).toEqual([[30, 30]]);
    expect(layer.weight.grad?.tolist()).toEqual([[1, 1]]);
    layer.forward(x).sum().backward();
    expect(seen[1]).toEqual([undefined, [[1]]]);
    handle.remove();
  });
});

describe("copies and dtypes", () => {
  test("deepcopy shares nothing with the original, and what was shared within it stays shared", () => {
    class Tied extends Net {
      tied = this.fc1;
      layers = new nn.ModuleList([new nn.BatchNorm1d(2)]);
    }
    const net = new Tied();
    net.registerForwardHook((_module, _inputs, output) => output);
    const copy = net.deepcopy();
    expect(copy).toBeInstanceOf(Tied);
    expect(copy.tied).toBe(copy.fc1);
    expect(copy.fc1).not.toBe(net.fc1);
    expect(Object.keys(copy.stateDict())).toEqual(Object.keys(net.stateDict()));
    torch.noGrad(() => net.fc1.weight.zero_());
    const x = torch.ones([1, 2]);
    expect(copy.forward(x).tolist()).not.toEqual(net.forward(x).tolist());
    expect(
      copy.parameters().every((parameter) => parameter instanceof nn.Parameter && parameter.requiresGrad),
    ).toBe(true);
  });
  test("double converts in place: an optimizer keeps its parameters, integers stay", () => {
    const norm = new nn.BatchNorm1d(2);
    const { weight } = norm;
    const optimizer = new torch.optim.SGD(norm.parameters(), { lr: 0.5 });
    expect(norm.double()).toBe(norm);
    expect([norm.weight, weight?.dtype, norm.numBatchesTracked?.dtype]).toEqual([weight, "float64", "int64"]);
    norm
      .forward(
        torch.tensor(
          [
            [1, 2],
            [3, 5],
          ],
          { dtype: "float64" },
        ),
      )
      .square()
      .sum()
      .backward();
    optimizer.step();
    expect(weight?.tolist()).not.toEqual([1, 1]);
    expect(norm.float().weight?.dtype).toBe("float32");
    expect(() => norm.to("int64")).toThrow(
      "only accepts floating point dtypes, but got desired dtype=torch.int64",
    );
  });
  test("apply reaches every module, children first", () => {
    const seen: string[] = [];
    new nn.Sequential(new nn.ReLU(), new nn.Linear(1, 1)).apply((module) =>
      seen.push(module.constructor.name),
    );
    expect(seen).toEqual(["ReLU", "Linear", "Sequential"]);
  });
});

describe("containers", () => {
  test("Sequential with names, append, insert and pop", () => {
    const named = new nn.Sequential({ first: new nn.Linear(1, 2), act: new nn.ReLU() });
    expect(Object.keys(named.stateDict())).toEqual(["first.weight", "first.bias"]);
    expect(named.forward(torch.ones([1, 1])).shape).toEqual([1, 2]);
    const list = new nn.Sequential(new nn.Linear(1, 2)).append(new nn.ReLU()).insert(1, new nn.Tanh());
    expect([...list].map((layer) => layer.constructor.name)).toEqual(["Linear", "Tanh", "ReLU"]);
    expect([list[0], list.at(-1)?.constructor.name, list.length]).toEqual([list.at(0), "ReLU", 3]);
    expect(list.pop(1)).toBeInstanceOf(nn.Tanh);
    expect(list.length).toBe(2);
    expect(() => list.insert(5, new nn.ReLU())).toThrow("Sequential.insert: index out of range: 5 of 2");
  });
  test("ModuleList, ModuleDict, ParameterList and ParameterDict are found", () => {
    class Model extends nn.Module {
      list = new nn.ModuleList([new nn.Linear(1, 1, { bias: false })]);
      dict = new nn.ModuleDict({ left: new nn.Linear(1, 1, { bias: false }) });
      params = new nn.ParameterList([new nn.Parameter(torch.zeros([1]))]);
      named = new nn.ParameterDict({ camelCase: new nn.Parameter(torch.zeros([1])) });
      forward(): void {}
    }
    const model = new Model();
    expect(Object.keys(model.stateDict())).toEqual([
      "list.0.weight",
      "dict.left.weight",
      "params.0",
      "named.camelCase",
    ]);
    expect([model.params.length, model.params[0], model.named.has("camelCase")]).toEqual([
      1,
      model.params.at(0),
      true,
    ]);
    expect([...model.dict.keys()]).toEqual(["left"]);
    expect(() => model.dict.get("right")).toThrow("ModuleDict: has no key 'right'; its keys are left");
    expect(() => model.list.forward()).toThrow("ModuleList: has no forward of its own");
  });
});

describe("nn.utils", () => {
  const withGradient = (...values: number[]): torch.nn.Parameter => {
    const parameter = new nn.Parameter(torch.zeros([values.length]));
    parameter.grad = torch.tensor(values);
    return parameter;
  };
  test("clipGradNorm_ scales all gradients together", () => {
    const [a, b] = [withGradient(3), withGradient(4, 0)];
    expect(nn.utils.clipGradNorm_([a, b, new nn.Parameter(torch.zeros([1]))], 1).item()).toBe(5);
    expect(nn.utils.getTotalNorm([a.grad as torch.Tensor, b.grad as torch.Tensor]).item()).toBeCloseTo(1, 5);
    expect(nn.utils.clipGradNorm_([], 1).item()).toBe(0);
    expect(() => nn.utils.clipGradNorm_(withGradient(Number.NaN), 1, { errorIfNonfinite: true })).toThrow(
      "The total norm of order 2 for gradients from `parameters` is non-finite",
    );
  });
  test("parameters become a vector and come back", () => {
    const [a, b] = [withGradient(1, 2), withGradient(3)];
    const vector = nn.utils.parametersToVector([a, b]);
    expect(vector.shape).toEqual([3]);
    nn.utils.vectorToParameters(torch.tensor([1, 2, 3]), [a, b]);
    expect([a.tolist(), b.tolist()]).toEqual([[1, 2], [3]]);
    expect(() => nn.utils.vectorToParameters(torch.zeros([2]), [a, b])).toThrow(
      "the parameters have 3 elements",
    );
  });
});
