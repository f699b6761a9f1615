import { describe, expect, test } from "vitest";
import * as torch from "../../../src/index.js";
import { evaluateTorch } from "../../golden/library.js";
import { missing } from "../../requirements.js";
import { type Answer, askTorch, fromPython } from "./python.js";

const noTorch = missing("python3-torch");
// Vitest runs the body of a `describe` that it skips.
const answersOf: typeof askTorch = (expressions) => (noTorch ? [] : askTorch(expressions));

/** Where activations bend, and what overflows. */
const corners = [
  -1000, -30, -8, -6, -3, -2.5, -1, -0.5, -0.125, 0, 0.125, 0.5, 1, 2.5, 3, 6, 8, 19.5, 20.5, 1000,
];
const a = [
  [0.5, -1.25, 2, -0.75],
  [1, 0.25, -2.5, 3],
  [-0.125, 1.5, -1, 0.75],
];
const b = [
  [0.5, 1.25, -1, 0.25],
  [-1, 0.5, 1.5, 1],
  [2, -0.5, 0.875, -3],
];
const probabilities = [
  [0.125, 0.5, 0.75, 0.25],
  [0.875, 0.25, 0.5, 0.0625],
  [0.5, 0.625, 1, 0],
];
const signs = [
  [1, -1, 1, 1],
  [-1, -1, 1, -1],
  [1, 1, -1, -1],
];
const images = [
  [
    [0.5, -1],
    [2, 0.25],
    [-0.75, 1],
  ],
  [
    [1.5, 0],
    [-2, 1.25],
    [0.125, -0.5],
  ],
];
/** Five times, four samples, three classes. */
const overTime = Array.from({ length: 5 }, (_, t) =>
  Array.from({ length: 4 }, (_, n) =>
    Array.from({ length: 3 }, (_, c) => ((7 * t + 5 * n + 3 * c) % 11) / 4),
  ),
);
type Data = number[] | number[][] | number[][][];

const INT = "dtype=torch.int64";
const classes = `torch.tensor([1, 3, 0], ${INT})`;
const classWeight = "torch.tensor([0.5, 2.0, 1.0, 0.25], dtype=torch.float64)";
const places = `torch.tensor([[2, 0], [-100, 1]], ${INT})`;
const reductions = ["mean", "sum", "none"];
const reduced = (call: string): string[] =>
  reductions.map((reduction) => call.replace(/\)$/, `, reduction='${reduction}')`));

/** A target that fits, repeated labels, an empty target, and one that does not fit into its input. */
const padded = `torch.tensor([[1, 2, 1], [2, 2, 0], [0, 0, 0], [1, 1, 2]], ${INT})`;
const ctc = (more = ""): string =>
  `F.ctc_loss(F.log_softmax(x0, -1), ${padded}, [5, 4, 3, 3], [3, 2, 0, 3]${more})`;
const joined = `F.ctc_loss(F.log_softmax(x0, -1), torch.tensor([0, 0, 1, 0, 1], ${INT}), torch.tensor([5, 5, 2, 1]), torch.tensor([2, 3, 0, 0]), blank=2)`;

