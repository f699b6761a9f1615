/** What was found in one place. */
export interface Problem {
  /** One line: what is wrong. */
  readonly message: string;
  /** The places of a difference, or where an error came from. */
  readonly lines: readonly string[];
  /** The line of the file, from 1. */
  readonly line: number;
}

export interface CellReport {
  /** Its place among all cells, from 0. */
  readonly index: number;
  /** Its number as a reader counts the code cells, from 1. */
  readonly number: number;
  /** What it is called: the name that it was given, or its first line of code. */
  readonly name: string;
  /** The headings under which it stands, from the outermost. */
  readonly headings: readonly string[];
  /** The line of the file in which it begins, from 1. */
  readonly line: number;
  readonly outcome: "passed" | "failed" | "skipped";
  /** Why it was skipped. */
  readonly reason?: string;
  readonly problems: readonly Problem[];
  /** Whether it came after a cell that raised an error, so that its problems may be that one's. */
  readonly afterError: boolean;
  readonly seconds: number;
}

/** What is wrong with the text of a file, whatever its cells do. */
export interface LintReport {
  readonly rule: string;
  /** An error fails the file; a warning does not. */
  readonly level: "error" | "warning";
  readonly message: string;
  /** The line of the file, from 1; of what concerns the whole file 1. */
  readonly line: number;
}

export interface FileReport {
  /** The path, as it was given. */
  readonly file: string;
  readonly cells: readonly CellReport[];
  readonly lint: readonly LintReport[];
  /** Why the file could not be checked: it is no notebook, or there is no kernel for it. */
  readonly error?: string;
  /** What a reader should know, such as that the kernel died, but not when the notebook was run again. */
  readonly notes: readonly string[];
  readonly seconds: number;
}

export type Outcome = "passed" | "failed" | "error";

export function outcomeOf({ error, cells, lint }: FileReport): Outcome {
  if (error !== undefined) return "error";
  const failed =
    cells.some(({ outcome }) => outcome === "failed") || lint.some(({ level }) => level === "error");
  return failed ? "failed" : "passed";
}

/** The exit code that says how the worst file fared: 2 if one could not be checked, 1 if one failed. */
export function exitCode(reports: readonly FileReport[]): number {
  const outcomes = reports.map(outcomeOf);
  return outcomes.includes("error") ? 2 : outcomes.includes("failed") ? 1 : 0;
}
