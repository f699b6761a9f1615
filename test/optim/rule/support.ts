import fc from "fast-check";
import type { Branch, Comparison, Expression, FunctionName, Statement } from "../../../src/optim/rule/ast.js";

/** The tree without the places in the text. */
export function withoutPlaces<T>(tree: T): T {
  return JSON.parse(JSON.stringify(tree, (key, value: unknown) => (key === "at" ? undefined : value))) as T;
}

const at = 0;

/** Random expressions that are numbers, over these names. */
export function numberExpressions(names: readonly string[], depth: number = 4): fc.Arbitrary<Expression> {
  const { expression } = fc.letrec<{ expression: Expression }>((tie) => {
    const part = tie("expression");
    const leaf: fc.Arbitrary<Expression> = fc.oneof(
      {
        weight: 3,
        arbitrary: fc.constantFrom(...names).map((name) => ({ kind: "name" as const, name, at })),
      },
      fc
        .constantFrom(0, 1, 2, 3, 0.5, 0.96, 1.5, 1e-8)
        .map((value) => ({ kind: "number" as const, value, at })),
    );
    const sum = fc
      .array(fc.record({ negative: fc.boolean(), value: part }), { minLength: 1, maxLength: 3 })
      .map(
        (terms): Expression =>
          terms.length === 1 && !terms[0].negative ? terms[0].value : { kind: "sum", terms, at },
      );
    const product = fc
      .array(fc.record({ divides: fc.boolean(), value: part }), { minLength: 2, maxLength: 4 })
      .map(
        ([first, ...rest]): Expression => ({
          kind: "product",
          factors: [{ ...first, divides: false }, ...rest],
          at,
        }),
      );
    const power = fc
      .tuple(
        part,
        fc.oneof(
          {
            weight: 3,
            arbitrary: fc
              .constantFrom(0, 2, 3, 4, 0.5)
              .map((value): Expression => ({ kind: "number", value, at })),
          },
          part,
        ),
      )
      .map(([base, exponent]): Expression => ({ kind: "power", base, exponent, at }));
    const call = fc.oneof(
      fc
        .tuple(fc.constantFrom<FunctionName>("sqrt", "abs", "sign", "exp", "log", "tanh"), part)
        .map(([name, argument]): Expression => ({ kind: "call", function: name, arguments: [argument], at })),
      fc
        .tuple(fc.constantFrom<FunctionName>("max", "min"), part, part)
        .map(([name, a, b]): Expression => ({ kind: "call", function: name, arguments: [a, b], at })),
    );
    return {
      expression: fc.oneof({ maxDepth: depth, withCrossShrink: true }, leaf, sum, product, power, call),
    };
  });
  return expression;
}

export function conditionExpressions(names: readonly string[]): fc.Arbitrary<Expression> {
  const number = numberExpressions(names, 1);
  const { condition } = fc.letrec<{ condition: Expression }>((tie) => {
    const compare = fc
      .tuple(fc.constantFrom<Comparison>("=", "≠", "<", ">", "≤", "≥"), number, number)
      .map(([operator, left, right]): Expression => ({ kind: "compare", operator, left, right, at }));
    const isNew = fc.constantFrom(...names).map((name): Expression => ({ kind: "new", name, at }));
    const not = tie("condition").map((operand): Expression => ({ kind: "not", operand, at }));
    const list = fc
      .tuple(
        fc.constantFrom<"and" | "or">("and", "or"),
        fc.array(tie("condition"), { minLength: 2, maxLength: 3 }),
      )
      .map(([kind, operands]): Expression => ({ kind, operands, at }));
    return { condition: fc.oneof({ maxDepth: 3 }, compare, isNew, not, list) };
  });
  return condition;
}

export function statementLists(names: readonly string[]): fc.Arbitrary<Statement[]> {
  const { list } = fc.letrec<{ list: Statement[] }>((tie) => {
    const assign = fc
      .tuple(fc.constantFrom(...names), numberExpressions(names, 2))
      .map(([target, value]): Statement => ({ kind: "assign", target, value, at }));
    const choice = fc
      .tuple(
        fc.array(fc.record({ when: conditionExpressions(names), body: tie("list") }), {
          minLength: 1,
          maxLength: 2,
        }),
        fc.option(tie("list"), { nil: null }),
      )
      .map(([branches, otherwise]): Statement => {
        const last: Branch[] = otherwise ? [{ when: null, body: otherwise }] : [];
        return { kind: "choice", branches: [...branches, ...last], at };
      });
    return {
      list: fc.array(fc.oneof({ maxDepth: 2, depthIdentifier: "statements" }, assign, choice), {
        minLength: 1,
        maxLength: 3,
        depthIdentifier: "statements",
      }),
    };
  });
  return list;
}

/**
 * The value of an expression, or NaN where rounding could change it much: next to a jump, a pole or the edge of
 * a domain, or with huge numbers in between. Written for the tests, apart from both kernel and reference.
 */
export function steadyValue(expression: Expression, values: Readonly<Record<string, number>>): number {
  const far = (x: number): number => (Math.abs(x) > 0.01 && Math.abs(x) < 1e4 ? x : Number.NaN);
  const of = (part: Expression): number => steadyValue(part, values);
  const compute = (): number => {
    switch (expression.kind) {
      case "number":
        return expression.value;
      case "name":
        return values[expression.name];
      case "sum":
        return expression.terms.reduce(
          (sum, { negative, value }) => sum + (negative ? -1 : 1) * of(value),
          0,
        );
      case "product":
        return expression.factors.reduce(
          (product, { divides, value }) => (divides ? product / far(of(value)) : product * of(value)),
          1,
        );
      case "power": {
        const exponent = of(expression.exponent);
        const base = of(expression.base);
        const whole = expression.exponent.kind === "number" && Number.isInteger(exponent);
        return (whole ? base : far(base) > 0 ? base : Number.NaN) ** exponent;
      }
      case "call": {
        const [a, b] = expression.arguments.map(of);
        const positive = far(a) > 0 ? a : Number.NaN;
        return {
          sqrt: Math.sqrt(positive),
          log: Math.log(positive),
          sign: Math.sign(far(a)),
          abs: Math.abs(a),
          exp: Math.exp(a),
          tanh: Math.tanh(a),
          max: Math.max(a, b),
          min: Math.min(a, b),
        }[expression.function];
      }
      default:
        throw new Error(`${expression.kind} is no number`);
    }
  };
  const value = compute();
  return Math.abs(value) < 1e4 ? value : Number.NaN;
}

export const close = (a: number, b: number, tolerance: number = 1e-12): boolean =>
  Object.is(a, b) || Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(a), Math.abs(b));
