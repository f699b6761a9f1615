import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Where a page is asked for: `/lab/workspaces/NAME/tree/PATH`. */
export interface PageAddress {
  readonly mode: string;
  readonly workspace: string;
  readonly tree: string;
}

/** The application in kernel/lab/app, as it is built, and the renderer of figures that it loads. */
export interface FrontEnd {
  readonly app: string;
  readonly renderer: string;
}

/** JupyterLab's page: what its scripts have to know, and their address. Source: jupyterlab-server, page config. */
export function labPage({ renderer }: FrontEnd, { mode, workspace, tree }: PageAddress): string {
  const manifest = JSON.parse(readFileSync(join(renderer, "package.json"), "utf8")) as {
    name: string;
    jupyterlab: { _build: object };
  };
  const urls = {
    app: "/lab",
    static: "/lab/static",
    labextensions: "/lab/extensions",
    settings: "/lab/api/settings",
    themes: "/lab/api/themes",
    translationsApi: "/lab/api/translations",
    workspaces: "/lab/api/workspaces",
    listings: "/lab/api/listings",
    tree: "/lab/tree",
    doc: "/doc",
  };
  const addresses = Object.entries(urls).flatMap(([name, url]) => [
    [`${name}Url`, url],
    [`full${name[0]!.toUpperCase()}${name.slice(1)}Url`, url],
  ]);
  const configuration = {
    ...Object.fromEntries(addresses),
    baseUrl: "/",
    wsUrl: "",
    token: "",
    appName: "JupyterLab",
    appNamespace: "lab",
    appVersion: "4.6.4",
    mode: mode === "doc" ? "single-document" : "multiple-document",
    workspace: workspace || "default",
    treePath: tree,
    preferredPath: "/",
    federated_extensions: [{ name: manifest.name, ...manifest.jupyterlab._build }],
    disabledExtensions: [],
    // What this server has not.
    terminalsAvailable: false,
    collaborative: false,
    delete_to_trash: false,
    allow_hidden_files: false,
    cacheFiles: true,
    devMode: false,
    quitButton: true,
  };
  // Within a script element, nothing may end it.
  const json = JSON.stringify(configuration).replaceAll("<", "\\u003c");
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>JupyterLab</title>
    <link rel="icon" href="/favicon.ico" type="image/svg+xml">
    <script id="jupyter-config-data" type="application/json">${json}</script>
    <link rel="stylesheet" href="${urls.static}/main.css">
    <script type="module" src="${urls.static}/main.js"></script>
  </head>
  <body></body>
</html>
`;
}
