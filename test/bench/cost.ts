import type { Field } from "./peer.js";

export const operations = [
  "add",
  "add_",
  "mul-by-number",
  "div",
  "clone",
  "relu",
  "exp",
  "tanh",
  "sum",
  "max",
  "softmax",
  "square-sum-backward",
] as const;

/** 1, 3, 10, 30, … 10,000,000 elements. */
export const sizes: readonly number[] = Array.from({ length: 15 }, (_, i) =>
  Math.round(10 ** (i >> 1) * (i % 2 === 1 ? 3 : 1)),
);

/** The seconds of one operation at every size that was measured, by one peer. */
export interface Curve {
  readonly operation: string;
  readonly name: string;
  readonly ours: boolean;
  readonly sizes: readonly number[];
  readonly seconds: readonly number[];
}

/** The best of `rounds` for every operation and size, ours and PyTorch's in turns. */
export async function costs(
  field: Field,
  rounds: number,
  budget: number,
  say: (line: string) => void,
): Promise<Curve[]> {
  const curves: Curve[] = [];
  for (const operation of operations) {
    say(`cost of ${operation}`);
    const peers = await field.start("ours-1", "torch-1");
    try {
      const bests = peers.map(() => new Map<number, number>());
      for (const size of sizes) {
        for (let round = 0; round < rounds; round++) {
          for (const [i, peer] of peers.entries()) {
            const answer = await peer.measure(`operation:${operation}:${size}`, budget);
            if ("problem" in answer && round === 0)
              say(`${peer.title}, ${operation}, ${size}: ${answer.problem}`);
            if ("seconds" in answer)
              bests[i].set(size, Math.min(answer.seconds, bests[i].get(size) ?? Number.POSITIVE_INFINITY));
          }
        }
      }
      for (const [i, { id, name }] of peers.entries())
        curves.push({
          operation,
          name,
          ours: id === "ours-1",
          sizes: [...bests[i].keys()],
          seconds: [...bests[i].values()],
        });
    } finally {
      await Promise.all(peers.map((peer) => peer.stop()));
    }
  }
  return curves;
}

export interface Stumble {
  readonly operation: string;
  readonly from: number;
  readonly to: number;
  /** How many times the cost rises, for each time that the size rises; 1 is proportional. */
  readonly times: number;
}

/** The place where our cost rises most steeply against the size: more than proportionally is what a user stumbles over. */
export function worstStumble(curves: readonly Curve[]): Stumble | undefined {
  const stumbles = curves
    .filter(({ ours }) => ours)
    .flatMap(({ operation, sizes, seconds }) =>
      sizes.slice(1).map((to, i) => ({
        operation,
        from: sizes[i],
        to,
        times: seconds[i + 1] / seconds[i] / (to / sizes[i]),
      })),
    );
  return stumbles.sort((a, b) => b.times - a.times).at(0);
}

/** Seconds of the cheapest operation on one element: what it costs to ask for anything at all. */
export function dispatch(curves: readonly Curve[]): { operation: string; seconds: number } | undefined {
  const single = curves.flatMap(({ ours, operation, sizes, seconds }) =>
    ours && sizes[0] === 1 ? [{ operation, seconds: seconds[0] }] : [],
  );
  return single.sort((a, b) => a.seconds - b.seconds).at(0);
}
