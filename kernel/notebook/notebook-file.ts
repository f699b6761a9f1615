import { randomUUID } from "node:crypto";
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { findNodeAtLocation, type JSONPath, type Node, parseTree } from "jsonc-parser";
import { layOut, type Notebook, type Output, parseNotebook, readableError } from "./notebook.js";

/** What a code cell has after it ran. */
export interface CellResult {
  readonly outputs: readonly Output[];
  readonly executionCount: number | null;
}

/** The file of a notebook, whose text is kept, so that a change of some outputs changes nothing else in it. */
export class NotebookFile {
  readonly path: string;
  readonly notebook: Notebook;
  readonly #bytes: Buffer;
  readonly #text: string;
  #tree: Node | undefined;

  /** @throws If the file cannot be read, or is no notebook of nbformat 4; naming the file and what is wrong. */
  constructor(path: string) {
    this.path = path;
    try {
      this.#bytes = readFileSync(path);
    } catch (error) {
      throw readableError(path, error);
    }
    try {
      this.#text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.#bytes);
    } catch {
      throw new Error(`${path}: not UTF-8, and so no notebook`);
    }
    this.notebook = parseNotebook(this.#text, path);
  }

  /** The line of the file, from 1, in which a line of a cell's source stands. Both count from 0. */
  lineOf(cell: number, sourceLine = 0): number {
    const source = this.#node(["cells", cell, "source"]);
    const node = source.children?.[sourceLine] ?? source.children?.at(-1) ?? source;
    return this.#text.slice(0, node.offset).split("\n").length;
  }

  /** The file's text with other results for some of the cells; the same text if they are what it holds already. */
  withResults(results: ReadonlyMap<number, CellResult>): string {
    const edits = [...results].flatMap(([index, { outputs, executionCount }]) => {
      const cell = this.notebook.cells[index];
      if (cell?.cell_type !== "code") throw new Error(`${this.path}: cell ${index + 1} is no code cell`);
      const isNew = !isDeepStrictEqual(layOut(cell.outputs), layOut(outputs));
      return [
        ...(isNew ? [{ node: this.#node(["cells", index, "outputs"]), value: layOut(outputs) }] : []),
        ...(cell.execution_count === executionCount
          ? []
          : [{ node: this.#node(["cells", index, "execution_count"]), value: executionCount }]),
      ];
    });
    let text = this.#text;
    // From the end, so that the places before stay where they are.
    for (const { node, value } of edits.sort((a, b) => b.node.offset - a.node.offset)) {
      text = text.slice(0, node.offset) + this.#format(value, node) + text.slice(node.offset + node.length);
    }
    return text;
  }

  /**
   * Replaces the file's text, all at once: whoever reads it, or ends this process, finds the old or the new one.
   * @throws Error If the file is not what it was when it was read; nothing is written then.
   */
  write(text: string): void {
    if (text === this.#text) return;
    // What a link points to is replaced, not the link.
    const target = realpathSync(this.path);
    const beside = join(dirname(target), `.${basename(target)}.${randomUUID()}.tmp`);
    const file = openSync(beside, "wx");
    try {
      try {
        writeFileSync(file, text);
        fchmodSync(file, statSync(target).mode);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      if (!readFileSync(target).equals(this.#bytes)) {
        throw new Error(`${this.path}: it was changed while it ran, and is left as it is now`);
      }
      renameSync(beside, target);
    } catch (error) {
      rmSync(beside, { force: true });
      throw error;
    }
  }

  #node(path: JSONPath): Node {
    this.#tree ??= parseTree(this.#text);
    const node = findNodeAtLocation(this.#tree!, path);
    if (node === undefined) throw new Error(`${this.path}: there is nothing at ${path.join(".")}`);
    return node;
  }

  /** JSON laid out as the file is, to stand in the place of a node. */
  #format(value: unknown, node: Node): string {
    const [, newline = "\n", indentation] = /^\s*\{(\r?\n)([ \t]+)"/.exec(this.#text) ?? [];
    if (indentation === undefined) return JSON.stringify(value);
    const start = this.#text.lastIndexOf("\n", node.offset) + 1;
    const [margin] = /^[ \t]*/.exec(this.#text.slice(start))!;
    return JSON.stringify(value, null, indentation).replaceAll("\n", newline + margin);
  }
}
