import { lstat, mkdir, rename, rm, rmdir, stat } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { Refusal } from "../route.js";
import { type ContentFolder, type Place, saying } from "./content-folder.js";
import { isWritable, openRegular } from "./read.js";
import { replaceFile } from "./replace-file.js";

/** Where Jupyter keeps checkpoints, too. */
const folderName = ".ipynb_checkpoints";

/** A state of a file to go back to. There is at most one of each file, as in Jupyter Server. */
export interface Checkpoint {
  readonly id: "checkpoint";
  readonly last_modified: string;
}

export async function listCheckpoints(folder: ContentFolder, path: string): Promise<Checkpoint[]> {
  const place = await folder.existing(path);
  const status = await stat(checkpointOf(place.file)).catch(() => undefined);
  return status?.isFile() ? [{ id: "checkpoint", last_modified: status.mtime.toISOString() }] : [];
}

export async function createCheckpoint(folder: ContentFolder, path: string): Promise<Checkpoint> {
  const place = await folder.existing(path);
  return saying(place.path, async () => {
    const bytes = await bytesOf(place);
    const file = checkpointOf(place.file);
    await mkdir(dirname(file)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
    await refuseLink(dirname(file));
    await replaceFile(file, bytes);
    return { id: "checkpoint", last_modified: (await stat(file)).mtime.toISOString() };
  });
}

/** Makes a file again what it was at its checkpoint. */
export async function restoreCheckpoint(folder: ContentFolder, path: string, id: string): Promise<void> {
  const place = await folder.existing(path);
  await saying(place.path, async () => {
    const status = await stat(place.file);
    if (!(await isWritable(place.file, status))) throw new Refusal(403, `${place.path} can only be read`);
    await replaceFile(place.file, await bytesOf(await checkpointAt(place, id)), status.mode);
  });
}

export async function deleteCheckpoint(folder: ContentFolder, path: string, id: string): Promise<void> {
  const place = await folder.existing(path);
  await saying(place.path, async () => rm((await checkpointAt(place, id)).file));
}

/** Takes the checkpoint of a file along when the file gets another name. */
export async function moveCheckpoint(from: string, to: string): Promise<void> {
  await mkdir(dirname(checkpointOf(to)), { recursive: true }).catch(() => {});
  await rename(checkpointOf(from), checkpointOf(to)).catch(() => {});
  await removeEmptyFolder(dirname(checkpointOf(from)));
  await removeEmptyFolder(dirname(checkpointOf(to)));
}

/** Removes the checkpoint of a file that is no more. */
export async function forgetCheckpoint(file: string): Promise<void> {
  await rm(checkpointOf(file), { force: true }).catch(() => {});
  await removeEmptyFolder(dirname(checkpointOf(file)));
}

async function removeEmptyFolder(path: string): Promise<void> {
  await rmdir(path).catch(() => {});
}

/** A link in the place of the folder of checkpoints may lead anywhere. */
async function refuseLink(path: string): Promise<void> {
  if (!(await lstat(path)).isDirectory()) throw new Refusal(403, `${folderName} is a link, and so not used`);
}

async function checkpointAt(place: Place, id: string): Promise<Place> {
  const file = checkpointOf(place.file);
  const exists = await stat(file).then(
    (status) => status.isFile(),
    () => false,
  );
  if (id !== "checkpoint" || !exists) throw new Refusal(404, `there is no checkpoint ${id} of ${place.path}`);
  await refuseLink(dirname(file));
  return { path: place.path, file };
}

function checkpointOf(file: string): string {
  const extension = extname(file);
  return join(dirname(file), folderName, `${basename(file, extension)}-checkpoint${extension}`);
}

async function bytesOf(place: Place): Promise<Buffer> {
  const handle = await openRegular(place);
  try {
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}
