import { existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { formatNotebook, joined, type Notebook, readNotebook } from "../../notebook/notebook.js";
import { loadTslab, type SourceFile, type TypeScript } from "../../session/tslab.js";
import { isObject } from "../compare/json.js";
import { languageOf, type StudentNotebook, studentNotebook } from "./student.js";

/**
 * Writes the version of a notebook that students get.
 * @returns What was done, in one line.
 * @throws If there is no solution in the notebook, a cell does not parse without it, or the output is something else than
 *   an earlier student version; nothing is written then.
 */
export function writeStudentNotebook(input: string, output: string): string {
  const notebook = readNotebook(input);
  if (resolve(input) === resolve(output)) throw new Error(`${output}: this would overwrite the solutions`);
  if (existsSync(output) && !isStudentNotebook(readNotebook(output))) {
    throw new Error(`${output}: there is a notebook that was not made from solutions; choose another name`);
  }
  let student: StudentNotebook;
  try {
    student = studentNotebook(notebook, relative(dirname(resolve(output)), resolve(input)));
    checkSyntax(notebook, student.notebook);
  } catch (error) {
    throw new Error(`${input}: ${(error as Error).message}`);
  }
  const beside = `${output}.${process.pid}.tmp`;
  try {
    writeFileSync(beside, formatNotebook(student.notebook));
    renameSync(beside, output);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
  const { solutions, stripped } = student;
  return `${output}: ${count(solutions, "solution")} replaced, in ${count(stripped.length, "cell")}`;
}

export function isStudentNotebook({ metadata }: Notebook): boolean {
  return isObject(metadata.optimlab) && isObject(metadata.optimlab.student);
}

/**
 * A stub that stands where an expression was expected leaves a cell that cannot even be read.
 * @throws Error Naming the cell and what the compiler says. Cells that did not parse with their solution are left alone.
 */
function checkSyntax(original: Notebook, student: Notebook): void {
  if (!["typescript", "javascript"].includes(languageOf(original).toLowerCase())) return;
  const sources = new Set(original.cells.map(({ source }) => joined(source)));
  const changed = student.cells.filter(
    ({ cell_type, source }) => cell_type === "code" && !sources.has(joined(source)),
  );
  if (changed.length === 0) return;
  const { typescript } = loadTslab();
  for (const cell of changed) {
    const problem = syntaxError(typescript, joined(cell.source));
    const index = original.cells.findIndex(({ id }) => id !== undefined && id === cell.id);
    const parsed = index < 0 || syntaxError(typescript, joined(original.cells[index]!.source)) === undefined;
    if (problem !== undefined && parsed) {
      const place = index < 0 ? "a cell" : `cell ${index + 1}`;
      throw new Error(`${place} does not parse without its solution: ${problem}:\n${joined(cell.source)}`);
    }
  }
}

function syntaxError(typescript: TypeScript, code: string): string | undefined {
  const { ScriptTarget, ScriptKind } = typescript;
  const file = typescript.createSourceFile("cell.ts", code, ScriptTarget.Latest, false, ScriptKind.TS);
  const [first] = (file as SourceFile).parseDiagnostics;
  return first && typescript.flattenDiagnosticMessageText(first.messageText, "\n");
}

function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? "" : "s"}`;
}
