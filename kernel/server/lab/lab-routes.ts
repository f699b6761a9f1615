import { join } from "node:path";
import { kernelLogo } from "../../kernelspec.js";
import { ContentFolder } from "../contents/content-folder.js";
import { fileResponse } from "../file-response.js";
import type { Handler, Routes } from "../route.js";
import { type FrontEnd, labPage } from "./page.js";
import { settingsRoutes } from "./settings.js";
import { workspacesRoutes } from "./workspaces.js";

/**
 * What JupyterLab's front end asks for beside files and kernels.
 * @param state Folder for the user's settings and workspaces; it need not exist.
 */
export function labRoutes(frontEnd: FrontEnd, state: string): Routes {
  return [
    [/^\/(?:lab\/)?$/, { GET: () => new Response(null, { status: 302, headers: { location: "/lab" } }) }],
    [
      /^\/(lab|doc)(?:\/workspaces\/([^/]+))?(?:\/tree\/(.*))?$/,
      {
        GET: (_, mode, workspace, tree) =>
          new Response(labPage(frontEnd, { mode: mode!, workspace: workspace!, tree: tree! }), {
            headers: { "content-type": "text/html; charset=utf-8" },
          }),
      },
    ],
    [
      /^\/favicon\.ico$/,
      { GET: () => new Response(kernelLogo, { headers: { "content-type": "image/svg+xml" } }) },
    ],
    [/^\/lab\/static\/(.+)$/, { GET: staticFiles(join(frontEnd.app, "static")) }],
    [/^\/lab\/api\/themes\/(.+)$/, { GET: staticFiles(join(frontEnd.app, "themes")) }],
    [/^\/lab\/extensions\/optimlab-plotly\/(.+)$/, { GET: staticFiles(frontEnd.renderer) }],
    ...settingsRoutes(join(frontEnd.app, "schemas"), join(state, "settings")),
    ...workspacesRoutes(join(state, "workspaces")),
    [
      /^\/lab\/api\/translations\/?$/,
      {
        GET: () =>
          Response.json({ data: { en: { displayName: "English", nativeName: "English" } }, message: "" }),
      },
    ],
    [
      /^\/lab\/api\/translations\/([^/]+)$/,
      {
        GET: (_, language) =>
          Response.json({
            data: {},
            message: /^(?:default|en.*)$/.test(language!) ? "" : `Language pack '${language}' not installed!`,
          }),
      },
    ],
  ];
}

function staticFiles(path: string): Handler {
  const folder = new ContentFolder(path);
  return async (request, file) => fileResponse(await folder.existing(file!), request);
}
