// Memory after so many SimpleNet iterations in one synchronous loop, each argument a count: as JSON, megabytes of the
// whole process, and of what is still in use after a collection.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { workloads } from "./optimlab-workloads.mjs";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");

const iteration = workloads.simplenet();
let done = 0;
const measured = process.argv.slice(2).map((argument) => {
  for (; done < Number(argument); done++) iteration();
  const { rss } = process.memoryUsage();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return { iterations: done, process: rss / 1e6, inUse: (heapUsed + external) / 1e6 };
});
console.log(JSON.stringify(measured));
