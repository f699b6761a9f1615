import { type Differentiable, listed } from "./checks.js";
import type { Given } from "./options.js";
import type { Params } from "./param-groups.js";
import { Rule } from "./rule/rule.js";
import type { Names } from "./rule/symbols.js";
import { RuleOptimizer } from "./rule-optimizer.js";

/** A class of optimizers made by `define`. */
export interface OptimizerClass<Options extends object> {
  new (params: Params<Options>, options?: Given<Options & Differentiable>): RuleOptimizer<Options>;
  readonly rule: Rule;
}

/**
 * Make an optimizer of your own from its update rule: a class like those of this module, with a kernel, a formula,
 * steps by hand, state dicts and all the rest.
 *
 * ```ts
 * const Signed = optim.define("Signed", `
 *   m ← μ·m + (1 − μ)·g
 *   θ ← θ − lr·sign(m)
 * `, { lr: 0.01, μ: 0.9 });
 * const optimizer = new Signed(model.parameters(), { lr: 0.1 });
 * ```
 *
 * @param name the class's name, for printing and messages
 * @param rule the rule's text (see `Rule`), or a rule
 * @param defaults every option with its default: numbers, lists of numbers, true or false
 * @param names symbols for options and states; left out, options go by their names, and what lives on from step to
 * step is a state
 * @throws {RuleError} where the text does not parse, or names an unknown symbol
 */
export function define<Options extends object>(
  name: string,
  rule: string | Rule,
  defaults: Options,
  names?: Names,
): OptimizerClass<Options> {
  if (typeof name !== "string" || name.trim() === "")
    throw new TypeError(`define: name must be the optimizer's name, such as "Signed", not ${String(name)}`);
  for (const [option, value] of Object.entries(defaults))
    if (!isOption(value))
      throw new TypeError(
        `define: the default of ${option} must be a number, a list of numbers, true or false, not ${String(value)}`,
      );
  const own = rule instanceof Rule ? rule : new Rule(rule, defaults, names);
  const Defined = class extends RuleOptimizer<Options> {
    static readonly rule: Rule = own;

    constructor(params: Params<Options>, options: Given<Options & Differentiable> = {}) {
      super(params, options, { differentiable: false, ...defaults }, own);
    }

    protected override check(options: Options): void {
      for (const [option, usual] of Object.entries(defaults))
        checkLikeDefault(option, (options as Record<string, unknown>)[option], usual);
    }
  };
  Object.defineProperty(Defined, "name", { value: name });
  return Defined;
}

const isNumber = (value: unknown): value is number => typeof value === "number" && !Number.isNaN(value);

function isOption(value: unknown): boolean {
  return isNumber(value) || typeof value === "boolean" || (Array.isArray(value) && value.every(isNumber));
}

function checkLikeDefault(option: string, value: unknown, usual: unknown): void {
  if (isNumber(usual) && !isNumber(value))
    throw new RangeError(`Invalid ${option} value: ${String(value)}; ${option} must be a number`);
  if (
    Array.isArray(usual) &&
    !(Array.isArray(value) && value.length === usual.length && value.every(isNumber))
  )
    throw new RangeError(
      `Invalid ${option} values: ${listed(value)}; ${option} must be ${usual.length} numbers, such as [${usual.join(", ")}]`,
    );
}
