import { constants } from "node:fs";
import { copyFile, lstat, mkdir, open, readdir, rename, rm, rmdir, stat } from "node:fs/promises";
import { extname } from "node:path";
import { Refusal } from "../route.js";
import { forgetCheckpoint, moveCheckpoint } from "./checkpoints.js";
import { type ContentFolder, namesOf, type Place, parentOf, saying } from "./content-folder.js";
import { emptyNotebook, writeNotebookContent } from "./notebook-content.js";
import { type ContentModel, describe } from "./read.js";

/** Makes a new notebook, file or folder in a folder, under the next free name. */
export async function createUntitled(
  folder: ContentFolder,
  parent: string,
  type: unknown,
  extension: unknown,
): Promise<ContentModel> {
  if (typeof (extension ?? "") !== "string") throw new Refusal(400, "ext is a text such as .txt");
  const ext = (extension as string | undefined) ?? "";
  switch (type ?? (ext === ".ipynb" ? "notebook" : "file")) {
    case "directory":
      return create(folder, parent, ["Untitled Folder", " ", ""], ({ file }) => mkdir(file));
    case "notebook": {
      const text = writeNotebookContent(emptyNotebook, parent);
      return create(folder, parent, ["Untitled", "", ".ipynb"], ({ file }) => writeNew(file, text));
    }
    case "file":
      return create(folder, parent, ["untitled", "", ext || ".txt"], ({ file }) => writeNew(file, ""));
    default:
      throw new Refusal(400, `type ${JSON.stringify(type)}; there are directory, file, notebook`);
  }
}

/** Copies a file into a folder: `a.ipynb` becomes `a-Copy1.ipynb`, or keeps its name in another folder if it is free. */
export async function copy(folder: ContentFolder, from: unknown, parent: string): Promise<ContentModel> {
  if (typeof from !== "string") throw new Refusal(400, "copy_from is the path of a file");
  const source = await folder.existing(from);
  if (!(await saying(source.path, () => stat(source.file))).isFile()) {
    throw new Refusal(400, `${source.path} is no file; only files can be copied`);
  }
  const name = source.path.slice(parentOf(source.path).length).replace(/^\//, "");
  const extension = extname(name);
  const base = name.slice(0, name.length - extension.length);
  const duplicate = ({ file }: Place) => copyFile(source.file, file, constants.COPYFILE_EXCL);
  const target = await folder.existing(parent);
  if (target.path !== parentOf(source.path)) {
    try {
      const place = await folder.vacant(`${target.path}/${name}`);
      await saying(place.path, () => duplicate(place));
      return await describe(folder, place.path);
    } catch (error) {
      if (!(error instanceof Refusal && error.status === 409)) throw error;
    }
  }
  return create(folder, parent, [`${base.replace(/-Copy\d*$/, "")}-Copy`, "", extension], duplicate, 1);
}

/**
 * Gives a file or folder another path.
 * @throws Refusal If there is something already; nothing is overwritten.
 */
export async function move(folder: ContentFolder, from: string, to: unknown): Promise<ContentModel> {
  if (typeof to !== "string" || namesOf(to).length === 0) throw new Refusal(400, "the new path is missing");
  await folder.existing(from);
  // A link is itself moved, not what it points to.
  const source = await folder.vacant(from);
  const target = await folder.vacant(to);
  return saying(target.path, async () => {
    const [there, status] = await Promise.all([
      lstat(target.file).catch(() => undefined),
      lstat(source.file),
    ]);
    // Where a and A are one name, the file itself is what is there already.
    if (there !== undefined && !(there.ino === status.ino && there.dev === status.dev)) {
      throw new Refusal(409, `there is something at ${target.path} already`);
    }
    if (`${target.path}/`.startsWith(`${source.path}/`) && target.path !== source.path) {
      throw new Refusal(400, `${source.path} cannot be moved into itself`);
    }
    await rename(source.file, target.file);
    if (status.isFile()) await moveCheckpoint(source.file, target.file);
    return describe(folder, target.path);
  });
}

/**
 * Deletes a file, or an empty folder.
 * @throws Refusal If the folder has anything in it, or is the one that is served.
 */
export async function remove(folder: ContentFolder, path: string): Promise<void> {
  if (namesOf(path).length === 0) throw new Refusal(400, "the folder that is served cannot be deleted");
  await folder.existing(path);
  const place = await folder.vacant(path);
  await saying(place.path, async () => {
    if (!(await lstat(place.file)).isDirectory()) {
      await rm(place.file);
      await forgetCheckpoint(place.file);
      return;
    }
    const inside = await readdir(place.file);
    if (inside.some((name) => !/^\.(?:DS_Store|ipynb_checkpoints)$/.test(name))) {
      throw new Refusal(400, `${place.path} is not empty; only empty folders are deleted`);
    }
    if (inside.length > 0) await rm(place.file, { recursive: true });
    else await rmdir(place.file);
  });
}

/** Makes something under the first free of the names `base`, `base1`, `base2` …, with its extension. */
async function create(
  folder: ContentFolder,
  parent: string,
  [base, separator, extension]: readonly [base: string, separator: string, extension: string],
  make: (place: Place) => Promise<unknown>,
  first = 0,
): Promise<ContentModel> {
  for (let number = first; ; number++) {
    const name = `${base}${number === 0 ? "" : `${separator}${number}`}${extension}`;
    const place = await folder.vacant(`${parent}/${name}`);
    try {
      await saying(place.path, () => make(place));
      return await describe(folder, place.path);
    } catch (error) {
      if (!(error instanceof Refusal && error.status === 409)) throw error;
    }
  }
}

/** Writes a file that must not exist yet. */
async function writeNew(file: string, text: string): Promise<void> {
  const handle = await open(file, "wx");
  try {
    await handle.writeFile(text);
  } finally {
    await handle.close();
  }
}
