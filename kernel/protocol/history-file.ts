import { appendFile, mkdir, open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

/** One cell that ran, in this kernel or an earlier one. */
export interface HistoryEntry {
  /** Counts the kernels that wrote to the file, from 1. */
  readonly session: number;
  /** The cell's number in its session. */
  readonly line: number;
  readonly input: string;
  readonly output: string | null;
}

/** A line of the file. An input without a line number only says that a session has begun. */
interface Row {
  readonly session: number;
  readonly line?: number;
  readonly input?: string;
  readonly output?: string;
}

/** Sizes in characters. */
const LARGEST_FILE = 8 << 20;
const KEPT_OF_FULL_FILE = LARGEST_FILE / 2;
const LONGEST_INPUT = 1 << 20;
const LONGEST_OUTPUT = 10_000;

const LOCK_RETRY_MS = 10;
/** Whoever holds the lock longer has died. */
const LOCK_STALE_MS = 5_000;

/**
 * The history of all kernels of a user, as JSON lines in one file. Several kernels write to it at once, so each write
 * happens under a lock; a file that has become too long loses its older half. Trouble with the file is reported once
 * and ends the writing: history is never a reason for a cell to fail.
 */
export class HistoryFile {
  readonly #path: string;
  readonly #log: (line: string) => void;
  #session: Promise<number> | undefined;
  #unwritten: Row[] = [];
  #last: Promise<unknown> = Promise.resolve();
  #broken = false;

  constructor(path: string, log: (line: string) => void) {
    this.#path = path;
    this.#log = log;
  }

  /** The number of this kernel's session: one more than the highest in the file, taken when first asked for. */
  session(): Promise<number> {
    this.#session ??= this.#locked(async () => {
      const session = highestSession(await this.#rows()) + 1;
      await this.#append([{ session }]);
      return session;
    }).then((session) => session ?? 1);
    return this.#session;
  }

  async writeInput(line: number, input: string): Promise<void> {
    if (input.length <= LONGEST_INPUT) await this.#write({ line, input });
  }

  async writeOutput(line: number, output: string): Promise<void> {
    await this.#write({ line, output: output.slice(0, LONGEST_OUTPUT) });
  }

  /** All entries of other sessions than this one, in the order of sessions and lines. */
  async earlier(): Promise<HistoryEntry[]> {
    const session = await this.session();
    const entries = new Map<string, HistoryEntry>();
    for (const row of await this.#rows()) {
      if (row.session === session || row.line === undefined) continue;
      const key = `${row.session}:${row.line}`;
      const known = entries.get(key);
      if (row.input !== undefined) {
        entries.set(key, { session: row.session, line: row.line, input: row.input, output: null });
      } else if (known && row.output !== undefined) {
        entries.set(key, { ...known, output: row.output });
      }
    }
    return [...entries.values()].sort((a, b) => a.session - b.session || a.line - b.line);
  }

  /** Resolves when everything has been written that was to be written so far. */
  async written(): Promise<void> {
    await this.#last;
  }

  async #write(row: Omit<Row, "session">): Promise<void> {
    if (this.#broken) return;
    const session = await this.session();
    this.#unwritten.push({ session, ...row });
    // One write takes along all that has come together while it waited for its turn.
    if (this.#unwritten.length === 1) await this.#locked(() => this.#append(this.#unwritten.splice(0)));
  }

  async #rows(): Promise<Row[]> {
    let text: string;
    try {
      text = await readFile(this.#path, "utf8");
    } catch {
      return [];
    }
    return text.split("\n").flatMap((line) => parseRow(line) ?? []);
  }

  async #append(rows: readonly Row[]): Promise<void> {
    const text = rows.map((row) => `${JSON.stringify(row)}\n`).join("");
    // A kernel that died in the middle of a line must not take the next one with it.
    const lead = (await endsInMiddleOfLine(this.#path)) ? "\n" : "";
    await appendFile(this.#path, lead + text, { mode: 0o600 });
    if ((await stat(this.#path)).size > LARGEST_FILE) await this.#shorten();
  }

  async #shorten(): Promise<void> {
    const rows = await this.#rows();
    const kept: string[] = [];
    for (let i = rows.length - 1, size = 0; i >= 0 && size < KEPT_OF_FULL_FILE; i--) {
      const line = `${JSON.stringify(rows[i])}\n`;
      size += line.length;
      kept.push(line);
    }
    const draft = `${this.#path}.${process.pid}`;
    const first = `${JSON.stringify({ session: highestSession(rows) })}\n`;
    await writeFile(draft, first + kept.reverse().join(""), { mode: 0o600 });
    await rename(draft, this.#path);
  }

  /** Does work that changes the file, after all earlier work and while no other kernel does any. */
  #locked<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
    const result = this.#last.then(async () => {
      if (this.#broken) return undefined;
      try {
        await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
        const unlock = await lock(`${this.#path}.lock`);
        try {
          return await work();
        } finally {
          await unlock();
        }
      } catch (error) {
        this.#broken = true;
        this.#log(`the history is not kept: ${(error as Error).message}`);
        return undefined;
      }
    });
    this.#last = result;
    return result;
  }
}

async function lock(path: string): Promise<() => Promise<void>> {
  for (;;) {
    try {
      await (await open(path, "wx", 0o600)).close();
      return () => rm(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const since = await stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => undefined,
    );
    if (since !== undefined && Date.now() - since > LOCK_STALE_MS) await rm(path, { force: true });
    else await new Promise((resolve) => setTimeout(resolve, LOCK_RETRY_MS));
  }
}

async function endsInMiddleOfLine(path: string): Promise<boolean> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path, "r");
  } catch {
    return false;
  }
  try {
    const { size } = await file.stat();
    if (size === 0) return false;
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
    return buffer[0] !== 0x0a;
  } finally {
    await file.close();
  }
}

/** Lines that are no rows, whoever wrote them, are passed over. */
function parseRow(text: string): Row | undefined {
  let row: unknown;
  try {
    row = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof row !== "object" || row === null) return undefined;
  const { session, line, input, output } = row as Record<string, unknown>;
  const valid =
    isCount(session) &&
    (line === undefined || isCount(line)) &&
    (input === undefined || typeof input === "string") &&
    (output === undefined || typeof output === "string");
  return valid ? (row as Row) : undefined;
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0;
}

function highestSession(rows: readonly Row[]): number {
  return rows.reduce((highest, { session }) => Math.max(highest, session), 0);
}
