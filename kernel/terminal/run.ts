import { basename, dirname, resolve } from "node:path";
import { cellNumber, readNotebook } from "../notebook/notebook.js";
import { runNotebook } from "../notebook/run-notebook.js";
import { embeddedServer } from "../server/embedded-server.js";
import { NotebookView } from "./notebook-view.js";
import { Paper, type Sink } from "./paper.js";

/**
 * Runs a notebook in its kernel and shows it as it runs.
 * @returns The exit code: 1 if a cell failed.
 */
export async function run(file: string, sink: Sink): Promise<number> {
  const notebook = readNotebook(file);
  // @jupyterlab/services tells every connection on console.debug, which is our stdout.
  console.debug = () => {};
  const server = embeddedServer(dirname(resolve(file)));
  const paper = new Paper(sink);
  try {
    const { failure } = await runNotebook(notebook, basename(file), server.settings, new NotebookView(paper));
    if (failure === undefined) return 0;
    const { index, message } = failure;
    const cell = `${file}: cell [${cellNumber(notebook, index)}] failed`;
    paper.write(`\n${paper.styled("red", cell)}: ${message}\n`);
    return 1;
  } finally {
    await server.close();
  }
}
