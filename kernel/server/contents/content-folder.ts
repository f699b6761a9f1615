import { realpath, stat } from "node:fs/promises";
import { isAbsolute, join, relative, sep } from "node:path";
import { Refusal } from "../route.js";

/** Something in the folder: its path as clients write it, `course/1.ipynb`, and its path on this machine. */
export interface Place {
  readonly path: string;
  readonly file: string;
}

/** The one folder whose files are served. Nothing outside it is read, written or spoken of. */
export class ContentFolder {
  readonly #path: string;

  /** @param root Its path on this machine. */
  constructor(root: string) {
    this.#path = root;
  }

  /**
   * The place of what exists at a path. Links are followed, as long as they stay in the folder.
   * @throws Refusal If there is nothing, or nothing that may be served, which reads the same.
   */
  async existing(asked: string): Promise<Place> {
    const names = namesOf(asked);
    const path = names.join("/");
    return saying(path, async () => {
      const root = await realpath(this.#path);
      const file = await realpath(join(root, ...names));
      if (!isWithin(root, file)) throw absent(path);
      const status = await stat(file);
      if (!status.isFile() && !status.isDirectory()) {
        throw new Refusal(400, `${path} is neither a file nor a folder`);
      }
      return { path, file };
    });
  }

  /**
   * The place at a path where something may be made: the folder that it is to be in exists.
   * @throws Refusal If that folder does not exist, or the path is none for a file.
   */
  async vacant(path: string): Promise<Place> {
    const names = namesOf(path);
    const name = names.pop();
    if (name === undefined) throw new Refusal(400, "the folder itself cannot be replaced");
    const parent = await this.existing(names.join("/"));
    await saying(parent.path, async () => {
      if (!(await stat(parent.file)).isDirectory()) throw new Refusal(400, `${parent.path} is not a folder`);
    });
    return { path: [...names, name].join("/"), file: join(parent.file, name) };
  }

  /** Whether a path of this machine is within the folder, and hidden neither by itself nor by what it is in. */
  async serves(file: string): Promise<boolean> {
    return isWithin(await realpath(this.#path), file);
  }
}

/** The folder above a place, as clients write it. */
export function parentOf(path: string): string {
  return path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
}

/** The result of `work`; what the system refuses is said with the path as clients know it. */
export async function saying<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw explained(error, path);
  }
}

function explained(error: unknown, path: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
    case "ELOOP":
      return absent(path);
    case "EACCES":
    case "EPERM":
      return new Refusal(403, `no permission for ${shown(path)}`);
    case "EROFS":
      return new Refusal(403, `${shown(path)} is on a disk that can only be read`);
    case "ENOSPC":
    case "EDQUOT":
      return new Refusal(507, `the disk is full; ${shown(path)} is as it was`);
    case "EEXIST":
    case "ENOTEMPTY":
      return new Refusal(409, `there is something at ${shown(path)} already`);
    case "ENAMETOOLONG":
      return new Refusal(400, "the name is too long for this system");
    case "EMFILE":
    case "ENFILE":
      return new Refusal(503, "too many files are open; try again");
    default:
      return error;
  }
}

function absent(path: string): Refusal {
  return new Refusal(404, `there is no ${shown(path)}`);
}

function shown(path: string): string {
  return path === "" ? "folder" : path;
}

/**
 * The names in a path as clients write it. `/` separates, whatever the system's own separator is.
 * @throws Refusal If one of them may not be asked for.
 */
export function namesOf(path: string, platform: NodeJS.Platform = process.platform): string[] {
  const names = path.split("/").filter((name) => name !== "");
  for (const name of names) {
    if (name === "." || name === "..") throw new Refusal(400, `${name} in a path leads nowhere here`);
    if (name.startsWith("."))
      throw new Refusal(404, `${name} is hidden: names that begin with a dot are not served`);
    if (name.includes("\0") || /\p{Surrogate}/u.test(name))
      throw new Refusal(400, "a name has characters that no file has");
    if (platform === "win32" && isSpecialInWindows(name))
      throw new Refusal(400, `${name} is no name of a file in Windows`);
  }
  return names;
}

/**
 * Separators, drives, streams and wildcards; devices; what Windows cuts off at the end, and so opens another file.
 * Source: Microsoft, "Naming Files, Paths, and Namespaces".
 */
function isSpecialInWindows(name: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: Windows forbids exactly these
  return /[\\/:*?"<>|\x00-\x1f]|[. ]$|^(?:con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)(?:\.|$)/i.test(name);
}

function isWithin(root: string, file: string): boolean {
  const way = relative(root, file);
  if (isAbsolute(way)) return false;
  return way === "" || way.split(sep).every((name) => !name.startsWith("."));
}
