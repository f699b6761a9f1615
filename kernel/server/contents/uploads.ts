import { Refusal } from "../route.js";
import { type ContentFolder, saying } from "./content-folder.js";
import { type ContentModel, describe } from "./read.js";
import { Draft } from "./replace-file.js";
import { fileBytes, refuseUnlessFile, targetAt, type Wanted } from "./save.js";

/** Milliseconds that an upload may pause. */
const patience = 10 * 60_000;

interface Upload {
  readonly draft: Draft;
  size: number;
  /** The number of the next chunk. */
  next: number;
  /** Ends it when nothing more comes. */
  timer?: NodeJS.Timeout;
}

/** Files that arrive in chunks: numbered from 1, the last one −1. Until that one the file is what it was. */
export class Uploads {
  readonly #folder: ContentFolder;
  readonly #running = new Map<string, Upload>();

  constructor(folder: ContentFolder) {
    this.#folder = folder;
  }

  /** @throws Refusal If the chunk is not the next one; what has arrived so far is kept. */
  async receive(path: string, wanted: Wanted): Promise<{ model: ContentModel; isNew: boolean }> {
    const target = await targetAt(this.#folder, path);
    const { chunk } = wanted;
    if (chunk !== -1 && !(Number.isSafeInteger(chunk) && (chunk as number) > 0)) {
      throw new Refusal(400, `chunk ${JSON.stringify(chunk)}; chunks are 1, 2, 3 …, and the last one is -1`);
    }
    if (wanted.type === "directory" || wanted.format === "json") {
      throw new Refusal(
        400,
        `chunks are of files, as text or base64; not ${wanted.type} in ${wanted.format}`,
      );
    }
    const bytes = fileBytes(target.path, wanted.format ?? "text", wanted.content);
    return saying(target.path, async () => {
      if (chunk === 1) {
        await refuseUnlessFile(target);
        await this.#end(target.path);
        const draft = await Draft.start(target.file, target.status?.mode);
        this.#running.set(target.path, { draft, size: 0, next: 1 });
      }
      const upload = this.#running.get(target.path);
      if (upload === undefined)
        throw new Refusal(400, `chunk ${chunk} of ${target.path} came before chunk 1`);
      if (chunk !== -1 && chunk !== upload.next) {
        throw new Refusal(
          400,
          `chunk ${chunk} of ${target.path}; the next one is ${upload.next}, or the last one -1`,
        );
      }
      // Counted before it is written, so that the same chunk sent twice at once is written once.
      upload.next += 1;
      clearTimeout(upload.timer);
      try {
        await upload.draft.append(bytes);
        upload.size += bytes.length;
        if (chunk === -1) {
          await upload.draft.publish();
          this.#running.delete(target.path);
          return { model: await describe(this.#folder, target.path), isNew: target.status === undefined };
        }
      } catch (error) {
        await this.#end(target.path);
        throw error;
      }
      upload.timer = setTimeout(() => void this.#end(target.path), patience).unref();
      return { model: unfinished(target.path, upload.size), isNew: false };
    });
  }

  async close(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((path) => this.#end(path)));
  }

  async #end(path: string): Promise<void> {
    const upload = this.#running.get(path);
    if (upload === undefined) return;
    this.#running.delete(path);
    clearTimeout(upload.timer);
    await upload.draft.discard();
  }
}

function unfinished(path: string, size: number): ContentModel {
  const now = new Date().toISOString();
  return {
    name: path.slice(path.lastIndexOf("/") + 1),
    path,
    type: "file",
    created: now,
    last_modified: now,
    writable: true,
    size,
    mimetype: null,
    format: null,
    content: null,
  };
}
