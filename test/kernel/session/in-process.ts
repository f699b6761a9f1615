import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Outcome } from "../../../kernel/protocol/link.js";
import { OutputCapture } from "../../../kernel/session/output.js";
import { Session } from "../../../kernel/session/session.js";
import { loadTslab, type Tslab } from "../../../kernel/session/tslab.js";
import { plain } from "../client.js";

let tslab: Tslab | undefined;

/** A session in this process, without protocol: cells in, last values as Node prints them out. */
export class Notebook {
  readonly directory: string;
  readonly session: Session;
  /** What the session itself has written to stdout and stderr. */
  written = "";
  #count = 0;

  /** @param files Path in the notebook's folder → content. */
  constructor(files: Readonly<Record<string, string>> = {}) {
    tslab ??= loadTslab();
    this.directory = realpathSync(mkdtempSync(join(tmpdir(), "optimlab-session-")));
    for (const [path, text] of Object.entries(files)) this.write(path, text);
    this.session = new Session(tslab, {
      directory: this.directory,
      prelude: { name: "prelude", source: "export {}; declare global { const fromPrelude: 42 }" },
      library: join(this.directory, "none", "index.d.ts"),
      output: new OutputCapture((_execution, _name, text) => {
        this.written += plain(text);
      }),
      frontEnd: { ask: () => Promise.reject(new Error("nobody to ask")), show: () => undefined },
      compiling: () => undefined,
    });
  }

  write(path: string, text: string): void {
    const file = join(this.directory, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  execute(code: string): Promise<Outcome> {
    const id = ++this.#count;
    return new Promise((resolve) => {
      this.session.execute(
        { type: "execute", id, code, silent: false, executionCount: id, userExpressions: {} },
        new AbortController().signal,
        resolve,
      );
    });
  }

  /** The last value of the last of these cells, as text; the error's name and message when one fails. */
  async run(...cells: string[]): Promise<string | undefined> {
    let last: string | undefined;
    for (const cell of cells) {
      const outcome = await this.execute(cell);
      if (outcome.status === "error") return `${outcome.ename}: ${outcome.evalue}`;
      last = outcome.result?.data["text/plain"] as string | undefined;
    }
    return last;
  }

  close(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
