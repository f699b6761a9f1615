import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";

const { nn, tensor } = torch;

describe("Linear", () => {
  test("starts with PyTorch's values", () => {
    torch.manualSeed(0);
    const layer = new nn.Linear(2, 2);
    // torch.manual_seed(0); torch.nn.Linear(2, 2)
    expect(String(layer.weight.detach())).toBe("tensor([[-0.0053,  0.3793],\n        [-0.5820, -0.5204]])");
    expect(String(layer.bias?.detach())).toBe("tensor([-0.2723,  0.1896])");
  });
  test.each<[make: () => torch.nn.Linear, bias: boolean, dtype: string]>([
    [() => new nn.Linear(2, 3), true, "float32"],
    [() => new nn.Linear(2, 3, false), false, "float32"],
    [() => new nn.Linear(2, 3, { bias: false }), false, "float32"],
    [() => new nn.Linear(2, 3, true, { dtype: "float64" }), true, "float64"],
    [() => new nn.Linear(2, 3, { dtype: "float64" }), true, "float64"],
  ])("%s", (make, bias, dtype) => {
    const layer = make();
    expect([layer.bias !== null, layer.weight.dtype, layer.weight.shape]).toEqual([bias, dtype, [3, 2]]);
    expect(layer.forward(torch.ones([4, 5, 2], { dtype: layer.weight.dtype })).shape).toEqual([4, 5, 3]);
  });
  test.each<[make: () => unknown, message: string]>([
    [() => new nn.Linear(2.5, 1), "Linear: inFeatures must be an integer ≥ 0, not 2.5"],
    [
      () => new (nn.Linear as never as new (n: number) => unknown)(2),
      "Linear: missing required arguments: outFeatures",
    ],
    [
      () => new nn.Linear(1, 1, { biased: false } as never),
      "Linear: unknown option biased; the options are inFeatures, outFeatures, bias, dtype",
    ],
    [() => new nn.Linear(1, 1, 0 as never), "Linear: bias is true or false, not 0"],
    [
      () => new nn.Linear(1, 1, { dtype: "int64" }),
      "only Tensors of floating point dtype can require gradients, and this one is int64",
    ],
    [
      () => new nn.Linear(10, 20).forward(torch.ones([5, 9])),
      "linear: input [5, 9] and weight [20, 10] do not match: 9 ≠ 10",
    ],
  ])("%s", (make, message) => {
    expect(make).toThrow(message);
  });
});

describe("Sequential", () => {
  const layers = [new nn.Linear(2, 3), new nn.ReLU(), new nn.Linear(3, 1)] as const;
  const model = new nn.Sequential(...layers);
  test("applies its layers in order", () => {
    const x = torch.randn([4, 2]);
    expect(model.forward(x).tolist()).toEqual(layers[2].forward(torch.relu(layers[0].forward(x))).tolist());
  });
  test("names them by number", () => {
    expect([...model.namedParameters()].map(([name]) => name)).toEqual([
      "0.weight",
      "0.bias",
      "2.weight",
      "2.bias",
    ]);
    expect([model.length, model.at(0), model.at(-1), [...model]]).toEqual([
      3,
      layers[0],
      layers[2],
      [...layers],
    ]);
  });
  test("without layers is the identity", () => {
    const x = torch.ones([1]);
    expect(new nn.Sequential().forward(x)).toBe(x);
  });
  test("takes modules only", () => {
    expect(() => new nn.Sequential(torch.relu as never)).toThrow("Sequential: argument 0 is not a Module");
  });
});

describe("MSELoss", () => {
  const [x, y] = [
    tensor([
      [1, 2],
      [3, 4],
    ]),
    tensor([
      [1, 0],
      [0, 0],
    ]),
  ];
  test.each([
    [{}, 29 / 4],
    [{ reduction: "sum" }, 29],
    [
      { reduction: "none" },
      [
        [0, 4],
        [9, 16],
      ],
    ],
  ] as const)("%j", (options, expected) => {
    expect(new nn.MSELoss(options).forward(x, y).tolist()).toEqual(expected);
    expect(nn.functional.mseLoss(x, y, options).tolist()).toEqual(expected);
  });
  test.each<[call: () => unknown, message: string]>([
    [
      () => new nn.MSELoss({ reduce: true } as never),
      "MSELoss: unknown option reduce; the options are reduction",
    ],
    [
      () => nn.functional.mseLoss(x, y, { reduction: "avg" as never }),
      "mseLoss: avg is not a valid value for reduction",
    ],
    [() => nn.functional.mseLoss(x, y, { reduce: "sum" } as never), "mseLoss: unknown option reduce"],
    [
      () => nn.functional.mseLoss(x, torch.ones([3])),
      "mseLoss: [2, 2] and [3] cannot be broadcast together: 2 ≠ 3",
    ],
    [
      () => nn.functional.mseLoss(x, y.double()),
      "mseLoss: the tensors must have the same dtype, but they are float32 and float64",
    ],
    [() => nn.functional.mseLoss(x.long(), y.long()), "mseLoss: is not supported on int64 tensors"],
    [() => nn.functional.mseLoss(x, 1 as never), "mseLoss: expected a Tensor, got number"],
  ])("%s", (call, message) => {
    expect(call).toThrow(message);
  });
});