/** Expressions over x0 and x1, and the values of these. */
const cases: [inputs: Data[], expressions: string[]][] = [
  [
    [corners],
    [
      "F.relu(x0)",
      "F.relu6(x0)",
      "F.gelu(x0)",
      "F.gelu(x0, approximate='tanh')",
      "F.elu(x0)",
      "F.elu(x0, 0.5)",
      "F.celu(x0, 2.0)",
      "F.selu(x0)",
      "F.leaky_relu(x0)",
      "F.leaky_relu(x0, -0.5)",
      "F.rrelu(x0, 0.25, 0.5)",
      "F.prelu(x0, torch.tensor([0.25], dtype=torch.float64))",
      "F.softplus(x0)",
      "F.softplus(x0, 2.5, 10)",
      "F.hardtanh(x0)",
      "F.hardtanh(x0, -3, 6)",
      "F.hardsigmoid(x0)",
      "F.hardswish(x0)",
      "F.hardshrink(x0)",
      "F.softshrink(x0)",
      "F.softshrink(x0, 1)",
      "F.logsigmoid(x0)",
      "F.softsign(x0)",
      "F.tanhshrink(x0)",
      "F.threshold(x0, 0.5, -2.5)",
      "F.silu(x0[2:-1])",
      "F.mish(x0[2:-1])",
    ],
  ],
  [
    [a, b],
    [
      ...["F.mse_loss(x0, x1)", "F.l1_loss(x0, x1)", "F.huber_loss(x0, x1)"].flatMap(reduced),
      ...["F.smooth_l1_loss(x0, x1)", "F.smooth_l1_loss(x0, x1, beta=0.5)"].flatMap(reduced),
      ...reduced("F.huber_loss(x0, x1, delta=2.5)"),
      ...reduced("F.kl_div(x0, x1, log_target=True)"),
      "F.kl_div(x0, x1, reduction='batchmean', log_target=True)",
      ...reduced("F.triplet_margin_loss(x0, x1, x0 * x1)"),
      ...reduced("F.triplet_margin_loss(x0, x1, x0 * x1, margin=3, p=1, swap=True)"),
      ...reduced("F.cosine_embedding_loss(x0, x1, torch.tensor([1, -1, -1]), margin=-0.5)"),
      ...reduced("F.margin_ranking_loss(x0, x1, torch.sign(x0 + x1).detach(), margin=0.5)"),
      "F.cosine_similarity(x0, x1)",
      "F.cosine_similarity(x0, x1, dim=0, eps=0.5)",
      "F.cosine_similarity(x0, x1[0], dim=-1)",
      "F.pairwise_distance(x0, x1)",
      "F.pairwise_distance(x0, x1, 1, 0.5, True)",
      "torch.cdist(x0, x1)",
      "torch.cdist(x0, x1, p=1)",
      "F.prelu(x0, x1[0])",
      "F.bilinear(x0, x1, torch.ones(2, 4, 4, dtype=torch.float64), torch.tensor([1.0, 2.0], dtype=torch.float64))",
    ],
  ],
  [
    [probabilities, probabilities.toReversed()],
    [
      ...reduced("F.binary_cross_entropy(x0, x1.detach())"),
      ...reduced(`F.binary_cross_entropy(x0, x1.detach(), weight=${classWeight})`),
    ],
  ],
  [
    [a, probabilities],
    [
      ...reduced("F.binary_cross_entropy_with_logits(x0, x1)"),
      ...reduced(`F.binary_cross_entropy_with_logits(x0 * 300, x1, weight=${classWeight})`),
      ...reduced(`F.binary_cross_entropy_with_logits(x0, x1, pos_weight=${classWeight})`),
      ...reduced("F.cross_entropy(x0, x1)"),
      ...reduced(`F.cross_entropy(x0, x1, weight=${classWeight}, label_smoothing=0.25)`),
      ...reduced("F.kl_div(F.log_softmax(x0, 1), x1.detach())"),
      ...reduced("F.poisson_nll_loss(x0, x1)"),
      ...reduced("F.poisson_nll_loss(x0, x1.detach() * 4, full=True)"),
      ...reduced("F.poisson_nll_loss(x0.exp(), x1, log_input=False)"),
      ...reduced("F.gaussian_nll_loss(x0, x1, x1)"),
      ...reduced("F.gaussian_nll_loss(x0, x1, x1[:, 0].exp(), full=True, eps=1.5)"),
      ...reduced(`F.multilabel_soft_margin_loss(x0, x1, weight=${classWeight})`),
    ],
  ],
  [
    [a],
    [
      ...reduced(`F.nll_loss(x0, ${classes})`),
      ...reduced(`F.nll_loss(x0, ${classes}, weight=${classWeight}, ignore_index=3)`),
      ...reduced(`F.nll_loss(x0[0], torch.tensor(2, ${INT}))`),
      ...reduced(`F.cross_entropy(x0, ${classes}, label_smoothing=0.25)`),
      ...reduced(
        `F.cross_entropy(x0, ${classes}, weight=${classWeight}, ignore_index=3, label_smoothing=0.25)`,
      ),
      ...reduced(`F.multi_margin_loss(x0, ${classes})`),
      ...reduced(`F.multi_margin_loss(x0, ${classes}, p=2, margin=0.5, weight=${classWeight})`),
      ...reduced(
        `F.multilabel_margin_loss(x0, torch.tensor([[3, 0, -1, 1], [1, -1, 2, 2], [0, 1, 2, 3]], ${INT}))`,
      ),
      ...reduced(`F.hinge_embedding_loss(x0, torch.tensor(${JSON.stringify(signs)}), margin=0.75)`),
      ...reduced(`F.soft_margin_loss(x0 * 2, torch.tensor(${JSON.stringify(signs)}, dtype=torch.float64))`),
      "F.glu(x0)",
      "F.normalize(x0)",
      "F.normalize(x0, p=3, dim=0, eps=2)",
      `F.embedding(torch.tensor([[0, 2], [2, 1]], ${INT}), x0, padding_idx=-2)`,
      `F.embedding(torch.tensor([[0, 2], [2, 2]], ${INT}), x0, scale_grad_by_freq=True)`,
      `F.embedding(torch.tensor([1, 2, 1], ${INT}), x0 * 1, max_norm=2.0)`,
    ],
  ],
  [
    [images],
    [
      ...reduced(`F.nll_loss(x0, ${places})`),
      ...reduced(`F.cross_entropy(x0, ${places})`),
      ...reduced(`F.cross_entropy(x0, ${places}, weight=torch.tensor([0.5, 2.0, 1.0], dtype=torch.float64))`),
      "F.glu(x0, dim=2)",
      "F.prelu(x0, torch.tensor([0.5, 0.25, -1.0], dtype=torch.float64))",
    ],
  ],
  [
    [overTime],
    [
      ...[ctc(), ctc(", zero_infinity=True"), joined].flatMap(reduced),
      `F.ctc_loss(x0, ${padded}, [5, 4, 3, 5], [3, 2, 0, 3])`,
      `F.ctc_loss(F.log_softmax(x0[:, 0] * 400, -1), torch.tensor([1, 2], ${INT}), [5], [2], reduction='none')`,
    ],
  ],
];

