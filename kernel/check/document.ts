import type { Notebook } from "../notebook/notebook.js";
import { NotebookFile } from "../notebook/notebook-file.js";
import { MarkdownFile } from "./markdown-file.js";

/** A file with code that can be run cell by cell. */
export interface Document {
  readonly path: string;
  readonly notebook: Notebook;
  /** The line of the file, from 1, in which a line of a cell's source stands. Both count from 0. */
  lineOf(cell: number, sourceLine?: number): number;
}

/** @throws If the file cannot be read, or is no notebook; naming the file and what is wrong. */
export function openDocument(path: string): Document {
  return path.endsWith(".md") ? new MarkdownFile(path) : new NotebookFile(path);
}
