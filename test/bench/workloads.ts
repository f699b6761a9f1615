/** Who takes part. The number is that of threads. */
export type PeerId = "ours-1" | "ours-2" | "torch-1" | "torch-2" | "tfjs" | "jax" | "limit" | "limit-128";

/**
 * What a figure of ours must be: a number in the workload's unit, or a multiple of what another peer, or another
 * workload of ours, took in the same run. For rates more is better, for times less.
 */
export type Target = { readonly threads?: 2 } & (
  | { readonly value: number }
  | { readonly times: number; readonly peer: PeerId }
  | { readonly times: number; readonly workload: string }
);

export interface Workload {
  /** To this every peer answers with the seconds that one unit took. */
  readonly id: string;
  /** The letter of its group, for `--only`. */
  readonly group: string;
  readonly title: string;
  readonly unit: "µs" | "ms" | "GFLOP/s" | "GB/s";
  /** A time is shown as seconds × amount, a rate as amount / seconds. */
  readonly amount: number;
  readonly must: readonly Target[];
  readonly goal: readonly Target[];
}

const milliseconds = { unit: "ms", amount: 1e3 } as const;
const flops = (size: number) => ({ unit: "GFLOP/s", amount: (2 * size ** 3) / 1e9 }) as const;
const ofLimit = (times: number): Target => ({ times, peer: "limit" });
const fasterThanTorch: Target = { times: 1, peer: "torch-1" };

export const workloads: readonly Workload[] = [
  {
    id: "simplenet",
    group: "a",
    title: "SimpleNet 10→20→1, Adam: an iteration",
    unit: "µs",
    amount: 1e6,
    must: [{ value: 25 }],
    goal: [{ value: 15 }],
  },
  {
    id: "mlp",
    group: "b",
    title: "MLP 784-256-128-10, batch 64, Adam: an iteration",
    ...milliseconds,
    must: [{ value: 2.4 }, fasterThanTorch],
    goal: [{ value: 1.4, threads: 2 }],
  },
  {
    id: "adam-1e6",
    group: "c",
    title: "Adam: a step over 1e6 parameters",
    ...milliseconds,
    must: [ofLimit(1.5)],
    goal: [ofLimit(1.15)],
  },
  {
    id: "adam-100",
    group: "c",
    title: "Adam: the same in 100 tensors",
    ...milliseconds,
    must: [{ times: 1.1, workload: "adam-1e6" }],
    goal: [],
  },
  {
    id: "adam-1e7",
    group: "c",
    title: "Adam: a step over 1e7 parameters",
    ...milliseconds,
    must: [ofLimit(1.5)],
    goal: [ofLimit(1.15)],
  },
  {
    id: "sgd-1e6",
    group: "c",
    title: "SGD, momentum: a step over 1e6 parameters",
    ...milliseconds,
    must: [],
    goal: [],
  },
  {
    id: "matmul-64",
    group: "d",
    title: "matmul 64³",
    ...flops(64),
    must: [{ value: 40 }],
    goal: [ofLimit(0.98)],
  },
  {
    id: "matmul-256",
    group: "d",
    title: "matmul 256³",
    ...flops(256),
    must: [{ value: 45 }, { value: 85, threads: 2 }],
    goal: [ofLimit(0.98)],
  },
  {
    id: "matmul-1024",
    group: "d",
    title: "matmul 1024³",
    ...flops(1024),
    must: [{ value: 43 }],
    goal: [ofLimit(0.98)],
  },
  {
    id: "chain-1e6",
    group: "e",
    title: "tanh(x·a + b)·c over 1e6 elements",
    ...milliseconds,
    must: [fasterThanTorch],
    goal: [{ value: 1 }],
  },
  {
    id: "rosenbrock",
    group: "f",
    title: "Rosenbrock, Adam: 10,000 steps",
    unit: "ms",
    amount: 1e4 * 1e3,
    must: [{ value: 60 }],
    goal: [{ value: 30 }],
  },
  {
    id: "cnn",
    group: "g",
    title: "CNN 1→8→16, 28×28, batch 32, Adam: an iteration",
    ...milliseconds,
    must: [fasterThanTorch],
    goal: [{ value: 2.2 }],
  },
  {
    id: "triad-1e7",
    group: "m",
    title: "the machine: triad a + 3·b over 1e7 elements",
    unit: "GB/s",
    amount: (3 * 4 * 1e7) / 1e9,
    must: [],
    goal: [],
  },
];

/** More of it is better. */
export const isRate = ({ unit }: Workload): boolean => unit.endsWith("/s");

/** A figure in the workload's unit. */
export const figure = (workload: Workload, seconds: number): number =>
  isRate(workload) ? workload.amount / seconds : workload.amount * seconds;
