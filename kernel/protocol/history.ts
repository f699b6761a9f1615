import type { Json } from "./wire.js";

interface Entry {
  readonly line: number;
  readonly input: string;
  output: string | null;
}

/** One row of a `history_reply`: session, line, and the input or the pair of input and output. */
export type HistoryRow = [session: number, line: number, text: string | [string, string | null]];

/** The one session that is remembered; a kernel numbers its sessions from 1. */
const SESSION = 1;

/** Inputs and outputs of this session, answering `history_request` (tail, range, search). */
export class History {
  readonly #entries: Entry[] = [];

  add(line: number, input: string): void {
    this.#entries.push({ line, input, output: null });
  }

  /** Sets the text of the result of the newest entry. */
  setOutput(output: string): void {
    const newest = this.#entries.at(-1);
    if (newest) newest.output = output;
  }

  answer(request: Json): HistoryRow[] {
    const rows = this.#select(request);
    return rows.map(({ line, input, output }) => [
      SESSION,
      line,
      request.output === true ? [input, output] : input,
    ]);
  }

  #select(request: Json): Entry[] {
    const count = typeof request.n === "number" ? Math.max(0, Math.floor(request.n)) : undefined;
    const last = (entries: Entry[]): Entry[] =>
      count === undefined ? entries : entries.slice(entries.length - Math.min(count, entries.length));
    switch (request.hist_access_type) {
      case "tail":
        return last([...this.#entries]);
      case "range": {
        // As in IPython, session 0 is the current one and negative numbers count back from it.
        const session = typeof request.session === "number" ? request.session : 0;
        if (session !== 0 && session !== SESSION) return [];
        const start = typeof request.start === "number" ? request.start : 0;
        const stop = typeof request.stop === "number" ? request.stop : Number.POSITIVE_INFINITY;
        return this.#entries.filter(({ line }) => line >= start && line < stop);
      }
      case "search": {
        const pattern = glob(typeof request.pattern === "string" ? request.pattern : "*");
        let found = this.#entries.filter(({ input }) => pattern.test(input));
        if (request.unique === true) {
          const newest = new Map(found.map((entry) => [entry.input, entry]));
          found = found.filter((entry) => newest.get(entry.input) === entry);
        }
        return last(found);
      }
      default:
        return [];
    }
  }
}

/** SQLite's GLOB, which is what Jupyter's clients expect: `*`, `?`, `[a-z]`, `[^a-z]`, and the rest literally. */
function glob(pattern: string): RegExp {
  const source = pattern.replace(/\[(\^?)(\]?[^\]]+)\]|\*+|[?.+^${}()|[\]\\]/g, (token, not, set) => {
    if (set !== undefined) return `[${not}${set.replace(/[\\\]^[]/g, "\\$&")}]`;
    if (token.startsWith("*")) return ".*";
    return token === "?" ? "." : `\\${token}`;
  });
  try {
    return new RegExp(`^${source}$`, "s");
  } catch {
    // A range such as [z-a], which matches nothing.
    return /(?!)/;
  }
}
