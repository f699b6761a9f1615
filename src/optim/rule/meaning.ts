import type { Expression, Statement } from "./ast.js";
import { assignments, children, within } from "./ast.js";
import { isStatic, levelOf, type Meanings, type OptionValue, type OptionValues } from "./symbols.js";
import { RuleError } from "./tokens.js";

/** What a rule whose names are all known may still get wrong: each is an error with its place. */
export function checkMeaning(
  text: string,
  statements: readonly Statement[],
  meanings: Meanings,
  defaults: OptionValues,
): void {
  checkTypes(text, statements, meanings, defaults);
  checkReductions(text, statements, meanings);
  checkConditions(text, statements);
}

function checkTypes(
  text: string,
  statements: readonly Statement[],
  meanings: Meanings,
  defaults: OptionValues,
): void {
  const expect = (expression: Expression, wanted: "number" | "condition"): void => {
    if (typeOf(expression) !== wanted)
      throw new RuleError(
        text,
        expression.at,
        wanted === "number"
          ? "a condition where a number is expected"
          : "a number where a condition is expected",
        wanted === "number" ? "Conditions stand after when." : "Compare it: … ≠ 0.",
      );
  };
  const typeOf = (expression: Expression): "number" | "condition" => {
    switch (expression.kind) {
      case "number":
        return "number";
      case "name": {
        const { role } = meanings.get(expression.name)!;
        if (role.kind !== "option") return "number";
        const value = (defaults as Record<string, OptionValue>)[role.option];
        if (role.index === null && (typeof value === "boolean" || value === null)) return "condition";
        if (
          role.index === null ? typeof value === "number" : Array.isArray(value) && role.index < value.length
        )
          return "number";
        throw new RuleError(
          text,
          expression.at,
          `the option ${role.option} is a list`,
          `Name its parts in options: { β1: "${role.option}[0]" }.`,
        );
      }
      case "new":
        return "condition";
      case "and":
      case "or":
        for (const part of expression.operands) expect(part, "condition");
        return "condition";
      case "not":
        expect(expression.operand, "condition");
        return "condition";
      default:
        for (const part of children(expression)) expect(part, "number");
        return expression.kind === "compare" ? "condition" : "number";
    }
  };
  const walk = (list: readonly Statement[]): void => {
    for (const statement of list) {
      if (statement.kind === "assign") expect(statement.value, "number");
      else
        for (const { when, body } of statement.branches) {
          if (when) expect(when, "condition");
          walk(body);
        }
    }
  };
  walk(statements);
}

/** A sum goes over all elements of something, and is always done: not under a condition that the step decides. */
function checkReductions(text: string, statements: readonly Statement[], meanings: Meanings): void {
  const check = (expression: Expression, open: boolean): void => {
    for (const part of within(expression)) {
      if (part.kind !== "reduce") continue;
      if (levelOf(part.value, meanings) !== "element")
        throw new RuleError(
          text,
          part.at,
          `${part.function} goes over the elements of a tensor, and this is one number`,
          "Give it something made of θ, g or a state of the parameter's shape.",
        );
      if (open)
        throw new RuleError(
          text,
          part.at,
          `${part.function} under a condition that is decided only in the step`,
          "Give it a name on a line of its own above, and use that name here.",
        );
    }
  };
  const walk = (list: readonly Statement[], open: boolean): void => {
    for (const statement of list) {
      if (statement.kind === "assign") check(statement.value, open);
      else
        for (const { when, body } of statement.branches) {
          if (when) check(when, true);
          walk(
            body,
            open || statement.branches.some((branch) => branch.when && !isStatic(branch.when, meanings)),
          );
        }
    }
  };
  walk(statements, false);
}

/**
 * A condition holds for a whole block, but on the page it stands behind every line of it: so no line but the last
 * may change what it asks.
 */
function checkConditions(text: string, statements: readonly Statement[]): void {
  for (const statement of statements) {
    if (statement.kind === "assign") continue;
    const { branches } = statement;
    const asked = new Set(
      branches.flatMap(({ when }) =>
        when ? [...within(when)].flatMap((part) => (part.kind === "name" ? [part.name] : [])) : [],
      ),
    );
    const lines = [...assignments([statement])];
    const oneValue =
      branches.every(({ body }) => body.length === 1) && new Set(lines.map((line) => line.target)).size === 1;
    const early = oneValue ? undefined : lines.slice(0, -1).find(({ target }) => asked.has(target));
    if (early)
      throw new RuleError(
        text,
        early.at,
        `this line changes ${early.target}, which the condition of its block asks about`,
        `Make it the last line, or give the condition's value of ${early.target} a name of its own above.`,
      );
    for (const { body } of branches) checkConditions(text, body);
  }
}
