import { parseArgs } from "node:util";
import { type Workload, workloads } from "./workloads.js";

export interface Options {
  readonly json: boolean;
  readonly rounds: number;
  readonly chosen: readonly Workload[];
}

/** @throws {Error} that says what is wrong with the arguments, and what would be right */
export function readOptions(args: readonly string[]): Options {
  const { json, rounds, only } = parseArgs({
    args: [...args],
    options: {
      json: { type: "boolean", default: false },
      rounds: { type: "string", default: "3" },
      only: { type: "string" },
    },
  }).values;
  if (!/^[1-9]\d*$/.test(rounds)) throw new RangeError(`--rounds ${rounds}: expected 1, 2, 3, …`);
  return { json, rounds: Number(rounds), chosen: only === undefined ? workloads : choose(only) };
}

function choose(only: string): Workload[] {
  const names = only.split(",").map((name) => name.trim());
  const known = workloads.map(({ id }) => id as string);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new RangeError(`--only ${unknown}: expected some of ${known.join(", ")}`);
  return workloads.filter(({ id }) => names.includes(id));
}
