import { dirname } from "node:path";
import type { ServerConnection } from "@jupyterlab/services";
import {
  type Cell,
  type CodeCell,
  cellNumber,
  isRunnable,
  joined,
  type Notebook,
} from "../notebook/notebook.js";
import { type CellResult, NotebookFile } from "../notebook/notebook-file.js";
import { type RunObserver, type RunResult, runNotebook } from "../notebook/run-notebook.js";
import { bindingsOf, boundValueFindings } from "./bound-values.js";
import { compareOutputs } from "./compare/compare-outputs.js";
import { cellDirectives, type Directives, lintLevels } from "./directives.js";
import { type Document, openDocument } from "./document.js";
import { type Finding, judge } from "./judge.js";
import { lintNotebook } from "./lint/lint.js";
import { outline } from "./outline.js";
import { projectSettings } from "./project-settings.js";
import type { CellReport, FileReport, LintReport } from "./report/report.js";

/** What is done: outputs compared with the saved ones, only errors looked for, or the saved outputs replaced. */
export type Mode = "check" | "run" | "update";

export interface CheckOptions {
  readonly mode: Mode;
  readonly serverSettings: ServerConnection.ISettings;
  /** The path of a file on the server. */
  readonly serverPath: (file: string) => string;
  /** Another kernel than the notebook's own. */
  readonly kernel?: string;
  /** Seconds that a cell may take, if it does not say itself. */
  readonly cellSeconds: number;
  /** Seconds that a notebook may take. */
  readonly seconds: number;
  /** Bytes of output that a cell may have. */
  readonly outputBytes: number;
  /** Whether cells that are meant for CI only are run. */
  readonly inCi: boolean;
}

/** Checks one file. What goes wrong is in the report; nothing is thrown. */
export async function checkFile(
  file: string,
  options: CheckOptions,
  observer: RunObserver = {},
): Promise<FileReport> {
  const started = performance.now();
  const finish = (report: Partial<FileReport>): FileReport => ({
    file,
    cells: [],
    lint: [],
    notes: [],
    ...report,
    seconds: (performance.now() - started) / 1000,
  });
  try {
    const document = openDocument(file);
    const directives = directivesOf(document);
    const skipped = (index: number) => reasonToSkip(directives.get(index)!, options.inCi);
    const lint = options.mode === "check" ? lintOf(document) : [];
    if (directives.size === 0) return finish({ lint, notes: ["there is no code in it"] });
    const { result, notes } = await runTwiceIfItDies(document.notebook, file, options, observer, directives);
    const compare = options.mode !== "run" && hasResults(document.notebook);
    const cells = report(document, result, directives, options.mode === "check" && compare, skipped);
    if (options.mode === "check" && !compare && document instanceof NotebookFile)
      notes.push("it has no saved outputs: only errors were looked for");
    if (options.mode === "check") lint.push(...boundValuesOf(document, result));
    if (options.mode === "update" && document instanceof NotebookFile) {
      notes.push(update(document, result, cells, directives));
    }
    return finish({ cells, lint, notes });
  } catch (error) {
    const { message } = error as Error;
    const named = message.startsWith(`${file}: `) ? message.slice(file.length + 2) : message;
    return finish({ error: named });
  }
}

function lintOf(document: Document): LintReport[] {
  if (!(document instanceof NotebookFile)) return [];
  const { notebook, path } = document;
  const levels = lintLevels(notebook.metadata, projectSettings(dirname(path)));
  return lintNotebook(notebook, path, levels).map(({ rule, level, message, cell, line }) => ({
    rule,
    level,
    message,
    line: cell === undefined ? 1 : document.lineOf(cell, (line ?? 1) - 1),
  }));
}

/** Numbers in the prose that are not the values that they are bound to, and what ended the run among them. */
function boundValuesOf(document: Document, { values, failure }: RunResult): LintReport[] {
  const { notebook, path } = document;
  const project = projectSettings(dirname(path));
  const tolerance = (cell: Cell) => cellDirectives({ ...cell, source: "" }, notebook.metadata, project);
  const ended =
    failure !== undefined && notebook.cells[failure.index]?.cell_type === "markdown"
      ? [{ cell: failure.index, line: 1, message: failure.message }]
      : [];
  return [...boundValueFindings(notebook, values, tolerance), ...ended].map(
    ({ cell, line = 1, message }) => ({
      rule: "bound-value",
      level: "error",
      message,
      line: document.lineOf(cell!, line - 1),
    }),
  );
}

function directivesOf({ notebook, path }: Document): Map<number, Directives> {
  const project = projectSettings(dirname(path));
  const found = new Map<number, Directives>();
  for (const [index, cell] of notebook.cells.entries()) {
    if (!isRunnable(cell)) continue;
    try {
      found.set(index, cellDirectives(cell, notebook.metadata, project));
    } catch (error) {
      throw new Error(`cell [${cellNumber(notebook, index)}]: ${(error as Error).message}`);
    }
  }
  return found;
}

