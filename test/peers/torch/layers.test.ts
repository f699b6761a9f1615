import { describe, expect, test } from "vitest";
import * as torch from "../../../src/index.js";
import { missing } from "../../requirements.js";
import { type Answer, askTorch, fromPython } from "./python.js";

const { nn } = torch;
const F = nn.functional;

type Apply = (...inputs: torch.Tensor[]) => torch.Tensor;
type Case = [python: string, ours: Apply, ...shapes: number[][]];

/** Values without ties, the same on both sides. */
const count = (shape: number[]): number => shape.reduce((n, size) => n * size, 1);
const pythonInput = (shape: number[], k: number): string =>
  `((torch.arange(${count(shape)}, dtype=torch.float64) * ${k + 7.3}).sin() * 2).reshape([${shape}]).requires_grad_()`;
const ourInput = (shape: number[], k: number): torch.Tensor =>
  torch
    .arange(count(shape), { dtype: "float64" })
    .mul(k + 7.3)
    .sin()
    .mul(2)
    .reshape(shape)
    .detach()
    .requiresGrad_();

const image = [2, 4, 7, 6];
const signal = [2, 4, 9];

const cases: Case[] = [
  [
    "lambda x, w, b: F.conv1d(x, w, b, 2, 1, 2)",
    (x, w, b) => F.conv1d(x, w, b, 2, 1, 2),
    signal,
    [3, 4, 3],
    [3],
  ],
  [
    "lambda x, w: F.conv1d(x, w, padding='same', dilation=3)",
    (x, w) => F.conv1d(x, w, { padding: "same", dilation: 3 }),
    signal,
    [3, 4, 2],
  ],
  [
    "lambda x, w: F.conv1d(x, w, padding='valid')",
    (x, w) => F.conv1d(x, w, { padding: "valid" }),
    [4, 9],
    [3, 4, 2],
  ],
  [
    "lambda x, w, b: F.conv2d(x, w, b, (2, 1), (1, 2), (1, 2), 2)",
    (x, w, b) => F.conv2d(x, w, b, [2, 1], [1, 2], [1, 2], 2),
    image,
    [6, 2, 3, 2],
    [6],
  ],
  [
    "lambda x, w: F.conv2d(x, w, padding='same')",
    (x, w) => F.conv2d(x, { weight: w, padding: "same" }),
    image,
    [1, 4, 2, 4],
  ],
  ["lambda x, w: F.conv2d(x, w, stride=3)", (x, w) => F.conv2d(x, w, { stride: 3 }), [4, 7, 6], [2, 4, 2, 2]],
  [
    "lambda x, w: F.conv2d(x.transpose(2, 3), w.transpose(2, 3), groups=4)",
    (x, w) => F.conv2d(x.transpose(2, 3), w.transpose(2, 3), { groups: 4 }),
    image,
    [4, 1, 3, 2],
  ],
  [
    "lambda x, w, b: F.conv_transpose1d(x, w, b, 3, 1, 2, 2, 2)",
    (x, w, b) => F.convTranspose1d(x, w, b, 3, 1, 2, 2, 2),
    signal,
    [4, 3, 3],
    [6],
  ],
  [
    "lambda x, w: F.conv_transpose2d(x, w, stride=(2, 3), output_padding=(1, 2), padding=1)",
    (x, w) => F.convTranspose2d(x, w, { stride: [2, 3], outputPadding: [1, 2], padding: 1 }),
    image,
    [4, 2, 3, 2],
  ],
  ["lambda x, w: F.conv_transpose2d(x, w)", (x, w) => F.convTranspose2d(x, w), [4, 3, 2], [4, 2, 2, 2]],
  ["lambda x: F.max_pool1d(x, 3, 2, 1)", (x) => F.maxPool1d(x, 3, 2, 1), signal],
  ["lambda x: F.max_pool1d(x, 2, dilation=3)", (x) => F.maxPool1d(x, 2, { dilation: 3 }), [4, 9]],
  [
    "lambda x: F.max_pool2d(x, (3, 2), 2, (1, 0), (1, 2), True)",
    (x) => F.maxPool2d(x, [3, 2], 2, [1, 0], [1, 2], true),
    image,
  ],
  [
    "lambda x: F.max_pool2d(x, 3, 2, 1)",
    (x) => F.maxPool2d(x, { kernelSize: 3, stride: 2, padding: 1 }),
    [4, 7, 6],
  ],
  [
    "lambda x: F.max_pool2d(x, 2, return_indices=True)[1].double()",
    (x) => F.maxPool2d(x, 2, { returnIndices: true })[1].double(),
    image,
  ],
  ["lambda x: F.avg_pool1d(x, 3, 2, 1, True, False)", (x) => F.avgPool1d(x, 3, 2, 1, true, false), signal],
  ["lambda x: F.avg_pool2d(x, 3, 2, 1, True)", (x) => F.avgPool2d(x, 3, 2, 1, true), image],
  [
    "lambda x: F.avg_pool2d(x, (2, 3), divisor_override=5)",
    (x) => F.avgPool2d(x, [2, 3], { divisorOverride: 5 }),
    image,
  ],
  ["lambda x: F.avg_pool2d(x, 4, 3, 2, True, False)", (x) => F.avgPool2d(x, 4, 3, 2, true, false), [4, 7, 6]],
  ["lambda x: F.adaptive_avg_pool1d(x, 4)", (x) => F.adaptiveAvgPool1d(x, 4), signal],
  ["lambda x: F.adaptive_avg_pool2d(x, (3, None))", (x) => F.adaptiveAvgPool2d(x, [3, null]), image],
  ["lambda x: F.adaptive_max_pool1d(x, 4)", (x) => F.adaptiveMaxPool1d(x, 4), signal],
  ["lambda x: F.adaptive_max_pool2d(x, (3, 4))", (x) => F.adaptiveMaxPool2d(x, [3, 4]), image],
  [
    "lambda x, w, b: F.batch_norm(x, None, None, w, b, True)",
    (x, w, b) => F.batchNorm(x, null, null, w, b, true),
    image,
    [4],
    [4],
  ],
  [
    "lambda x, w, m: F.batch_norm(x, m.detach(), m.detach() ** 2 + 1, w)",
    (x, w, m) => F.batchNorm(x, m.detach(), m.detach().square().add(1), w),
    signal,
    [4],
    [4],
  ],
  ["lambda x: F.instance_norm(x, eps=0.1)", (x) => F.instanceNorm(x, { eps: 0.1 }), image],
  [
    "lambda x, w, b: F.layer_norm(x, (7, 6), w, b)",
    (x, w, b) => F.layerNorm(x, [7, 6], w, b),
    image,
    [7, 6],
    [7, 6],
  ],
  ["lambda x, w, b: F.group_norm(x, 2, w, b)", (x, w, b) => F.groupNorm(x, 2, w, b), image, [4], [4]],
  [
    "lambda x: F.local_response_norm(x, 3, 0.5, 0.6, 2.)",
    (x) => F.localResponseNorm(x, 3, 0.5, 0.6, 2),
    image,
  ],
  ["lambda x: F.local_response_norm(x, 2, 0.5)", (x) => F.localResponseNorm(x, 2, 0.5), signal],
];