const gradientsInPython = (expression: string, inputs: readonly Data[]): string =>
  `[v if v is not None else 'none' for v in gradients(lambda ${inputs.map((_, k) => `x${k}`).join(", ")}: ${expression}, ${inputs
    .map((input) => `leaf(${JSON.stringify(input)}, dtype=torch.float64)`)
    .join(", ")})]`;
const inPython = (expression: string): string =>
  expression.replace(/\bF\./g, "torch.nn.functional.").replace(/\bnn\.(?!functional)/g, "torch.nn.");

function close(actual: torch.Tensor | null, expected: Answer): void {
  if (expected.kind === "text") {
    // A gradient that is not there may also be zeros.
    expect([...(actual?.toArray() ?? [0])].every((value) => value === 0)).toBe(true);
    return;
  }
  if (expected.kind !== "tensor") throw new Error(JSON.stringify(expected));
  expect(actual?.shape).toEqual(expected.shape);
  const values = [...(actual as torch.Tensor).toArray()];
  values.forEach((value, k) => {
    const wanted = fromPython(expected.values[k]!);
    if (!Number.isFinite(wanted)) expect(value).toBe(wanted);
    else expect(Math.abs(value - wanted)).toBeLessThanOrEqual(1e-12 + 1e-12 * Math.abs(wanted));
  });
}

