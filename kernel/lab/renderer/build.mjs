import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));

/**
 * Builds the extension as JupyterLab finds it in a `labextensions` folder: a package.json that says what to load, and
 * what is loaded. The names of files hold a hash of their content, because browsers keep them.
 * @param {string} folder Where it goes.
 */
export async function buildRenderer(folder) {
  rmSync(folder, { recursive: true, force: true });
  const bundled = async (options) => {
    const { metafile } = await build({
      outdir: join(folder, "static"),
      entryNames: "[name].[hash]",
      bundle: true,
      minify: true,
      target: "es2022",
      legalComments: "inline",
      metafile: true,
      ...options,
    });
    return basename(Object.keys(metafile.outputs)[0]);
  };
  const plotly = await bundled({ entryPoints: [join(here, "plotly.ts")], format: "esm" });
  const entry = await bundled({
    entryPoints: { remoteEntry: join(here, "container.ts") },
    // JupyterLab loads it as a script, not as a module.
    format: "iife",
    plugins: [
      {
        name: "plotly is loaded with the first figure",
        setup: ({ onResolve }) => {
          onResolve({ filter: /^\.\/plotly\.js$/ }, () => ({ path: `./${plotly}`, external: true }));
        },
      },
    ],
  });
  const { version, license } = JSON.parse(readFileSync(join(here, "../../../package.json"), "utf8"));
  const manifest = {
    name: "optimlab-plotly",
    version,
    description: "Draws figures in plotly's JSON",
    license,
    jupyterlab: {
      mimeExtension: true,
      _build: { load: `static/${entry}`, mimeExtension: "./mimeExtension" },
    },
  };
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}
