import { displayable, type MimeBundle } from "../display.js";
import { conditions, select, statesOf } from "./analysis.js";
import { type Expression, expressions, type Statement, within } from "./ast.js";
import { type FormulaOptions, formula } from "./formula.js";
import { generateKey, Kernel } from "./kernel.js";
import { parse } from "./parser.js";
import { type ReferenceInput, reference } from "./reference.js";
import { StepByHand } from "./step-by-hand.js";
import { isScalarState, isStatic, type Meanings, type Names, type OptionValues, resolve } from "./symbols.js";
import { normalize } from "./tokens.js";

/**
 * An optimizer's update rule: one text, read in four ways. The formula that a notebook shows, the kernel that updates
 * the parameters, the reference that does one value by hand and the step through which gradients flow all come from it.
 *
 * ```ts
 * const rule = new Rule(`
 *   g ← g + λ·θ                    when λ ≠ 0
 *   b ← g                          when b is new
 *   b ← μ·b + g                    otherwise
 *   θ ← θ − lr·b
 * `, { lr: 0.1, momentum: 0.9, weightDecay: 0 }, {
 *   options: { λ: "weightDecay", μ: "momentum" },
 *   state: { b: "momentumBuffer" },
 * });
 * ```
 *
 * θ is the parameter, g its gradient, t the step count from 1. Every option may be used by its name or by the
 * symbol given to it. Other names get their value in the rule; one that lives on from step to step is a state,
 * starts at 0, and exists only if a line that uses it is active. ASCII spellings (`<-`, `*`, `sqrt(x)`, `!=`)
 * mean the same as ←, ·, √x, ≠. See `parser.ts` for the grammar.
 *
 * A condition may ask for options, for t or for the elements: `s ← s/2 when g·p < 0` halves s where the sign changed.
 * `s ← lr when s is new` gives a state its initial value. A state made of numbers only, such as `P ← P·μ`, is one
 * number for the parameter, kept in the default dtype as PyTorch keeps it. ‖x‖ (or `norm(x)`), `sum(x)` and `mean(x)`
 * go over all elements of the parameter, `total(x)` over all parameters of the optimizer.
 */
export class Rule {
  readonly text: string;
  /** The statements of the text, all of them. */
  readonly statements: readonly Statement[];
  readonly meanings: Meanings;
  private readonly conditions: readonly Expression[];
  private readonly kernels: Map<number, Kernel> = new Map();
  private readonly key: (options: OptionValues) => number;

  /**
   * @param text the rule
   * @param defaults the options with their default values; the rule may use these and no others
   * @param names symbols for options and states
   * @throws {RuleError} where the text does not parse, or names an unknown symbol
   */
  constructor(text: string, defaults: OptionValues, names: Names = {}) {
    this.text = normalize(text);
    this.statements = parse(this.text);
    this.meanings = resolve(this.text, this.statements, names, defaults);
    this.conditions = conditions(this.statements, (condition) => isStatic(condition, this.meanings));
    this.key = generateKey(this.conditions, this.meanings);
  }

  /** The kernel for the lines that are active with these options; cached, so cheap to ask for in every step. */
  kernel(options: OptionValues): Kernel {
    const key = this.key(options);
    let kernel = this.kernels.get(key);
    if (!kernel) {
      kernel = new Kernel(this.active(options), this.meanings);
      this.kernels.set(key, kernel);
    }
    return kernel;
  }

  /** The lines that are active with these options; what t decides stays open. */
  active(options: OptionValues): Statement[] {
    const key = this.key(options);
    return select(this.statements, (condition) => {
      const bit = this.conditions.indexOf(condition);
      return bit < 0 ? undefined : Math.floor(key / 2 ** bit) % 2 === 1;
    });
  }

  /** The states by symbol that the lines active with these options use (of all lines, without options). */
  states(options?: OptionValues): string[] {
    return statesOf(options ? this.active(options) : this.statements, this.meanings);
  }

  /** Whether any line uses the step count t. */
  get countsSteps(): boolean {
    return this.meanings.has("t");
  }

  /** Which of the rule's sums over elements it has with these options: over a parameter, over all parameters. */
  sums(options: OptionValues): { parameter: boolean; optimizer: boolean } {
    const found = [...expressions(this.active(options))].flatMap((expression) =>
      [...within(expression)].flatMap((part) => (part.kind === "reduce" ? [part.function] : [])),
    );
    return { parameter: found.length > 0, optimizer: found.includes("total") };
  }

  /** Whether a state is one number for the whole parameter. */
  isScalarState(symbol: string): boolean {
    return isScalarState(this.meanings.get(symbol)!);
  }

  /** PyTorch's name, in camelCase, of a state's symbol. */
  stateKey(symbol: string): string {
    const role = this.meanings.get(symbol)?.role;
    if (role?.kind !== "state")
      throw new Error(`rule: ${symbol} is not a state of it; states are ${this.states().join(", ")}`);
    return role.key;
  }

  /**
   * The rule typeset. With options only the lines active with them, without options all lines with their
   * conditions. `numbers: true` writes the options' values in place of their symbols.
   */
  formula(options?: OptionValues, { numbers = false, format = "latex" }: FormulaOptions = {}): string {
    if (numbers && !options) throw new Error("formula: numbers: true needs options to take the numbers from");
    return formula(
      options ? this.active(options) : this.statements,
      this.meanings,
      format,
      numbers ? options : undefined,
    );
  }

  /**
   * One step for one value in float64, line by line. A rule with sums over the elements needs them all: θ, g and the
   * states as lists, and `element` is the one that the lines tell of.
   */
  byHand(input: ReferenceInput, element = 0): StepByHand {
    const result = reference(this.active(input.options), this.meanings, input, element);
    const gradient = typeof input.g === "number" ? input.g : input.g[element];
    return new StepByHand(result, this.meanings, gradient, element);
  }

  toString(): string {
    return this.formula(undefined, { format: "text" });
  }

  /** How a notebook shows it: typeset. */
  toMimeBundle(): MimeBundle {
    return { "text/markdown": `$$\n${this.formula()}\n$$`, "text/plain": this.toString() };
  }
}

displayable(Rule);

/** A rule that is read when it is first asked for: to read all of the library's own takes a third of its import. */
export function lazyRule(text: string, defaults: OptionValues, names?: Names): () => Rule {
  let rule: Rule | undefined;
  return () => {
    rule ??= new Rule(text, defaults, names);
    return rule;
  };
}