function reasonToSkip({ skip, onlyInCi }: Directives, inCi: boolean): string | undefined {
  return skip ?? (onlyInCi && !inCi ? "only run in CI" : undefined);
}

/** A kernel that dies may have had bad luck: the notebook is then run once more, from its beginning. */
async function runTwiceIfItDies(
  notebook: Notebook,
  file: string,
  options: CheckOptions,
  observer: RunObserver,
  directives: ReadonlyMap<number, Directives>,
): Promise<{ result: RunResult; notes: string[] }> {
  const plan = {
    ...(options.kernel === undefined ? {} : { kernel: options.kernel }),
    seconds: options.seconds,
    outputBytes: options.outputBytes,
    cell: (_: Cell, index: number) => {
      const wanted = directives.get(index)!;
      if (reasonToSkip(wanted, options.inCi) !== undefined) return undefined;
      return { stopsAtError: false, seconds: wanted.timeout ?? options.cellSeconds };
    },
    values: (cell: Cell) => ({
      expressions: options.mode === "check" ? bindingsOf(cell).map(({ expression }) => expression) : [],
      seconds: options.cellSeconds,
    }),
  };
  const run = () => runNotebook(notebook, options.serverPath(file), options.serverSettings, observer, plan);
  const first = await run();
  if (first.failure?.kind !== "died") return { result: first, notes: [] };
  const second = await run();
  const cell = `cell [${cellNumber(notebook, first.failure.index)}]`;
  const reason = first.failure.message.replace(/; it wrote:\n.*/s, "");
  const outcome =
    second.failure?.kind === "died"
      ? "run again, it died again"
      : "run again, it did not: the notebook is flaky";
  return { result: second, notes: [`${cell}: ${reason}; ${outcome}`] };
}

/** Whether a notebook was ever run, so that its outputs say something. */
function hasResults({ cells }: Notebook): boolean {
  return cells.some(
    (cell) => cell.cell_type === "code" && (cell.outputs.length > 0 || cell.execution_count !== null),
  );
}

function report(
  document: Document,
  { cells: ran, failure }: RunResult,
  directives: ReadonlyMap<number, Directives>,
  compare: boolean,
  reasonSkipped: (index: number) => string | undefined,
): CellReport[] {
  const { notebook } = document;
  const headings = outline(notebook);
  let afterError = false;
  return [...directives].map(([index, wanted]) => {
    const cell = notebook.cells[index] as CodeCell;
    const run = ran.get(index);
    const line = document.lineOf(index);
    const findings = run === undefined ? [] : judge(cell, run, wanted, compare);
    const reason = reasonSkipped(index) ?? (run === undefined ? "the run had ended before it" : undefined);
    if (failure?.index === index) {
      const [message = "", ...lines] = failure.message.split("\n");
      findings.splice(0, findings.length, { message, lines, isError: true });
    }
    const result: CellReport = {
      index,
      number: cellNumber(notebook, index),
      name: wanted.name ?? joined(cell.source).trim().split("\n", 1)[0]!,
      headings: headings[index]!,
      line,
      outcome: findings.length > 0 ? "failed" : reason !== undefined ? "skipped" : "passed",
      ...(reason === undefined ? {} : { reason }),
      problems: findings.map(({ message, lines }: Finding) => ({ message, lines, line })),
      afterError,
      seconds: run?.seconds ?? 0,
    };
    afterError ||= findings.some(({ isError }) => isError);
    return result;
  });
}

/** Writes the new outputs, of those cells whose outputs are not the saved ones within tolerance. */
function update(
  file: NotebookFile,
  { cells: ran }: RunResult,
  reports: readonly CellReport[],
  directives: ReadonlyMap<number, Directives>,
): string {
  const failed = reports.find(({ outcome }) => outcome === "failed");
  if (failed !== undefined) return `not updated, because cell [${failed.number}] failed`;
  const changed: number[] = [];
  const results = [...ran].map(([index, run]): [number, CellResult] => {
    const cell = file.notebook.cells[index] as CodeCell;
    const { executionCount } = run;
    const isNew =
      cell.execution_count === null ||
      compareOutputs(cell.outputs, run.outputs, directives.get(index)!).length > 0;
    if (isNew) changed.push(cellNumber(file.notebook, index));
    const outputs = (isNew ? run : cell).outputs.map((output) =>
      output.output_type === "execute_result" ? { ...output, execution_count: executionCount } : output,
    );
    return [index, { outputs, executionCount }];
  });
  file.write(file.withResults(new Map(results)));
  return changed.length === 0
    ? "its outputs are as they were"
    : `new outputs: ${changed.map((number) => `[${number}]`).join(", ")}`;
}
