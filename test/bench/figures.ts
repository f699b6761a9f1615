import type { Result } from "./measure.js";
import type { Row } from "./report.js";
import { type PeerId, type Workload, workloads } from "./workloads.js";

/** A row as a run would give it, from the seconds of each peer. */
export function rowOf(id: string, seconds: Partial<Record<PeerId, number[]>>): Row {
  const results: Result[] = (Object.keys(seconds) as PeerId[]).map((peer) => ({
    peer,
    title: peer,
    name: `${peer}, a name`,
    seconds: seconds[peer]!,
    problem: undefined,
  }));
  return { workload: workloadOf(id), results };
}

export function workloadOf(id: string): Workload {
  const workload = workloads.find((one) => one.id === id);
  if (!workload) throw new Error(`no workload ${id}`);
  return workload;
}
