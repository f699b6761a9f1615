import { randomUUID } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/**
 * Replaces a file, or makes it, all at once: whoever reads it, or ends this process, finds the old one or the new one.
 * @param mode Permissions of the file; those of any new file if none are given.
 */
export async function replaceFile(file: string, content: string | Uint8Array, mode?: number): Promise<void> {
  const draft = await Draft.start(file, mode);
  try {
    await draft.append(content);
    await draft.publish();
  } catch (error) {
    await draft.discard();
    throw error;
  }
}

/** A file that is written beside the one that it will replace. */
export class Draft {
  readonly #target: string;
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #mode: number | undefined;

  private constructor(target: string, path: string, handle: FileHandle, mode: number | undefined) {
    this.#target = target;
    this.#path = path;
    this.#handle = handle;
    this.#mode = mode;
  }

  /** @param mode Permissions of the file; those of any new file if none are given. */
  static async start(target: string, mode?: number): Promise<Draft> {
    // Hidden, so that no list shows it.
    const path = join(dirname(target), `.${basename(target).slice(0, 100)}.${randomUUID()}.tmp`);
    return new Draft(target, path, await open(path, "wx"), mode);
  }

  async append(content: string | Uint8Array): Promise<void> {
    await this.#handle.appendFile(content);
  }

  /** Puts it in its place. */
  async publish(): Promise<void> {
    if (this.#mode !== undefined) await this.#handle.chmod(this.#mode);
    await this.#handle.sync();
    await this.#handle.close();
    await rename(this.#path, this.#target);
    await syncFolder(dirname(this.#target));
  }

  async discard(): Promise<void> {
    await this.#handle.close().catch(() => {});
    await rm(this.#path, { force: true });
  }
}

/** Makes sure that a rename survives a power cut, where the system can. */
async function syncFolder(path: string): Promise<void> {
  // Windows opens no folders.
  const folder = await open(path, "r").catch(() => undefined);
  await folder?.sync().catch(() => {});
  await folder?.close();
}
