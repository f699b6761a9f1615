/**
 * `npm run bench`: every workload by every peer that is installed, in turns. It measures, says which of the figures
 * that the project wants are reached, and never fails because of one: a busy machine makes every figure worse, so
 * compare within one run.
 *
 *   npm run bench -- [--quick] [--rounds 5] [--only a,d,adam-1e6] [--json] [--memory] [--report FOLDER]
 *
 * --quick ends within two minutes; --memory trains SimpleNet for a million iterations; --report writes the plot of
 * cost against size and the results as files.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import { costs, dispatch, worstStumble } from "./cost.js";
import { costPlot } from "./cost-plot.js";
import { measure } from "./measure.js";
import { importTime, memoryAfter } from "./once.js";
import { type Options, readOptions } from "./options.js";
import { Field } from "./peer.js";
import { printed, type Report } from "./printed.js";
import { judgements, measurements, problems, type Row } from "./report.js";

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

/** @returns the exit code */
export async function main(args: readonly string[]): Promise<number> {
  let options: Options;
  try {
    options = readOptions(args);
    if (options.report !== undefined) await mkdir(options.report, { recursive: true });
  } catch (error) {
    return fail(error, 2);
  }
  try {
    const field = await Field.gather(say);
    try {
      await run(field, options);
    } finally {
      await field.disband();
    }
  } catch (error) {
    return fail(error, 1);
  }
  return 0;
}

function fail(error: unknown, code: number): number {
  say(`bench: ${error instanceof Error ? error.message : String(error)}`);
  return code;
}

async function run(field: Field, options: Options): Promise<void> {
  const { chosen, rounds, budget } = options;
  const rows: Row[] = [];
  for (const [i, workload] of chosen.entries()) {
    say(`${i + 1} of ${chosen.length}: ${workload.title}`);
    rows.push({ workload, results: await measure(field, workload, rounds, budget) });
  }
  for (const problem of problems(rows)) say(problem);
  let report: Report = {
    date: new Date().toISOString(),
    machine: `Node ${process.versions.node}, ${cpus().length} × ${cpus()[0].model.trim()}`,
    rounds,
    rows,
  };
  if (!options.only) {
    say("import");
    report = { ...report, importTime: await importTime(20) };
  }
  if (options.memory) {
    say("memory: a million iterations of SimpleNet");
    report = { ...report, memory: await memoryAfter(1e4, 1e6) };
  }
  if (options.report !== undefined) {
    const curves = await costs(field, 2, budget / 5, say);
    report = { ...report, worst: worstStumble(curves), dispatch: dispatch(curves) };
    await writeFile(join(options.report, "cost.svg"), costPlot(curves));
    await writeFile(join(options.report, "bench.json"), json({ ...report, curves }));
    await writeFile(join(options.report, "bench.txt"), `${printed(report)}\n`);
  }
  console.log(options.json ? json(report) : printed(report));
}

function json({ rows, ...others }: Report & { curves?: unknown }): string {
  const report = { ...others, measurements: measurements(rows), verdicts: judgements(rows) };
  return JSON.stringify(report, null, 2);
}
