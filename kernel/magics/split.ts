import type { Span, Syntax } from "./syntax.js";

/**
 * A part of a cell, run in order:
 * - `code`: TypeScript;
 * - `magic`: `%name argument`, or `%%name argument` and all that follows as its body;
 * - `shell`: `!command`;
 * - `help`: `?name` or `name?`.
 */
export type Step =
  | (Span & { readonly kind: "code" })
  | (Span & {
      readonly kind: "magic";
      readonly name: string;
      readonly argument: Span;
      /** Present for `%%name`. */
      readonly body?: Span;
    })
  | (Span & { readonly kind: "shell"; readonly argument: Span })
  | (Span & { readonly kind: "help"; readonly argument: Span });

/** What decides, where a line could be both, whether it is TypeScript. */
export interface Names {
  isMagic(name: string): boolean;
  /** Whether `name` is a variable of the session, a global, or a word of the language. */
  isKnown(name: string): boolean;
  /** Whether there is a program of this name to be run. */
  isProgram(name: string): boolean;
}

const CELL_MAGIC = /^\s*%%(\w+)[^\S\n]*(.*)(?:\n|$)/;
const LINE_MAGIC = /^\s*%{1,2}([A-Za-z]\w*)(?![?\w])[^\S\n]*(.*)$/;
const SHELL = /^\s*!(?![=!])[^\S\n]*(\S.*)$/;
const HELP_BEFORE = /^\s*\?{1,2}[^\S\n]*(%{0,2}[\w$.]*)\s*$/;
const HELP_AFTER = /^\s*(%{0,2}[A-Za-z_$][\w$.]*)\?{1,2}\s*$/;
const CANDIDATE = /^\s*[%!?]|\?[^\S\n]*$/m;
/** What follows `!` when the line can be both: a name and, to TypeScript, a computation with it. */
const COMMAND_WORD = /^[A-Za-z_][\w-]*/;

/**
 * Splits a cell into TypeScript and what is none. A magic never takes TypeScript's place: a line is one only where a
 * statement may begin, and only if TypeScript would refuse it there, because it does not parse or because its first
 * word is a name that is declared nowhere. So `a\n% b`, `!done && f()` and `?` of a conditional stay TypeScript, as
 * does all that stands in strings, templates, comments and brackets; `!ls -l`, which is `!ls - l` to the parser, is
 * a command as long as there is such a program and no variable `ls`.
 */
export function splitCell(cell: string, syntax: Syntax, names: Names): Step[] {
  const whole: Step = { kind: "code", start: 0, end: cell.length };
  const first = CELL_MAGIC.exec(cell);
  if (first) {
    const name = first[1]!;
    const argumentStart = first[0].indexOf(name) + name.length;
    const end = first[0].endsWith("\n") ? first[0].length - 1 : first[0].length;
    const argument = trimmed(cell, { start: argumentStart, end });
    const body = { start: first[0].length, end: cell.length };
    return [{ kind: "magic", name, argument, body, start: 0, end: cell.length }];
  }
  if (!CANDIDATE.test(cell)) return [whole];

  const lines = lineSpans(cell);
  const declared = syntax.declaredNames(cell);
  const isKnown = (name: string): boolean => declared.has(name) || names.isKnown(name);
  const steps: Step[] = [];
  let codeStart = 0;
  const endCode = (end: number): void => {
    if (syntax.hasStatements(cell.slice(codeStart, end))) steps.push({ kind: "code", start: codeStart, end });
  };
  for (let at = 0; at < lines.length; at++) {
    const step = readLine(cell, lines, at);
    if (!step) continue;
    if (syntax.completeness(cell.slice(codeStart, step.start)).status === "incomplete") continue;
    if (isTypeScript(step, at)) continue;
    endCode(step.start);
    steps.push(step);
    while (at + 1 < lines.length && lines[at + 1]!.start < step.end) at++;
    codeStart = Math.min(cell.length, step.end + 1);
  }
  if (steps.length === 0) return [whole];
  endCode(cell.length);
  return steps;

  function isTypeScript(step: Exclude<Step, { kind: "code" }>, at: number): boolean {
    if (step.kind === "magic" && names.isMagic(step.name) && !isKnown(step.name)) return false;
    if (step.kind === "shell") {
      const command = textOf(cell, step.argument);
      const word = COMMAND_WORD.exec(command)?.[0];
      if (word !== undefined && !isKnown(word) && names.isProgram(word)) return false;
      // `!/bin/ls` is a regular expression to the parser, with flags that do not exist.
      if (command.startsWith("/") && names.isProgram(command.split(/\s/, 1)[0]!)) return false;
    }
    return parses(at);
  }

  /** Whether the line goes with what stands before it, and perhaps with lines after it, as TypeScript. */
  function parses(at: number): boolean {
    for (let last = at; last < lines.length; last++) {
      const status = syntax.completeness(cell.slice(codeStart, lines[last]!.end)).status;
      if (status !== "incomplete") return status === "complete";
    }
    return false;
  }
}

