import { readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { cellFile } from "./cell-files.js";

/** The parts of the TypeScript compiler that are needed here. */
export interface Transpiler {
  readonly ModuleKind: { readonly CommonJS: number; readonly ESNext: number };
  readonly ScriptTarget: { readonly ES2022: number };
  transpileModule(
    source: string,
    options: { compilerOptions: object; reportDiagnostics?: boolean },
  ): {
    readonly outputText: string;
    readonly sourceMapText?: string | undefined;
    readonly diagnostics?: readonly unknown[] | undefined;
  };
}

/** Code of the session that V8 has: a cell, or a file of the user's that a cell imported. */
export interface CompiledCode {
  /** Path of the file; undefined for a cell. */
  readonly file: string | undefined;
  /** What the user wrote; of a cell, all that the front end sent. */
  readonly text: string;
  /** The place in the text of a position in the script, both from 1, if it has one. */
  place(line: number, column: number): { readonly line: number; readonly column: number } | undefined;
}

/** Path, line and column of a place in what the user wrote, from 1; null where a script has none. */
export type Place = readonly [path: string, line: number, column: number] | null;

/** Line and column of a position in a script, from 0 as in V8. */
export type ScriptPosition = readonly [line: number, column: number];

/** Where a cell that has not run yet can be stopped: its JavaScript, only to be compiled. */
export interface Outline {
  readonly script: string;
  readonly code: string;
}

const WRAPPER = ["(async function (exports, require) {\n", "\n})"] as const;

/** The texts that the user wrote, by path, and the way to them from the scripts that V8 has. */
export class Sources {
  readonly #compiled: (script: string) => CompiledCode | undefined;
  readonly #transpiler: Transpiler;
  /** Cells by path. */
  readonly #cells = new Map<string, string>();
  readonly #outlines = new Map<string, CompiledCode>();

  /** @param compiled What the session knows of a script by its name. */
  constructor(compiled: (script: string) => CompiledCode | undefined, transpiler: Transpiler) {
    this.#compiled = compiled;
    this.#transpiler = transpiler;
  }

  /** Makes a cell known before it runs; returns its path. */
  add(code: string): string {
    const path = cellFile(code);
    this.#cells.set(path, code);
    return path;
  }

  /** The text under a path, if there is one. */
  text(path: string): string | undefined {
    const cell = this.#cells.get(path);
    if (cell !== undefined) return cell;
    try {
      return readFileSync(path, "utf8");
    } catch {
      return undefined;
    }
  }

  /** Path of what a script was compiled from. */
  path(script: string): string | undefined {
    const code = this.#code(script);
    return code && (code.file ?? this.add(code.text));
  }

  places(script: string, positions: readonly ScriptPosition[]): Place[] {
    const code = this.#code(script);
    const path = this.path(script);
    if (!code || path === undefined) return positions.map(() => null);
    return positions.map(([line, column]) => {
      const place = code.place(line + 1, column + 1);
      return place ? [path, place.line, place.column] : null;
    });
  }

  /** JavaScript with the same statements as a cell's text; undefined for a path that is no known cell. */
  outline(path: string): Outline | undefined {
    const text = this.#cells.get(path);
    if (text === undefined) return undefined;
    const { ModuleKind, ScriptTarget } = this.#transpiler;
    const compilerOptions = { module: ModuleKind.CommonJS, target: ScriptTarget.ES2022, sourceMap: true };
    const { outputText, sourceMapText } = this.#transpiler.transpileModule(text, { compilerOptions });
    const map = new SourceMap(JSON.parse(sourceMapText!));
    const script = `optimlab-outline-${this.#outlines.size}.ts`;
    this.#outlines.set(script, {
      file: undefined,
      text,
      place: (line, column) => placeIn(map, line - 1, column),
    });
    const code = outputText.replace(/\n\/\/# sourceMappingURL=.*\s*$/, "\n");
    return { script, code: `${WRAPPER[0]}${code}${WRAPPER[1]}` };
  }

  #code(script: string): CompiledCode | undefined {
    return this.#outlines.get(script) ?? this.#compiled(script);
  }
}

/** The original place of a position (from 1), if something on the same line leads to one. */
function placeIn(map: SourceMap, line: number, column: number): { line: number; column: number } | undefined {
  const found = map.findEntry(line - 1, column - 1);
  if (!("originalLine" in found) || found.generatedLine !== line - 1) return undefined;
  return { line: found.originalLine + 1, column: found.originalColumn + 1 };
}
