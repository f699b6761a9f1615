/**
 * The side of a peer: it says its name, then answers each line, the id of a workload, with one line of JSON:
 * `{"seconds": …}`, or `{"absent": true}` for a workload that it does not know.
 */
import { createInterface } from "node:readline";

export async function serve(name, workloads) {
  reply({ name });
  for await (const id of createInterface({ input: process.stdin })) {
    const run = workloads[id];
    reply(run === undefined ? { absent: true } : { seconds: await run() });
  }
}

export function secondsOf(work) {
  const start = process.hrtime.bigint();
  work();
  return Number(process.hrtime.bigint() - start) / 1e9;
}

function reply(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
