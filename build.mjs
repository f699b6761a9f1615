/**
 * `npm run build`: TypeScript writes dist/, a file for each source with its declarations. Then what
 * `import "optimlab"` loads becomes one file, because opening hundreds of them takes most of the time of an import.
 * Classes keep their names: modules and optimizers print them. At last, JupyterLab's renderer of figures becomes the
 * two files that a browser loads.
 */
import { spawnSync } from "node:child_process";
import { build } from "esbuild";
import { buildRenderer } from "./kernel/lab/renderer/build.mjs";

const entry = "dist/src/index.js";
const { status } = spawnSync(
  process.execPath,
  ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"],
  { stdio: "inherit" },
);
if (status !== 0) process.exit(status ?? 1);
await build({
  entryPoints: [entry],
  outfile: entry,
  allowOverwrite: true,
  bundle: true,
  format: "esm",
  target: "es2022",
  keepNames: true,
  legalComments: "none",
});
await buildRenderer("dist/kernel/lab/renderer");
