// The benchmarks are written in TypeScript, which the oldest Node that we support cannot run by itself. The first argument names one.
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

const [, , script, ...args] = process.argv;
const { module } = await runnerImport(fileURLToPath(new URL(script, import.meta.url)));
process.exitCode = await module.main(args);
