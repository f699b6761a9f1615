import { relative } from "node:path";
import type { TypeScript, ts } from "./tslab.js";

/** Line and character count from 0. */
export interface Position {
  readonly line: number;
  readonly character: number;
}

/** A message of the compiler, with its place in the cell. */
export interface Diagnostic {
  readonly start: Position;
  readonly end: Position;
  readonly messageText: string;
  readonly code: number;
  /** Set when the problem is in another file than the cell, relative to the notebook's folder. */
  readonly fileName?: string;
}

/** `import x = require("x")` is refused in ES modules; a cell is no more one than CommonJS. */
const ALLOWED = new Set([1202]);

/** The compiler's errors as the session tells them. What has no place concerns options, which the user did not write. */
export function toDiagnostics(
  typescript: TypeScript,
  found: readonly ts.Diagnostic[],
  cell: ts.SourceFile,
  directory: string,
): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  for (const { file, start, length, messageText, code, category } of found) {
    if (!file || start === undefined || category !== typescript.DiagnosticCategory.Error) continue;
    if (ALLOWED.has(code)) continue;
    diagnostics.push({
      start: typescript.getLineAndCharacterOfPosition(file, start),
      end: typescript.getLineAndCharacterOfPosition(file, start + (length ?? 0)),
      messageText: typescript.flattenDiagnosticMessageText(messageText, "\n"),
      code,
      ...(file === cell ? {} : { fileName: relative(directory, file.fileName) }),
    });
  }
  return diagnostics;
}
