import type { Mapping } from "./tslab.js";

/** A place in a cell or a local file; line and column count from 1, as editors do. */
export interface CellPlace {
  readonly cell: Cell;
  readonly line: number;
  readonly column: number;
}

/** A position in a compiled script; line and column count from 1. */
export interface ScriptPlace {
  readonly line: number;
  readonly column: number;
}

/** Code that was compiled: a cell, or a local file that one imports. */
export interface Cell {
  /** Name under which V8 knows the script, as in stack frames. */
  readonly url: string;
  /** How people call it: `cell [3]`, or the path of a file. */
  readonly label: string;
  /** The text that the user wrote. */
  readonly source: string;
  /** The JavaScript that V8 was given. */
  readonly script: string;
  /** JSON of the source map from the script to the source. */
  readonly map: string;
  /** Lines of the script in front of what the map counts. */
  readonly headerLines: number;
}

interface Entry {
  readonly cell: Cell;
  mappings?: readonly Mapping[];
}

/** All code of this session, found by the script name under which V8 knows it. */
export class CellRegistry {
  readonly #decode: (mappings: string) => Iterable<Mapping>;
  readonly #entries = new Map<string, Entry>();
  readonly #sources = new Map<string, string>();
  #count = 0;

  constructor(decode: (mappings: string) => Iterable<Mapping>) {
    this.#decode = decode;
  }

  /** A script name that no cell has yet. */
  nextUrl(): string {
    return `optimlab-cell-${++this.#count}.ts`;
  }

  add(cell: Cell): void {
    this.#entries.set(cell.url, { cell });
    this.#sources.set(cell.label, cell.source);
  }

  find(url: string): Cell | undefined {
    return this.#entries.get(url)?.cell;
  }

  /** The text of the newest cell with this label. */
  sourceOf(label: string): string | undefined {
    return this.#sources.get(label);
  }

  /** The place in the source of a position in a script, if it has one. */
  resolve(url: string, line: number, column: number): CellPlace | undefined {
    const entry = this.#entries.get(url);
    if (!entry) return undefined;
    const generatedLine = line - 1 - entry.cell.headerLines;
    let best: Mapping | undefined;
    for (const mapping of this.#mappingsOf(entry)) {
      if (mapping.generatedLine > generatedLine) break;
      if (mapping.generatedLine === generatedLine && mapping.generatedCharacter <= column - 1) best = mapping;
    }
    if (best?.sourceLine === undefined) return undefined;
    return { cell: entry.cell, line: best.sourceLine + 1, column: best.sourceCharacter! + 1 };
  }

  /** The positions in a script of what stands on a line of its source, in the order of the script. */
  scriptPlaces(url: string, line: number): ScriptPlace[] {
    const entry = this.#entries.get(url);
    if (!entry) return [];
    return this.#mappingsOf(entry)
      .filter(({ sourceLine }) => sourceLine === line - 1)
      .map((mapping) => ({
        line: mapping.generatedLine + entry.cell.headerLines + 1,
        column: mapping.generatedCharacter + 1,
      }));
  }

  #mappingsOf(entry: Entry): readonly Mapping[] {
    // The decoder hands out one object that it changes.
    entry.mappings ??= Array.from(
      this.#decode((JSON.parse(entry.cell.map) as { mappings: string }).mappings),
      (mapping) => ({ ...mapping }),
    );
    return entry.mappings;
  }
}
