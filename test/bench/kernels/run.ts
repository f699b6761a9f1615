/**
 * `npm run bench:kernel`: our kernel beside tslab, deno and ipykernel, those that are installed, in turns and each
 * through the same ZeroMQ client. It never fails because of a figure: a busy machine makes every one worse, so
 * compare within one run.
 *
 *   npm run bench:kernel -- [--rounds 3] [--only start,trivial] [--json]
 */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { KernelClient } from "../../kernel/client.js";
import { builtCommandLine } from "../../requirements.js";
import { installedKernels, type Kernel } from "./kernels.js";
import { type Options, readOptions } from "./options.js";
import { json, printed, type Report, type Result } from "./report.js";
import type { Workload } from "./workloads.js";

const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** @returns the exit code */
export async function main(args: readonly string[]): Promise<number> {
  let options: Options;
  try {
    options = readOptions(args);
  } catch (error) {
    say(`bench:kernel: ${(error as Error).message}`);
    return 2;
  }
  const folder = await mkdtemp(join(tmpdir(), "optimlab-bench-kernels-"));
  try {
    const report = await measureAll(await installedKernels(say), await surroundings(folder), options);
    console.log(options.json ? json(report) : printed(report));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return 0;
}

interface Surroundings {
  readonly notebooks: string;
  readonly environment: NodeJS.ProcessEnv;
}

/** A notebook's folder, and the state in which `optimlab install` leaves a user's cache. */
async function surroundings(folder: string): Promise<Surroundings> {
  const notebooks = join(folder, "notebooks");
  const environment = { XDG_CACHE_HOME: join(folder, "cache"), IPYTHONDIR: join(folder, "ipython") };
  await mkdir(notebooks);
  const maker = join(dirname(builtCommandLine), "startup", "make-snapshot.js");
  await promisify(execFile)(process.execPath, [maker], { env: { ...process.env, ...environment } }).catch(
    (error: Error) => say(`ours starts without a snapshot: ${error.message}`),
  );
  return { notebooks, environment };
}

async function measureAll(
  kernels: readonly Kernel[],
  place: Surroundings,
  { chosen, rounds }: Options,
): Promise<Report> {
  const results: Result[] = [];
  for (const workload of chosen) {
    const own = workload.figures.map((figure) =>
      kernels.map(({ id }): Result => ({ figure, kernel: id, samples: [] })),
    );
    results.push(...own.flat());
    for (let round = 0; round < rounds; round++) {
      for (const [i, kernel] of kernels.entries()) {
        say(`${workload.id}, round ${round + 1} of ${rounds}: ${kernel.name}`);
        try {
          const values = await measureOnce(kernel, workload, place);
          for (const [figure, value] of values.entries()) own[figure]![i]!.samples.push(value);
        } catch (error) {
          const [problem] = (error instanceof Error ? error.message : String(error)).split("\n");
          for (const figure of own) figure[i]!.problem = problem;
        }
      }
    }
  }
  return {
    date: new Date().toISOString(),
    machine: `Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model.trim()}`,
    rounds,
    kernels: kernels.map(({ id, name }) => ({ id, name })),
    results,
  };
}

async function measureOnce(
  { command, cells, interrupt }: Kernel,
  { measure }: Workload,
  { notebooks, environment }: Surroundings,
): Promise<readonly number[]> {
  const client = await KernelClient.start(notebooks, { environment, command });
  try {
    return await measure(client, cells, interrupt);
  } finally {
    await client.stop();
  }
}
