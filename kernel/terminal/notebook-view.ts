import {
  type Cell,
  type DisplayOutput,
  type ErrorOutput,
  isRunnable,
  joined,
  type Output,
  type Text,
} from "../notebook/notebook.js";
import type { RunObserver } from "../notebook/run-notebook.js";
import { renderMarkdown } from "./markdown.js";
import type { Paper } from "./paper.js";
import { hanging, wrap } from "./text.js";

/** Shows a notebook in a terminal while it runs: prose, code, and each output the moment it comes. */
export class NotebookView implements RunObserver {
  readonly #paper: Paper;
  #count = 0;
  /** Whether the last text of a stream left its line open. */
  #lineIsOpen = false;

  constructor(paper: Paper) {
    this.#paper = paper;
  }

  cellStarted(cell: Cell): void {
    const source = joined(cell.source).trimEnd();
    if (cell.cell_type === "markdown" && source !== "") this.#block(renderMarkdown(source, this.#paper));
    if (!isRunnable(cell)) return;
    this.#count += 1;
    const label = this.#paper.styled("dim", `[${this.#count}]`);
    const bar = this.#paper.styled("dim", "│");
    this.#block([label, ...source.split("\n").map((line) => `${bar} ${line}`)].join("\n"));
  }

  output(output: Output): void {
    switch (output.output_type) {
      case "stream": {
        const text = this.#paper.foreign(joined(output.text));
        this.#paper.write(output.name === "stderr" ? this.#paper.styled("yellow", text) : text);
        this.#lineIsOpen = !text.endsWith("\n");
        return;
      }
      case "error":
        this.#line(describeError(output, this.#paper));
        return;
      default:
        this.#line(this.#paper.foreign(describeBundle(output, this.#paper)));
    }
  }

  cellFinished(cell: Cell): void {
    this.#closeLine();
    if (joined(cell.source).trim() !== "" && cell.cell_type !== "raw") this.#paper.write("\n");
  }

  #block(text: string): void {
    this.#paper.write(`${text}\n`);
  }

  #line(text: string): void {
    this.#closeLine();
    this.#paper.write(`${text}\n`);
  }

  #closeLine(): void {
    if (this.#lineIsOpen) this.#paper.write("\n");
    this.#lineIsOpen = false;
  }
}

/** The form of an output that a terminal can show: its text, which for a figure is its alt text. */
function describeBundle({ data }: DisplayOutput, paper: Paper): string {
  const plain = data["text/plain"] as Text | undefined;
  if (Object.keys(data).some(isFigure)) {
    const alt = plain === undefined ? "a figure without alt text" : joined(plain);
    return hanging(paper.styled("dim", "▨ "), wrap(alt, paper.width - 2).join("\n"));
  }
  if (plain !== undefined) return joined(plain);
  const markdown = data["text/markdown"] as Text | undefined;
  if (markdown !== undefined) return renderMarkdown(joined(markdown), paper);
  return paper.styled("dim", `[${Object.keys(data).join(", ")}]`);
}

function isFigure(type: string): boolean {
  return type.startsWith("image/") || type.startsWith("application/vnd.plotly");
}

function describeError({ ename, evalue, traceback }: ErrorOutput, paper: Paper): string {
  return traceback.length > 0
    ? paper.foreign(traceback.join("\n"))
    : paper.styled("red", `${ename}: ${evalue}`);
}
