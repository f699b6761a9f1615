import { displayable, displayWidth, type MimeBundle } from "../display.js";
import { type Expression, literal, mapChildren } from "./ast.js";
import { latexName, textName } from "./formula.js";
import { plain, write } from "./notation.js";
import { type ReferenceLine, type ReferenceResult, sumName } from "./reference.js";
import type { Meanings } from "./symbols.js";

/** One step of a rule for one value, with every intermediate result; prints as a table. */
export class StepByHand {
  /** The parameter after the step. */
  readonly θ: number;
  /** The states after the step, by symbol. */
  readonly state: Readonly<Record<string, number>>;
  /** Every line that was done, in order. */
  readonly lines: readonly ReferenceLine[];

  constructor(
    result: ReferenceResult,
    private readonly meanings: Meanings,
    private readonly gradient: number,
    element: number,
  ) {
    this.θ = result.θ[element];
    this.state = Object.fromEntries(
      Object.entries(result.state).map(([name, values]) => [name, values[element] ?? values[0]]),
    );
    this.lines = result.lines;
  }

  /** The table's rows: name, right side, right side with numbers, value. */
  rows(format: "text" | "latex" = "text"): [string, string, string, string][] {
    const spell = format === "latex" ? latexName : textName;
    const assigned = new Set<string>();
    const time = (name: string): string => {
      const { role, level } = this.meanings.get(name)!;
      if (role.kind === "option" || role.kind === "step" || level === "option") return "";
      return (role.kind === "state" || role.kind === "parameter") && !assigned.has(name) ? "t-1" : "t";
    };
    const rows: [string, string, string, string][] = [
      [spell("g", "t"), "gradient", "", String(this.gradient)],
    ];
    for (const { target, value, read, expression } of this.lines) {
      const symbols = write(expression, { ...plain, name: (name) => spell(name, time(name)) });
      const numbers = write(substitute(expression, read), { ...plain, number: short });
      assigned.add(target);
      rows.push([spell(target, time(target)), symbols, numbers, String(value)]);
    }
    return rows;
  }

  toString(): string {
    const rows = this.rows();
    const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => displayWidth(row[column]))));
    const pad = (text: string, column: number): string =>
      text + " ".repeat(widths[column] - displayWidth(text));
    return rows
      .map(
        ([name, symbols, numbers, value]) =>
          `${pad(name, 0)} = ${pad(symbols, 1)} = ${pad(numbers, 2)} = ${value}`,
      )
      .join("\n");
  }

  toMimeBundle(): MimeBundle {
    const cell = (text: string): string => text.replaceAll("|", "\\|");
    const rows = this.rows().map((row) => `| ${row.map(cell).join(" | ")} |`);
    return {
      "text/markdown": ["| | rule | with numbers | value |", "|:--|:--|:--|--:|", ...rows].join("\n"),
      "text/plain": this.toString(),
    };
  }
}

displayable(StepByHand);

/** The expression with the values that were read in place of their names. */
function substitute(expression: Expression, read: Readonly<Record<string, number>>): Expression {
  if (expression.kind === "reduce") return literal(read[sumName(expression)], expression.at);
  if (expression.kind !== "name") return mapChildren(expression, (part) => substitute(part, read));
  const value = read[expression.name];
  return value === undefined ? expression : literal(value, expression.at);
}

/** Six digits are enough to follow the arithmetic; the value's own column has all of them. */
function short(value: number): string {
  return String(Number(value.toPrecision(6)));
}
