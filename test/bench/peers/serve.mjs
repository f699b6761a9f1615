/**
 * The side of a peer: it says its name, then answers each line, the id of a workload and the seconds to spend on it,
 * with one line of JSON: `{"seconds": …}` for one unit of it, `{"absent": true}` for a workload that it does not
 * know, `{"problem": "…"}` for one that it cannot do.
 *
 * A workload is a function that sets up and returns the unit to repeat; what follows a colon in the id is its
 * arguments (`operation:add:1000`). The set-up is done once, and again after another workload.
 */
import { createInterface } from "node:readline";

export async function serve(name, workloads) {
  reply({ name });
  let current;
  for await (const line of createInterface({ input: process.stdin })) {
    const [id, budget] = line.split(" ");
    const [workload, ...args] = id.split(":");
    if (workloads[workload] === undefined) {
      reply({ absent: true });
      continue;
    }
    try {
      if (current?.id !== id) {
        current = undefined; // What the last workload held is free before the next one asks for memory.
        current = { id, unit: await workloads[workload](...args) };
        await current.unit();
      }
      reply({ seconds: await secondsOf(current.unit, Number(budget)) });
    } catch (error) {
      reply({ problem: error.message.split("\n")[0] });
    }
  }
}

/** Seconds for one unit: as many at a time as make the clock negligible, until about the budget is spent. */
export async function secondsOf(unit, budget) {
  for (let count = 1; ; ) {
    const start = process.hrtime.bigint();
    for (let i = 0; i < count; i++) {
      // What is synchronous is not awaited: a microtask for each unit would be measured, too.
      const result = unit();
      if (result instanceof Promise) await result;
    }
    const seconds = Number(process.hrtime.bigint() - start) / 1e9;
    if (seconds >= 0.6 * budget) return seconds / count;
    count = Math.ceil(count * Math.min(10, Math.max(1.5, budget / Math.max(seconds, 1e-9))));
  }
}

function reply(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
