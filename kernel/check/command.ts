import { writeFileSync } from "node:fs";
import { availableParallelism, freemem } from "node:os";
import { isRunnable } from "../notebook/notebook.js";
import type { RunObserver } from "../notebook/run-notebook.js";
import { Paper, type Sink } from "../terminal/paper.js";
import { type CheckOptions, checkFile, type Mode } from "./check-file.js";
import { findFiles } from "./find-files.js";
import { githubAnnotations } from "./report/github.js";
import { junit } from "./report/junit.js";
import { exitCode, type FileReport } from "./report/report.js";
import { describeAll, describeFailures, describeFile } from "./report/terminal.js";
import { ownServer, remoteServer } from "./server.js";

/** What can be said on the command line. */
export interface CommandOptions {
  readonly kernel?: string;
  readonly server?: string;
  readonly token?: string;
  /** Seconds for a cell. */
  readonly timeout: number;
  /** Seconds for a notebook. */
  readonly notebookTimeout: number;
  /** Mebibytes of memory for a kernel. */
  readonly memory: number;
  /** Megabytes of output for a cell. */
  readonly outputLimit: number;
  readonly workers?: number;
  readonly json: boolean;
  readonly junit?: string;
}

/** Bytes of free memory for each notebook that runs beside others. */
const memoryPerWorker = 2 ** 30;

/**
 * Checks files, several at a time, and reports.
 * @returns The exit code: 1 if a file failed, 2 if one could not be checked.
 * @throws Error If a path leads nowhere, or the server cannot be used.
 */
export async function checkCommand(
  mode: Mode,
  paths: readonly string[],
  options: CommandOptions,
  sink: Sink,
): Promise<number> {
  const started = performance.now();
  const files = await findFiles(paths.length === 0 ? ["."] : paths);
  // @jupyterlab/services tells every connection on console.debug, which is our stdout, and lost ones on console.warn.
  console.debug = () => {};
  console.warn = () => {};
  const url = options.server ?? process.env.JUPYTER_BASE_URL;
  const server =
    url === undefined
      ? ownServer(options.memory * 2 ** 20)
      : await remoteServer(url, options.token ?? process.env.JUPYTER_TOKEN ?? "");
  const checkOptions: CheckOptions = {
    mode,
    serverSettings: server.settings,
    serverPath: (file) => server.path(file),
    ...(options.kernel === undefined ? {} : { kernel: options.kernel }),
    cellSeconds: options.timeout,
    seconds: options.notebookTimeout,
    outputBytes: options.outputLimit * 1e6,
    inCi: (process.env.CI ?? "") !== "",
  };
  const paper = new Paper(sink);
  const progress = options.json ? undefined : new Progress(paper);
  let reports: FileReport[];
  try {
    reports = await inParallel(files, options.workers ?? defaultWorkers(), async (file) => {
      const report = await checkFile(file, checkOptions, progress?.observe(file));
      progress?.finish(file, report);
      return report;
    });
  } finally {
    await server.close();
  }
  if (options.junit !== undefined) writeFileSync(options.junit, junit(reports));
  if (options.json) {
    paper.write(`${JSON.stringify(reports, null, 2)}\n`);
    return exitCode(reports);
  }
  const failures = reports.map((report) => describeFailures(report, paper)).filter((text) => text !== "");
  paper.write(`\n${failures.map((text) => `${text}\n`).join("")}`);
  paper.write(`${describeAll(reports, (performance.now() - started) / 1000, paper)}\n`);
  if (process.env.GITHUB_ACTIONS === "true") paper.write(reports.map(githubAnnotations).join(""));
  return exitCode(reports);
}

function defaultWorkers(): number {
  return Math.max(1, Math.min(availableParallelism(), Math.floor(freemem() / memoryPerWorker)));
}

/** Does something with each item, at most `workers` at a time; the results are in the items' order. */
async function inParallel<T, R>(
  items: readonly T[],
  workers: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const worker = async () => {
    for (const [index, item] of queue) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(workers, items.length) }, worker));
  return results;
}

/** A line for each file that is done; in a terminal also one that says which cells are running. */
class Progress {
  readonly #paper: Paper;
  readonly #running = new Map<string, number>();
  #line = "";

  constructor(paper: Paper) {
    this.#paper = paper;
  }

  observe(file: string): RunObserver {
    return {
      cellStarted: (cell, index) => {
        // A notebook may be run twice.
        const number = index === 0 ? 0 : (this.#running.get(file) ?? 0);
        this.#running.set(file, number + (isRunnable(cell) ? 1 : 0));
        this.#draw();
      },
    };
  }

  finish(file: string, report: FileReport): void {
    this.#running.delete(file);
    const text = describeFile(report, this.#paper);
    if (this.#line === "" || !this.#paper.redraw(this.#line, text)) this.#paper.write(`${text}\n`);
    this.#line = "";
    this.#draw();
  }

  #draw(): void {
    const cells = [...this.#running].map(([file, number]) => `${file} [${number}]`);
    if (cells.length === 0) return;
    const line = this.#paper.styled("dim", `… ${cells.join("  ")}`);
    if (this.#line === "") {
      // An empty line to be drawn over, if the paper can.
      if (!this.#paper.canRedraw) return;
      this.#paper.write(`${line}\n`);
    } else if (line !== this.#line) {
      this.#paper.redraw(this.#line, line);
    }
    this.#line = line;
  }
}
