import { noGrad } from "../../tensor/autograd/mode.js";
import { type DType, getDefaultDtype } from "../../tensor/dtype.js";
import { add, div, mul, pow, sub } from "../../tensor/ops/arithmetic.js";
import type { Operand } from "../../tensor/ops/binary.js";
import { eq, ge, gt, le, lt, ne } from "../../tensor/ops/comparison.js";
import { sameShape } from "../../tensor/shape.js";
import { Tensor } from "../../tensor/tensor.js";
import { isPerElement, statesOf } from "./analysis.js";
import { type Comparison, type Expression, type ReductionName, type Statement, within } from "./ast.js";
import { type Arithmetic, evaluate, type Scope } from "./evaluate.js";
import { isScalarState, type Meanings, type OptionNumber, type OptionValues, optionOf } from "./symbols.js";

export interface DifferentiableInput {
  /** The parameter before the step. */
  θ: Tensor;
  /** Its gradient, of the parameter's shape and dtype. */
  g: Tensor;
  /** The step count, from 1. */
  t: number;
  /** Gradients flow to those that are tensors that require them. */
  options: OptionValues;
  /** States by their symbol; one that is missing is new, and starts at 0. */
  state: Readonly<Record<string, Tensor>>;
}

export interface DifferentiableResult {
  θ: Tensor;
  /** All states that the statements use. */
  state: Record<string, Tensor>;
}

/** A tensor of all elements, a 0-dim tensor of float64, or a number: what no gradient flows to stays one. */
type Value = Operand;
/** The same as a condition; for each element it is a mask. */
type Condition = boolean | Tensor;

/**
 * One step in tensor operations that are recorded for `backward()`: line by line as the rule is written, like the
 * step by hand, but for all elements at once. What depends on no tensor is computed in float64.
 *
 * Where the elements choose between branches, each branch is computed only for those that take it: no infinite slope
 * of a branch that is not taken spoils the gradient. √x has the slope 0 at 0, so that √g² has that of |g|.
 *
 * Yields what is to be summed over all parameters of the optimizer, and wants to be given the sum.
 */
export function* differentiable(
  statements: readonly Statement[],
  meanings: Meanings,
  input: DifferentiableInput,
): Generator<Tensor, DifferentiableResult, Tensor> {
  const { shape, dtype } = input.θ;
  const used = statesOf(statements, meanings);
  const known = new Map<string, Value | boolean>([
    // The parameter is changed in place at the end, and what is saved for the backward pass must not be.
    ["θ", input.θ.clone()],
    ["g", input.g],
    ["t", input.t],
  ]);
  for (const [name, meaning] of meanings) {
    const { role } = meaning;
    if (role.kind === "option") known.set(name, scalar(optionOf(role, input.options)));
    else if (role.kind === "state") {
      const own = input.state[name] ?? Tensor.zeros(isScalarState(meaning) ? [] : shape, dtype);
      known.set(name, isScalarState(meaning) ? scalar(own) : own);
    }
  }
  const precisionOf = (state: string): DType => input.state[state]?.dtype ?? getDefaultDtype();
  const totals = new Map<Expression, Tensor>();

  /** What is known; of the elements only those that a mask selects. */
  const scopeOf = (mask: Tensor | null, change = (value: Value) => value): Scope<Value, Condition> => ({
    get: (name) => {
      const value = known.get(name)!;
      if (typeof value === "boolean") return value;
      const ofElements = meanings.get(name)!.level === "element";
      return change(mask && ofElements ? (value as Tensor).maskedSelect(mask) : value);
    },
    isNew: (name) => input.state[name] === undefined,
    reduce: (sum) => totals.get(sum) ?? reductions[sum.function](elementsOf(sum.value)),
  });
  const elementsOf = (expression: Expression): Tensor =>
    filled(evaluate(expression, tensors, scopeOf(null)) as Value, shape, dtype);

  const assign = (target: string, expression: Expression, mask: Tensor | null): void => {
    const meaning = meanings.get(target)!;
    if (meaning.level === "element") {
      const fresh = evaluate(expression, tensors, scopeOf(mask)) as Value;
      if (mask === null) {
        const own = filled(fresh, shape, dtype);
        // A state must not be the gradient itself, which its owner may change.
        known.set(target, expression.kind === "name" ? own.clone() : own);
        return;
      }
      const old = (known.get(target) as Tensor | undefined) ?? Tensor.zeros(shape, dtype);
      const selected = filled(fresh, [noGrad(() => mask.sum().item())], dtype);
      known.set(target, old.maskedScatter(mask, selected));
      return;
    }
    if (!isScalarState(meaning)) {
      known.set(target, evaluate(expression, tensors, scopeOf(null)) as Value);
      return;
    }
    const round = (value: Value): Value => rounded(value, precisionOf(target));
    const updates = [...within(expression)].some((part) => part.kind === "name" && part.name === target);
    const scope = scopeOf(null, updates ? round : undefined);
    known.set(target, round(evaluate(expression, tensors, scope) as Value));
  };

  const run = function* (list: readonly Statement[], mask: Tensor | null): Generator<Tensor, void, Tensor> {
    for (const statement of list) {
      if (statement.kind === "assign") {
        // Those inside others come first.
        for (const part of [...within(statement.value)].reverse())
          if (part.kind === "reduce" && part.function === "total")
            totals.set(part, yield reductions.sum(elementsOf(part.value)));
        assign(statement.target, statement.value, mask);
        continue;
      }
      const { branches } = statement;
      const holds = (when: Expression | null): Condition =>
        when === null || noGrad(() => evaluate(when, tensors, scopeOf(null)) as Condition);
      if (!isPerElement(statement, meanings)) {
        const taken = branches.find(({ when }) => isTrue(holds(when)));
        if (taken) yield* run(taken.body, mask);
        continue;
      }
      let rest = mask ?? Tensor.full(shape, 1, "bool");
      const masks = branches.map(({ when }) => {
        const condition = holds(when);
        const where =
          typeof condition === "boolean" ? Tensor.full(shape, Number(condition), "bool") : condition;
        const own = rest.logicalAnd(where);
        rest = rest.logicalAnd(where.logicalNot());
        return own;
      });
      for (const [k, { body }] of branches.entries()) yield* run(body, masks[k]);
    }
  };
  yield* run(statements, null);

  const state: Record<string, Tensor> = {};
  for (const name of used) {
    const value = known.get(name) as Value;
    state[name] = isScalarState(meanings.get(name)!)
      ? filled(value, [], precisionOf(name))
      : (value as Tensor);
  }
  return { θ: known.get("θ") as Tensor, state };
}

