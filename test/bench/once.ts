import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { median } from "./report.js";

/** What is measured once, in processes of its own, and of this library only. */
async function output(program: string, ...args: string[]): Promise<string> {
  const path = fileURLToPath(new URL(program, import.meta.url));
  return (await promisify(execFile)(process.execPath, [path, ...args])).stdout;
}

export interface ImportTime {
  readonly best: number;
  readonly median: number;
  readonly processes: number;
}

/** Milliseconds from the import to the first tensor, in fresh processes one after the other. */
export async function importTime(processes: number): Promise<ImportTime> {
  const samples: number[] = [];
  for (let i = 0; i < processes; i++) samples.push(Number(await output("first-tensor.mjs")));
  return { best: Math.min(...samples), median: median(samples), processes };
}

export interface Memory {
  readonly iterations: number;
  /** Megabytes of the whole process. */
  readonly process: number;
  /** Megabytes still in use after a collection. */
  readonly inUse: number;
}

/** In a process for each of the numbers, one after the other. */
export async function memoryAfter(...iterations: readonly number[]): Promise<Memory[]> {
  const measured: Memory[] = [];
  for (const count of iterations)
    measured.push(JSON.parse(await output("memory.mjs", String(count))) as Memory);
  return measured;
}
