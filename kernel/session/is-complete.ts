import type { SourceFile, TypeScript } from "./tslab.js";

export type Completeness =
  | { readonly status: "complete" | "invalid" | "unknown" }
  | { readonly status: "incomplete"; readonly indent: string };

const INDENT = "  ";
/** "Unterminated string literal" and "… regular expression literal": a line break ends both, so more text cannot. */
const UNTERMINATED_LINE = new Set([1002, 1161]);
/** "Unterminated template literal", "'*\/' expected", "Unterminated … ": the text may go on. */
const UNTERMINATED_TEXT = new Set([1160, 1010]);

/** Whether a console should run this input, ask for another line, or let the compiler report its error. */
export function isComplete(typescript: TypeScript, code: string): Completeness {
  const { ScriptTarget, ScriptKind } = typescript;
  const file = typescript.createSourceFile("cell.ts", code, ScriptTarget.Latest, false, ScriptKind.TS);
  const problems = (file as SourceFile).parseDiagnostics;
  if (problems.length === 0) return { status: "complete" };
  const end = code.trimEnd().length;
  const wantsMore = problems.every(
    (problem) =>
      UNTERMINATED_TEXT.has(problem.code) || (problem.start >= end && !UNTERMINATED_LINE.has(problem.code)),
  );
  if (wantsMore) return { status: "incomplete", indent: indentAfter(code) };
  return { status: "invalid" };
}

/** The indent of the last line, one step more after an opening bracket. */
function indentAfter(code: string): string {
  const line = code.slice(code.lastIndexOf("\n") + 1);
  const indent = /^\s*/.exec(line)![0];
  return /[{([]\s*$/.test(line) ? indent + INDENT : indent;
}
