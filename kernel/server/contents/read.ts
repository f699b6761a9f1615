import { createHash } from "node:crypto";
import { constants, type Dirent, type Stats } from "node:fs";
import { access, type FileHandle, open, readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import mime from "mime";
import { Refusal } from "../route.js";
import { type ContentFolder, type Place, saying } from "./content-folder.js";
import { readNotebookContent } from "./notebook-content.js";

export type ContentType = "directory" | "file" | "notebook";
export type ContentFormat = "json" | "text" | "base64";

/** A file or folder as Jupyter's contents API describes it. */
export interface ContentModel {
  readonly name: string;
  readonly path: string;
  readonly type: ContentType;
  readonly created: string;
  readonly last_modified: string;
  readonly writable: boolean;
  /** Bytes; null for a folder. */
  readonly size: number | null;
  readonly mimetype: string | null;
  readonly format: ContentFormat | null;
  readonly content: unknown;
  /** Of the bytes, where asked for: how JupyterLab notices that somebody else has changed the file. */
  readonly hash?: string;
  readonly hash_algorithm?: "sha256";
  /** What is wrong with the content. */
  readonly message?: string;
}

export interface ReadOptions {
  readonly type?: string | undefined;
  readonly format?: string | undefined;
  readonly content: boolean;
  readonly hash: boolean;
}

/** Bytes. More cannot be sent as one text in JSON. */
const largestContent = 350_000_000;

/**
 * The model of what is at a path.
 * @throws Refusal If there is nothing that may be served, or it is not what was asked for.
 */
export async function readContent(
  folder: ContentFolder,
  path: string,
  { type, format, content, hash }: ReadOptions,
): Promise<ContentModel> {
  const place = await folder.existing(path);
  return saying(place.path, async () => {
    const status = await stat(place.file);
    if (status.isDirectory()) {
      if (type === "file" || type === "notebook")
        throw new Refusal(400, `${shown(place)} is a folder, no ${type}`);
      const model = await modelOf(place, status, "directory");
      return content ? { ...model, format: "json", content: await list(folder, place) } : model;
    }
    if (type === "directory") throw new Refusal(400, `${shown(place)} is a file, no folder`);
    const file = await openRegular(place);
    try {
      const model = await modelOf(place, status, type === "notebook" ? type : typeOf(place.path, type));
      const bytes = content || hash ? await bytesOf(file, place) : Buffer.alloc(0);
      const digest = {
        hash: createHash("sha256").update(bytes).digest("hex"),
        hash_algorithm: "sha256",
      } as const;
      return { ...model, ...(hash ? digest : {}), ...(content ? contentOf(bytes, model, format) : {}) };
    } finally {
      await file.close();
    }
  });
}

/** The model without content, of what has just been written. */
export async function describe(folder: ContentFolder, path: string): Promise<ContentModel> {
  return readContent(folder, path, { content: false, hash: false });
}

/**
 * Opens what is a file and nothing else: a pipe would wait for its other end, a device may have no end.
 * @throws Refusal If it is something else.
 */
export async function openRegular({ file, path }: Place): Promise<FileHandle> {
  // The last component is no link any more; if it has become one meanwhile, it is not followed.
  const handle = await open(
    file,
    constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0),
  );
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw new Refusal(400, `${path} is neither a file nor a folder`);
}

export function mimeTypeOf(path: string): string | null {
  // A .ts file is TypeScript here, and not video/mp2t.
  return /\.[cm]?tsx?$/.test(path) ? "text/x-typescript" : mime.getType(path);
}

async function bytesOf(file: FileHandle, { path }: Place): Promise<Buffer> {
  const { size } = await file.stat();
  if (size > largestContent) {
    throw new Refusal(
      413,
      `${path} has ${Math.ceil(size / 1e6)} MB; ${largestContent / 1e6} MB can be opened`,
    );
  }
  return file.readFile();
}

function typeOf(path: string, type: string | undefined): ContentType {
  return type !== "file" && path.endsWith(".ipynb") ? "notebook" : "file";
}

function contentOf(
  bytes: Buffer,
  { path, type, mimetype }: ContentModel,
  format: string | undefined,
): Partial<ContentModel> {
  const text = format === "base64" ? undefined : decoded(bytes);
  if (type === "notebook") {
    if (text === undefined)
      throw new Refusal(400, `${path}: not UTF-8, and so no notebook; the file is left as it is`);
    return { format: "json", mimetype: null, ...readNotebookContent(text, path) };
  }
  if (text !== undefined) return { format: "text", mimetype: mimetype ?? "text/plain", content: text };
  if (format === "text") throw new Refusal(400, `${path} is not UTF-8, and so no text`);
  return {
    format: "base64",
    mimetype: mimetype ?? "application/octet-stream",
    content: bytes.toString("base64"),
  };
}

function decoded(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

async function modelOf(place: Place, status: Stats, type: ContentType): Promise<ContentModel> {
  return {
    name: place.path.slice(place.path.lastIndexOf("/") + 1),
    path: place.path,
    type,
    created: status.birthtime.toISOString(),
    last_modified: status.mtime.toISOString(),
    writable: await isWritable(place.file, status),
    size: type === "directory" ? null : status.size,
    mimetype: type === "file" ? mimeTypeOf(place.path) : null,
    format: null,
    content: null,
  };
}

/** Whether a file may be changed. Marked as read-only it may not, even by those who could do it nevertheless. */
export async function isWritable(file: string, { mode }: Stats): Promise<boolean> {
  const allowed = await access(file, constants.W_OK).then(
    () => true,
    () => false,
  );
  return allowed && (mode & 0o222) !== 0;
}

async function list(folder: ContentFolder, parent: Place): Promise<ContentModel[]> {
  const models = await Promise.all(
    (await readdir(parent.file, { withFileTypes: true })).map((entry) => entryModel(folder, parent, entry)),
  );
  return models.filter((model) => model !== undefined);
}

/** The model of an entry; undefined if it is not to be served, or has gone meanwhile. */
async function entryModel(
  folder: ContentFolder,
  parent: Place,
  entry: Dirent,
): Promise<ContentModel | undefined> {
  const { name } = entry;
  if (name.startsWith(".")) return undefined;
  try {
    const inParent = join(parent.file, name);
    const file = entry.isSymbolicLink() ? await realpath(inParent) : inParent;
    if (!(await folder.serves(file))) return undefined;
    const status = await stat(file);
    if (!status.isDirectory() && !status.isFile()) return undefined;
    const path = parent.path === "" ? name : `${parent.path}/${name}`;
    return await modelOf(
      { path, file },
      status,
      status.isDirectory() ? "directory" : typeOf(path, undefined),
    );
  } catch {
    return undefined;
  }
}

function shown({ path }: Place): string {
  return path === "" ? "/" : path;
}
