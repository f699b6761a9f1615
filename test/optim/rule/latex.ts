/** One number, or one for each element of a parameter. */
export type Values = number | number[];

/**
 * Evaluates the LaTeX that formulas are typeset in, so that what stands on the page is tested. It knows LaTeX
 * only, nothing of the rule that the formula came from.
 */
export class LatexFormula {
  private readonly lines: string[];

  constructor(latex: string) {
    const inside = /^\\begin\{aligned\}\n([\s\S]*)\n\\end\{aligned\}$/.exec(latex);
    if (!inside) throw new Error(`not an aligned environment: ${latex}`);
    this.lines = inside[1].split(" \\\\\n");
  }

  /** One step: `values` maps LaTeX names to numbers; all assigned names are set in it. */
  run(values: Map<string, Values>): void {
    /** Which conditions of the last chain held: "otherwise" is where none did. */
    let held: Values[] = [];
    let ended = false;
    for (const line of this.lines) {
      const [left, whole] = line.split(" &\\leftarrow ");
      if (whole.includes("\\nabla")) continue;
      const [, right, condition] = /^(.*?)(?: \\quad (.*))?$/.exec(whole)!;
      if (/_\{(?:.*,)?0\}$/.test(left)) {
        // An initial value: it is there before the first step, whose names have the times 0 and 1.
        if (values.get("t") !== 1) continue;
        const start = (name: string): string => name.replace(/t\}$/, "1}").replace(/t-1\}$/, "0}");
        for (const [name, value] of [...values]) values.set(start(name), value);
        values.set(left.replace(/0\}$/, "t-1}"), choose(right, values));
        continue;
      }
      let value = choose(right, values);
      if (condition === undefined) held = [];
      else {
        let holds: Values;
        if (condition === "\\text{otherwise}") {
          holds = held.reduce<Values>((rest, other) => lift((a, b) => (a && !b ? 1 : 0), rest, other), 1);
          ended = true;
        } else {
          if (ended) held = [];
          ended = false;
          holds = truth(condition, values);
          held.push(holds);
        }
        const before = values.get(left) ?? values.get(left.replace(/t\}$/, "t-1}")) ?? 0;
        value = lift((yes, a, b) => (yes ? a : b), holds, value, before);
      }
      values.set(left, value);
    }
  }
}

/** A value for `name_{t}` is one for `name_{t-1}` in the next step, and is gone. */
export function nextStep(values: Map<string, Values>): void {
  for (const [name, value] of [...values])
    if (/[{,]t\}$/.test(name)) {
      values.set(name.replace(/t\}$/, "t-1}"), value);
      values.delete(name);
    }
}

/** A function of numbers for numbers or lists of them. */
function lift(of: (...numbers: number[]) => number, ...values: Values[]): Values {
  const length = values.reduce<number>(
    (most, value) => (typeof value === "number" ? most : value.length),
    -1,
  );
  if (length < 0) return of(...(values as number[]));
  return Array.from({ length }, (_, i) =>
    of(...values.map((value) => (typeof value === "number" ? value : value[i]))),
  );
}

const comparisons: Record<string, (a: number, b: number) => boolean> = {
  "=": (a, b) => a === b,
  ">": (a, b) => a > b,
  "<": (a, b) => a < b,
  "\\neq": (a, b) => a !== b,
  "\\leq": (a, b) => a <= b,
  "\\geq": (a, b) => a >= b,
};

function choose(right: string, values: Map<string, Values>): Values {
  const cases = /^\\begin\{cases\} (.*) \\end\{cases\}$/.exec(right);
  if (!cases) return new Evaluator(right, values).whole();
  return cases[1].split(" \\\\ ").reduceRight<Values>((rest, branch) => {
    const [value, condition] = branch.split(" & ");
    // A case that does not hold may name what is not there yet.
    if (condition === "\\text{otherwise}") return lazy(value, values);
    const holds = truth(condition, values);
    if (typeof holds === "number") return holds ? lazy(value, values) : rest;
    return lift((yes, a, b) => (yes ? a : b), holds, lazy(value, values), rest);
  }, Number.NaN);
}

function lazy(text: string, values: Map<string, Values>): Values {
  return new Evaluator(text, values).whole();
}

