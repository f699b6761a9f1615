import { stripVTControlCharacters } from "node:util";
import type { CodeCell } from "../notebook/notebook.js";
import type { CellRun } from "../notebook/run-notebook.js";
import { compareOutputs } from "./compare/compare-outputs.js";
import { type Directives, errorFailure } from "./directives.js";

/** What is wrong with a cell that ran. */
export interface Finding {
  readonly message: string;
  readonly lines: readonly string[];
  /** Whether later cells may fail for it. */
  readonly isError: boolean;
}

/** As many lines of a traceback as are shown. */
const shownLines = 12;

/** @param compare Whether the outputs have to be the saved ones. */
export function judge(cell: CodeCell, run: CellRun, directives: Directives, compare: boolean): Finding[] {
  if (run.interrupted !== undefined) return [{ message: run.interrupted, lines: [], isError: true }];
  const error = run.outputs.find((output) => output.output_type === "error");
  const failure = errorFailure(directives, error);
  if (failure !== undefined) {
    const [message = "", ...rest] = failure.split("\n");
    const traceback = stripVTControlCharacters(error?.traceback.join("\n") ?? "").split("\n");
    const lines = traceback.length > 1 ? traceback : rest;
    return [{ message, lines: lines.slice(-shownLines), isError: error !== undefined }];
  }
  if (!compare || !directives.checkOutput) return [];
  return compareOutputs(cell.outputs, run.outputs, directives).map(({ mime, message, lines }) => ({
    message: `${mime}: ${message}`,
    lines,
    isError: false,
  }));
}
