import { basename, dirname, join, resolve } from "node:path";
import { cellNumber, readNotebook } from "../notebook/notebook.js";
import { runNotebook } from "../notebook/run-notebook.js";
import { packageRoot } from "../package.js";
import { embeddedServer } from "../server/embedded-server.js";
import { NotebookView } from "./notebook-view.js";
import { Paper, type Sink } from "./paper.js";
import { wrap } from "./text.js";

/** The first notebook of the main job. */
const tutorial = join(packageRoot, "notebooks", "23-simplenet.ipynb");

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

/** Runs the tutorial, or another notebook, and then says how to have the kernel in JupyterLab. */
export async function start(file: string = tutorial, sink: Sink = process.stdout): Promise<number> {
  const code = await run(file, sink);
  if (code !== 0) return code;
  const paper = new Paper(sink);
  const wrapped = (text: string) => wrap(text, paper.width).join("\n");
  const advice = [
    paper.styled("bold", "The kernel in your JupyterLab"),
    wrapped("To write such notebooks yourself, add this kernel to the JupyterLab that you have:"),
    paper.styled("cyan", "    npx optimlab install"),
    wrapped(
      "and choose TypeScript (optimlab) there. --sys-prefix installs it into the active Python environment, " +
        "--uninstall removes it again.",
    ),
  ];
  paper.write(`${advice.join("\n")}\n`);
  return 0;
}
