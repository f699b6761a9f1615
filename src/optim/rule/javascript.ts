import type { Expression } from "./ast.js";

/** JavaScript names for a rule's names; these may hold any letter, and never reach the generated text. */
export class Names {
  private readonly known = new Map<string, string>();

  set(name: string, own: string): void {
    this.known.set(name, own);
  }

  add(name: string): string {
    if (!this.known.has(name)) this.known.set(name, `v${this.known.size}`);
    return this.get(name);
  }

  get(name: string): string {
    return this.known.get(name)!;
  }

  has(name: string): boolean {
    return this.known.has(name);
  }

  /** The same names, each wrapped in some code. */
  wrapped(wrap: (own: string) => string): Names {
    const names = new Names();
    for (const [name, own] of this.known) names.set(name, wrap(own));
    return names;
  }
}

/**
 * Powers, far faster than with Math.pow, and the number in an option, which may be in a tensor. Closed over, so that
 * the compiler puts them in place.
 */
export const helpers: string = `const square = (x) => x * x, cube = (x) => x * x * x;
const option = (x) => (typeof x === "object" && x !== null ? x.item() : x);`;

const operators = { "=": "===", "≠": "!==", "<": "<", ">": ">", "≤": "<=", "≥": ">=" } as const;

/** The expression as JavaScript that computes in float64. */
export function javaScript(
  expression: Expression,
  names: Names,
  isNew: (name: string) => string = String,
): string {
  const inner = (part: Expression): string => javaScript(part, names, isNew);
  switch (expression.kind) {
    case "number":
      return String(expression.value);
    case "name":
      return names.get(expression.name);
    case "sum":
      // A space after the sign: −(−x) must not become the operator --.
      return `(${expression.terms.map(({ negative, value }, k) => `${negative ? "- " : k > 0 ? "+ " : ""}${inner(value)}`).join(" ")})`;
    case "product":
      return `(${expression.factors.map(({ divides, value }, k) => `${k === 0 ? "" : divides ? "/ " : "* "}${inner(value)}`).join(" ")})`;
    case "power": {
      const { base, exponent } = expression;
      const whole = exponent.kind === "number" ? exponent.value : 0;
      if (whole === 2) return `square(${inner(base)})`;
      return whole === 3 ? `cube(${inner(base)})` : `Math.pow(${inner(base)}, ${inner(exponent)})`;
    }
    case "call":
      return `Math.${expression.function}(${expression.arguments.map(inner).join(", ")})`;
    case "reduce":
      throw new Error("a sum over elements is a number of its own by now (see analysis.ts)");
    case "compare":
      return `(${inner(expression.left)} ${operators[expression.operator]} ${inner(expression.right)})`;
    case "and":
      return `(${expression.operands.map(inner).join(" && ")})`;
    case "or":
      return `(${expression.operands.map(inner).join(" || ")})`;
    case "not":
      return `!${inner(expression.operand)}`;
    case "new":
      return `(${isNew(expression.name)})`;
  }
}

/**
 * The expression as JavaScript that computes in float32, as PyTorch does on a CPU: rounded after each operation, but
 * a·b + c once only, as the processor's fused instruction does it.
 */
export function singlePrecision(expression: Expression, names: Names): string {
  const inner = (part: Expression): string => singlePrecision(part, names);
  switch (expression.kind) {
    case "number":
      return String(Math.fround(expression.value));
    case "sum": {
      const [first, ...rest] = expression.terms;
      const start = first.negative ? `(- ${inner(first.value)})` : inner(first.value);
      return rest.reduce(
        (sum, { negative, value }) => `Math.fround(${sum} ${negative ? "-" : "+"} ${chain(value, names)})`,
        start,
      );
    }
    case "product":
      return `Math.fround(${chain(expression, names)})`;
    case "power": {
      const { base, exponent } = expression;
      const whole = exponent.kind === "number" ? exponent.value : 0;
      if (whole === 2) return `Math.fround(square(${inner(base)}))`;
      return `Math.fround(${whole === 3 ? `cube(${inner(base)})` : `Math.pow(${inner(base)}, ${inner(exponent)})`})`;
    }
    case "call": {
      const code = `Math.${expression.function}(${expression.arguments.map(inner).join(", ")})`;
      return ["abs", "sign", "max", "min"].includes(expression.function) ? code : `Math.fround(${code})`;
    }
    case "compare":
      return `(${inner(expression.left)} ${operators[expression.operator]} ${inner(expression.right)})`;
    case "and":
      return `(${expression.operands.map(inner).join(" && ")})`;
    case "or":
      return `(${expression.operands.map(inner).join(" || ")})`;
    case "not":
      return `!${inner(expression.operand)}`;
    default:
      return javaScript(expression, names);
  }
}

/** A product (or square) of which a last multiplication is not rounded yet. */
function chain(expression: Expression, names: Names): string {
  const parts = (value: Expression, divides: boolean): { divides: boolean; code: string }[] => {
    const square = value.kind === "power" && value.exponent.kind === "number" && value.exponent.value === 2;
    if (!square || divides) return [{ divides, code: singlePrecision(value, names) }];
    const code = singlePrecision(value.base, names);
    return [
      { divides, code },
      { divides, code },
    ];
  };
  const flat =
    expression.kind === "product"
      ? expression.factors.flatMap(({ divides, value }) => parts(value, divides))
      : parts(expression, false);
  return flat.reduce(
    (text, { divides, code }, k) =>
      k === 0
        ? code
        : divides
          ? `Math.fround(${k > 1 ? `Math.fround(${text})` : text} / ${code})`
          : `${k > 1 ? `Math.fround(${text})` : text} * ${code}`,
    "",
  );
}