/** Modules with the parameters that PyTorch draws from the same seed, in a float64 default. */
type ModuleCase = [
  python: string,
  ours: () => torch.nn.Module,
  call: string,
  apply: (m: never, x: torch.Tensor) => torch.Tensor,
  shape: number[],
];
const first = (m: { forward(x: torch.Tensor): [torch.Tensor, unknown] }, x: torch.Tensor): torch.Tensor =>
  m.forward(x)[0];
const whole = (m: torch.nn.Layer, x: torch.Tensor): torch.Tensor => m.forward(x);
const lastCell = (m: torch.nn.LSTM, x: torch.Tensor): torch.Tensor => m.forward(x)[1][1];
const self = (m: torch.nn.MultiheadAttention, x: torch.Tensor): torch.Tensor => m.forward(x, x, x)[0];
const causal = (m: torch.nn.MultiheadAttention, x: torch.Tensor): torch.Tensor =>
  m.forward(x, x, x, { attnMask: torch.ones([3, 3], { dtype: "bool" }).triu(1), needWeights: false })[0];
const heads = (m: torch.nn.MultiheadAttention, x: torch.Tensor): torch.Tensor =>
  m.forward(x, x, x, { averageAttnWeights: false })[1] as torch.Tensor;
const padded = (m: torch.nn.MultiheadAttention, x: torch.Tensor): torch.Tensor =>
  m.forward(x, x, x, {
    keyPaddingMask: torch.tensor([
      [false, false, true],
      [true, false, false],
    ]),
  })[0];
