import { type Cell, joined, type Notebook } from "../notebook/notebook.js";
import type { RunResult } from "../notebook/run-notebook.js";
import { printedNumber, splitNumbers } from "./compare/numbers.js";
import type { Finding } from "./lint/problem.js";
import { escaped } from "./settings.js";
import type { CompareOptions } from "./types.js";

/**
 * A number or word in prose that is bound to a value: `The loss ends at 0.0231<!-- =losses.at(-1) -->.` Nobody who reads
 * the text sees the comment: JupyterLab, GitHub and nbconvert leave it out.
 */
export interface BoundValue {
  /** What gives the value, in the language of the notebook, after the cells before have run. */
  readonly expression: string;
  /** What stands before, on the same line and after the binding before. */
  readonly text: string;
  /** The line of the cell's source, from 1. */
  readonly line: number;
}

/** Code is shown as it is, and may speak of bindings without having any. */
const codeOrBinding = /^(?:```|~~~)[\s\S]*?^(?:```|~~~)|`+[^`\n]+`+(?!\s*<!--\s*=)|<!--\s*=(.*?)-->/gms;

/** The bindings in a Markdown text. */
export function boundValues(source: string): BoundValue[] {
  let end = 0;
  return [...source.matchAll(codeOrBinding)].flatMap(({ index, 0: whole, 1: expression }) => {
    if (expression === undefined) return [];
    const start = Math.max(end, source.lastIndexOf("\n", index) + 1);
    end = index + whole.length;
    const line = source.slice(0, index).split("\n").length;
    return [{ expression: expression.trim(), text: source.slice(start, index), line }];
  });
}

/** The bindings of a cell; code has none. */
export function bindingsOf(cell: Cell): BoundValue[] {
  return cell.cell_type === "markdown" ? boundValues(joined(cell.source)) : [];
}

/** The texts that do not say their values, of all cells that the run has come to. */
export function boundValueFindings(
  { cells }: Notebook,
  values: RunResult["values"],
  tolerance: (cell: Cell) => Pick<CompareOptions, "rtol" | "atol">,
): Finding[] {
  return [...values].flatMap(([cell, found]) =>
    bindingsOf(cells[cell]!).flatMap((bound, i): Finding[] => {
      const value = found[i]!;
      const message =
        "error" in value
          ? `${bound.expression}: ${value.error}`
          : boundValueProblem(bound, value.text, tolerance(cells[cell]!));
      return message === undefined ? [] : [{ cell, line: bound.line, message }];
    }),
  );
}

/**
 * What is wrong with a bound text. A number has to be the value as it is, or rounded to the digits that are shown; a
 * word has to be the value to the letter.
 * @param value As the kernel prints it.
 */
export function boundValueProblem(
  { expression, text }: BoundValue,
  value: string,
  { rtol, atol }: Pick<CompareOptions, "rtol" | "atol">,
): string | undefined {
  const values = splitNumbers(value).numbers;
  const isText = /^(["'`]).*\1$/s.test(value.trim());
  if (values.length !== 1 || isText) {
    const word = isText ? value.trim().slice(1, -1) : value.trim();
    if (endsWith(text, word)) return undefined;
    return `the text says “${lastWords(text)}”, but ${expression} is ${value}`;
  }
  const shown = splitNumbers(withExponents(text)).numbers.at(-1);
  if (shown === undefined) return `there is no number in the text before ${expression}, which is ${value}`;
  const exact = values[0]!;
  const allowed = shown.unit / 2 + atol + rtol * Math.abs(exact.value);
  const off = Math.abs(shown.value - exact.value);
  const same = Object.is(shown.value, exact.value) || off <= allowed * (1 + 1e-9);
  return same ? undefined : `the text says ${shown.text}, but ${expression} is ${exact.text}`;
}

const superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const number = String.raw`\d+(?:\.\d+)?`;
const power = new RegExp(
  String.raw`(?:(${number})\s*(?:[·×]|\\times|\\cdot)\s*)?(?<![\d.])10(?:\^\{?([-−]?\d+)\}?|(⁻?[${superscripts}]+))`,
  "g",
);

/** Powers of ten as prose and formulas write them, `3·10⁻⁴` and `3 \times 10^{-4}`, as programs do: `3e-4`. */
function withExponents(text: string): string {
  return text.replace(power, (_, factor = "1", plain?: string, raised?: string) => {
    const exponent =
      plain ?? raised!.replace("⁻", "-").replace(/[^-]/g, (digit) => String(superscripts.indexOf(digit)));
    return printedNumber(`${factor}e${exponent}`).text;
  });
}

/** Whether a text ends with a word, before what closes Markdown's emphasis, code and formulas; spaces do not count. */
function endsWith(text: string, word: string): boolean {
  const plain = word.replace(/\s+/g, "");
  const ending = new RegExp(String.raw`(?<![\p{L}\p{N}])${escaped(plain)}[*_$~)\]}${"`"}]*$`, "u");
  return plain !== "" && ending.test(text.replace(/\s+/g, ""));
}

function lastWords(text: string): string {
  return text.trim().split(/\s+/).slice(-3).join(" ");
}
