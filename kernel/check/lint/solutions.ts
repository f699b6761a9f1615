import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { hasTag, joined, type Notebook, readNotebook } from "../../notebook/notebook.js";
import { isObject } from "../compare/json.js";
import { markerLine, solutionLines } from "../student/solutions.js";
import { isSolution, type StudentOrigin, solutionDigest } from "../student/student.js";
import type { Finding } from "./problem.js";

/** Shorter lines, such as `}`, are in every program. */
const SHORTEST_LINE = 8;

/** Solutions that are still, or again, in the version for students; and a version that is older than its source. */
export function leakedSolutions(notebook: Notebook, file: string): Finding[] {
  const origin = originOf(notebook);
  if (origin === undefined) return [];
  const marked = notebook.cells.flatMap((cell, index): Finding[] => {
    const line = markerLine(joined(cell.source));
    if (line !== undefined)
      return [{ cell: index, line, message: "a student notebook with the marker of a solution" }];
    return hasTag(cell, "solution")
      ? [{ cell: index, message: "a student notebook with a cell tagged solution" }]
      : [];
  });
  const source = resolve(dirname(file), origin.source);
  if (!existsSync(source)) return marked;
  const original = readNotebook(source);
  const stale =
    solutionDigest(original) === origin.digest
      ? []
      : [{ message: `${origin.source} has changed: make the student version anew with optimlab student` }];
  return [...stale, ...marked, ...leakedLines(notebook, original)];
}

/** Lines that the notebook with the solutions has only within solutions. */
function leakedLines(notebook: Notebook, original: Notebook): Finding[] {
  const secret = new Set<string>();
  const open = new Set<string>();
  for (const cell of original.cells) {
    const source = joined(cell.source);
    const solution = new Set(isSolution(cell) ? source.split("\n") : solutionLines(source));
    for (const line of source.split("\n")) (solution.has(line) ? secret : open).add(line.trim());
  }
  return notebook.cells.flatMap((cell, index) =>
    joined(cell.source)
      .split("\n")
      .flatMap((text, i): Finding[] => {
        const line = text.trim();
        const leaked = line.length >= SHORTEST_LINE && secret.has(line) && !open.has(line);
        return leaked ? [{ cell: index, line: i + 1, message: `a line of the solution: ${line}` }] : [];
      }),
  );
}

function originOf({ metadata }: Notebook): StudentOrigin | undefined {
  const student = isObject(metadata.optimlab) ? metadata.optimlab.student : undefined;
  return isObject(student) && typeof student.source === "string" && typeof student.digest === "string"
    ? { source: student.source, digest: student.digest }
    : undefined;
}
