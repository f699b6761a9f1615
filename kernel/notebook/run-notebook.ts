import type { ServerConnection } from "@jupyterlab/services";
import { kernelName } from "../kernelspec.js";
import { KernelDied, KernelSession } from "./kernel-session.js";
import {
  type Cell,
  type CodeCell,
  type ErrorOutput,
  hasTag,
  isRunnable,
  joined,
  type MimeBundle,
  type Notebook,
  type Output,
  type ProseCell,
} from "./notebook.js";
import { type IopubMessage, OutputCollector } from "./outputs.js";

/** Is told what happens while a notebook runs. `index` counts all cells from 0. */
export interface RunObserver {
  /** Comes to each cell in turn; to prose cells too. */
  cellStarted?(cell: Cell, index: number): void;
  /** A new output, at once; of a stream only the new text. */
  output?(output: Output, index: number): void;
  /** A display shows something else from now on, in the place of an output that came before. */
  updated?(output: Output, replaced: Output, index: number): void;
  cellFinished?(cell: Cell, index: number): void;
}

/** How a notebook is to be run. */
export interface RunPlan {
  /** Another kernel than the notebook's own. */
  readonly kernel?: string;
  /** Seconds that the notebook may take. */
  readonly seconds: number;
  /** Bytes of output that a cell may have. */
  readonly outputBytes: number;
  /** How a cell is run; `undefined` if it is not. */
  cell(cell: CodeCell, index: number): CellPlan | undefined;
  /** Expressions to evaluate once the run has come to a cell of prose. */
  values?(cell: ProseCell, index: number): ValuesPlan | undefined;
}

export interface ValuesPlan {
  readonly expressions: readonly string[];
  /** Seconds that each may take. */
  readonly seconds: number;
}

export interface CellPlan {
  /** Whether an error ends the run. */
  readonly stopsAtError: boolean;
  readonly seconds: number;
}

/** What a person does who runs all cells: stops at the first error that is not expected, and waits as long as it takes. */
export const patientPlan: RunPlan = {
  seconds: Number.POSITIVE_INFINITY,
  outputBytes: Number.POSITIVE_INFINITY,
  cell: (cell) => ({
    stopsAtError: !hasTag(cell, "raises-exception"),
    seconds: Number.POSITIVE_INFINITY,
  }),
};

export interface CellRun {
  readonly executionCount: number | null;
  readonly outputs: readonly Output[];
  /** Seconds that it took. */
  readonly seconds: number;
  /** Why it was interrupted: which limit it passed. */
  readonly interrupted?: string;
}

/** What an expression gave: the text of its value, or why there is none. */
export type Value = { readonly text: string } | { readonly error: string };

/** Why a run came to no end of the notebook. */
export interface RunFailure {
  /** The cell. */
  readonly index: number;
  readonly kind: "error" | "died" | "stuck" | "time";
  readonly message: string;
}

export interface RunResult {
  /** The notebook with the outputs and execution counts of this run, as far as it came. */
  readonly notebook: Notebook;
  /** The cells that ran. */
  readonly cells: ReadonlyMap<number, CellRun>;
  /** The values of the expressions that were asked for, in their order, by cell. */
  readonly values: ReadonlyMap<number, readonly Value[]>;
  readonly failure?: RunFailure;
}

/**
 * Runs the code cells of a notebook in order in a fresh kernel of the notebook's own kind.
 * @param path The notebook's path on the server: its folder is the kernel's working directory.
 * @throws If the kernel does not start.
 */
export async function runNotebook(
  notebook: Notebook,
  path: string,
  serverSettings: ServerConnection.ISettings,
  observer: RunObserver = {},
  plan: RunPlan = patientPlan,
): Promise<RunResult> {
  const name = plan.kernel ?? notebook.metadata.kernelspec?.name ?? kernelName;
  const session = await KernelSession.start(name, path, serverSettings);
  try {
    return await new Run(notebook, session, observer, plan).all();
  } finally {
    // A server that is gone has no kernel to end.
    await session.close().catch(() => {});
  }
}

class Run {
  readonly #notebook: Notebook;
  readonly #session: KernelSession;
  readonly #observer: RunObserver;
  readonly #plan: RunPlan;
  readonly #outputs = new OutputCollector();
  readonly #ran = new Map<number, Omit<CellRun, "outputs">>();
  readonly #values = new Map<number, readonly Value[]>();
  readonly #started: number = performance.now();

  constructor(notebook: Notebook, session: KernelSession, observer: RunObserver, plan: RunPlan) {
    this.#notebook = notebook;
    this.#session = session;
    this.#observer = observer;
    this.#plan = plan;
  }

