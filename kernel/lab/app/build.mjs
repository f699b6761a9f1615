/**
 * `npm run build`: puts JupyterLab's front end together in dist/. `static/` is the application, `schemas/` and
 * `themes/` are what the server serves beside it, `templates/` its page.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);
const dist = join(here, "dist");
const folderOf = (name) => join(here, "node_modules", name);
const manifestOf = (name) => JSON.parse(readFileSync(join(folderOf(name), "package.json"), "utf8"));
const scoped = (scope) => readdirSync(folderOf(scope)).map((name) => `${scope}/${name}`);

const ours = Object.keys(manifestOf("..").dependencies);
const hasPlugins = (kind) => (name) => manifestOf(name).jupyterlab?.[kind];
const extensions = ours.filter(hasPlugins("extension"));
const mimeExtensions = ours.filter(hasPlugins("mimeExtension"));

/** What extensions of others must not bring a second time: classes, tokens and hooks that are compared by identity. */
const shared = [
  ...scoped("@jupyterlab").filter((name) => !extensions.includes(name) && !mimeExtensions.includes(name)),
  ...scoped("@lumino"),
  "@codemirror/language",
  "@codemirror/state",
  "@codemirror/view",
  "@jupyter/ydoc",
  "react",
  "react-dom",
  "yjs",
].filter((name) => manifestOf(name).main ?? manifestOf(name).module ?? manifestOf(name).exports);

/** The module `optimlab-lab/packages`: all extensions, their styles, and what is shared. */
function packagesSource() {
  const imported = [...extensions, ...mimeExtensions];
  const listOf = (names) => names.map((name) => `m${imported.indexOf(name)}`).join(", ");
  const share = (name) => {
    const get = `async () => { const module = await import("${name}"); return () => module; }`;
    return `"${name}": { "${manifestOf(name).version}": { from: "optimlab-lab", loaded: 1, get: ${get} } },`;
  };
  return [
    ...imported.map((name, k) => `import * as m${k} from "${name}";`),
    ...imported
      .filter((name) => manifestOf(name).styleModule)
      .map((name) => `import "${name}/style/index.js";`),
    `export const extensions = [${listOf(extensions)}];`,
    `export const mimeExtensions = [${listOf(mimeExtensions)}];`,
    "export const shared = {",
    ...shared.map(share),
    "};",
  ].join("\n");
}

const packages = {
  name: "packages",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^optimlab-lab\/packages$/ }, ({ path }) => ({ path, namespace: "packages" }));
    onLoad({ filter: /.*/, namespace: "packages" }, () => ({ contents: packagesSource(), resolveDir: here }));
  },
};

/** What JupyterLab's styles leave to webpack: `~` before a package, and icons by URL that its code imports as text. */
const styles = {
  name: "styles",
  setup({ onResolve, onLoad, resolve }) {
    onResolve({ filter: /^~/ }, ({ path, kind, resolveDir }) => resolve(path.slice(1), { kind, resolveDir }));
    onResolve({ filter: /\.svg$/ }, ({ path, kind, resolveDir }) =>
      kind === "url-token" ? { path: join(resolveDir, path), namespace: "icon" } : undefined,
    );
    onLoad({ filter: /.*/, namespace: "icon" }, ({ path }) => ({
      contents: readFileSync(path),
      loader: "dataurl",
    }));
  },
};

/** An import at run time of a CommonJS module has only a default export in esbuild; JupyterLab wants MathJax's names. */
const named = {
  name: "named",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^mathjax-full\// }, ({ path, kind }) =>
      kind === "dynamic-import" ? { path, namespace: "named" } : undefined,
    );
    onLoad({ filter: /.*/, namespace: "named" }, ({ path }) => {
      const names = Object.keys(require(path)).join(", ");
      const contents = `import * as module from "${path}"; export const { ${names} } = module;`;
      return { contents, resolveDir: here };
    });
  },
};

const options = {
  bundle: true,
  minify: true,
  sourcemap: false,
  logLevel: "warning",
  loader: {
    ".svg": "text",
    ".md": "text",
    ".raw.css": "text",
    ".woff": "file",
    ".woff2": "file",
    ".ttf": "file",
    ".eot": "file",
    ".png": "file",
  },
  // What webpack would put in the place of Node's globals; MathJax reads the last one.
  define: {
    "process.env.NODE_ENV": '"production"',
    "process.env": "{}",
    global: "globalThis",
    __dirname: '"/"',
  },
  plugins: [packages, styles, named],
};

rmSync(dist, { recursive: true, force: true });
await build({
  ...options,
  entryPoints: [join(here, "main.js")],
  outdir: join(dist, "static"),
  format: "esm",
  splitting: true,
  target: "es2022",
});
for (const name of ours) {
  const { jupyterlab } = manifestOf(name);
  if (jupyterlab?.schemaDir) {
    const folder = join(dist, "schemas", name);
    cpSync(join(folderOf(name), jupyterlab.schemaDir), folder, { recursive: true });
    // Where the server looks for the version.
    cpSync(join(folderOf(name), "package.json"), join(folder, "package.json.orig"));
  }
  if (jupyterlab?.themePath) {
    await build({
      ...options,
      entryPoints: { index: join(folderOf(name), jupyterlab.themePath) },
      outdir: join(dist, "themes", name),
    });
  }
}
mkdirSync(join(dist, "templates"));
cpSync(join(here, "page.jinja"), join(dist, "templates", "index.html"));
if (!existsSync(join(dist, "static", "main.css"))) throw new Error("the styles of JupyterLab are missing");