const rightClasses = (m: torch.nn.AdaptiveLogSoftmaxWithLoss, x: torch.Tensor): torch.Tensor =>
  m.forward(x, torch.tensor([8, 0, 2, 5], { dtype: "int64" })).output;
const allClasses = (m: torch.nn.AdaptiveLogSoftmaxWithLoss, x: torch.Tensor): torch.Tensor =>
  torch.cat([m.logProb(x), m.predict(x).unsqueeze(1).double()], 1);

const modules: ModuleCase[] = [
  [
    "nn.Conv1d(4, 2, 3, padding=1, bias=False)",
    () => new nn.Conv1d(4, 2, 3, { padding: 1, bias: false }),
    "m(x)",
    whole,
    signal,
  ],
  [
    "nn.Conv2d(4, 6, (3, 2), 2, 1, groups=2)",
    () => new nn.Conv2d(4, 6, [3, 2], 2, 1, { groups: 2 }),
    "m(x)",
    whole,
    image,
  ],
  [
    "nn.Conv2d(4, 2, 3, padding='same', dilation=2)",
    () => new nn.Conv2d(4, 2, 3, { padding: "same", dilation: 2 }),
    "m(x)",
    whole,
    image,
  ],
  [
    "nn.ConvTranspose2d(4, 6, 3, 2, output_padding=1, groups=2)",
    () => new nn.ConvTranspose2d(4, 6, 3, 2, { outputPadding: 1, groups: 2 }),
    "m(x)",
    whole,
    image,
  ],
  ["nn.ConvTranspose1d(4, 2, 3, 2)", () => new nn.ConvTranspose1d(4, 2, 3, 2), "m(x)", whole, signal],
  ["nn.MaxPool2d(2)", () => new nn.MaxPool2d(2), "m(x)", whole, image],
  [
    "nn.MaxPool1d(3, stride=2, ceil_mode=True)",
    () => new nn.MaxPool1d(3, { stride: 2, ceilMode: true }),
    "m(x)",
    whole,
    signal,
  ],
  ["nn.AvgPool2d((2, 3), 2)", () => new nn.AvgPool2d([2, 3], 2), "m(x)", whole, image],
  ["nn.AvgPool1d(2)", () => new nn.AvgPool1d(2), "m(x)", whole, signal],
  ["nn.AdaptiveAvgPool2d((1, 1))", () => new nn.AdaptiveAvgPool2d([1, 1]), "m(x)", whole, image],
  ["nn.BatchNorm2d(4)", () => new nn.BatchNorm2d(4), "m(x)", whole, image],
  [
    "nn.BatchNorm1d(4, momentum=None)",
    () => new nn.BatchNorm1d(4, { momentum: null }),
    "m(x)",
    whole,
    signal,
  ],
  [
    "nn.InstanceNorm2d(4, affine=True)",
    () => new nn.InstanceNorm2d(4, { affine: true }),
    "m(x)",
    whole,
    image,
  ],
  [
    "nn.InstanceNorm1d(4, track_running_stats=True).eval()",
    () => new nn.InstanceNorm1d(4, { trackRunningStats: true }).eval(),
    "m(x)",
    whole,
    signal,
  ],
  ["nn.LayerNorm([7, 6])", () => new nn.LayerNorm([7, 6]), "m(x)", whole, image],
  ["nn.GroupNorm(2, 4)", () => new nn.GroupNorm(2, 4), "m(x)", whole, image],
  ["nn.LocalResponseNorm(3)", () => new nn.LocalResponseNorm(3), "m(x)", whole, image],
  [
    "nn.RNN(4, 3, 2, nonlinearity='relu')",
    () => new nn.RNN(4, 3, 2, "relu"),
    "m(x)[0]",
    first as never,
    [5, 2, 4],
  ],
  [
    "nn.LSTM(4, 3, 2, batch_first=True, bidirectional=True)",
    () => new nn.LSTM(4, 3, 2, { batchFirst: true, bidirectional: true }),
    "m(x)[0]",
    first as never,
    [2, 5, 4],
  ],
  [
    "nn.LSTM(4, 3, 2, bidirectional=True)",
    () => new nn.LSTM(4, 3, 2, { bidirectional: true }),
    "m(x)[1][1]",
    lastCell as never,
    [5, 2, 4],
  ],
  ["nn.GRU(4, 3, bias=False)", () => new nn.GRU(4, 3, { bias: false }), "m(x)[0]", first as never, [5, 4]],
  ["nn.LSTMCell(4, 3)", () => new nn.LSTMCell(4, 3), "m(x)[0]", first as never, [2, 4]],
  ["nn.GRUCell(4, 3)", () => new nn.GRUCell(4, 3), "m(x)", whole, [2, 4]],
  ["nn.RNNCell(4, 3, bias=False)", () => new nn.RNNCell(4, 3, false), "m(x)", whole, [2, 4]],
  [
    "nn.MultiheadAttention(4, 2)",
    () => new nn.MultiheadAttention(4, 2),
    "m(x, x, x)[0]",
    self as never,
    [3, 2, 4],
  ],
  [
    "nn.MultiheadAttention(4, 2, batch_first=True)",
    () => new nn.MultiheadAttention(4, 2, { batchFirst: true }),
    "m(x, x, x, attn_mask=torch.ones(3, 3, dtype=torch.bool).triu(1), need_weights=False)[0]",
    causal as never,
    [2, 3, 4],
  ],
  [
    "nn.MultiheadAttention(4, 2, batch_first=True, add_bias_kv=True, add_zero_attn=True)",
    () => new nn.MultiheadAttention(4, 2, { batchFirst: true, addBiasKv: true, addZeroAttn: true }),
    "m(x, x, x, key_padding_mask=torch.tensor([[False, False, True], [True, False, False]]))[0]",
    padded as never,
    [2, 3, 4],
  ],
  [
    "nn.MultiheadAttention(4, 2, bias=False, kdim=4, vdim=4)",
    () => new nn.MultiheadAttention(4, 2, { bias: false, kdim: 4, vdim: 4 }),
    "m(x, x, x, average_attn_weights=False)[1]",
    heads as never,
    [3, 4],
  ],
  [
    "nn.TransformerEncoderLayer(4, 2, 6, dropout=0)",
    () => new nn.TransformerEncoderLayer(4, 2, 6, { dropout: 0 }),
    "m(x)",
    whole,
    [3, 2, 4],
  ],
  [
    "nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 6, 0, 'gelu', norm_first=True, batch_first=True), 2, nn.LayerNorm(4))",
    () =>
      new nn.TransformerEncoder(
        new nn.TransformerEncoderLayer(4, 2, 6, 0, "gelu", { normFirst: true, batchFirst: true }),
        2,
        new nn.LayerNorm(4),
      ),
    "m(x)",
    whole,
    [2, 3, 4],
  ],
  [
    "nn.AdaptiveLogSoftmaxWithLoss(16, 9, [2, 3, 6], 2.5, head_bias=True)",
    () => new nn.AdaptiveLogSoftmaxWithLoss(16, 9, [2, 3, 6], 2.5, { headBias: true }),
    "m(x, torch.tensor([8, 0, 2, 5]))[0]",
    rightClasses as never,
    [4, 16],
  ],
  [
    "nn.AdaptiveLogSoftmaxWithLoss(16, 9, [2, 3])",
    () => new nn.AdaptiveLogSoftmaxWithLoss(16, 9, [2, 3]),
    "torch.cat([m.log_prob(x), m.predict(x)[:, None]], 1)",
    allClasses as never,
    [4, 16],
  ],
];