/** The cell with blanks in place of all that is outside the span, so that every position in it stays what it was. */
export function only(cell: string, { start, end }: Span): string {
  return blank(cell.slice(0, start)) + cell.slice(start, end);
}

/** The cell as TypeScript sees it, to be completed and inspected: blanks in place of all that is not TypeScript. */
export function codeOf(cell: string, steps: readonly Step[], takesCode: (name: string) => boolean): string {
  const kept: Span[] = [];
  for (const step of steps) {
    if (step.kind === "code") kept.push(step);
    else if (step.kind === "help") kept.push(step.argument);
    else if (step.kind === "magic" && takesCode(step.name)) {
      kept.push(step.argument);
      if (step.body) kept.push(step.body);
    }
  }
  let text = "";
  for (const { start, end } of kept) text += blank(cell.slice(text.length, start)) + cell.slice(start, end);
  return text + blank(cell.slice(text.length));
}

function blank(text: string): string {
  return text.replace(/[^\n]/g, " ");
}

/** What the line would be if it were no TypeScript. */
function readLine(
  cell: string,
  lines: readonly Span[],
  at: number,
): Exclude<Step, { kind: "code" }> | undefined {
  const line = lines[at]!;
  const text = textOf(cell, line);
  const step = (argument: string): Span & { argument: Span } => {
    const start = line.start + text.length - argument.length;
    return { ...line, argument: trimmed(cell, { start, end: line.end }) };
  };
  const help = HELP_BEFORE.exec(text) ?? HELP_AFTER.exec(text);
  if (help) {
    const start = line.start + text.indexOf(help[1]!);
    return { kind: "help", ...line, argument: { start, end: start + help[1]!.length } };
  }
  const magic = LINE_MAGIC.exec(text);
  if (magic) return { kind: "magic", name: magic[1]!, ...step(magic[2]!) };
  const shell = SHELL.exec(text);
  if (!shell) return undefined;
  let last = at;
  while (textOf(cell, lines[last]!).endsWith("\\") && last + 1 < lines.length) last++;
  const end = lines[last]!.end;
  return { kind: "shell", start: line.start, end, argument: { start: step(shell[1]!).argument.start, end } };
}

function lineSpans(cell: string): Span[] {
  const spans: Span[] = [];
  let start = 0;
  for (const text of cell.split("\n")) {
    spans.push({ start, end: start + text.length });
    start += text.length + 1;
  }
  return spans;
}

function textOf(cell: string, { start, end }: Span): string {
  return cell.slice(start, end);
}

function trimmed(cell: string, { start, end }: Span): Span {
  const text = cell.slice(start, end);
  const trimmedEnd = start + text.trimEnd().length;
  return { start: Math.min(trimmedEnd, end - text.trimStart().length), end: trimmedEnd };
}
