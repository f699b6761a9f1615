import { KernelAPI, KernelConnection, type KernelMessage, type ServerConnection } from "@jupyterlab/services";
import { kernelName } from "../kernelspec.js";
import {
  type Cell,
  type CodeCell,
  cellNumber,
  type ErrorOutput,
  hasTag,
  isRunnable,
  joined,
  type Notebook,
  type Output,
} from "./notebook.js";
import { OutputCollector } from "./outputs.js";

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

export interface RunResult {
  /** The notebook with the outputs and execution counts of this run, as far as it came. */
  readonly notebook: Notebook;
  /** The error at which the run stopped. */
  readonly failure?: { readonly index: number; readonly error: ErrorOutput };
}

/**
 * Runs the code cells of a notebook in order in a fresh kernel of the notebook's own kind, and stops at the first error
 * of a cell that is not tagged `raises-exception`.
 * @param path The notebook's path on the server: its folder is the kernel's working directory.
 * @throws If the kernel does not start, or dies.
 */
export async function runNotebook(
  notebook: Notebook,
  path: string,
  serverSettings: ServerConnection.ISettings,
  observer: RunObserver = {},
): Promise<RunResult> {
  const name = notebook.metadata.kernelspec?.name ?? kernelName;
  // The declared options lack `path`, which the REST interface has.
  const options: { name: string; path: string } = { name, path };
  const model = await KernelAPI.startNew(options, serverSettings);
  const kernel = new KernelConnection({ model, serverSettings });
  try {
    return await runCells(notebook, kernel, observer);
  } finally {
    kernel.dispose();
    await KernelAPI.shutdownKernel(model.id, serverSettings);
  }
}

async function runCells(
  notebook: Notebook,
  kernel: KernelConnection,
  observer: RunObserver,
): Promise<RunResult> {
  const outputs = new OutputCollector();
  const counts = new Map<number, number | null>();
  let failure: RunResult["failure"];
  for (const [index, cell] of notebook.cells.entries()) {
    observer.cellStarted?.(cell, index);
    if (isRunnable(cell)) {
      const expected = hasTag(cell, "raises-exception");
      try {
        counts.set(index, await execute(kernel, cell, index, !expected, outputs, observer));
      } catch (error) {
        throw new Error(`cell [${cellNumber(notebook, index)}]: ${await whyDead(kernel, error)}`);
      }
      const error = outputs.of(index).find((output) => output.output_type === "error");
      if (error !== undefined && !expected) failure = { index, error };
    }
    observer.cellFinished?.(cell, index);
    if (failure !== undefined) break;
  }
  // Displays of earlier cells may have changed until the end, so that the notebook is put together only now.
  const cells = notebook.cells.map((cell, index) =>
    cell.cell_type === "code"
      ? { ...cell, outputs: outputs.of(index), execution_count: counts.get(index) ?? null }
      : cell,
  );
  return { notebook: { ...notebook, cells }, ...(failure === undefined ? {} : { failure }) };
}

async function execute(
  kernel: KernelConnection,
  cell: CodeCell,
  index: number,
  stopOnError: boolean,
  outputs: OutputCollector,
  observer: RunObserver,
): Promise<number | null> {
  const future = kernel.requestExecute({
    code: joined(cell.source),
    stop_on_error: stopOnError,
    allow_stdin: false,
  });
  // Not the future's own onIOPub, which does not hear of updates to displays of earlier cells.
  const listen = (_: unknown, message: KernelMessage.IIOPubMessage) => {
    if (!("msg_id" in message.parent_header) || message.parent_header.msg_id !== future.msg.header.msg_id)
      return;
    const taken = outputs.take(index, message);
    if (taken?.replaced !== undefined) observer.updated?.(taken.output, taken.replaced, index);
    else if (taken !== undefined) observer.output?.(taken.output, index);
  };
  kernel.iopubMessage.connect(listen);
  try {
    const { content } = await future.done;
    // Kernels should also send an `error` on iopub; with one that does not, an error must not go unseen.
    if (content.status === "error" && !outputs.of(index).some(({ output_type }) => output_type === "error")) {
      const { ename, evalue, traceback } = content;
      const header = { msg_type: "error" };
      const taken = outputs.take(index, { header, content: { ename, evalue, traceback } });
      if (taken !== undefined) observer.output?.(taken.output, index);
    }
    return content.execution_count ?? null;
  } finally {
    kernel.iopubMessage.disconnect(listen);
  }
}

/** @jupyterlab/services only says that a future was canceled; the server knows why. */
async function whyDead(kernel: KernelConnection, error: unknown): Promise<string> {
  const model = await KernelAPI.getKernelModel(kernel.id, kernel.serverSettings);
  return `the kernel died: ${model?.reason ?? (error as Error).message}`;
}
