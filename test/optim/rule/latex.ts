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
  run(values: Map<string, number>): void {
    for (const line of this.lines) {
      const [left, right] = line.split(" &\\leftarrow ");
      if (right.includes("\\nabla")) continue;
      values.set(left, new Evaluator(choose(right, values), values).whole());
    }
  }
}

/** A value for `name_{t}` is one for `name_{t-1}` in the next step. */
export function nextStep(values: Map<string, number>): void {
  for (const [name, value] of [...values])
    if (/[{,]t\}$/.test(name)) values.set(name.replace(/t\}$/, "t-1}"), value);
}

function choose(right: string, values: Map<string, number>): string {
  const cases = /^\\begin\{cases\} (.*) \\end\{cases\}$/.exec(right);
  if (!cases) return right;
  for (const branch of cases[1].split(" \\\\ ")) {
    const [value, condition] = branch.split(" & ");
    if (condition === "\\text{otherwise}") return value;
    const comparison = /^\\text\{if \} (.*?) (=|>|<|\\neq|\\leq|\\geq) (.*)$/.exec(condition);
    if (!comparison) throw new Error(`no condition: ${condition}`);
    const [a, b] = [comparison[1], comparison[3]].map((side) => new Evaluator(side, values).whole());
    if (
      { "=": a === b, ">": a > b, "<": a < b, "\\neq": a !== b, "\\leq": a <= b, "\\geq": a >= b }[
        comparison[2]
      ]
    )
      return value;
  }
  throw new Error(`no case holds: ${right}`);
}

class Evaluator {
  private readonly tokens: string[];
  private position = 0;

  constructor(
    text: string,
    private readonly values: Map<string, number>,
  ) {
    this.tokens = text.match(/\\[A-Za-z]+|\\[,|]|\d+(?:\.\d+)?|\p{L}|[^\s]/gu) ?? [];
  }

  whole(): number {
    const value = this.sum();
    if (this.position < this.tokens.length)
      throw new Error(`left over: ${this.tokens.slice(this.position).join(" ")}`);
    return value;
  }

  private sum(): number {
    let value = this.accept("-") ? -this.product() : this.product();
    for (;;) {
      if (this.accept("+")) value += this.product();
      else if (this.accept("-")) value -= this.product();
      else return value;
    }
  }

  private product(): number {
    let value = this.power();
    while (this.accept("\\,") || this.accept("\\cdot")) value *= this.power();
    return value;
  }

  private power(): number {
    const base = this.primary();
    return this.accept("^") ? base ** this.group() : base;
  }

  private primary(): number {
    const token = this.next();
    if (/^\d/.test(token)) return Number(token);
    if (token === "\\frac") return this.group() / this.group();
    if (token === "\\sqrt") return Math.sqrt(this.group());
    if (token === "\\left") return this.delimited();
    if (["\\max", "\\min", "\\exp", "\\log", "\\tanh"].includes(token))
      return this.call(token.slice(1) as "max");
    if (token === "\\operatorname") {
      this.expect("{");
      while (!this.accept("}")) this.next();
      return this.call("sign");
    }
    return this.name(token);
  }

  private delimited(): number {
    const open = this.next();
    const value = this.sum();
    this.expect("\\right");
    this.expect(open === "(" ? ")" : "|");
    return open === "(" ? value : Math.abs(value);
  }

  private call(name: "max" | "min" | "exp" | "log" | "tanh" | "sign"): number {
    this.expect("\\left");
    this.expect("(");
    const list = [this.sum()];
    while (this.accept(",")) list.push(this.sum());
    this.expect("\\right");
    this.expect(")");
    return (Math[name] as (...x: number[]) => number)(...list);
  }

  /** A letter with accents and subscripts, as one name. */
  private name(first: string): number {
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

  private group(): number {
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
