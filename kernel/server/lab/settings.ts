import { mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type ParseError, parse, printParseErrorCode } from "jsonc-parser";
import { replaceFile } from "../contents/replace-file.js";
import { jsonBody, Refusal, type Routes } from "../route.js";

/** Bytes. Settings are typed by people. */
const largestSettings = 4_000_000;

/**
 * JupyterLab's settings: the schemas of its plugins, and what the user has changed.
 * @param schemas Folder with `package/plugin.json` for each plugin.
 * @param folder Where the user's settings are kept, as `package/plugin.jupyterlab-settings`; it need not exist.
 */
export function settingsRoutes(schemas: string, folder: string): Routes {
  const fileOf = (id: string) => join(folder, `${id.replace(":", "/")}.jupyterlab-settings`);
  const read = async (id: string): Promise<object> => {
    const schemaFile = join(schemas, `${id.replace(":", "/")}.json`);
    const version = await packageVersion(schemas, id);
    const schema = JSON.parse(await readFile(schemaFile, "utf8")) as object;
    const [raw, status] = await Promise.all([
      readFile(fileOf(id), "utf8").catch(() => "{}"),
      stat(fileOf(id)).catch(() => undefined),
    ]);
    const times = { created: status?.birthtime.toISOString(), last_modified: status?.mtime.toISOString() };
    return { id, raw, schema, settings: parse(raw) ?? {}, version, ...times };
  };
  const known = async (id: string): Promise<string> => {
    if (!(await pluginsIn(schemas)).includes(id)) throw new Refusal(404, `there are no settings of ${id}`);
    return id;
  };
  return [
    [
      /^\/lab\/api\/settings\/?$/,
      {
        GET: async (request) => {
          const ids = await pluginsIn(schemas);
          const idsOnly = new URL(request.url).searchParams.get("ids_only") === "true";
          const settings = await Promise.all(ids.map((id) => (idsOnly ? { id } : read(id))));
          return Response.json({ settings });
        },
      },
    ],
    [
      /^\/lab\/api\/settings\/(.+)$/,
      {
        GET: async (_, id) => Response.json(await read(await known(id!))),
        PUT: async (request, id) => {
          const file = fileOf(await known(id!));
          const { raw } = await jsonBody(request, largestSettings);
          if (typeof raw !== "string") throw new Refusal(400, 'settings are sent as { "raw": text }');
          const errors: ParseError[] = [];
          if (raw.trim() !== "") parse(raw, errors, { allowTrailingComma: true });
          if (errors[0] !== undefined) {
            throw new Refusal(400, `the settings are not JSON: ${printParseErrorCode(errors[0].error)}`);
          }
          if (raw.trim() === "") await rm(file, { force: true });
          else {
            await mkdir(dirname(file), { recursive: true });
            await replaceFile(file, raw);
          }
          return new Response(null, { status: 204 });
        },
      },
    ],
  ];
}

/** The ids of all plugins with settings, `@scope/package:plugin`. */
async function pluginsIn(schemas: string): Promise<string[]> {
  const files = await readdir(schemas, { recursive: true });
  return files
    .map((file) => /^(@[^/\\]+)[/\\]([^/\\]+)[/\\]([^/\\]+)\.json$/.exec(file))
    .flatMap((match) => (match === null ? [] : [`${match[1]}/${match[2]}:${match[3]}`]))
    .sort();
}

async function packageVersion(schemas: string, id: string): Promise<string> {
  const manifest = join(schemas, id.slice(0, id.indexOf(":")), "package.json.orig");
  return (JSON.parse(await readFile(manifest, "utf8")) as { version: string }).version;
}