/** An option, or a state of one number, apart from its memory, which may change before the backward pass. */
function scalar(value: OptionNumber | boolean): Value | boolean {
  if (typeof value !== "object" || value === null) return value;
  return value instanceof Tensor && value.requiresGrad
    ? value.reshape([]).to("float64").clone()
    : value.item();
}

/** To the precision of a state of one number. */
function rounded(value: Value, dtype: DType): Value {
  if (typeof value === "number") return dtype === "float32" ? Math.fround(value) : value;
  return value.to(dtype).to("float64");
}

/** A value for each element. */
function filled(value: Value, shape: readonly number[], dtype: DType): Tensor {
  if (typeof value === "number") return Tensor.full(shape, value, dtype);
  const own = value.to(dtype);
  return sameShape(own.shape, shape) ? own : own.expand(shape).clone();
}

const isTrue = (condition: Condition): boolean =>
  typeof condition === "boolean" ? condition : condition.item() !== 0;

const sum = (x: Tensor): Tensor => x.to("float64").sum();

const reductions: Readonly<Record<ReductionName, (x: Tensor) => Tensor>> = {
  sum,
  mean: (x) => sum(x).div(x.count),
  norm: (x) => root(sum(x.square())),
  total: sum,
};

/** √x with the slope 0 at 0. */
function root(x: Tensor): Tensor {
  const zero = noGrad(() => x.eq(0));
  return x.maskedFill(zero, 1).sqrt().maskedFill(zero, 0);
}

/** A function of numbers, and the same one of tensors. */
const lift =
  <Result, Results>(
    ofNumbers: (x: number, y: number) => Result,
    ofTensors: (x: Value, y: Value) => Results,
  ) =>
  (x: Value, y: Value): Result | Results =>
    typeof x === "number" && typeof y === "number" ? ofNumbers(x, y) : ofTensors(x, y);

const liftOne =
  (ofNumber: (x: number) => number, ofTensor: (x: Tensor) => Tensor) =>
  (x: Value): Value =>
    typeof x === "number" ? ofNumber(x) : ofTensor(x);

/** A bound that is a number lets the gradient through where it is just reached, as clamp does. */
const larger = lift<Value, Value>(Math.max, (x, y) =>
  typeof x === "number" ? (y as Tensor).clampMin(x) : typeof y === "number" ? x.clampMin(y) : x.maximum(y),
);
const smaller = lift<Value, Value>(Math.min, (x, y) =>
  typeof x === "number" ? (y as Tensor).clampMax(x) : typeof y === "number" ? x.clampMax(y) : x.minimum(y),
);

const compare: Readonly<Record<Comparison, (x: Value, y: Value) => Condition>> = {
  "=": lift<Condition, Condition>((x, y) => x === y, eq),
  "≠": lift<Condition, Condition>((x, y) => x !== y, ne),
  "<": lift<Condition, Condition>((x, y) => x < y, lt),
  ">": lift<Condition, Condition>((x, y) => x > y, gt),
  "≤": lift<Condition, Condition>((x, y) => x <= y, le),
  "≥": lift<Condition, Condition>((x, y) => x >= y, ge),
};

const tensors: Arithmetic<Value, Condition> = {
  constant: (value) => value,
  negate: liftOne(
    (x) => -x,
    (x) => x.neg(),
  ),
  add: lift((x, y) => x + y, add),
  subtract: lift((x, y) => x - y, sub),
  multiply: lift((x, y) => x * y, mul),
  divide: lift((x, y) => x / y, div),
  power: lift((base, exponent) => base ** exponent, pow),
  functions: {
    sqrt: liftOne(Math.sqrt, root),
    abs: liftOne(Math.abs, (x) => x.abs()),
    sign: liftOne(Math.sign, (x) => x.sign()),
    exp: liftOne(Math.exp, (x) => x.exp()),
    log: liftOne(Math.log, (x) => x.log()),
    tanh: liftOne(Math.tanh, (x) => x.tanh()),
    max: (...x) => x.reduce(larger),
    min: (...x) => x.reduce(smaller),
  },
  compare: (operator, x, y) => compare[operator](x, y),
  and: (conditions) =>
    conditions.reduce((a, b) =>
      typeof a === "boolean" ? a && b : typeof b === "boolean" ? b && a : a.logicalAnd(b),
    ),
  or: (conditions) =>
    conditions.reduce((a, b) =>
      typeof a === "boolean" ? a || b : typeof b === "boolean" ? b || a : a.logicalOr(b),
    ),
  not: (condition) => (typeof condition === "boolean" ? !condition : condition.logicalNot()),
};
