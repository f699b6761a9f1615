import type { Field } from "./peer.js";
import type { PeerId, Workload } from "./workloads.js";

/** What one peer did with one workload: the seconds of each round, or why there are none. */
export interface Result {
  readonly peer: PeerId;
  readonly title: string;
  readonly name: string;
  readonly seconds: number[];
  problem: string | undefined;
}

/**
 * A workload by every peer in turns, so that all of them meet the same machine. It has processes of its own, as a
 * user's program would: what one workload leaves behind (garbage, compiled code for other shapes) must not slow
 * another. The first round warms everybody up and is thrown away.
 */
export async function measure(
  field: Field,
  { id }: Pick<Workload, "id">,
  rounds: number,
  budget: number,
  ids: readonly PeerId[] = [],
): Promise<Result[]> {
  const peers = await field.start(...ids);
  try {
    const results: Result[] = peers.map(({ id: peer, title, name }) => ({
      peer,
      title,
      name,
      seconds: [],
      problem: undefined,
    }));
    const out = new Set<number>();
    for (let round = 0; round <= rounds; round++) {
      for (const [i, peer] of peers.entries()) {
        if (out.has(i)) continue;
        const answer = await peer.measure(id, budget);
        if ("seconds" in answer) {
          if (round > 0) results[i].seconds.push(answer.seconds);
          continue;
        }
        out.add(i);
        if ("problem" in answer) results[i].problem = answer.problem;
      }
    }
    return results;
  } finally {
    await Promise.all(peers.map((peer) => peer.stop()));
  }
}
