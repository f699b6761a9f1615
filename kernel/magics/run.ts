import type { Completeness } from "../session/is-complete.js";
import { type Elapsed, momentNow, since } from "../session/moment.js";
import type { TypeScript } from "../session/tslab.js";
import { completeMagic } from "./complete.js";
import { findMagic, helpOn, type MagicTable } from "./help.js";
import { type Call, type Execution, type MagicHost, UsageError } from "./magic.js";
import { isProgram } from "./process.js";
import { shell } from "./shell.js";
import { codeOf, type Names, only, type Step, splitCell } from "./split.js";
import { Syntax } from "./syntax.js";
import { magicTable } from "./table.js";

const NO_TIME: Elapsed = { wall: 0, cpu: { user: 0, system: 0 } };

/** Runs cells with magics: what is TypeScript through the host, in order, and what is not through the table. */
export class MagicRunner {
  readonly #syntax: Syntax;
  readonly #table: MagicTable;
  readonly #names: Names;

  /**
   * @param directory The notebook's folder.
   * @param isVariable Whether the session has a variable of this name.
   */
  constructor(typescript: TypeScript, directory: string, isVariable: (name: string) => boolean) {
    this.#syntax = new Syntax(typescript);
    this.#table = magicTable(this.#syntax);
    this.#names = {
      isMagic: (name) => this.#table.has(name),
      isKnown: (name) => name in globalThis || isVariable(name) || this.#syntax.isWord(name),
      isProgram: (word) => isProgram(word, directory),
    };
  }

  /** The cell as TypeScript, for completing and inspecting it. */
  codeOf(cell: string): string {
    const steps = this.#split(cell);
    return codeOf(cell, steps, (name) => this.#table.get(name)?.takesCode === true);
  }

  complete(cell: string, position: number): ReturnType<typeof completeMagic> {
    return completeMagic(cell, position, this.#table, this.#syntax);
  }

  /** Whether a console should run the cell. One that begins with `%%` ends with an empty line, as in IPython. */
  isComplete(cell: string): Completeness {
    if (!/^\s*%%/.test(cell)) return this.#syntax.completeness(this.codeOf(cell));
    return /\n[^\S\n]*$/.test(cell.trimStart())
      ? { status: "complete" }
      : { status: "incomplete", indent: "" };
  }

  /**
   * Runs a cell to its end.
   * @returns The value of its last part, and the times of all.
   * @throws CellFailure for TypeScript that fails, UsageError for a magic that does
   */
  async run(cell: string, host: MagicHost): Promise<Execution> {
    const pages: string[] = [];
    const execution = await this.#runParts(cell, host, pages);
    // Front ends show one page only.
    if (pages.length > 0) {
      host.send({ source: "page", data: { "text/plain": pages.join("\n\n") }, start: 0 });
    }
    return execution;
  }

  async #runParts(cell: string, host: MagicHost, pages: string[]): Promise<Execution> {
    let total: Execution = { value: undefined, ...NO_TIME };
    for (const step of this.#checked(cell)) {
      const { value, wall, cpu } = await this.#runStep(step, cell, host, pages);
      const sum = { user: total.cpu.user + cpu.user, system: total.cpu.system + cpu.system };
      total = { value, wall: total.wall + wall, cpu: sum };
    }
    return total;
  }

  /** The parts of a cell; if one cannot be run, that one alone, which then says so before anything is done. */
  #checked(cell: string): Step[] {
    const steps = this.#split(cell);
    if (steps.length === 1) return steps;
    const broken =
      steps.find((step) => isCellMagic(step, cell)) ??
      steps.find((step) => step.kind === "code" && !this.#parses(cell.slice(step.start, step.end)));
    return broken ? [broken] : steps;
  }

  #parses(code: string): boolean {
    return this.#syntax.completeness(code).status === "complete";
  }

  async #runStep(step: Step, cell: string, host: MagicHost, pages: string[]): Promise<Execution> {
    // Awaited: to return a promise from here calls its `then`, which a cell may have replaced.
    if (step.kind === "code") return await host.run(only(cell, step));
    const { argument } = step;
    const text = cell.slice(argument.start, argument.end);
    const start = momentNow();
    if (step.kind === "help") {
      pages.push(helpOn(text, this.#table, host));
      return { value: undefined, ...NO_TIME };
    }
    if (step.kind === "shell") {
      await shell(text, host);
      return { value: undefined, ...since(start) };
    }
    const { name, body } = step;
    const magic = findMagic(name, this.#table);
    const written = `${isCellMagic(step, cell) ? "%%" : "%"}${name}`;
    if (isCellMagic(step, cell) && !body)
      throw new UsageError(`${written}: it must be the first line of its cell`);
    if (body ? magic.form === "line" : magic.form === "cell") {
      throw new UsageError(`${written}: it is written ${magic.usage}`);
    }
    const runCell: Call["runCell"] = (source, settings) => {
      const changed = { ...host, run: (part: string) => host.run(part, settings) };
      return this.#runParts(source, settings ? changed : host, pages);
    };
    const call = { cell, argument, text, runCell, ...(body ? { body } : {}) };
    return (await magic.run(call, host)) ?? { value: undefined, ...since(start) };
  }

  #split(cell: string): Step[] {
    return splitCell(cell, this.#syntax, this.#names);
  }
}

function isCellMagic(step: Step, cell: string): boolean {
  return step.kind === "magic" && /^\s*%%/.test(cell.slice(step.start));
}