  async all(): Promise<RunResult> {
    const { cells } = this.#notebook;
    let failure: RunFailure | undefined;
    for (const [index, cell] of cells.entries()) {
      this.#observer.cellStarted?.(cell, index);
      const plan = isRunnable(cell) ? this.#plan.cell(cell, index) : undefined;
      if (plan !== undefined) failure = await this.#execute(cell as CodeCell, index, plan);
      else if (cell.cell_type !== "code") failure = await this.#evaluate(cell, index);
      this.#observer.cellFinished?.(cell, index);
      if (failure !== undefined) break;
    }
    // Displays of earlier cells may have changed until the end, so that the notebook is put together only now.
    const ran = new Map(
      [...this.#ran].map(([index, run]) => [index, { ...run, outputs: this.#outputs.of(index) }]),
    );
    const notebook = {
      ...this.#notebook,
      cells: cells.map((cell, index) =>
        cell.cell_type === "code"
          ? {
              ...cell,
              outputs: ran.get(index)?.outputs ?? [],
              execution_count: ran.get(index)?.executionCount ?? null,
            }
          : cell,
      ),
    };
    return { notebook, cells: ran, values: this.#values, ...(failure === undefined ? {} : { failure }) };
  }

  async #execute(cell: CodeCell, index: number, plan: CellPlan): Promise<RunFailure | undefined> {
    const started = performance.now();
    const left = this.#plan.seconds - (started - this.#started) / 1000;
    const limit = new AbortController();
    const timer = deadline(
      Math.min(plan.seconds, left),
      left < plan.seconds
        ? `the notebook took more than ${this.#plan.seconds} s`
        : `it took more than ${plan.seconds} s`,
      limit,
    );
    let bytes = 0;
    const onMessage = (message: IopubMessage) => {
      bytes += sizeOf(message);
      if (bytes > this.#plan.outputBytes) {
        limit.abort(`it had more than ${this.#plan.outputBytes / 1e6} MB of output`);
        return;
      }
      this.#take(index, message);
    };
    const seconds = () => (performance.now() - started) / 1000;
    const interrupted = () => (limit.signal.aborted ? { interrupted: String(limit.signal.reason) } : {});
    try {
      const stopOnError = plan.stopsAtError;
      const { executionCount, error, stuck } = await this.#session.execute(joined(cell.source), {
        stopOnError,
        signal: limit.signal,
        onMessage,
      });
      // Kernels should also send an `error` on iopub; with one that does not, an error must not go unseen.
      if (error !== undefined && this.#error(index) === undefined) {
        this.#take(index, { header: { msg_type: "error" }, content: error });
      }
      this.#ran.set(index, { executionCount, seconds: seconds(), ...interrupted() });
      const reason = interrupted().interrupted;
      if (stuck) {
        const message = `${reason}, did not react to an interrupt, and its kernel was ended`;
        return { index, kind: "stuck", message };
      }
      if (reason !== undefined && left < plan.seconds) return { index, kind: "time", message: reason };
    } catch (error) {
      if (!(error instanceof KernelDied)) throw error;
      this.#ran.set(index, { executionCount: null, seconds: seconds(), ...interrupted() });
      return { index, kind: "died", message: `the kernel died: ${error.message}` };
    } finally {
      clearTimeout(timer);
    }
    const error = this.#error(index);
    if (error === undefined || !plan.stopsAtError) return undefined;
    return { index, kind: "error", message: `${error.ename}: ${error.evalue}` };
  }

  async #evaluate(cell: ProseCell, index: number): Promise<RunFailure | undefined> {
    const { expressions, seconds } = this.#plan.values?.(cell, index) ?? { expressions: [], seconds: 0 };
    const values: Value[] = [];
    for (const expression of expressions) {
      const limit = new AbortController();
      const left = this.#plan.seconds - (performance.now() - this.#started) / 1000;
      const timer = deadline(Math.min(seconds, left), `${expression} took too long`, limit);
      let text: string | undefined;
      const onMessage = ({ header, content }: IopubMessage) => {
        if (header.msg_type !== "execute_result") return;
        const { data } = content as { data: MimeBundle };
        text = String(data["text/plain"] ?? "");
      };
      try {
        const options = { stopOnError: false, storeHistory: false, signal: limit.signal, onMessage };
        const { error, stuck } = await this.#session.execute(expression, options);
        if (stuck)
          return { index, kind: "stuck", message: `${limit.signal.reason}, and its kernel was ended` };
        if (limit.signal.aborted) values.push({ error: String(limit.signal.reason) });
        else if (error !== undefined) values.push({ error: `${error.ename}: ${error.evalue}` });
        else values.push(text === undefined ? { error: "it has no value" } : { text });
      } catch (error) {
        if (!(error instanceof KernelDied)) throw error;
        return { index, kind: "died", message: `the kernel died: ${error.message}` };
      } finally {
        clearTimeout(timer);
      }
    }
    if (values.length > 0) this.#values.set(index, values);
    return undefined;
  }

  #take(index: number, message: IopubMessage): void {
    const taken = this.#outputs.take(index, message);
    if (taken?.replaced !== undefined) this.#observer.updated?.(taken.output, taken.replaced, index);
    else if (taken !== undefined) this.#observer.output?.(taken.output, index);
  }

  #error(index: number): ErrorOutput | undefined {
    return this.#outputs.of(index).find((output) => output.output_type === "error");
  }
}

/** Stops a cell after a time; none if it has forever. */
function deadline(seconds: number, reason: string, limit: AbortController): NodeJS.Timeout | undefined {
  if (seconds === Number.POSITIVE_INFINITY) return undefined;
  // Longer times than a timer can hold are cut: three weeks.
  return setTimeout(() => limit.abort(reason), Math.min(Math.max(seconds, 0) * 1000, 2 ** 31 - 1));
}

/** About how many bytes of output a message brings. */
function sizeOf({ header, content }: IopubMessage): number {
  switch (header.msg_type) {
    case "stream":
      return (content as { text: string }).text.length;
    case "display_data":
    case "update_display_data":
    case "execute_result":
    case "error":
      return JSON.stringify(content).length;
    default:
      return 0;
  }
}
