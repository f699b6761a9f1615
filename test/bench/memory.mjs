// Memory after so many SimpleNet iterations in one synchronous loop: as JSON, megabytes of the whole process, and of what
// is still in use after a collection. A process measures once, because a collection asked for in the middle of the loop
// has V8 put what comes after it among the old objects, where it lies for a long time.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { workloads } from "./optimlab-workloads.mjs";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");

const iterations = Number(process.argv[2]);
const iteration = workloads.simplenet();
for (let done = 0; done < iterations; done++) iteration();
const { rss } = process.memoryUsage();
collect();
const { heapUsed, external } = process.memoryUsage();
console.log(JSON.stringify({ iterations, process: rss / 1e6, inUse: (heapUsed + external) / 1e6 }));
