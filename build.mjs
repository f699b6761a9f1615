/**
 * `npm run build`: TypeScript writes dist/, a file for each source with its declarations. Then what
 * `import "optimlab"` loads becomes one file, because opening hundreds of them takes most of the time of an import.
 * Classes and functions keep their names: modules and optimizers print them. At last, JupyterLab's renderer of figures becomes the
 * two files that a browser loads. With `--if-stale`, only if a source is newer than what is there.
 */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { buildRenderer } from "./kernel/lab/renderer/build.mjs";

const entry = "dist/src/index.js";
const last = "dist/kernel/lab/renderer/package.json";
if (process.argv.includes("--if-stale") && !isStale()) process.exit();

const { status } = spawnSync(
  process.execPath,
  ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"],
  { stdio: "inherit" },
);
if (status !== 0) process.exit(status ?? 1);
const { metafile, outputFiles } = await build({
  entryPoints: [entry],
  write: false,
  bundle: true,
  format: "esm",
  target: "es2022",
  legalComments: "none",
  metafile: true,
});
const declarations = /^(?:export )?(?:async )?(?:class|function\*?) (\w+)/gm;
const declared = new Set(
  Object.keys(metafile.inputs).flatMap((path) =>
    [...readFileSync(path, "utf8").matchAll(declarations)].map(([, name]) => name),
  ),
);
const text = outputFiles[0].text;
writeFileSync(entry, `${text}${renamings(text)}`);
await buildRenderer("dist/kernel/lab/renderer");

/**
 * A name that two files declare gets a number in one file, and a class that refers to itself an underscore. This gives
 * those back their own names. esbuild's keepNames does it for closures, too, each time that they are made, which is a
 * tenth of the time of a small network's step.
 */
function renamings(bundle) {
  const found = bundle.matchAll(
    /^(?:var (\w+) = class(?: (?!extends)(\w+))?|(?:async )?(?:class|function\*?) (\w+))/gm,
  );
  return [...found]
    .map(([, variable, own, name]) => ({ variable: variable ?? name, shown: own ?? variable ?? name }))
    .filter(({ shown }) => !declared.has(shown))
    .map(({ variable, shown }) => {
      const name = [shown.replace(/^_/, ""), shown.replace(/\d+$/, "")].find((other) => declared.has(other));
      return name ? `Object.defineProperty(${variable}, "name", { value: "${name}" });\n` : "";
    })
    .join("");
}

function isStale() {
  const time = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const files = ["src", "kernel"].flatMap((folder) =>
    readdirSync(folder, { recursive: true })
      .filter((file) => !/node_modules|^lab.app/.test(file))
      .map((file) => join(folder, file)),
  );
  const sources = ["build.mjs", "package.json", "tsconfig.json", "tsconfig.build.json", ...files];
  return Math.max(...sources.map(time)) > time(last);
}
