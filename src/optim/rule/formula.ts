import { displayWidth } from "../display.js";
import type { Expression, Statement } from "./ast.js";
import { literal, mapChildren } from "./ast.js";
import { type Notation, plain, write } from "./notation.js";
import { type Meanings, type OptionValues, optionValue } from "./symbols.js";

export interface FormulaOptions {
  /** Write the options' values in place of their symbols. */
  numbers?: boolean;
  /** "latex" for an `aligned` environment that MathJax and KaTeX render, "text" for plain Unicode. */
  format?: "latex" | "text";
}

/**
 * Typeset the lines of a rule as papers write them: every value that changes from step to step carries its
 * step, so that `m ← β1·m + (1 − β1)·g` becomes m_t ← β₁ m_{t−1} + (1 − β₁) g_t.
 *
 * @param values fill in these options' values, if given.
 */
export function formula(
  statements: readonly Statement[],
  meanings: Meanings,
  format: "latex" | "text",
  values?: OptionValues,
): string {
  const lines = new Formula(meanings, format === "latex" ? latexStyle : textStyle, values).lines(statements);
  if (format === "text") return align(lines);
  return `\\begin{aligned}\n${lines.map(({ left, right, condition }) => `${left} &\\leftarrow ${right}${condition && ` \\quad ${condition}`}`).join(" \\\\\n")}\n\\end{aligned}`;
}

/** One name in LaTeX, with or without the step's subscript: `latexName("m̂", "t")` is `\hat{m}_{t}`. */
export function latexName(name: string, time = ""): string {
  const [, base, marks, digits, label] = /^((?:\p{L})(?:\p{L}*(?!\p{M}))?)(\p{M}*)(\d*)_?(.*)$/u.exec(
    name.normalize("NFD"),
  )!;
  const letter = greek[base!] ?? (base!.length > 1 ? `\\mathrm{${base}}` : base!);
  const accented = [...marks!].reduce((inner, mark) => `${accents[mark] ?? "\\hat"}{${inner}}`, letter);
  const subscripts = [digits, label && `\\mathrm{${label.replaceAll("_", "\\_")}}`, time].filter(Boolean);
  return subscripts.length > 0 ? `${accented}_{${subscripts.join(",")}}` : accented;
}

/** One name in plain Unicode: `textName("β1", "t")` is β₁ₜ. */
export function textName(name: string, time = ""): string {
  const subscript: Record<string, string> = { "": "", t: "ₜ", "t-1": "ₜ₋₁", "1": "₁", "0": "₀" };
  return name.replace(/\d/g, (digit) => "₀₁₂₃₄₅₆₇₈₉"[Number(digit)]) + subscript[time];
}

interface Line {
  left: string;
  right: string;
  condition: string;
}

interface Style {
  notation: Notation;
  name(name: string, time: Time): string;
  gradient: string;
  if(condition: string): string;
  otherwise: string;
  cases(branches: { value: string; condition: string }[]): string | null;
}

type Time = "" | "t" | "t-1" | "1" | "0";

class Formula {
  private assigned: Set<string> = new Set();
  /** In a line that gives a state its initial value, as of t = 1. */
  private initial = false;
  private readonly notation: Notation;

  constructor(
    private readonly meanings: Meanings,
    private readonly style: Style,
    private readonly values: OptionValues | undefined,
  ) {
    this.notation = { ...style.notation, name: (name) => style.name(name, this.time(name)) };
  }

  lines(statements: readonly Statement[]): Line[] {
    const gradient = { left: this.style.name("g", "t"), right: this.style.gradient, condition: "" };
    return [gradient, ...this.block(statements, null)];
  }

  private block(statements: readonly Statement[], outer: Expression | null): Line[] {
    return statements.flatMap((statement) => {
      if (statement.kind === "assign") {
        const right = this.write(statement.value);
        this.assigned.add(statement.target);
        return [
          {
            left: this.style.name(statement.target, this.time(statement.target)),
            right,
            condition: this.if(outer),
          },
        ];
      }
      return this.start(statement, outer) ?? this.cases(statement, outer) ?? this.branches(statement, outer);
    });
  }

  /** What a state is when it is new, if no more than that: its value at time 0. */
  private start({ branches }: Statement & { kind: "choice" }, outer: Expression | null): Line[] | null {
    const [{ when, body }] = branches;
    const [only] = body;
    if (branches.length > 1 || body.length > 1 || only?.kind !== "assign") return null;
    if (when?.kind !== "new" || when.name !== only.target || this.assigned.has(only.target)) return null;
    this.initial = true;
    const right = this.write(only.value);
    this.initial = false;
    return [{ left: this.style.name(only.target, "0"), right, condition: this.if(outer) }];
  }

  /** A choice between values of one name is one line with a brace. */
  private cases({ branches }: Statement & { kind: "choice" }, outer: Expression | null): Line[] | null {
    const [first] = branches[0].body;
    if (branches.length < 2 || first?.kind !== "assign") return null;
    const list: { value: string; condition: string }[] = [];
    for (const { when, body } of branches) {
      const [only] = body;
      if (body.length !== 1 || only?.kind !== "assign" || only.target !== first.target) return null;
      list.push({
        value: this.write(only.value),
        condition: when === null ? this.style.otherwise : this.if(when),
      });
    }
    const right = this.style.cases(list);
    if (right === null) return null;
    this.assigned.add(first.target);
    return [
      {
        left: this.style.name(first.target, this.time(first.target)),
        right,
        condition: this.if(outer),
      },
    ];
  }

