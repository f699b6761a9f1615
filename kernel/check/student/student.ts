import { createHash } from "node:crypto";
import { type Cell, type CodeCell, hasTag, joined, type Notebook } from "../../notebook/notebook.js";
import { isObject } from "../compare/json.js";
import { type Stub, stripSolutions, stubOf, UNSOLVED } from "./solutions.js";

/** What a student notebook knows of where it comes from, in its metadata at `optimlab.student`. */
export interface StudentOrigin {
  /** The path of the notebook with the solutions, from the folder of this one. */
  readonly source: string;
  /** Of that notebook's cells, see `solutionDigest`. */
  readonly digest: string;
}

export interface StudentNotebook {
  readonly notebook: Notebook;
  /** Which cells had a solution, counted from 0 in the notebook with the solutions. */
  readonly stripped: readonly number[];
  readonly solutions: number;
}

/** Tags of cells that are a solution as a whole, and of those that no student gets. */
const SOLUTION = "solution";
const TEACHER_ONLY = "teacher-only";
/** Tags of cells that check a solution. */
const CHECKS = ["exercise-check", "check-solution"];

/** The error of a stub, and those that follow from it where something should have been declared. */
const consequence = `/${UNSOLVED}|is not defined|Cannot (?:find name|access)|before initialization|undeclared/`;

/**
 * A notebook as students get it: its solutions are stubs that throw `not yet solved`, and their outputs are gone.
 *
 * A solution stands between `BEGIN SOLUTION` and `END SOLUTION`, or is a cell tagged `solution`, or one that nbgrader
 * calls a solution. Cells tagged `teacher-only` are left out. Directives in the metadata say how the cells fail as long
 * as nothing is solved: those with a stub by the stub's error or for want of what it should have declared, those that check a solution (tagged `exercise-check`, or
 * graded by nbgrader) by some error, because a check that passes without a solution checks nothing.
 *
 * @param source What the student notebook calls the one with the solutions.
 * @throws Error If there is no solution, markers do not pair up or the language is unknown; naming the cell.
 */
export function studentNotebook(notebook: Notebook, source: string): StudentNotebook {
  const stub = stubOf(languageOf(notebook));
  const cells: Cell[] = [];
  const stripped: number[] = [];
  let solutions = 0;
  for (const [index, cell] of notebook.cells.entries()) {
    if (hasTag(cell, TEACHER_ONLY)) continue;
    const result = withoutSolution(cell, stub, `cell ${index + 1}`);
    if (result !== undefined) {
      stripped.push(index);
      solutions += result.solutions;
      cells.push(result.cell);
    } else {
      cells.push(stripped.length > 0 && cell.cell_type === "code" ? dependent(cell) : cell);
    }
  }
  if (stripped.length === 0) {
    throw new Error(`there is no solution: no cell tagged ${SOLUTION}, no BEGIN SOLUTION`);
  }
  const student: StudentOrigin = { source, digest: solutionDigest(notebook) };
  const optimlab = { ...member(notebook.metadata, "optimlab"), student };
  return {
    notebook: { ...notebook, metadata: { ...notebook.metadata, optimlab }, cells },
    stripped,
    solutions,
  };
}

/** Changes with what students get: the sources and tags of the cells. */
export function solutionDigest({ cells }: Notebook): string {
  const content = cells.map(({ cell_type, source, metadata }) => [
    cell_type,
    joined(source),
    metadata.tags ?? [],
  ]);
  return createHash("sha256").update(JSON.stringify(content)).digest("hex").slice(0, 16);
}

/** Whether the whole cell is a solution. */
export function isSolution(cell: Cell): boolean {
  return hasTag(cell, SOLUTION) || member(cell.metadata, "nbgrader").solution === true;
}

/** The language of a notebook's code, as its kernel calls it. */
export function languageOf({ metadata }: Notebook): string {
  const language = member(metadata, "language_info").name ?? member(metadata, "kernelspec").language;
  return typeof language === "string" ? language : "typescript";
}

function withoutSolution(
  cell: Cell,
  stub: Stub,
  place: string,
): { cell: Cell; solutions: number } | undefined {
  const code = cell.cell_type === "code";
  const replacement = code ? [`${stub.comment} Your code here`, stub.statement] : ["*Your answer here*"];
  let { source, solutions, topLevel } = attempt(place, () =>
    stripSolutions(joined(cell.source), replacement),
  );
  if (solutions === 0 && isSolution(cell)) {
    [source, solutions, topLevel] = [replacement.join("\n"), 1, true];
  }
  if (solutions === 0 && source === joined(cell.source).trimEnd()) return undefined;
  const metadata = shownMetadata(cell);
  if (cell.cell_type !== "code") return { cell: { ...cell, source, metadata }, solutions };
  const raises = isCheck(cell) ? anyError : topLevel ? { raises: consequence } : { mayRaise: consequence };
  return { cell: withDirectives({ ...cell, source, metadata }, raises, true), solutions };
}

const anyError = { raises: "/[^]/" };

function dependent(cell: CodeCell): Cell {
  return withDirectives(cell, isCheck(cell) ? anyError : { mayRaise: consequence }, false);
}

function isCheck(cell: Cell): boolean {
  return CHECKS.some((tag) => hasTag(cell, tag)) || member(cell.metadata, "nbgrader").grade === true;
}

function withDirectives(cell: CodeCell, raises: object, cleared: boolean): CodeCell {
  const { check: said, ...others } = member(cell.metadata, "optimlab");
  const { raises: _, mayRaise: __, ...kept } = isObject(said) ? said : {};
  const check = { ...kept, ...raises, output: "ignore" };
  return {
    ...cell,
    metadata: { ...cell.metadata, optimlab: { ...others, check } },
    ...(cleared ? { outputs: [], execution_count: null } : {}),
  };
}

/** What hid the solution would hide the place where students are to write. */
function shownMetadata({ metadata }: Cell): Cell["metadata"] {
  const { source_hidden: _, ...jupyter } = member(metadata, "jupyter");
  const { jupyter: __, tags = [], ...others } = metadata;
  const kept = tags.filter((tag) => !["solution", "hide-input", "hide-cell", "hide_input"].includes(tag));
  return {
    ...others,
    ...(Object.keys(jupyter).length > 0 ? { jupyter } : {}),
    ...(kept.length > 0 ? { tags: kept } : {}),
  };
}

function member(
  metadata: Readonly<Record<string, unknown>>,
  name: string,
): Readonly<Record<string, unknown>> {
  const value = metadata[name];
  return isObject(value) ? value : {};
}

function attempt<T>(place: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw new Error(`${place}, ${(error as Error).message}`);
  }
}
