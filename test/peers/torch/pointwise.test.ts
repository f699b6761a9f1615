import { test } from "vitest";
import type * as torch from "../../../src/index.js";
import { tensor } from "../../../src/index.js";
import { evaluateTorch } from "../../golden/library.js";
import { missing } from "../../requirements.js";
import { type Answer, askTorch, fromPython } from "./python.js";

const noTorch = missing("python3-torch");

/** Each expression is evaluated by PyTorch, and over this library under the same names. */
const unary = [
  ..."neg abs sign square sqrt exp log sin cos tanh sigmoid relu tan asin acos atan sinh cosh asinh acosh atanh"
    .concat(
      " log1p expm1 exp2 log2 log10 rsqrt reciprocal erf erfc erfinv floor ceil round trunc frac sgn positive",
    )
    .concat(" logit sinc lgamma digamma nan_to_num")
    .split(" ")
    .map((name) => `torch.${name}(a)`),
  "torch.round(a, decimals=1)",
  "a.round(decimals=-1)",
  "a.logit(eps=0.25)",
  "a.nan_to_num(1.5)",
  "torch.nan_to_num(a, nan=2.0, posinf=7.0, neginf=-7.0)",
  "a.clamp(-0.5, 1)",
  "a.clamp(min=0)",
  "a.clamp(max=0.75)",
  "a.clamp(1, -1)",
  "torch.clip(a, 0, 2)",
  "a.clamp_min(1)",
  "torch.clamp_max(a, 1)",
  "a % 2",
  "a % -0.75",
  "a // 2",
  "a // 0.75",
  "torch.remainder(2, a)",
  "a.fmod(2)",
  "a.fmod(-0.75)",
  "torch.div(a, 2, rounding_mode='floor')",
  "torch.div(a, -0.75, rounding_mode='trunc')",
  "torch.true_divide(a, 2)",
  "torch.rsub(a, 2, alpha=3)",
  "torch.xlogy(a, 2)",
  "torch.xlogy(2, a)",
  "torch.copysign(a, -2)",
  "torch.masked_fill(a, a > 0, 2)",
  "torch.where(a > 0, a, -1)",
  "torch.where(a > 0, 0.5, a)",
  "a.lerp(a, 0.25)",
];
const binary = [
  ..."atan2 maximum minimum fmax fmin remainder fmod hypot xlogy copysign logaddexp rsub mul div sub"
    .split(" ")
    .map((name) => `torch.${name}(a, b)`),
  "torch.div(a, b, rounding_mode='floor')",
  "torch.div(a, b, rounding_mode='trunc')",
  "a.clamp(b)",
  "a.clamp(max=b)",
  "a.clamp(b, b + 1)",
  "a.clamp_min(b)",
  "a.clamp_max(b)",
  "torch.lerp(a, b, 0.25)",
  "torch.lerp(a, b, 0.75)",
  "torch.lerp(a, a, b)",
  "torch.addcmul(a, a, b)",
  "torch.addcmul(a, b, b, value=2)",
  "torch.addcdiv(a, b, b + 3, value=0.5)",
  "torch.where(b > a, a, b)",
  "a.masked_fill(b > 0, 2)",
];
/** Those that have no gradient. */
const flat = [
  ..."isnan isinf isfinite isposinf isneginf signbit logical_not bitwise_not any all"
    .split(" ")
    .map((name) => `torch.${name}(a)`),
  "a == 1",
  "a != 1.5",
  "a < 1",
  "a <= 1",
  "a > 0.5",
  "a >= 2",
  "a & 1",
  "a | 6",
  "a ^ 3",
  "a << 2",
  "a >> 1",
  "a.any(0, keepdim=True)",
  "a.all(-1)",
];
const flatPairs = [
  ..."eq ne lt le gt ge greater less_equal logical_and logical_or logical_xor bitwise_and bitwise_or bitwise_xor"
    .concat(" isclose floor_divide heaviside")
    .split(" ")
    .map((name) => `torch.${name}(a, b)`),
  "torch.isclose(a, b, rtol=0.5, atol=0.1)",
  "torch.isclose(a, b, equal_nan=True)",
];
const inPlace = [
  "a.clone().sqrt_()",
  "a.clone().neg_()",
  "a.clone().floor_()",
  "a.clone().clamp_(0, 1.5)",
  "a.clone().clamp_(min=b)",
  "a.clone().eq_(b)",
  "a.clone().lt_(1.5)",
  "a.clone().logical_and_(b)",
  "a.clone().bitwise_xor_(b)",
  "a.clone().pow_(2)",
  "a.clone().remainder_(b)",
  "a.clone().floor_divide_(2)",
  "a.clone().lerp_(b, 0.5)",
  "a.clone().addcmul_(b, b)",
  "a.clone().addcdiv_(b, b)",
  "a.clone().masked_fill_(b > 1, 2)",
  "a.clone().masked_fill_(b > 1, 2.5)",
  "a.clone().div_(2, rounding_mode='floor')",
  "a.clone().atan2_(b)",
  "a.clone().copysign_(b)",
];

