import { describe, expect, test } from "vitest";
import * as torch from "../../../src/index.js";
import { missing } from "../../requirements.js";
import { askTorch } from "./python.js";

const noTorch = missing("python3-torch");
// Vitest runs the body of a `describe` that it skips.
const answersOf: typeof askTorch = (expressions) => (noTorch ? [] : askTorch(expressions));

/** Data and options whose JSON is Python too; "inf" and "nan" are names there. */
const { tensor } = torch;
const cases: [python: string, ours: () => unknown][] = [
  ["torch.tensor(3.)", () => tensor(3)],
  ["torch.tensor(0.1)", () => tensor(0.1)],
  ["torch.tensor(-0.)", () => tensor(-0)],
  ["torch.tensor(1e10)", () => tensor(1e10)],
  ["torch.tensor(1e-10)", () => tensor(1e-10)],
  ["torch.tensor(float('nan'))", () => tensor(NaN)],
  ["torch.tensor(float('-inf'))", () => tensor(-Infinity)],
  ["torch.tensor(True)", () => tensor(true)],
  ["torch.tensor(5)", () => tensor(5, { dtype: "int64" })],
  ["torch.tensor([])", () => tensor([])],
  ["torch.tensor([], dtype=torch.int64)", () => tensor([], { dtype: "int64" })],
  ["torch.tensor([[]])", () => tensor([[]])],
  ["torch.zeros(0, 3)", () => torch.zeros([0, 3])],
  ["torch.zeros(2, 0, 3, dtype=torch.float64)", () => torch.zeros([2, 0, 3], { dtype: "float64" })],
  ["torch.tensor([1., 2., 3.])", () => tensor([1, 2, 3])],
  ["torch.tensor([1., -2., 30.])", () => tensor([1, -2, 30])],
  ["torch.tensor([1., 2.5])", () => tensor([1, 2.5])],
  ["torch.tensor([1., float('nan')])", () => tensor([1, NaN])],
  ["torch.tensor([1.5, float('inf'), -1.])", () => tensor([1.5, Infinity, -1])],
  ["torch.tensor([float('inf'), float('nan')])", () => tensor([Infinity, NaN])],
  ["torch.tensor([0., 0.])", () => tensor([0, 0])],
  ["torch.tensor([0., -0., 1.])", () => tensor([0, -0, 1])],
  ["torch.tensor([0., -0., 1.5])", () => tensor([0, -0, 1.5])],
  ["torch.tensor([0., 0.0001])", () => tensor([0, 0.0001])],
  ["torch.tensor([0., 0.00009])", () => tensor([0, 0.00009])],
  ["torch.tensor([1e-5, 1.])", () => tensor([1e-5, 1])],
  ["torch.tensor([1., 1000.])", () => tensor([1, 1000])],
  ["torch.tensor([1., 1001.])", () => tensor([1, 1001])],
  ["torch.tensor([0.5, 500.])", () => tensor([0.5, 500])],
  ["torch.tensor([0.5, 500.5])", () => tensor([0.5, 500.5])],
  ["torch.tensor([1e8, 1e8])", () => tensor([1e8, 1e8])],
  ["torch.tensor([1.1e8, 1e8])", () => tensor([1.1e8, 1e8])],
  ["torch.tensor([1e-40, 1.])", () => tensor([1e-40, 1])],
  ["torch.tensor([1e100, 1.], dtype=torch.float64)", () => tensor([1e100, 1], { dtype: "float64" })],
  ["torch.tensor([1e-300, -1.], dtype=torch.float64)", () => tensor([1e-300, -1], { dtype: "float64" })],
  // Exact ties, which C rounds to the even digit.
  ["torch.tensor([100005., 1.])", () => tensor([100005, 1])],
  ["torch.tensor([100015., 1.])", () => tensor([100015, 1])],
  ["torch.tensor([-100005., 1.])", () => tensor([-100005, 1])],
  ["torch.tensor([100005.5, 1.])", () => tensor([100005.5, 1])],
  ["torch.tensor([0.03125, 0.09375, 0.15625])", () => tensor([0.03125, 0.09375, 0.15625])],
  ["torch.tensor([-0.03125, -0.09375])", () => tensor([-0.03125, -0.09375])],
  ["torch.tensor([99.99995, 0.5])", () => tensor([99.99995, 0.5])],
  [
    "torch.tensor([[1., 2.], [3., 4.]])",
    () =>
      tensor([
        [1, 2],
        [3, 4],
      ]),
  ],
  [
    "torch.tensor([[1., 2.], [3., 4.]]).t()",
    () =>
      tensor([
        [1, 2],
        [3, 4],
      ]).t(),
  ],
  ["torch.tensor([True, False])", () => tensor([true, false])],
  ["torch.tensor([[True], [False]])", () => tensor([[true], [false]])],
  ["torch.tensor([1, 200, -3])", () => tensor([1, 200, -3], { dtype: "int64" })],
  ["torch.tensor([1, 2], dtype=torch.int32)", () => tensor([1, 2], { dtype: "int32" })],
  ["torch.tensor([1, 255], dtype=torch.uint8)", () => tensor([1, 255], { dtype: "uint8" })],
  ["torch.tensor([2**53, 1])", () => tensor([2 ** 53, 1], { dtype: "int64" })],
  ["torch.tensor([1.5], dtype=torch.float64)", () => tensor([1.5], { dtype: "float64" })],
  ["torch.tensor([1.], requires_grad=True)", () => tensor([1], { requiresGrad: true })],
  [
    "torch.tensor([1.], requires_grad=True, dtype=torch.float64)",
    () => tensor([1], { requiresGrad: true, dtype: "float64" }),
  ],
  ["torch.arange(24.).reshape(2, 3, 4)", () => torch.arange(24, { dtype: "float32" }).reshape([2, 3, 4])],
  ["torch.arange(24).reshape(2, 1, 3, 4)", () => torch.arange(24).reshape([2, 1, 3, 4])],
  ["torch.arange(50.) / 7", () => torch.arange(50, { dtype: "float32" }).div(7)],
  ["torch.arange(40.).reshape(2, 20)", () => torch.arange(40, { dtype: "float32" }).reshape([2, 20])],
  ["torch.arange(1000)", () => torch.arange(1000)],
  ["torch.arange(1001)", () => torch.arange(1001)],
  ["torch.arange(1001.)", () => torch.arange(1001, { dtype: "float32" })],
  ["torch.arange(2000.).reshape(40, 50)", () => torch.arange(2000, { dtype: "float32" }).reshape([40, 50])],
  ["torch.arange(1200).reshape(6, 200)", () => torch.arange(1200).reshape([6, 200])],
  ["torch.arange(1400).reshape(7, 4, 50)", () => torch.arange(1400).reshape([7, 4, 50])],
  ["torch.arange(4096).reshape(8, 8, 8, 8)", () => torch.arange(4096).reshape([8, 8, 8, 8])],
  ["torch.zeros(1001, 1)", () => torch.zeros([1001, 1])],
  ["torch.zeros(1, 1001)", () => torch.zeros([1, 1001])],
  ["torch.zeros(2000, dtype=torch.bool)", () => torch.zeros([2000], { dtype: "bool" })],
  // The suffixes, and where they break the line.
  ["leaf([1., 2.]) + 1", () => leaf([1, 2]).add(1)],
  ["leaf([1., 2.]) - 1", () => leaf([1, 2]).sub(1)],
  ["leaf([1., 2.]) * 2", () => leaf([1, 2]).mul(2)],
  ["leaf([1., 2.]) / 2", () => leaf([1, 2]).div(2)],
  ["-leaf([1., 2.])", () => leaf([1, 2]).neg()],
  ["leaf([1., 2.]) ** 2", () => leaf([1, 2]).pow(2)],
  ["leaf([1., 2.]) ** leaf([1., 2.])", () => leaf([1, 2]).pow(leaf([1, 2]))],
  ["leaf([1., 2.]).exp()", () => leaf([1, 2]).exp()],
  ["leaf([1., 2.]).log()", () => leaf([1, 2]).log()],
  ["leaf([1., 2.]).sqrt()", () => leaf([1, 2]).sqrt()],
  ["leaf([1., 2.]).sin()", () => leaf([1, 2]).sin()],
  ["leaf([1., 2.]).cos()", () => leaf([1, 2]).cos()],
  ["leaf([1., 2.]).tanh()", () => leaf([1, 2]).tanh()],
  ["leaf([1., 2.]).sigmoid()", () => leaf([1, 2]).sigmoid()],
  ["leaf([1., 2.]).relu()", () => leaf([1, 2]).relu()],
  ["leaf([1., 2.]).abs()", () => leaf([1, 2]).abs()],
  ["leaf([1., 2.]).sign()", () => leaf([1, 2]).sign()],
  ["leaf([1., 2.]).square()", () => leaf([1, 2]).square()],
  ["leaf([1., 2.]).clone()", () => leaf([1, 2]).clone()],
  ["leaf([1., 2.]).double()", () => leaf([1, 2]).double()],
  ["leaf([1., 2.]).sum()", () => leaf([1, 2]).sum()],
  ["leaf([[1., 2.]]).sum(1)", () => leaf([[1, 2]]).sum(1)],
  ["leaf([1., 2.]).mean()", () => leaf([1, 2]).mean()],
  ["leaf([[1., 2.]]).mean(0)", () => leaf([[1, 2]]).mean(0)],
  ["leaf([[1., 2.]]) @ leaf([[1.], [2.]])", () => leaf([[1, 2]]).matmul(leaf([[1], [2]]))],
  ["leaf([[1., 2.]]).t()", () => leaf([[1, 2]]).t()],
  ["leaf([[1., 2.]]).T", () => leaf([[1, 2]]).T],
  ["leaf([[1., 2.]]).transpose(0, 1)", () => leaf([[1, 2]]).transpose(0, 1)],
  ["leaf([[1., 2.]]).permute(1, 0)", () => leaf([[1, 2]]).permute([1, 0])],
  ["leaf([[1., 2.]]).view(2)", () => leaf([[1, 2]]).view([2])],
  ["leaf([[1., 2.]]).squeeze()", () => leaf([[1, 2]]).squeeze()],
  ["leaf([[1., 2.]]).squeeze(0)", () => leaf([[1, 2]]).squeeze(0)],
  ["leaf([1., 2.]).unsqueeze(0)", () => leaf([1, 2]).unsqueeze(0)],
  ["leaf([1., 2.]).expand(2, 2)", () => leaf([1, 2]).expand([2, 2])],
  ["leaf([1., 2.]).narrow(0, 1, 1)", () => leaf([1, 2]).narrow(0, 1, 1)],
  ["leaf([1., 2.]).select(0, 1)", () => leaf([1, 2]).select(0, 1)],
  [
    "torch.nn.functional.mse_loss(leaf([1.]), leaf([2.]))",
    () => torch.nn.functional.mseLoss(leaf([1]), leaf([2])),
  ],
  [
    "torch.nn.functional.linear(leaf([[1.]]), leaf([[2.]]))",
    () => torch.nn.functional.linear(leaf([[1]]), leaf([[2]])),
  ],
  [
    "torch.nn.functional.linear(leaf([[1.]]), leaf([[2.]]), leaf([1.]))",
    () => torch.nn.functional.linear(leaf([[1]]), leaf([[2]]), leaf([1])),
  ],
  ["leaf([1.23456] * 7) * 1", () => leaf(Array(7).fill(1.23456)).mul(1)],
  ["leaf([1.23456] * 6, dtype=torch.float64) * 1", () => leaf(Array(6).fill(1.23456), "float64").mul(1)],
  ["leaf([1.23456] * 9, dtype=torch.float64) * 1", () => leaf(Array(9).fill(1.23456), "float64").mul(1)],
  ["torch.nn.Parameter(torch.ones(2))", () => new torch.nn.Parameter(torch.ones([2]))],
  ["torch.nn.Linear(10, 20)", () => new torch.nn.Linear(10, 20)],
  ["torch.nn.Linear(2, 3, bias=False)", () => new torch.nn.Linear(2, 3, { bias: false })],
  [
    "torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Sequential(torch.nn.ReLU()), torch.nn.MSELoss())",
    () =>
      new torch.nn.Sequential(
        new torch.nn.Linear(2, 3),
        new torch.nn.Sequential(new torch.nn.ReLU()),
        new torch.nn.MSELoss() as unknown as torch.nn.Layer,
      ),
  ],
  ["torch.nn.Sequential()", () => new torch.nn.Sequential()],
];