function compare(actual: torch.Tensor | null, answer: Answer, tolerance = 1e-10): void {
  if (answer.kind !== "tensor") throw new Error(JSON.stringify(answer));
  expect(actual?.shape).toEqual(answer.shape);
  const expected = answer.values.map(fromPython);
  (actual as torch.Tensor).toArray().forEach((value, k) => {
    expect(Math.abs(value - (expected[k] as number)), `${value} is not ${expected[k]}`).toBeLessThanOrEqual(
      tolerance * Math.max(1, Math.abs(expected[k] as number)),
    );
  });
}

/** The value, and the gradient of a weighted sum of it by every input. */
function gradients(apply: Apply, ...inputs: torch.Tensor[]): (torch.Tensor | null)[] {
  const y = apply(...inputs);
  if (!y.requiresGrad) return [y, ...inputs.map(() => null)];
  const weights = torch.arange(1, y.count + 1, { dtype: "float64" }).reshape(y.shape);
  y.mul(weights).sum().backward();
  return [y.detach(), ...inputs.map(({ grad }) => grad)];
}

describe.skipIf(missing("python3-torch"))("layers against PyTorch", () => {
  const F_ = "(lambda f: gradients(f, *XS))";
  const functionAnswers = askTorch(
    cases.map(([python, , ...shapes]) => {
      const inputs = shapes.map(pythonInput).join(", ");
      const f = `eval(${JSON.stringify(python)}, {'F': torch.nn.functional, 'torch': torch})`;
      return python.includes("indices") ? `[${f}(${inputs})]` : `${F_.replace("XS", `[${inputs}]`)}(${f})`;
    }),
  );
  test.each(cases.map((entry, k) => [entry[0], k] as const))("%s", (_, k) => {
    const [, apply, ...shapes] = cases[k] as Case;
    const answer = functionAnswers[k] as Answer;
    if (answer.kind !== "list") throw new Error(JSON.stringify(answer));
    const results = gradients(apply, ...shapes.map(ourInput));
    answer.items.forEach((item, i) => {
      if (item.kind === "text") expect([results[i], item.text]).toEqual([null, "None"]);
      else compare(results[i] as torch.Tensor, item);
    });
  });

  const moduleAnswers = askTorch(
    modules.map(
      ([python, , call, , shape]) =>
        `(lambda m, x: (lambda y: [y.detach(), str(m), ' '.join(m.state_dict().keys()), *[v for v in m.state_dict().values()], *torch.autograd.grad((y * y).sum(), [x])])(${call}))(` +
        `(torch.set_default_dtype(torch.float64), torch.manual_seed(3), eval(${JSON.stringify(python)}, {'nn': torch.nn, 'torch': torch}))[2], ${pythonInput(shape, 0)})`,
    ),
  );
  test.each(modules.map((entry, k) => [entry[0], k] as const))("%s", (_, k) => {
    const [, make, , apply, shape] = modules[k] as ModuleCase;
    const answer = moduleAnswers[k] as Answer;
    if (answer.kind !== "list") throw new Error(JSON.stringify(answer));
    const before = torch.getDefaultDtype();
    torch.setDefaultDtype("float64");
    try {
      torch.manualSeed(3);
      const module = make();
      const x = ourInput(shape, 0);
      const y = apply(module as never, x);
      const [value, text, names, ...rest] = answer.items as [Answer, Answer, Answer, ...Answer[]];
      compare(y, value);
      expect({ kind: "text", text: String(module) }).toEqual(text);
      const state = module.stateDict();
      expect({ kind: "text", text: Object.keys(state).join(" ") }).toEqual(names);
      Object.values(state).forEach((tensor, i) => {
        compare(tensor, rest[i] as Answer);
      });
      y.mul(y).sum().backward();
      compare(x.grad, rest.at(-1) as Answer, 1e-9);
    } finally {
      torch.setDefaultDtype(before);
    }
  });
});