/** Where this library differs on purpose, or by less than matters. */
const known: readonly RegExp[] = [
  // Sums of products in place whose factors are of a wider type: PyTorch refuses them, but not other operations so.
  /addc(mul|div)_.*(uint8|int32|float32).*(int32|int64|float64)/,
  // PyTorch fills its 0-dim result in place, which fails.
  /isclose\(a, b, equal_nan=True\)\)\(torch\.tensor\(3\)/,
  // Implemented there for complex numbers only, or for no number in front.
  /a\.grad\)\(torch\.(sgn\(a\)|remainder\(2, a\))/,
  // Its trigamma has 9 digits.
  /a\.grad\)\(torch\.digamma/,
  // The gradient of a bound that is infinite.
  /b\.grad\)\(a\.clamp(_min)?\(b\)/,
  // Which of 0 and −0 is the larger.
  /: y\)\(a\.clamp(_min|_max)?\((max=)?b/,
];

interface Outcome {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

function outcomeOf(answer: Answer): Outcome | "refused" {
  if (answer.kind !== "tensor") return "refused";
  return { dtype: answer.dtype, shape: answer.shape, values: answer.values.map(fromPython) };
}

function ours(compute: () => unknown): Outcome | "refused" {
  try {
    const result = compute() as torch.Tensor;
    return { dtype: result.dtype, shape: result.shape, values: [...result.detach().toArray()] };
  } catch {
    return "refused";
  }
}

/** A few units in the last place of float32, or 12 digits. */
function agree(x: Outcome | "refused", y: Outcome | "refused"): boolean {
  if (x === "refused" || y === "refused") return x === y;
  const epsilon = x.dtype === "float64" ? 1e-12 : 1e-6;
  return (
    x.dtype === y.dtype &&
    x.shape.join() === y.shape.join() &&
    x.values.every((value, k) => {
      const other = y.values[k];
      if (Object.is(value, other)) return true;
      return (
        Math.abs(value - other) <= epsilon * Math.max(1, Math.abs(other)) && (value !== 0 || other !== 0)
      );
    })
  );
}

function differences(questions: { python: string; compute: () => unknown }[]): string[] {
  const asked = questions.filter(({ python }) => !known.some((difference) => difference.test(python)));
  const answers = askTorch(asked.map(({ python }) => python));
  return asked
    .map(({ python, compute }, k) => ({ python, optimlab: ours(compute), pytorch: outcomeOf(answers[k]) }))
    .filter(({ optimlab, pytorch }) => !agree(optimlab, pytorch))
    .map(({ python, optimlab, pytorch }) => `${python}: ${contrast(optimlab, pytorch)}`);
}

/** Both outcomes; of long ones the elements that differ. */
function contrast(x: Outcome | "refused", y: Outcome | "refused"): string {
  if (x === "refused" || y === "refused" || x.dtype !== y.dtype || x.values.length !== y.values.length) {
    return `${write(x)}, PyTorch ${write(y)}`;
  }
  const differing = x.values
    .map((value, k) => ({
      k,
      ours: { ...x, shape: [1], values: [value] },
      theirs: { ...y, shape: [1], values: [y.values[k]] },
    }))
    .filter(({ ours, theirs }) => !agree(ours, theirs));
  return differing.map(({ k, ours, theirs }) => `[${k}] ${write(ours)}, PyTorch ${write(theirs)}`).join("; ");
}

function write(outcome: Outcome | "refused"): string {
  if (outcome === "refused") return outcome;
  const values = outcome.values.map((value) => (Object.is(value, -0) ? "-0" : String(value)));
  return `${outcome.dtype} ${values.join(" ")}`;
}

/** The first few say enough, and a diff of thousands takes minutes. */
function expectNone(found: readonly string[]): void {
  if (found.length > 0) throw new Error(`${found.length} differences:\n${found.slice(0, 20).join("\n")}`);
}

const dtypes = ["bool", "uint8", "int32", "int64", "float32", "float64"] as const;
const operands = [
  ["[0, 1, 3, -7, 5]", "[1, 2, 2, 2, -2]"],
  ["3", "[1, 2, 4]"],
];
test.skipIf(noTorch)("dtypes, values and refusals are PyTorch's", () => {
  const typed = dtypes.flatMap((x) =>
    operands.flatMap(([a, b]) => {
      const of = (expression: string, y: torch.DType) => ({
        python: `(lambda a, b: ${expression})(torch.tensor(${a}).to(torch.${x}), torch.tensor(${b}).to(torch.${y}))`,
        compute: () =>
          evaluateTorch(expression, {
            a: tensor(JSON.parse(a), { dtype: "int64" }).to(x),
            b: tensor(JSON.parse(b), { dtype: "int64" }).to(y),
          }),
      });
      return [
        ...[...unary, ...flat].map((expression) => of(expression, x)),
        ...dtypes.flatMap((y) =>
          [...binary, ...flatPairs, ...inPlace].map((expression) => of(expression, y)),
        ),
      ];
    }),
  );
  expectNone(differences(typed));
});

const specials = [
  "nan",
  "inf",
  "-inf",
  "0.0",
  "-0.0",
  "1.0",
  "-1.0",
  "0.5",
  "-0.5",
  "1.5",
  "2.5",
  "-2.5",
  "0.3",
  "-3.7",
  "40.0",
  "1e-3",
];

test.skipIf(noTorch).each(["float32", "float64"])(
  "values and gradients at special numbers are PyTorch's: %s",
  (dtype) => {
    const list = (values: string[]) => `[${values.map((v) => `float("${v}")`).join(", ")}]`;
    const first = specials.flatMap((v) => specials.map(() => v));
    const other = specials.flatMap(() => specials);
    const questions = [
      ...unary.map((expression) => ({ expression, a: specials, b: specials })),
      ...binary.map((expression) => ({ expression, a: first, b: other })),
    ].flatMap(({ expression, a, b }) => {
      const make = () => {
        const x = tensor(a.map(fromPython), { dtype: dtype as "float32", requiresGrad: true });
        const y = tensor(b.map(fromPython), { dtype: dtype as "float32", requiresGrad: true });
        return { x, y, out: evaluateTorch(expression, { a: x, b: y }) as torch.Tensor };
      };
      const python = (then: string) =>
        `(lambda a, b: (lambda y: ${then})(${expression}))(${[a, b].map((v) => `leaf(${list(v)}, dtype=torch.${dtype})`).join(", ")})`;
      const seeded = () => {
        const made = make();
        made.out.sum().backward();
        return made;
      };
      return [
        { python: python("y"), compute: () => make().out },
        ...(["a", "b"] as const)
          .filter((name) => name === "a" || expression.includes("b)") || expression.includes("b,"))
          .map((name) => ({
            python: python(`y.sum().backward() or ${name}.grad`),
            compute: () => (name === "a" ? seeded().x.grad : seeded().y.grad),
          })),
      ];
    });
    expectNone(differences(questions));
  },
);