/** 1 where the condition holds: `\text{if } a > b \text{ and } …`. */
function truth(condition: string, values: Map<string, Values>): Values {
  const text = condition.replace(/^\\text\{if \} /, "");
  return text
    .split(" \\text{ and } ")
    .map((part) => {
      const negated = part.startsWith("\\text{not }");
      const comparison = /^(?:\\text\{not \} )?(.*?) (=|>|<|\\neq|\\leq|\\geq) (.*)$/.exec(part);
      if (!comparison) throw new Error(`no condition: ${condition}`);
      const [a, b] = [comparison[1], comparison[3]].map((side) => new Evaluator(side, values).whole());
      return lift((x, y) => (comparisons[comparison[2]](x, y) !== negated ? 1 : 0), a, b);
    })
    .reduce((a, b) => lift((x, y) => (x && y ? 1 : 0), a, b));
}

const sum = (values: Values): number =>
  typeof values === "number" ? values : values.reduce((total, value) => total + value, 0);

const reductions: Record<string, (values: Values) => number> = {
  sum,
  total: sum,
  mean: (values) => sum(values) / (typeof values === "number" ? 1 : values.length),
};

class Evaluator {
  private readonly tokens: string[];
  private position = 0;

  constructor(
    text: string,
    private readonly values: Map<string, Values>,
  ) {
    this.tokens = text.match(/\\[A-Za-z]+|\\[,|]|\d+(?:\.\d+)?|\p{L}|[^\s]/gu) ?? [];
  }

  whole(): Values {
    const value = this.sum();
    if (this.position < this.tokens.length)
      throw new Error(`left over: ${this.tokens.slice(this.position).join(" ")}`);
    return value;
  }

  private sum(): Values {
    let value = this.accept("-") ? lift((x) => -x, this.product()) : this.product();
    for (;;) {
      if (this.accept("+")) value = lift((a, b) => a + b, value, this.product());
      else if (this.accept("-")) value = lift((a, b) => a - b, value, this.product());
      else return value;
    }
  }

  private product(): Values {
    let value = this.power();
    while (this.accept("\\,") || this.accept("\\cdot")) value = lift((a, b) => a * b, value, this.power());
    return value;
  }

  private power(): Values {
    const base = this.primary();
    return this.accept("^") ? lift((a, b) => a ** b, base, this.group()) : base;
  }

  private primary(): Values {
    const token = this.next();
    if (/^\d/.test(token)) return Number(token);
    if (token === "\\frac") return lift((a, b) => a / b, this.group(), this.group());
    if (token === "\\sqrt") return lift(Math.sqrt, this.group());
    if (token === "\\left") return this.delimited();
    if (["\\max", "\\min", "\\exp", "\\log", "\\tanh"].includes(token)) return this.call(token.slice(1));
    if (token === "\\operatorname") {
      this.expect("{");
      let name = "";
      while (!this.accept("}")) name += this.next();
      return this.call(name);
    }
    return this.name(token);
  }

  private delimited(): Values {
    const open = this.next();
    const value = this.sum();
    this.expect("\\right");
    this.expect(open === "(" ? ")" : open);
    if (open === "\\|") return Math.sqrt(sum(lift((x) => x * x, value)));
    return open === "(" ? value : lift(Math.abs, value);
  }

  private call(name: string): Values {
    this.expect("\\left");
    this.expect("(");
    const list = [this.sum()];
    while (this.accept(",")) list.push(this.sum());
    this.expect("\\right");
    this.expect(")");
    if (name in reductions) return reductions[name](list[0]);
    return lift(Math[name as "max"], ...list);
  }

  /** A letter with accents and subscripts, as one name. */
  private name(first: string): Values {
    let name = first;
    const takeGroup = (): void => {
      for (let depth = 0; ; ) {
        const token = this.next();
        depth += token === "{" ? 1 : token === "}" ? -1 : 0;
        name += token;
        if (depth === 0) return;
      }
    };
    if (/^\\(hat|tilde|bar|dot|mathrm)$/.test(first)) takeGroup();
    if (this.accept("_")) {
      name += "_";
      takeGroup();
    }
    const value = this.values.get(name);
    if (value === undefined)
      throw new Error(`${name} has no value; known are ${[...this.values.keys()].join(" ")}`);
    return value;
  }

  private group(): Values {
    this.expect("{");
    const value = this.sum();
    this.expect("}");
    return value;
  }

  private next(): string {
    return this.tokens[this.position++] ?? "";
  }

  private accept(token: string): boolean {
    if (this.tokens[this.position] !== token) return false;
    this.position++;
    return true;
  }

  private expect(token: string): void {
    if (!this.accept(token)) throw new Error(`${this.tokens[this.position]} where ${token} is expected`);
  }
}