function leaf(data: torch.TensorData, dtype: torch.DType = "float32"): torch.Tensor {
  return tensor(data, { dtype, requiresGrad: true });
}

/** Random values of many magnitudes, as exact decimal text, so that both sides read the same numbers. */
function randomCases(): typeof cases {
  const generator = new torch.Generator();
  generator.manualSeed(20);
  return Array.from({ length: 300 }, (_, k) => {
    const spread = (k % 7) + 1;
    const count = (k % 11) + 1;
    const dtype = k % 2 === 0 ? "float32" : "float64";
    const exponents = torch.randint(-spread, spread + 1, [count], { generator }).toArray();
    const values = Array.from(torch.randn([count], { dtype: "float64", generator }).toArray(), (value, i) =>
      k % 5 === 0 ? Math.round(value * 10 ** Math.abs(exponents[i])) + 0 : value * 10 ** exponents[i],
    );
    return [`torch.tensor(${JSON.stringify(values)}, dtype=torch.${dtype})`, () => tensor(values, { dtype })];
  });
}

describe.skipIf(noTorch)("printed text equals PyTorch's", () => {
  const all = [...cases, ...randomCases()];
  const answers = answersOf(all.map(([python]) => `str(${python})`));
  test.each(all.map(([python, ours], k) => ({ python, ours, k })))("$python", ({ ours, k }) => {
    const answer = answers[k];
    expect(answer).toEqual({ kind: "text", text: String(ours()) });
  });
});
