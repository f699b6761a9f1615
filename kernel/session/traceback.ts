import type { CellError } from "../protocol/link.js";
import type { CellRegistry } from "./cell-registry.js";
import type { Diagnostic } from "./diagnostics.js";

const { apply } = Reflect;
const toText = Object.prototype.toString;

const FRAME = /^\s+at /;
/** A frame: what stands before the script, script, line, column, and the closing bracket if there is one. */
const PLACE = /^(\s+at (?:async )?(?:.*\()?)(.+?):(\d+):(\d+)(\)?)$/;
/** The calls that run a cell, before and after its first await; all below them is the kernel. */
const CELL_BOTTOM = /^\s+at (?:runUserCode|async Intrinsics\.released) /;

/** Lines around the error that a traceback shows. */
const CONTEXT_LINES = 2;

const red = (text: string): string => `\u001b[31m${text}\u001b[39m`;
const bold = (text: string): string => `\u001b[1m${text}\u001b[22m`;
const dim = (text: string): string => `\u001b[2m${text}\u001b[22m`;

/** The end of an interrupted cell, in ipykernel's words, which front ends know. */
export const INTERRUPTED: CellError = {
  ename: "KeyboardInterrupt",
  evalue: "the cell was interrupted",
  traceback: [`${red(bold("KeyboardInterrupt"))}: the cell was interrupted`],
};

/** The end of a cell that called `process.exit`, in IPython's word for what ends a program. */
export function systemExit(code: number | string | null): CellError {
  const evalue = `process.exit(${code}) ended the cell; the kernel goes on`;
  return { ename: "SystemExit", evalue, traceback: [`${red(bold("SystemExit"))}: ${evalue}`] };
}

/**
 * Says stack frames in cells by the cell's number, line and column, those in local files by the lines of their
 * TypeScript, and ends the stack where the kernel begins.
 */
export function mapStack(stack: string, cells: CellRegistry): string {
  const lines: string[] = [];
  for (const line of stack.split("\n")) {
    if (!FRAME.test(line)) {
      lines.push(line);
      continue;
    }
    const [, before = "", script = "", row, column, after = ""] = PLACE.exec(line) ?? [];
    if (!cells.find(script)) {
      if (CELL_BOTTOM.test(line)) break;
      lines.push(line);
      continue;
    }
    const place = cells.resolve(script, Number(row), Number(column));
    // A frame without a place is the function that was put around the cell.
    if (place) lines.push(`${before}${place.cell.label}:${place.line}:${place.column}${after}`);
  }
  return lines.join("\n");
}

/**
 * Name, message and traceback of anything a cell can throw; hostile objects included. The traceback has the frames
 * of cells and of files in the notebook's folder; those of libraries and Node only with `full`.
 */
export function describeThrown(
  thrown: unknown,
  cells: CellRegistry,
  directory: string,
  inspect: (value: unknown) => string,
  full = false,
): CellError {
  if (!isError(thrown)) {
    const evalue = inspect(thrown);
    return { ename: "Thrown", evalue, traceback: [`${red(bold("Thrown"))}: ${evalue}`] };
  }
  const ename = textOf(
    () => (thrown.name === "Error" ? (thrown.constructor?.name ?? "Error") : thrown.name),
    "Error",
  );
  const evalue = textOf(() => thrown.message, "");
  const header = `${red(bold(ename))}${evalue === "" ? "" : `: ${evalue}`}`;
  const stack = mapStack(
    textOf(() => thrown.stack, ""),
    cells,
  );
  const all = stack.split("\n").filter((line) => FRAME.test(line));
  const frames = full ? all : all.filter((line) => isOwnFrame(line, cells, directory));
  const excerpt = excerptOfStack(frames, cells);
  const traceback = [header, ...(excerpt ? ["", ...excerpt, ""] : []), ...frames.map(dim)];
  const cause = textOf(() => (thrown.cause === undefined ? "" : inspect(thrown.cause)), "");
  if (cause !== "") traceback.push(`Caused by: ${mapStack(cause, cells)}`);
  return { ename, evalue, traceback };
}

/** Type errors of a cell that was not run: line, column, and a caret under the code. */
export function describeDiagnostics(
  diagnostics: readonly Diagnostic[],
  label: string,
  source: string,
): CellError {
  const lines = source.split("\n");
  const traceback: string[] = [];
  const summary: string[] = [];
  for (const { start, end, messageText, code, fileName } of diagnostics) {
    const place = `${start.line + 1}:${start.character + 1}`;
    summary.push(`${fileName === undefined ? "" : `${fileName}:`}${place} - ${messageText}`);
    const where = fileName === undefined ? `cell [${label}]:${place}` : `${fileName}:${place}`;
    traceback.push(
      `${red(bold("TypeScriptError"))}: ${messageText} ${dim(`(TS${code})`)}`,
      `    at ${where}`,
    );
    if (fileName === undefined) {
      const text = lines[start.line] ?? "";
      const stop = end.line === start.line ? end.character : text.length;
      traceback.push(
        "",
        ...codeFrame(lines, start.line + 1, start.character + 1, stop - start.character),
        "",
      );
    }
  }
  return { ename: "TypeScriptError", evalue: summary.join("\n"), traceback };
}

/** The lines around one, numbered, with a caret under `length` columns from `column`. Both count from 1. */
export function codeFrame(lines: readonly string[], line: number, column: number, length = 1): string[] {
  const first = Math.max(1, line - CONTEXT_LINES);
  const last = Math.min(lines.length, line + CONTEXT_LINES);
  const width = String(last).length;
  const frame: string[] = [];
  for (let number = first; number <= last; number++) {
    const text = lines[number - 1]!;
    frame.push(`${number === line ? red(">") : " "} ${String(number).padStart(width)} | ${text}`);
    if (number === line) {
      // Tabs stay tabs, so that the caret stands under its character whatever their width is.
      const indent = text.slice(0, column - 1).replace(/[^\t]/g, " ");
      frame.push(`  ${" ".repeat(width)} | ${indent}${red("^".repeat(Math.max(1, length)))}`);
    }
  }
  return frame;
}

/** The code at the innermost frame of which the text is known. */
function excerptOfStack(frames: readonly string[], cells: CellRegistry): string[] | undefined {
  for (const frame of frames) {
    const [, , label = "", line, column] = PLACE.exec(frame) ?? [];
    const source = cells.sourceOf(label);
    if (source !== undefined) return codeFrame(source.split("\n"), Number(line), Number(column));
  }
  return undefined;
}

function isOwnFrame(frame: string, cells: CellRegistry, directory: string): boolean {
  const [, , label = ""] = PLACE.exec(frame) ?? [];
  if (cells.sourceOf(label) !== undefined) return true;
  return frame.includes(directory) && !/[\\/](?:node_modules|dist)[\\/]/.test(frame);
}

function isError(value: unknown): value is Error {
  try {
    return value instanceof Error || apply(toText, value, []) === "[object Error]";
  } catch {
    return false;
  }
}

function textOf(get: () => unknown, fallback: string): string {
  try {
    const value = get();
    return typeof value === "string" ? value : value === undefined ? fallback : String(value);
  } catch {
    return fallback;
  }
}
