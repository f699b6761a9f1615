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
  /** The display that was drawn last, when nothing has been written since, and its text. */
  #last: { readonly output: Output; readonly text: string } | undefined;
  /** Displays that have changed where they cannot be drawn again, as they are now. */
  readonly #changed = new Set<Output>();

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
        this.#last = undefined;
        const text = this.#paper.foreign(joined(output.text));
        this.#paper.write(output.name === "stderr" ? this.#paper.styled("yellow", text) : text);
        this.#lineIsOpen = !text.endsWith("\n");
        return;
      }
      case "error":
        this.#line(describeError(output, this.#paper));
        return;
      default: {
        const text = this.#paper.foreign(describeBundle(output, this.#paper));
        this.#line(text);
        this.#last = { output, text };
      }
    }
  }

  /** Draws a display again in its place if it is the last thing on the paper, otherwise at the end of the cell. */
  updated(output: Output, replaced: Output): void {
    const text = this.#paper.foreign(describeBundle(output as DisplayOutput, this.#paper));
    if (this.#last?.output === replaced && this.#paper.redraw(this.#last.text, text)) {
      this.#last = { output, text };
      return;
    }
    this.#changed.delete(replaced);
    this.#changed.add(output);
  }

  cellFinished(cell: Cell): void {
    this.#closeLine();
    for (const output of this.#changed) {
      this.#line(this.#paper.foreign(describeBundle(output as DisplayOutput, this.#paper)));
    }
    this.#changed.clear();
    this.#last = undefined;
    if (joined(cell.source).trim() !== "" && cell.cell_type !== "raw") this.#paper.write("\n");
  }

  #block(text: string): void {
    this.#last = undefined;
    this.#paper.write(`${text}\n`);
  }

  #line(text: string): void {
    this.#last = undefined;
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
