import { significant } from "./table.js";
import { figure, isRate, type PeerId, type Target, type Workload } from "./workloads.js";

/** The best seconds of a run, by workload and peer; what was not measured is absent. */
export type Bests = ReadonlyMap<string, ReadonlyMap<PeerId, number>>;

export interface Verdict {
  /** What must be: "≤ 25 µs", "≤ 1.5 × C limit". */
  readonly target: string;
  /** What is, in the same terms; null when one of the two figures is missing. */
  readonly value: number | null;
  readonly met: boolean | null;
}

const peerNames: Record<PeerId, string> = {
  "ours-1": "ours",
  "ours-2": "ours on 2 threads",
  "torch-1": "torch 1t",
  "torch-2": "torch 2t",
  tfjs: "tfjs",
  jax: "jax-js",
  limit: "C limit",
  "limit-128": "C, 128 bit",
};

/** Whether our best figure of this run is what the target asks for. */
export function judge(workload: Workload, target: Target, bests: Bests): Verdict {
  const peer: PeerId = target.threads === 2 ? "ours-2" : "ours-1";
  const ours = bests.get(workload.id)?.get(peer);
  const rate = isRate(workload);
  const sign = rate ? "≥" : "≤";
  const threads = target.threads === 2 ? ", 2t" : "";
  if ("value" in target) {
    const value = ours === undefined ? null : figure(workload, ours);
    return verdict(`${sign} ${target.value} ${workload.unit}${threads}`, value, target.value, rate);
  }
  const [other, name] =
    "peer" in target
      ? [bests.get(workload.id)?.get(target.peer), peerNames[target.peer]]
      : [bests.get(target.workload)?.get(peer), target.workload];
  let value: number | null = null;
  if (ours !== undefined && other !== undefined) value = rate ? other / ours : ours / other;
  return verdict(`${sign} ${target.times} × ${name}${threads}`, value, target.times, rate);
}

function verdict(target: string, value: number | null, bound: number, atLeast: boolean): Verdict {
  const met = value === null ? null : atLeast ? value >= bound : value <= bound;
  return { target, value, met };
}

/** "✓ 22.1 ≤ 25 µs", "✗ 9.70 ≤ 1.5 × C limit", "? ≤ 1.4 ms, 2t" when there is no figure. */
export const describe = ({ target, value, met }: Verdict): string =>
  value === null ? `? ${target}` : `${met ? "✓" : "✗"} ${significant(value)} ${target}`;
