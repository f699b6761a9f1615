import type { Result } from "./measure.js";
import { significant, table } from "./table.js";
import { type Bests, describe, judge, type Verdict } from "./verdict.js";
import { figure, type PeerId, type Workload } from "./workloads.js";

export interface Row {
  readonly workload: Workload;
  readonly results: readonly Result[];
}

export interface Measurement {
  readonly workload: string;
  readonly title: string;
  readonly unit: string;
  readonly peer: PeerId;
  readonly name: string;
  readonly best: number | null;
  readonly median: number | null;
  readonly samples: readonly number[];
  readonly problem?: string;
}

export interface Judgement extends Verdict {
  readonly workload: string;
  readonly kind: "must" | "goal";
}

export function bestsOf(rows: readonly Row[]): Bests {
  return new Map(
    rows.map(({ workload, results }) => [
      workload.id,
      new Map(
        results.flatMap(({ peer, seconds }) =>
          seconds.length > 0 ? [[peer, Math.min(...seconds)] as const] : [],
        ),
      ),
    ]),
  );
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Every figure in the unit of its workload. */
export function measurements(rows: readonly Row[]): Measurement[] {
  return rows.flatMap(({ workload, results }) =>
    results.map(({ peer, name, seconds, problem }) => ({
      workload: workload.id,
      title: workload.title,
      unit: workload.unit,
      peer,
      name,
      best: seconds.length > 0 ? figure(workload, Math.min(...seconds)) : null,
      median: seconds.length > 0 ? figure(workload, median(seconds)) : null,
      samples: seconds.map((one) => figure(workload, one)),
      ...(problem === undefined ? {} : { problem }),
    })),
  );
}

export function judgements(rows: readonly Row[]): Judgement[] {
  const bests = bestsOf(rows);
  return rows.flatMap(({ workload }) =>
    (["must", "goal"] as const).flatMap((kind) =>
      workload[kind].map((target) => ({ workload: workload.id, kind, ...judge(workload, target, bests) })),
    ),
  );
}

/** One line for each workload: best (median) of every peer, then what must be reached and the goal. */
export function resultTable(rows: readonly Row[]): string {
  const peers = rows[0].results.map(({ peer, title }) => ({ peer, title }));
  const figures = measurements(rows);
  const verdicts = judgements(rows);
  const lines = rows.map(({ workload: { id, group, title, unit } }) => [
    `${group} ${title}, ${unit}`,
    ...peers.map(({ peer }) => {
      const { best = null, median: middle = null } =
        figures.find((one) => one.workload === id && one.peer === peer) ?? {};
      return best === null || middle === null ? "–" : `${significant(best)} (${significant(middle)})`;
    }),
    ...(["must", "goal"] as const).map((kind) =>
      verdicts
        .filter((one) => one.workload === id && one.kind === kind)
        .map(describe)
        .join("; "),
    ),
  ]);
  const head = ["", ...peers.map(({ title }) => title), "must reach", "goal"];
  return table([head, ...lines], new Set(peers.map((_, i) => i + 1)));
}

/** Peers that could not do a workload, and why: a sentence for each. */
export const problems = (rows: readonly Row[]): string[] =>
  rows.flatMap(({ workload, results }) =>
    results.flatMap(({ title, problem }) =>
      problem === undefined ? [] : [`${title}, ${workload.id}: ${problem}`],
    ),
  );
