import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { replaceFile } from "../contents/replace-file.js";
import { jsonBody, Refusal, type Routes } from "../route.js";

/** Bytes: which files are open, and where. */
const largestWorkspace = 16_000_000;

interface Workspace {
  readonly data: object;
  readonly metadata: { readonly id: string };
}

/**
 * JupyterLab's workspaces: which documents are open, and how they are laid out.
 * @param folder Where they are kept; it need not exist.
 */
export function workspacesRoutes(folder: string): Routes {
  // Names are whatever people call them, so files have names of our own.
  const fileOf = (id: string) =>
    join(folder, `${createHash("sha256").update(id).digest("hex").slice(0, 32)}.jupyterlab-workspace`);
  const read = async (file: string): Promise<Workspace | undefined> => {
    try {
      const workspace = JSON.parse(await readFile(file, "utf8")) as Workspace;
      const { birthtime, mtime } = await stat(file);
      const times = { created: birthtime.toISOString(), last_modified: mtime.toISOString() };
      return { ...workspace, metadata: { ...workspace.metadata, ...times } };
    } catch {
      return undefined;
    }
  };
  return [
    [
      /^\/lab\/api\/workspaces\/?$/,
      {
        GET: async () => {
          const files = await readdir(folder).catch(() => []);
          const found = await Promise.all(files.map((file) => read(join(folder, file))));
          const values = found.filter((workspace) => workspace !== undefined);
          return Response.json({ workspaces: { ids: values.map(({ metadata }) => metadata.id), values } });
        },
      },
    ],
    [
      /^\/lab\/api\/workspaces\/(.+)$/,
      {
        GET: async (_, id) =>
          Response.json((await read(fileOf(id!))) ?? { data: {}, metadata: { id: `/${id}` } }),
        PUT: async (request, id) => {
          const { data, metadata } = await jsonBody(request, largestWorkspace);
          const named = (metadata as Partial<Workspace["metadata"]> | undefined)?.id;
          if (typeof named !== "string" || named.replace(/^\//, "") !== id) {
            throw new Refusal(
              400,
              `the workspace says that its id is ${JSON.stringify(named)}; expected ${id}`,
            );
          }
          if (typeof data !== "object" || data === null) throw new Refusal(400, "a workspace has data");
          await mkdir(folder, { recursive: true });
          await replaceFile(fileOf(id), JSON.stringify({ data, metadata: { id: named } }));
          return new Response(null, { status: 204 });
        },
        DELETE: async (_, id) => {
          if ((await read(fileOf(id!))) === undefined) throw new Refusal(404, `there is no workspace ${id}`);
          await rm(fileOf(id!));
          return new Response(null, { status: 204 });
        },
      },
    ],
  ];
}
