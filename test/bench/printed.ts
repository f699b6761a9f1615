import type { Stumble } from "./cost.js";
import type { ImportTime, Memory } from "./once.js";
import { type Row, resultTable } from "./report.js";
import { significant } from "./table.js";

/** All that a run has found. What was not asked for is absent. */
export interface Report {
  readonly date: string;
  readonly machine: string;
  readonly rounds: number;
  readonly rows: readonly Row[];
  readonly importTime?: ImportTime;
  readonly memory?: readonly Memory[];
  readonly worst?: Stumble;
  readonly dispatch?: { readonly operation: string; readonly seconds: number };
}

const mark = (met: boolean): string => (met ? "✓" : "✗");

/** The report as a person reads it: the table, and a line for each of the other figures. */
export function printed({ rows, rounds, machine, importTime, memory, worst, dispatch }: Report): string {
  const names = rows[0].results.map(({ title, name }) => `${title}: ${name}`).join("; ");
  const lines = [
    `\n${resultTable(rows)}\n`,
    `best (median) of ${rounds} rounds in turns; ✓ and ✗ by our best. ${machine}`,
    names,
  ];
  if (importTime)
    lines.push(
      `import to first tensor: ${significant(importTime.median)} ms, median of ${importTime.processes} processes (best ${significant(importTime.best)}); ${mark(importTime.median <= 50)} ≤ 50 ms`,
    );
  if (memory) {
    const [before, after] = memory;
    const growth = after.process - before.process;
    lines.push(
      `memory: ${before.process.toFixed(0)} MB after ${before.iterations} iterations of SimpleNet, ${after.process.toFixed(0)} MB after ${after.iterations} (in use ${before.inUse.toFixed(1)} and ${after.inUse.toFixed(1)} MB); ${mark(growth <= 20)} ${growth.toFixed(1)} ≤ 20 MB more`,
    );
  }
  if (dispatch)
    lines.push(
      `cheapest operation on one element: ${dispatch.operation}, ${(dispatch.seconds * 1e9).toFixed(0)} ns`,
    );
  if (worst)
    lines.push(
      `steepest rise: ${worst.operation} from ${worst.from} to ${worst.to} elements costs ${significant(worst.times)} times what proportion would`,
    );
  return lines.join("\n");
}
