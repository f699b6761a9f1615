import { median } from "../report.js";
import { significant, table } from "../table.js";
import type { KernelId } from "./kernels.js";
import type { Figure } from "./workloads.js";

/** What one kernel gave for one figure: a number for each round, or why there are none. */
export interface Result {
  readonly figure: Figure;
  readonly kernel: KernelId;
  readonly samples: number[];
  problem?: string;
}

export interface Report {
  readonly date: string;
  readonly machine: string;
  readonly rounds: number;
  /** Names with versions, in the order of the columns. */
  readonly kernels: readonly { readonly id: KernelId; readonly name: string }[];
  readonly results: readonly Result[];
}

interface Summary {
  readonly best: number | null;
  readonly median: number | null;
}

/** Whether ours stays within the limit: by its median, since a user meets that. */
export interface Verdict {
  readonly figure: string;
  readonly limit: number;
  readonly met: boolean;
}

const summary = ({ figure, samples }: Result): Summary => {
  if (samples.length === 0) return { best: null, median: null };
  const best = figure.unit === "lines" ? Math.max(...samples) : Math.min(...samples);
  return { best, median: median(samples) };
};

function verdict(result: Result): Verdict | undefined {
  const { id, unit, limit } = result.figure;
  if (limit === undefined || result.kernel !== "ours") return undefined;
  const { median: value } = summary(result);
  // A line that is lost once is lost.
  const met = unit === "lines" ? Math.min(...result.samples) >= limit : value !== null && value <= limit;
  return { figure: id, limit, met: result.problem === undefined && result.samples.length > 0 && met };
}

/** The table as a person reads it, and below it what could not be measured. */
export function printed({ rounds, machine, kernels, results }: Report): string {
  const figures = [...new Set(results.map(({ figure }) => figure))];
  const rows = figures.map((figure) => {
    const own = results.filter((result) => result.figure === figure);
    const cells = kernels.map(({ id }) => cell(own.find(({ kernel }) => kernel === id)));
    const judged = own.map(verdict).find((found) => found !== undefined);
    const bound = figure.unit === "lines" ? "all" : `≤ ${figure.limit}`;
    return [figure.title, ...cells, judged ? `${judged.met ? "✓" : "✗"} ${bound}` : ""];
  });
  const header = ["", ...kernels.map(({ name }) => name), "ours"];
  const problems = results.flatMap(({ figure, kernel, problem }) =>
    problem === undefined ? [] : [`${kernel}, ${figure.title}: ${problem}`],
  );
  return [
    `\n${table([header, ...rows], new Set(kernels.map((_, i) => i + 1)))}\n`,
    `median (best) of ${rounds} rounds in turns; ✓ and ✗ by our median. ${machine}`,
    ...problems,
  ].join("\n");
}

function cell(result: Result | undefined): string {
  if (!result || result.samples.length === 0) return "–";
  const { best, median: middle } = summary(result);
  if (result.figure.unit === "lines") return middle!.toFixed(0);
  return `${significant(middle!)} (${significant(best!)})`;
}

/** The same for programs. */
export function json({ results, ...others }: Report): string {
  const measurements = results.map((result) => {
    const { id, title, unit } = result.figure;
    const { kernel, samples, problem } = result;
    return { figure: id, title, unit, kernel, ...summary(result), samples, ...(problem ? { problem } : {}) };
  });
  const verdicts = results.map(verdict).filter((found) => found !== undefined);
  return JSON.stringify({ ...others, measurements, verdicts }, null, 2);
}
