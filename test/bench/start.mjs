// The benchmark is written in TypeScript, which the oldest Node that we support cannot run by itself.
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

const { module } = await runnerImport(fileURLToPath(new URL("run.ts", import.meta.url)));
process.exitCode = await module.main(process.argv.slice(2));