  private branches({ branches }: Statement & { kind: "choice" }, outer: Expression | null): Line[] {
    const before = this.assigned;
    const after = new Set(before);
    const lines = branches.flatMap(({ when, body }, k) => {
      // Inside another condition "otherwise" would be read as the other's.
      const above = branches.slice(0, k).map((other) => negate(other.when!));
      const all = [...(outer ? [outer] : []), ...above, ...(when ? [when] : [])];
      const condition: Expression = all.length === 1 ? all[0] : { kind: "and", operands: all, at: 0 };
      this.assigned = new Set(before);
      const own = this.block(body, condition);
      for (const name of this.assigned) after.add(name);
      return when === null && outer === null ? own.map((line) => this.otherwise(line, condition)) : own;
    });
    // After a line that only some steps do, its target counts as this step's: the papers write it so, too.
    this.assigned = after;
    return lines;
  }

  private otherwise(line: Line, condition: Expression): Line {
    return line.condition === this.if(condition) ? { ...line, condition: this.style.otherwise } : line;
  }

  private if(when: Expression | null): string {
    return when === null ? "" : this.style.if(this.write(when));
  }

  private write(expression: Expression): string {
    return write(this.fill(expression), this.notation);
  }

  private fill(expression: Expression): Expression {
    if (!this.values) return expression;
    if (expression.kind !== "name") return mapChildren(expression, (part) => this.fill(part));
    const { role } = this.meanings.get(expression.name)!;
    if (role.kind !== "option") return expression;
    const value = optionValue(role, this.values);
    return typeof value === "number" ? literal(value, expression.at) : expression;
  }

  private time(name: string): Time {
    const { role, level } = this.meanings.get(name) ?? { role: { kind: "local" }, level: "element" };
    if (role.kind === "option" || role.kind === "step" || level === "option") return "";
    const now = role.kind === "local" || role.kind === "gradient" || this.assigned.has(name);
    return this.initial ? (now ? "1" : "0") : now ? "t" : "t-1";
  }
}

function negate(condition: Expression): Expression {
  return condition.kind === "not" ? condition.operand : { kind: "not", operand: condition, at: condition.at };
}

const letters = "αβγδεζηθικλμνξπρστυφχψω" + "ΓΔΘΛΞΠΣΦΨΩ" + "ϵϑϕℓ";
const commands =
  "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi omega " +
  "Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega epsilon vartheta phi ell";
const greek: Readonly<Record<string, string>> = Object.fromEntries(
  commands.split(" ").map((command, k) => [letters[k], `\\${command}`]),
);

const accents: Record<string, string> = {
  "\u0302": "\\hat",
  "\u0303": "\\tilde",
  "\u0304": "\\bar",
  "\u0307": "\\dot",
  "\u0308": "\\ddot",
};

function latexNumber(value: number): string {
  const [mantissa, exponent] = String(value).split("e");
  if (exponent === undefined) return mantissa!;
  const power = `10^{${Number(exponent)}}`;
  return mantissa === "1" ? power : `${mantissa} \\cdot ${power}`;
}

const latexNotation: Notation = {
  number: latexNumber,
  name: latexName,
  product: (pieces) =>
    pieces
      .map(({ factor, divisors, startsWithDigit }, k) => {
        const text = divisors.length > 0 ? `\\frac{${factor}}{${divisors.join(" \\, ")}}` : factor;
        // A thin space between numbers would make one number of two.
        return k === 0 ? text : `${startsWithDigit ? "\\cdot" : "\\,"} ${text}`;
      })
      .join(" "),
  power: (base, exponent) => `${base}^{${exponent}}`,
  call: (name, list) => {
    if (name === "sqrt") return `\\sqrt{${list[0]}}`;
    if (name === "abs") return `\\left|${list[0]}\\right|`;
    const operator = name === "sign" ? "\\operatorname{sign}" : `\\${name}`;
    return `${operator}\\left(${list.join(", ")}\\right)`;
  },
  reduce: (name, value) =>
    name === "norm" ? `\\left\\|${value}\\right\\|` : `\\operatorname{${name}}\\left(${value}\\right)`,
  parentheses: (inside) => `\\left(${inside}\\right)`,
  fractions: true,
  minus: "-",
  comparison: { "=": "=", "≠": "\\neq", "<": "<", ">": ">", "≤": "\\leq", "≥": "\\geq" },
  and: "\\text{ and }",
  or: "\\text{ or }",
  not: "\\text{not }",
  // A state is created in a parameter's first step: the papers say t = 1.
  isNew: (_, negated) => (negated ? "t > 1" : "t = 1"),
};

const latexStyle: Style = {
  notation: latexNotation,
  name: latexName,
  gradient: "\\nabla_{\\theta} f_{t}(\\theta_{t-1})",
  if: (condition) => `\\text{if } ${condition}`,
  otherwise: "\\text{otherwise}",
  cases: (branches) =>
    `\\begin{cases} ${branches.map(({ value, condition }) => `${value} & ${condition}`).join(" \\\\ ")} \\end{cases}`,
};

const textStyle: Style = {
  notation: { ...plain, isNew: latexNotation.isNew },
  name: textName,
  gradient: `∇f(${textName("θ", "t-1")})`,
  if: (condition) => `if ${condition}`,
  otherwise: "otherwise",
  cases: () => null,
};

/** Plain text with the conditions in a column. */
function align(lines: readonly Line[]): string {
  const texts = lines.map(({ left, right }) => `${left} ← ${right}`);
  const column = Math.max(...texts.filter((_, k) => lines[k].condition).map(displayWidth), 0) + 4;
  return texts
    .map((text, k) =>
      lines[k].condition
        ? text + " ".repeat(Math.max(1, column - displayWidth(text))) + lines[k].condition
        : text,
    )
    .join("\n");
}
