import { SourceMap } from "node:module";
import { type CellMaps, PREFIX_LINES } from "./tslab.js";

/** A place in a cell; line and column count from 1, as editors do. */
export interface CellPlace {
  readonly cell: Cell;
  readonly line: number;
  readonly column: number;
}

/** A cell that was compiled: what a traceback needs to name its lines. */
export interface Cell {
  readonly label: string;
  readonly source: string;
}

interface Entry extends Cell {
  readonly maps: CellMaps | undefined;
  /** Of the compiled script; the executor's wrapper begins after them. */
  readonly lines: number;
  decoded?: { readonly commonJs: SourceMap; readonly esModule: SourceMap };
}

/** All cells that ran in this session, found by the script name under which V8 knows their code. */
export class CellRegistry {
  readonly #entries: Entry[] = [];

  /** Takes a cell's source, compiled script and maps, and returns the script name to compile it under. */
  add(label: string, source: string, output: string, maps: CellMaps | undefined): string {
    this.#entries.push({ label, source, maps, lines: output.split("\n").length });
    return `optimlab-cell-${this.#entries.length - 1}.ts`;
  }

  /** The text of the newest cell with this label. */
  sourceOf(label: string): string | undefined {
    return this.#entries.findLast((entry) => entry.label === label)?.source;
  }

  /** The place in the cell's own text of a position (from 1) in its compiled script, if it has one. */
  resolve(scriptNumber: number, line: number, column: number): CellPlace | undefined {
    const entry = this.#entries[scriptNumber];
    if (!entry?.maps || line > entry.lines) return undefined;
    entry.decoded ??= {
      commonJs: new SourceMap(JSON.parse(entry.maps.commonJs)),
      esModule: new SourceMap(JSON.parse(entry.maps.esModule)),
    };
    const inModule = originalPosition(entry.decoded.commonJs, line - 1, column - 1);
    const inCell = inModule && originalPosition(entry.decoded.esModule, inModule.line, inModule.column);
    if (!inCell) return undefined;
    const cellLine = inCell.line - PREFIX_LINES + 1;
    // What tslab appends to a cell has no place in it.
    if (cellLine < 1 || cellLine > entry.source.split("\n").length) return undefined;
    return { cell: entry, line: cellLine, column: inCell.column + 1 };
  }
}

function originalPosition(
  map: SourceMap,
  line: number,
  column: number,
): { line: number; column: number } | undefined {
  const found = map.findEntry(line, column);
  return "originalLine" in found ? { line: found.originalLine, column: found.originalColumn } : undefined;
}
