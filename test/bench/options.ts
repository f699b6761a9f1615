import { parseArgs } from "node:util";
import { type Workload, workloads } from "./workloads.js";

export interface Options {
  readonly json: boolean;
  readonly chosen: readonly Workload[];
  /** Whether the workloads were chosen by `--only`: then nothing else is measured unless it is asked for. */
  readonly only: boolean;
  readonly rounds: number;
  /** Seconds that a peer spends on a workload in a round. */
  readonly budget: number;
  readonly memory: boolean;
  /** The folder for the plot of cost against size and for the report. */
  readonly report: string | undefined;
}

/** @throws {Error} that says what is wrong with the arguments, and what would be right */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: "boolean", default: false },
      only: { type: "string", multiple: true },
      rounds: { type: "string" },
      quick: { type: "boolean", default: false },
      memory: { type: "boolean", default: false },
      report: { type: "string" },
    },
  });
  const { json, only, quick, memory, report } = values;
  const rounds = values.rounds ?? (quick ? "2" : "5");
  if (!/^[1-9]\d*$/.test(rounds)) throw new RangeError(`--rounds ${rounds}: expected 1, 2, 3, …`);
  if (report === "") throw new RangeError("--report: expected a folder");
  return {
    json,
    chosen: only === undefined ? workloads : choose(only),
    only: only !== undefined,
    rounds: Number(rounds),
    budget: quick ? 0.05 : 0.25,
    memory,
    report,
  };
}

/** By id or by the letter of a group, several with commas between or by several `--only`. */
function choose(only: readonly string[]): Workload[] {
  const names = only.flatMap((list) => list.split(",")).map((name) => name.trim());
  const known = new Set(workloads.flatMap(({ id, group }) => [id, group]));
  const unknown = names.find((name) => !known.has(name));
  if (unknown !== undefined)
    throw new RangeError(`--only ${unknown}: expected a letter or a name of ${listed()}`);
  return workloads.filter(({ id, group }) => names.includes(id) || names.includes(group));
}

const listed = (): string => workloads.map(({ id, group }) => `${group} ${id}`).join(", ");