describe("init", () => {
  const { init } = nn;
  const range = (x: torch.Tensor): [number, number] => [Math.min(...x.toArray()), Math.max(...x.toArray())];
  const weight = (): torch.nn.Parameter => new nn.Parameter(torch.zeros([40, 50]));
  test.each<[name: string, fill: (w: torch.nn.Parameter) => torch.Tensor, bound: number]>([
    ["uniform_", (w) => init.uniform_(w, -2, 2), 2],
    ["uniform_ by name", (w) => init.uniform_(w, { a: -2, b: 2 }), 2],
    ["uniform_ half by name", (w) => init.uniform_(w, -2, { b: 2 }), 2],
    ["kaimingUniform_", (w) => init.kaimingUniform_(w), Math.sqrt(3) * Math.sqrt(2 / 50)],
    [
      "kaimingUniform_ for relu, fan_out",
      (w) => init.kaimingUniform_(w, 0, "fan_out", "relu"),
      Math.sqrt(6 / 40),
    ],
    [
      "kaimingUniform_ by name",
      (w) => init.kaimingUniform_(w, { mode: "fan_out", nonlinearity: "linear" }),
      Math.sqrt(3 / 40),
    ],
    ["xavierUniform_", (w) => init.xavierUniform_(w), Math.sqrt(6 / 90)],
    ["xavierUniform_ with gain", (w) => init.xavierUniform_(w, 2), 2 * Math.sqrt(6 / 90)],
    ["xavierUniform_ with gain by name", (w) => init.xavierUniform_(w, { gain: 2 }), 2 * Math.sqrt(6 / 90)],
  ])("%s fills its range", (_, fill, bound) => {
    const w = weight();
    expect(fill(w)).toBe(w);
    const [lowest, highest] = range(w);
    expect(lowest).toBeGreaterThanOrEqual(-bound * (1 + 1e-6));
    expect(highest).toBeLessThanOrEqual(bound * (1 + 1e-6));
    expect(highest - lowest).toBeGreaterThan(1.95 * bound);
    expect([w.requiresGrad, w.isLeaf]).toEqual([true, true]);
  });
  test.each<[name: string, fill: (w: torch.nn.Parameter) => torch.Tensor, mean: number, std: number]>([
    ["normal_", (w) => init.normal_(w, 3, 2), 3, 2],
    ["normal_ by name", (w) => init.normal_(w, { std: 0.5 }), 0, 0.5],
    ["kaimingNormal_", (w) => init.kaimingNormal_(w, { nonlinearity: "relu" }), 0, Math.sqrt(2 / 50)],
    ["xavierNormal_", (w) => init.xavierNormal_(w), 0, Math.sqrt(2 / 90)],
  ])("%s has its mean and deviation", (_, fill, mean, std) => {
    torch.manualSeed(3);
    const w = fill(weight()).detach();
    expect(Math.abs(w.mean().item() - mean)).toBeLessThan(std / 10);
    expect(w.sub(mean).square().mean().sqrt().item() / std).toBeCloseTo(1, 1);
  });
  test("constants", () => {
    expect(init.constant_(torch.zeros([2]), 4).tolist()).toEqual([4, 4]);
    expect(init.ones_(torch.zeros([2])).tolist()).toEqual([1, 1]);
    expect(init.zeros_(torch.ones([2])).tolist()).toEqual([0, 0]);
  });
  test.each<[call: () => unknown, message: string]>([
    [
      () => init.kaimingUniform_(torch.zeros([3])),
      "kaimingUniform_: fan in and fan out can not be computed for a tensor with fewer than 2 dimensions: its shape is [3]",
    ],
    [() => init.xavierNormal_(torch.zeros([3])), "xavierNormal_: fan in and fan out can not be computed"],
    [
      () => init.kaimingNormal_(torch.zeros([3, 3]), { mode: "fanIn" as never }),
      'kaimingNormal_: mode fanIn not supported, please use "fan_in" or "fan_out"',
    ],
    [() => init.calculateGain("gelu" as never), "calculateGain: unsupported nonlinearity gelu"],
    [
      () => init.xavierUniform_(torch.zeros([3, 3]), { scale: 1 } as never),
      "xavierUniform_: unknown option scale; the options are gain",
    ],
    [() => init.uniform_([1] as never), "uniform_: expected a Tensor, got an array"],
    [() => init.zeros_(undefined as never), "constant_: expected a Tensor, got undefined"],
  ])("%s", (call, message) => {
    expect(call).toThrow(message);
  });
});