describe.skipIf(noTorch)("values and gradients are PyTorch's", () => {
  const flat = cases.flatMap(([inputs, expressions]) =>
    expressions.map((expression) => ({ inputs, expression })),
  );
  const answers = answersOf(
    flat.map(({ inputs, expression }) => gradientsInPython(inPython(expression), inputs)),
  );
  test.each(flat.map((entry, k) => ({ ...entry, answer: answers[k] })))(
    "$expression",
    ({ inputs, expression, answer }) => {
      if (answer?.kind !== "list") throw new Error(JSON.stringify(answer));
      const leaves = inputs.map((input) => torch.tensor(input, { dtype: "float64", requiresGrad: true }));
      const result = evaluateTorch(
        expression,
        Object.fromEntries(leaves.map((leaf, k) => [`x${k}`, leaf])),
      ) as torch.Tensor;
      const weights = torch.arange(1, result.count + 1, { dtype: "float64" }).reshape(result.shape);
      result.mul(weights).sum().backward();
      close(result, answer.items[0]!);
      leaves.forEach((leaf, k) => {
        close(leaf.grad, answer.items[k + 1]!);
      });
    },
  );
});

/** Seeded draws: float32 and exact. */
const seeded = [
  "F.dropout(torch.ones(4, 6), 0.3)",
  "F.dropout(torch.ones(4, 6).t(), 0.3)",
  "F.dropout(torch.arange(24.).reshape(2, 3, 4).permute(2, 0, 1), 0.3)",
  "F.dropout(torch.ones(3), 1.0)",
  "F.dropout(torch.ones(3), 0.3, False)",
  "F.dropout1d(torch.ones(2, 3, 4))",
  "F.dropout1d(torch.ones(3, 4))",
  "F.dropout2d(torch.ones(2, 3, 2, 2), 0.4)",
  "F.dropout3d(torch.ones(3, 2, 2, 2), 0.4)",
  "F.alpha_dropout(torch.ones(2, 5), 0.5, True)",
  "F.feature_alpha_dropout(torch.ones(2, 3, 4), 0.5, True)",
  "F.rrelu(torch.arange(-8., 8.), training=True)",
  "F.gumbel_softmax(torch.arange(6.).reshape(2, 3), tau=0.5)",
  "F.gumbel_softmax(torch.arange(6.).reshape(2, 3), hard=True, dim=0)",
  "nn.init.orthogonal_(torch.empty(5, 3))",
  "nn.init.orthogonal_(torch.empty(2, 3, 4), gain=2)",
  "nn.init.sparse_(torch.empty(6, 4), 0.4)",
  "nn.init.eye_(torch.empty(3, 5))",
  "nn.init.dirac_(torch.empty(4, 2, 3, 3), 2)",
  "nn.init.dirac_(torch.empty(2, 3, 4))",
  "nn.init.trunc_normal_(torch.empty(40, 5), 0.5, 2.0, -1.0, 3.0)",
  "nn.init.trunc_normal_(torch.empty(40, dtype=torch.float64))",
  "torch.empty(5).random_()",
  "torch.empty(5, dtype=torch.float64).random_(7)",
  "torch.empty(5, dtype=torch.int64).random_(-3, 2**40)",
  "torch.empty(5, dtype=torch.int32).random_()",
  "torch.empty(5, dtype=torch.uint8).random_()",
  "nn.Bilinear(2, 3, 4).weight.detach()",
  "nn.Embedding(4, 3, padding_idx=-1).weight.detach()",
  "torch.rand(3)",
];

