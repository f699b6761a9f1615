import { appendFileSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Magic, type MagicHost, UsageError } from "./magic.js";

/** A cell with more text than this is no cell that one can read, and a browser may not bear it. */
const LARGEST_FILE = 1_000_000;

export const load: Magic = {
  usage: "%load file",
  summary: "Puts the text of a file into this cell, in place of what stands there.",
  form: "line",
  async run({ text: name }, host) {
    if (name === "") throw new UsageError("%load: name the file, as in %load helpers.ts");
    const text = attempt("%load", name, () => {
      const file = inFolder(host, name);
      const { size } = statSync(file);
      if (size > LARGEST_FILE) {
        throw new Error(`it has ${size} bytes; a cell takes up to ${LARGEST_FILE}`);
      }
      return readFileSync(file, "utf8");
    });
    if (text.includes("\0")) throw new UsageError(`%load: ${name} is no text file`);
    host.send({ source: "set_next_input", text: `// %load ${name}\n${text.trimEnd()}`, replace: true });
    return undefined;
  },
};

export const writefile: Magic = {
  usage: "%%writefile [-a] file",
  summary: "Writes the rest of the cell into a file; with -a, at its end.",
  form: "cell",
  async run({ cell, text, body }, host) {
    const [, append, rest] = /^(-a(?:\s+|$))?(.*)$/.exec(text)!;
    const name = rest!.replace(/^(["'])(.*)\1$/, "$2");
    if (name === "") throw new UsageError("%%writefile: name the file, as in %%writefile helpers.ts");
    const given = cell.slice(body!.start, body!.end);
    const content = given === "" || given.endsWith("\n") ? given : `${given}\n`;
    const existed = attempt("%%writefile", name, () => {
      const file = inFolder(host, name);
      const before = statSync(file, { throwIfNoEntry: false }) !== undefined;
      (append ? appendFileSync : writeFileSync)(file, content);
      return before;
    });
    const done = existed ? (append ? "Appended to" : "Overwrote") : "Wrote";
    host.write("stdout", `${done} ${name}\n`);
    return undefined;
  },
};

function inFolder(host: MagicHost, name: string): string {
  return resolve(host.directory, name);
}

function attempt<Result>(magic: string, name: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reasons: Record<string, string> = {
      ENOENT: "there is no such file or folder",
      EISDIR: "it is a folder",
      EACCES: "you have no permission for it",
    };
    throw new UsageError(`${magic}: ${name}: ${reasons[code ?? ""] ?? message}`);
  }
}
