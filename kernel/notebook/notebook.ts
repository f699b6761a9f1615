import { readFileSync } from "node:fs";
import { validateNotebook } from "./validate.js";

/** Text as notebooks hold it: whole, or as lines that keep their line ends. */
export type Text = string | readonly string[];
/** One thing in several forms, by mime type. */
export type MimeBundle = Readonly<Record<string, unknown>>;

export interface StreamOutput {
  readonly output_type: "stream";
  readonly name: "stdout" | "stderr";
  readonly text: Text;
}

export interface DisplayOutput {
  readonly output_type: "display_data" | "execute_result";
  readonly data: MimeBundle;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly execution_count?: number | null;
}

export interface ErrorOutput {
  readonly output_type: "error";
  readonly ename: string;
  readonly evalue: string;
  readonly traceback: readonly string[];
}

export type Output = StreamOutput | DisplayOutput | ErrorOutput;

interface BaseCell {
  readonly id?: string;
  readonly metadata: { readonly tags?: readonly string[]; readonly [key: string]: unknown };
  readonly source: Text;
}

export interface CodeCell extends BaseCell {
  readonly cell_type: "code";
  readonly execution_count: number | null;
  readonly outputs: readonly Output[];
}

export interface ProseCell extends BaseCell {
  readonly cell_type: "markdown" | "raw";
  /** Images that the text shows as `attachment:name`. */
  readonly attachments?: Readonly<Record<string, MimeBundle>>;
}

export type Cell = CodeCell | ProseCell;

/** A notebook of nbformat 4, as its file holds it. Source: nbformat, "The Notebook file format". */
export interface Notebook {
  readonly nbformat: number;
  readonly nbformat_minor: number;
  readonly metadata: {
    readonly kernelspec?: { readonly name: string; readonly [key: string]: unknown };
    readonly [key: string]: unknown;
  };
  readonly cells: readonly Cell[];
}

/**
 * The notebook in a file.
 * @throws If the file cannot be read, or is no notebook of nbformat 4; naming the file and what is wrong.
 */
export function readNotebook(file: string): Notebook {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw readableError(file, error);
  }
  return parseNotebook(text, file);
}

/** Why a file could not be read, in words. */
export function readableError(file: string, error: unknown): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  return new Error(`${file}: ${code === "ENOENT" ? "there is no such file" : message}`);
}

/** @throws Like `readNotebook`; `file` is what the error names. */
export function parseNotebook(text: string, file: string): Notebook {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`${file}: not JSON, and so no notebook: ${(error as Error).message}`);
  }
  try {
    return validateNotebook(value);
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`);
  }
}

/** The text of a notebook's file, laid out as Jupyter does: sorted keys, one space of indentation, lines apart. */
export function formatNotebook(notebook: Notebook): string {
  const cells = notebook.cells.map((cell) => ({
    ...cell,
    source: lines(cell.source),
    ...(cell.cell_type === "code" ? { outputs: layOut(cell.outputs) } : {}),
  }));
  return `${JSON.stringify(sorted({ ...notebook, cells }), null, 1)}\n`;
}

/** Outputs as Jupyter writes them: sorted keys, lines apart. */
export function layOut(outputs: readonly Output[]): unknown {
  return sorted(outputs.map(withLines));
}

export function joined(text: Text): string {
  return typeof text === "string" ? text : text.join("");
}

/** Whether there is anything to run in a cell. */
export function isRunnable(cell: Cell): cell is CodeCell {
  return cell.cell_type === "code" && joined(cell.source).trim() !== "";
}

/** The number of a code cell as a reader counts, and as a fresh kernel does: `[1]` is the first that runs. */
export function cellNumber(notebook: Notebook, index: number): number {
  return notebook.cells.slice(0, index + 1).filter(isRunnable).length;
}

export function hasTag(cell: Cell, tag: string): boolean {
  return cell.metadata?.tags?.includes(tag) ?? false;
}

function isText(value: unknown): value is Text {
  return (
    typeof value === "string" || (Array.isArray(value) && value.every((line) => typeof line === "string"))
  );
}

function lines(text: Text): string[] {
  return joined(text).match(/[^\n]*\n|[^\n]+/g) ?? [];
}

function withLines(output: Output): object {
  if (output.output_type === "stream") return { ...output, text: lines(output.text) };
  if (output.output_type === "error") return output;
  const data = Object.entries(output.data).map(([type, value]) => {
    // Texts of any type but JSON; a JSON value may itself be a list of texts.
    return [type, isText(value) && !/[/+]json$/.test(type) ? lines(value) : value];
  });
  return { ...output, data: Object.fromEntries(data) };
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, member]) => [key, sorted(member)]));
}
