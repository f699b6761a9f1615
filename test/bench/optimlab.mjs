// This library as its users have it: the built package, by its own name. The argument is the number of threads.
import * as torch from "optimlab";
import packageJson from "optimlab/package.json" with { type: "json" };
import { workloads } from "./optimlab-workloads.mjs";
import { serve } from "./peers/serve.mjs";

const threads = Number(process.argv[2]);
if (typeof torch.setNumThreads === "function") torch.setNumThreads(threads);
else if (threads > 1) throw new Error("the library has no torch.setNumThreads yet");

torch.manualSeed(0);
serve(`optimlab ${packageJson.version}, ${threads} thread${threads > 1 ? "s" : ""}`, workloads);
