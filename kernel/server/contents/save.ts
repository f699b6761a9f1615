import type { Stats } from "node:fs";
import { mkdir, realpath, stat } from "node:fs/promises";
import { Refusal } from "../route.js";
import { type ContentFolder, type Place, saying } from "./content-folder.js";
import { emptyNotebook, writeNotebookContent } from "./notebook-content.js";
import { type ContentModel, describe, isWritable } from "./read.js";
import { replaceFile } from "./replace-file.js";

/** What a client wants to be at a path. */
export type Wanted = Readonly<Record<string, unknown>>;

/** A place to write to, and what is there now. */
export interface Target extends Place {
  readonly status: Stats | undefined;
}

/**
 * Saves a file or makes a folder.
 * @returns Its model, and whether it is new.
 * @throws Refusal If it cannot be saved; what was there is there still.
 */
export async function save(
  folder: ContentFolder,
  path: string,
  wanted: Wanted,
): Promise<{ model: ContentModel; isNew: boolean }> {
  const target = await targetAt(folder, path);
  const isNew = target.status === undefined;
  await saying(target.path, async () => {
    if (wanted.type === "directory") {
      if (isNew) await mkdir(target.file);
      else if (!target.status.isDirectory())
        throw new Refusal(409, `there is a file at ${target.path} already`);
    } else {
      await refuseUnlessFile(target);
      await replaceFile(target.file, bytesOf(target.path, wanted), target.status?.mode);
    }
  });
  return { model: await describe(folder, target.path), isNew };
}

/** Where a path leads, if it leads to something; else where it would be. */
export async function targetAt(folder: ContentFolder, path: string): Promise<Target> {
  const place = await folder.vacant(path);
  return saying(place.path, async () => {
    // What a link points to is replaced, not the link; `existing` sees whether that is in the folder.
    const leadsSomewhere = await realpath(place.file).then(
      () => true,
      () => false,
    );
    if (!leadsSomewhere) return { ...place, status: undefined };
    const existing = await folder.existing(path);
    return { ...existing, status: await stat(existing.file) };
  });
}

/** @throws Refusal If there is something at the target that a file cannot replace. */
export async function refuseUnlessFile({ path, file, status }: Target): Promise<void> {
  if (status === undefined) return;
  if (!status.isFile()) throw new Refusal(409, `there is something else than a file at ${path}`);
  if (!(await isWritable(file, status))) throw new Refusal(403, `${path} can only be read; it is as it was`);
}

/** The bytes of a file with this content. */
function bytesOf(path: string, { type, format, content }: Wanted): string | Uint8Array {
  switch (type ?? (path.endsWith(".ipynb") ? "notebook" : "file")) {
    case "notebook":
      return notebookText(path, content ?? emptyNotebook);
    case "file":
      return fileBytes(path, format ?? "text", content ?? "");
    default:
      throw new Refusal(400, `type ${JSON.stringify(type)}; there are directory, file, notebook`);
  }
}

function notebookText(path: string, content: unknown): string {
  try {
    return writeNotebookContent(content, path);
  } catch (error) {
    if (error instanceof RangeError)
      throw new Refusal(400, `the content for ${path} is nested too deep, or too long`);
    throw error;
  }
}

/** The bytes that a file's content stands for. */
export function fileBytes(path: string, format: unknown, content: unknown): Uint8Array {
  if (format !== "text" && format !== "base64") {
    throw new Refusal(400, `format ${JSON.stringify(format)} of a file; there are text, base64`);
  }
  if (typeof content !== "string") throw new Refusal(400, `the content for ${path} is no text`);
  if (format === "text") return Buffer.from(content);
  const bytes = Buffer.from(content, "base64");
  const digits = content.replace(/[\r\n]/g, "").replace(/=+$/, "");
  if (!/^[A-Za-z0-9+/]*$/.test(digits) || bytes.length !== Math.floor((digits.length * 3) / 4)) {
    throw new Refusal(400, `the content for ${path} is not base64`);
  }
  return bytes;
}
