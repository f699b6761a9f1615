import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { cachedDataVersionTag } from "node:v8";
import { commandLine, packageRoot, version } from "../package.js";
import { cacheDirectory } from "./cache-directory.js";

/** Node takes two seconds to make a snapshot, many times that on a busy machine. */
const BUILD_PATIENCE_MS = 120_000;
/** As long as this nobody else makes the same snapshot, or tries again where it could not be made. */
const LOCK_MS = 600_000;
/** One for each Node and each version of this package that is in use; each takes some 50 MB. */
const KEPT = 8;

/** What a restored process writes to its file descriptor 3 as soon as it runs. */
export const STARTED = "started";

const fromHere = createRequire(import.meta.url);
const built = (path: string): string => join(dirname(commandLine), path);

/**
 * A V8 start-up snapshot of this Node and this installation: the compiler, loaded, and the declarations that every
 * cell sees, parsed. A kernel that is restored from one does not wait for either. It is a file in the user's cache,
 * and no kernel depends on it.
 */
export class Snapshot {
  /** Where it is, if it has been made. */
  readonly file: string;
  readonly #ingredients: string;

  /** @throws If what goes into a snapshot is not installed completely. */
  constructor(directory: string = cacheDirectory()) {
    const fromTslab = createRequire(fromHere.resolve("tslab"));
    const ingredients = {
      compiler: fromTslab.resolve("@tslab/typescript-for-tslab"),
      typeRoot: dirname(dirname(fromTslab.resolve("@types/node/package.json"))),
      library: join(packageRoot, "dist", "src", "index.d.ts"),
      kernel: built("kernel.js"),
    };
    this.#ingredients = JSON.stringify(ingredients);
    const digest = createHash("sha256");
    // V8's tag stands for its version, its flags and the processor's features: a snapshot fits no other.
    for (const part of [process.version, process.platform, process.arch, cachedDataVersionTag(), version]) {
      digest.update(`${part}\n`);
    }
    for (const file of [...Object.values(ingredients), built("startup/snapshot-script.cjs")]) {
      digest.update(`${file} ${statSync(file).size} ${statSync(file).mtimeMs}\n`);
    }
    this.file = join(directory, `${digest.digest("hex").slice(0, 32)}.snapshot`);
  }

  /** Keeps the snapshot from being removed as unused. */
  markUsed(): void {
    const now = new Date();
    try {
      utimesSync(this.file, now, now);
    } catch {
      // Another kernel has removed it, or the folder belongs to somebody else.
    }
  }

  /** Removes a snapshot that turned out to be of no use. */
  discard(): void {
    try {
      rmSync(this.file, { force: true });
    } catch {
      // The folder cannot be written. The next kernel finds out again.
    }
  }

  /**
   * Makes the snapshot, unless it is there, or another process makes it or has failed to within the last ten
   * minutes. It appears all at once, after a first process has been restored from it.
   * @returns Whether it was made.
   * @throws If it cannot be made, or the folder cannot be written.
   */
  make(): boolean {
    const directory = dirname(this.file);
    mkdirSync(directory, { recursive: true });
    const lock = `${this.file}.lock`;
    if (!takeLock(lock)) return false;
    if (existsSync(this.file)) {
      rmSync(lock);
      return false;
    }
    const draft = mkdtempSync(join(directory, ".draft-"));
    try {
      const script = join(draft, "script.cjs");
      const blob = join(draft, "blob");
      // Node gives the script no `exports`, to which compiled modules write.
      writeFileSync(
        script,
        `const exports = {};\n${readFileSync(built("startup/snapshot-script.cjs"), "utf8")}`,
      );
      runNode("--snapshot-blob", blob, "--build-snapshot", script, this.#ingredients);
      const said = runNode("--snapshot-blob", blob);
      if (said !== STARTED) throw new Error(`a process restored from it said "${said}"`);
      renameSync(blob, this.file);
    } finally {
      rmSync(draft, { recursive: true, force: true });
    }
    // After a failure it stays, so that not every kernel tries again.
    rmSync(lock);
    removeOldest(directory);
    return true;
  }

  /** Makes the snapshot for the next kernel, in a process of its own that yields to all others. */
  makeInBackground(): void {
    const script = built("startup/make-snapshot.js");
    spawn(process.execPath, [...process.execArgv, script], {
      detached: true,
      stdio: "ignore",
      windowsHide: true,
    })
      .on("error", () => undefined)
      .unref();
  }
}

/** Runs Node with the options of this process, and returns what it wrote to file descriptor 3. */
function runNode(...args: string[]): string {
  const { error, status, signal, stderr, output } = spawnSync(
    process.execPath,
    [...process.execArgv, ...args],
    {
      stdio: ["ignore", "ignore", "pipe", "pipe"],
      encoding: "utf8",
      timeout: BUILD_PATIENCE_MS,
      windowsHide: true,
    },
  );
  if (error) throw error;
  if (status !== 0) throw new Error(`node ${args[0]} ended with ${signal ?? status}: ${stderr}`);
  return output[3] ?? "";
}

function takeLock(lock: string): boolean {
  try {
    if (Date.now() - statSync(lock).mtimeMs < LOCK_MS) return false;
    rmSync(lock, { force: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  try {
    writeFileSync(lock, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Removes the snapshots that have not been used for longest: of a Node or a version that is gone. */
function removeOldest(directory: string): void {
  const used = (file: string): number => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const snapshots = readdirSync(directory)
    .filter((name) => name.endsWith(".snapshot"))
    .map((name) => ({ file: join(directory, name), used: used(join(directory, name)) }))
    .sort((a, b) => b.used - a.used);
  for (const { file } of snapshots.slice(KEPT)) rmSync(file, { force: true });
}
