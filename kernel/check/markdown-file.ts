import { readFileSync } from "node:fs";
import { marked, type Token, type Tokens } from "marked";
import { type Cell, type Notebook, readableError } from "../notebook/notebook.js";

/** Words after the language of a block, as other tools have them, and the tags that they stand for. */
const words: Readonly<Record<string, string>> = {
  ignore: "skip-execution",
  skip: "skip-execution",
  no_run: "skip-execution",
  throws: "raises-exception",
  should_panic: "raises-exception",
};

/** A Markdown file, whose blocks of TypeScript are the cells of a notebook without outputs. */
export class MarkdownFile {
  readonly path: string;
  readonly notebook: Notebook;
  readonly #lines: readonly number[];

  /** @throws If the file cannot be read. */
  constructor(path: string) {
    this.path = path;
    let text: string;
    try {
      text = readFileSync(path, "utf8");
    } catch (error) {
      throw readableError(path, error);
    }
    const cells: Cell[] = [];
    const lines: number[] = [];
    for (const { token, offset } of blocks(marked.lexer(text), text)) {
      const cell = toCell(token);
      if (cell === undefined) continue;
      cells.push(cell);
      lines.push(text.slice(0, offset).split("\n").length);
    }
    this.#lines = lines;
    this.notebook = { nbformat: 4, nbformat_minor: 4, metadata: {}, cells };
  }

  lineOf(cell: number, sourceLine = 0): number {
    // The source begins in the line after the fence.
    const fence = this.notebook.cells[cell]?.cell_type === "code" ? 1 : 0;
    return this.#lines[cell]! + fence + sourceLine;
  }
}

/** Headings and blocks of code in the order of the text, those in lists and quotations too, with their places. */
function blocks(tokens: readonly Token[], text: string): { token: Token; offset: number }[] {
  const found: { token: Token; offset: number }[] = [];
  let at = 0;
  marked.walkTokens([...tokens], (token) => {
    if (token.type !== "code" && token.type !== "heading") return;
    // In a list the text of a block is not indented as in the file; its first line is found all the same.
    const [first = ""] = token.raw.split("\n");
    const offset = text.indexOf(first, at);
    if (offset === -1) return;
    at = offset + first.length;
    found.push({ token, offset });
  });
  return found;
}

function toCell(token: Token): Cell | undefined {
  if (token.type === "heading") return { cell_type: "markdown", metadata: {}, source: token.raw.trim() };
  const { lang = "", text } = token as Tokens.Code;
  const [language = "", ...rest] = lang.split(/[\s,]+/);
  if (language !== "ts" && language !== "typescript") return undefined;
  const tags = rest.map((word) => words[word] ?? word);
  return { cell_type: "code", metadata: { tags }, source: text, outputs: [], execution_count: null };
}