describe.skipIf(noTorch)("the same seed gives PyTorch's numbers", () => {
  const answers = answersOf(
    seeded.map((expression) => `(torch.manual_seed(7), ${inPython(expression)}, torch.rand(2))[1:]`),
  );
  test.each(seeded.map((expression, k) => ({ expression, answer: answers[k] })))(
    "$expression",
    ({ expression, answer }) => {
      if (answer?.kind !== "list") throw new Error(JSON.stringify(answer));
      torch.manualSeed(7);
      const result = evaluateTorch(expression) as torch.Tensor;
      const next = torch.rand([2]);
      for (const [k, tensor] of [result, next].entries()) {
        const expected = answer.items[k]!;
        if (expected.kind !== "tensor") throw new Error(JSON.stringify(expected));
        expect(tensor.dtype).toBe(expected.dtype);
        expect(tensor.shape).toEqual(expected.shape);
        const wanted = expected.values.map(fromPython);
        const isExact = !/orthogonal|softmax/.test(expression) && tensor.dtype !== "float64";
        [...tensor.toArray()].forEach((value, i) => {
          if (isExact) expect(value).toBe(tensor.dtype === "float32" ? Math.fround(wanted[i]!) : wanted[i]);
          else expect(Math.abs(value - wanted[i]!)).toBeLessThan(tensor.dtype === "float64" ? 1e-14 : 2e-6);
        });
      }
    },
  );
});

const printed = [
  "ReLU()",
  "ReLU(inplace=True)",
  "ReLU6()",
  "SiLU()",
  "Mish()",
  "SELU(True)",
  "Hardswish()",
  "Hardsigmoid()",
  "LeakyReLU()",
  "LeakyReLU(0.00001, inplace=True)",
  "RReLU()",
  "Threshold(0.1, 20)",
  "ELU()",
  "ELU(0.5, True)",
  "CELU()",
  "Hardtanh()",
  "Hardtanh(-2.5, 2.5, True)",
  "PReLU()",
  "PReLU(3)",
  "GELU()",
  "GELU('tanh')",
  "Softplus()",
  "Softplus(2, 5)",
  "Hardshrink()",
  "Softshrink(0.25)",
  "Sigmoid()",
  "Tanh()",
  "LogSigmoid()",
  "Softsign()",
  "Tanhshrink()",
  "GLU()",
  "Softmax(1)",
  "LogSoftmax(dim=-1)",
  "Softmin(0)",
  "Softmax2d()",
  "Dropout()",
  "Dropout(0.2, True)",
  "Dropout1d()",
  "Dropout2d(0.1)",
  "Dropout3d()",
  "AlphaDropout()",
  "FeatureAlphaDropout()",
  "CosineSimilarity()",
  "PairwiseDistance(1)",
  "Embedding(3, 2)",
  "Embedding(3, 2, padding_idx=-1)",
  "Embedding(3, 2, max_norm=2.0, norm_type=1, scale_grad_by_freq=True)",
  "Identity(3)",
  "Bilinear(1, 2, 3, False)",
  "Flatten()",
  "Flatten(0, 1)",
  "Unflatten(1, (2, 3))",
  "MSELoss()",
  "L1Loss()",
  "SmoothL1Loss()",
  "HuberLoss('sum')",
  "PoissonNLLLoss()",
  "GaussianNLLLoss()",
  "CrossEntropyLoss()",
  "NLLLoss()",
  "CTCLoss()",
  "BCELoss()",
  "BCEWithLogitsLoss()",
  "KLDivLoss()",
  "SoftMarginLoss()",
  "MultiLabelSoftMarginLoss()",
  "MultiMarginLoss(2)",
  "MultiLabelMarginLoss()",
  "HingeEmbeddingLoss(2)",
  "MarginRankingLoss()",
  "CosineEmbeddingLoss()",
  "TripletMarginLoss()",
  "TripletMarginWithDistanceLoss()",
];

describe.skipIf(noTorch)("modules print as PyTorch's", () => {
  const answers = answersOf(printed.map((expression) => `str(torch.nn.${expression})`));
  test.each(printed.map((expression, k) => ({ expression, answer: answers[k] })))(
    "$expression",
    ({ expression, answer }) => {
      expect({ kind: "text", text: String(evaluateTorch(`nn.${expression}`)) }).toEqual(answer);
    },
  );
});
