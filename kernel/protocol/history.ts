import type { Fields } from "./content.js";
import { globMatcher } from "./glob.js";
import type { HistoryEntry, HistoryFile } from "./history-file.js";

/** One row of a `history_reply`: session, line, and the input or the pair of input and output. */
export type HistoryRow = [session: number, line: number, text: string | [string, string | null]];

/** A `history_request`, checked. */
export type HistoryQuery = { readonly output: boolean } & (
  | { readonly access: "tail"; readonly count: number | undefined }
  | {
      readonly access: "range";
      readonly session: number;
      readonly start: number;
      readonly stop: number | undefined;
    }
  | {
      readonly access: "search";
      readonly pattern: string;
      readonly unique: boolean;
      readonly count: number | undefined;
    }
);

/** @throws ContentError when a field is missing or of another type. */
export function historyQuery(fields: Fields): HistoryQuery {
  const access = fields.oneOf("hist_access_type", ["tail", "range", "search"]);
  const output = fields.boolean("output", false);
  const count = fields.integer("n");
  switch (access) {
    case "tail":
      return { access, output, count };
    case "range":
      return {
        access,
        output,
        session: fields.integer("session") ?? 0,
        start: fields.integer("start") ?? 0,
        stop: fields.integer("stop"),
      };
    case "search":
      return {
        access,
        output,
        pattern: fields.string("pattern", "*"),
        unique: fields.boolean("unique", false),
        count,
      };
  }
}

/** Entries of this session that are kept; the file keeps more. */
const ENTRIES_KEPT = 10_000;

/** Inputs and outputs of this session and, from the file, of those before it. */
export class History {
  readonly #file: HistoryFile | undefined;
  #entries: Omit<HistoryEntry, "session">[] = [];

  /** Without a file, nothing is kept over restarts. */
  constructor(file?: HistoryFile) {
    this.#file = file;
  }

  add(line: number, input: string): void {
    this.#entries.push({ line, input, output: null });
    if (this.#entries.length > 2 * ENTRIES_KEPT) this.#entries = this.#entries.slice(-ENTRIES_KEPT);
    void this.#file?.writeInput(line, input);
  }

  /** Sets the text of the result of the cell with this number, if it is the newest. */
  setOutput(line: number, output: string): void {
    const newest = this.#entries.at(-1);
    if (newest?.line !== line) return;
    this.#entries[this.#entries.length - 1] = { ...newest, output };
    void this.#file?.writeOutput(line, output);
  }

  /** The rows that a query asks for, oldest first. There are no transformed inputs: they are always raw. */
  async answer(query: HistoryQuery): Promise<HistoryRow[]> {
    const session = (await this.#file?.session()) ?? 1;
    const own = this.#entries.map((entry) => ({ session, ...entry }));
    const found = select([...((await this.#file?.earlier()) ?? []), ...own], session, query);
    return found.map(({ session, line, input, output }) => [
      session,
      line,
      query.output ? [input, output] : input,
    ]);
  }

  /** Resolves when the file holds all that has been added. */
  async written(): Promise<void> {
    await this.#file?.written();
  }
}

function select(entries: HistoryEntry[], current: number, query: HistoryQuery): HistoryEntry[] {
  switch (query.access) {
    case "tail":
      return last(entries, query.count);
    case "range": {
      // As in IPython, session 0 is the current one and negative numbers count back from it.
      const session = query.session > 0 ? query.session : current + query.session;
      const { start, stop = Number.POSITIVE_INFINITY } = query;
      return entries.filter((entry) => entry.session === session && entry.line >= start && entry.line < stop);
    }
    case "search": {
      const matches = globMatcher(query.pattern);
      const found = entries.filter(({ input }) => matches(input));
      if (!query.unique) return last(found, query.count);
      const newest = new Map(found.map((entry) => [entry.input, entry]));
      return last(
        found.filter((entry) => newest.get(entry.input) === entry),
        query.count,
      );
    }
  }
}

function last<Item>(items: Item[], count: number | undefined): Item[] {
  return count === undefined ? items : items.slice(items.length - Math.min(Math.max(0, count), items.length));
}
