import { fileResponse } from "../file-response.js";
import { jsonBody, Refusal, type Routes } from "../route.js";
import { copy, createUntitled, move, remove } from "./arrange.js";
import { createCheckpoint, deleteCheckpoint, listCheckpoints, restoreCheckpoint } from "./checkpoints.js";
import { ContentFolder, saying } from "./content-folder.js";
import { type ContentModel, readContent } from "./read.js";
import { save } from "./save.js";
import { Uploads } from "./uploads.js";

/**
 * Jupyter Server's REST interface about files, and their download.
 * @param root The folder whose files are served.
 */
export function contentsRoutes(root: string): { routes: Routes; close(): Promise<void> } {
  const folder = new ContentFolder(root);
  const uploads = new Uploads(folder);
  const routes: Routes = [
    [
      /^\/api\/contents\/(.*)\/checkpoints$/,
      {
        GET: async (_, path) => Response.json(await listCheckpoints(folder, path!)),
        POST: async (_, path) => {
          const checkpoint = await createCheckpoint(folder, path!);
          const location = `${address(path!)}/checkpoints/${checkpoint.id}`;
          return Response.json(checkpoint, { status: 201, headers: { location } });
        },
      },
    ],
    [
      /^\/api\/contents\/(.*)\/checkpoints\/([^/]*)$/,
      {
        POST: async (_, path, id) => {
          await restoreCheckpoint(folder, path!, id!);
          return new Response(null, { status: 204 });
        },
        DELETE: async (_, path, id) => {
          await deleteCheckpoint(folder, path!, id!);
          return new Response(null, { status: 204 });
        },
      },
    ],
    [
      /^\/api\/contents(|\/.*)$/,
      {
        GET: async (request, path) => {
          const asked = new URL(request.url).searchParams;
          return Response.json(
            await readContent(folder, path!, {
              type: choice(asked, "type", ["directory", "file", "notebook"]),
              format: choice(asked, "format", ["text", "base64", "json"]),
              content: choice(asked, "content", ["0", "1"]) !== "0",
              hash: choice(asked, "hash", ["0", "1"]) === "1",
            }),
          );
        },
        POST: async (request, path) => {
          const { type, ext, copy_from } = await jsonBody(request);
          const model =
            copy_from === undefined
              ? await createUntitled(folder, path!, type, ext)
              : await copy(folder, copy_from, path!);
          return saved(model, true);
        },
        PUT: async (request, path) => {
          const wanted = await jsonBody(request);
          if (wanted.copy_from !== undefined) throw new Refusal(400, "copies are made with POST, not PUT");
          const { model, isNew } =
            wanted.chunk === undefined || wanted.chunk === null
              ? await save(folder, path!, wanted)
              : await uploads.receive(path!, wanted);
          return saved(model, isNew);
        },
        PATCH: async (request, path) => {
          const { path: to } = await jsonBody(request);
          return saved(await move(folder, path!, to), false);
        },
        DELETE: async (_, path) => {
          await remove(folder, path!);
          return new Response(null, { status: 204 });
        },
      },
    ],
    [/^\/files\/(.*)$/, { GET: (request, path) => download(folder, path!, request) }],
  ];
  return { routes, close: () => uploads.close() };
}

function saved(model: ContentModel, isNew: boolean): Response {
  return Response.json(model, { status: isNew ? 201 : 200, headers: { location: address(model.path) } });
}

function address(path: string): string {
  return `/api/contents/${path.split("/").filter(Boolean).map(encodeURIComponent).join("/")}`;
}

function choice(asked: URLSearchParams, name: string, allowed: readonly string[]): string | undefined {
  const value = asked.get(name) ?? undefined;
  if (value === undefined || allowed.includes(value)) return value;
  throw new Refusal(400, `${name} is ${JSON.stringify(value)}; there are ${allowed.join(", ")}`);
}

/** A file's bytes. A page among them may run its scripts, but as a stranger: it is a document of the user's, not ours. */
async function download(folder: ContentFolder, path: string, request: Request): Promise<Response> {
  const place = await folder.existing(path);
  const name = encodeURIComponent(place.path.slice(place.path.lastIndexOf("/") + 1)).replaceAll("'", "%27");
  const isSaved = new URL(request.url).searchParams.has("download");
  return saying(place.path, () =>
    fileResponse(place, request, {
      "content-security-policy": "sandbox allow-scripts",
      ...(isSaved ? { "content-disposition": `attachment; filename*=UTF-8''${name}` } : {}),
    }),
  );
}
