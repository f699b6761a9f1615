import {
  type Cell,
  cellNumber,
  isRunnable,
  joined,
  type Notebook,
  type Output,
} from "../../notebook/notebook.js";
import { isObject } from "../compare/json.js";
import { cellDirectives } from "../directives.js";
import type { Finding } from "./problem.js";

/** Code cells that were never run, or not in their order in a fresh kernel. Cells that are not to be run are left out. */
export function executionOrder(notebook: Notebook): Finding[] {
  const isSkipped = (cell: Cell) => {
    const { skip, onlyInCi } = cellDirectives(cell, notebook.metadata);
    return skip !== undefined || onlyInCi;
  };
  const cells = notebook.cells
    .map((cell, index) => ({ cell, index }))
    .filter(({ cell }) => isRunnable(cell) && !isSkipped(cell));
  const counts = cells.map(({ cell }) => ("execution_count" in cell ? cell.execution_count : null));
  if (counts.length > 0 && counts.every((count) => count === null)) {
    return [{ message: "no cell of the notebook was run: its readers see no outputs" }];
  }
  const unexecuted = cells
    .filter((_, i) => counts[i] === null)
    .map(({ index }) => ({ cell: index, message: `cell [${cellNumber(notebook, index)}] was not run` }));
  let last = 0;
  for (const [i, { index }] of cells.entries()) {
    const count = counts[i];
    if (count === null || count === undefined) continue;
    if (count <= last) {
      const message = `out of order: [${count}] stands after [${last}]; run all cells anew, from the first`;
      return [...unexecuted, { cell: index, message }];
    }
    last = count;
  }
  const most = notebook.cells.filter(isRunnable).length;
  if (unexecuted.length === 0 && last > most) {
    const message = `${most} cells were run, the last as [${last}]: some were run again or are gone; run all anew`;
    return [{ message }];
  }
  return unexecuted;
}

/** Outputs in which there is nothing to see. */
export function emptyOutputs({ cells }: Notebook): Finding[] {
  return cells.flatMap((cell, index) =>
    cell.cell_type === "code" && cell.outputs.some(isEmpty)
      ? [{ cell: index, message: "an output is empty" }]
      : [],
  );
}

function isEmpty(output: Output): boolean {
  if (output.output_type === "error") return false;
  if (output.output_type === "stream") return joined(output.text) === "";
  return (
    !isObject(output.data) ||
    Object.values(output.data).every(
      (value) => value === "" || (Array.isArray(value) && value.join("") === ""),
    )
  );
}
