import { join, relative } from "node:path";
import type { CellRegistry } from "./cell-registry.js";
import { type Completion, completionsAt } from "./completion.js";
import { DeclaredNames } from "./declared-names.js";
import { type Diagnostic, toDiagnostics } from "./diagnostics.js";
import type { Intrinsics } from "./intrinsics.js";
import { type Moment, momentNow } from "./moment.js";
import { Project } from "./project.js";
import { rewriteCell } from "./rewrite.js";
import type { TypeErrors } from "./settings.js";
import { NEVER_CANCELLED, type ParsedFiles, type SourceFile, type Tslab, type ts } from "./tslab.js";

/** A module that every cell sees without an import, and the declarations that make it typed. */
export interface Prelude {
  readonly name: string;
  readonly source: string;
}

export interface CompilerSettings {
  /** The notebook's folder. */
  readonly directory: string;
  readonly options: ts.CompilerOptions;
  readonly prelude: Prelude;
  readonly parsed?: ParsedFiles | undefined;
  readonly intrinsics: Intrinsics;
  /** Told when the compiler starts and ends, during which an interrupt has to wait. */
  readonly compiling: (running: boolean) => void;
}

/** How far a running cell has come: the number of the last step of which it has declared the names. */
export interface Progress {
  reached: number;
}

/** A cell that can run. */
export interface CompiledCell {
  /** Name of the script, as V8 is to know it. */
  readonly url: string;
  /** JavaScript of a function; {@link CompiledCell.parameters} says what it is called with. */
  readonly script: string;
  /** Names of the variables that its last parameters stand for. */
  readonly variables: readonly string[];
  readonly progress: Progress;
}

export interface Compilation {
  /** Missing when there are errors, or when the cell was only the text of a module. */
  readonly cell?: CompiledCell;
  readonly errors: readonly Diagnostic[];
  readonly warnings: readonly Diagnostic[];
}

/** What every cell has without an import, as parameters of its function. */
export const CELL_PARAMETERS: readonly string[] = ["require", "module", "exports", "__filename", "__dirname"];

/** Lines of a cell's script in front of its code. */
const HEADER_LINES = 1;
/** After so many cells what the checker remembers of forgotten ones is dropped. */
const CELLS_PER_CHECKER = 250;

interface Pending {
  /** What the cell declares, with the meanings. */
  readonly symbols: ReadonlyMap<ts.Symbol, ts.SymbolFlags>;
  readonly steps: ReadonlyMap<string, number>;
  readonly progress: Progress;
}

/** Compiles cells, and knows what the names of earlier ones mean. */
export class CellCompiler {
  /** When the last compilation ended, on the clock and of the processor: what is compiled runs from then on. */
  ended: Moment = momentNow();

  readonly #tslab: Tslab;
  readonly #cells: CellRegistry;
  readonly #settings: CompilerSettings;
  readonly #intrinsics: Intrinsics;
  readonly #virtual = new Map<string, string>();
  #names: DeclaredNames;
  #project: Project | undefined;
  /** Declarations of the newest cell. They count as far as it came, which is only known when it has ended. */
  #pending: Pending | undefined;
  #sinceRenewal = 0;

  constructor(tslab: Tslab, cells: CellRegistry, settings: CompilerSettings) {
    this.#tslab = tslab;
    this.#cells = cells;
    this.#settings = settings;
    this.#intrinsics = settings.intrinsics;
    this.#virtual.set(this.#pathOf(`${settings.prelude.name}.ts`), settings.prelude.source);
    this.#names = new DeclaredNames(tslab.typescript);
    this.#project = this.#start(settings.parsed);
    // The first use of a checker takes far longer than later ones.
    this.#use((project) => project.checker);
  }

  compile(source: string, label: string, typeErrors: TypeErrors): Compilation {
    const compilation = this.#use((project) => {
      const metadata = source.includes("@module") ? this.#tslab.getCodeMetadata(source) : {};
      return metadata.module === undefined
        ? this.#compileCell(project, source, label, typeErrors)
        : this.#addModule(project, `${metadata.module}.ts${metadata.jsx ? "x" : ""}`, source);
    });
    this.ended = momentNow();
    return compilation;
  }

  complete(source: string, position: number): Completion {
    return this.#use((project) => {
      const file = this.#admit(project, source);
      return completionsAt(this.#tslab.typescript, project.program, file, position);
    });
  }

  inspect(source: string, position: number): ts.QuickInfo | undefined {
    return this.#use((project) => {
      const file = this.#admit(project, source);
      const { getQuickInfoAtPosition } = this.#tslab.typescript;
      return getQuickInfoAtPosition(file, project.checker, NEVER_CANCELLED, position);
    });
  }

  /** Forgets the declarations of all cells. */
  reset(): void {
    this.#pending = undefined;
    this.#names = new DeclaredNames(this.#tslab.typescript);
  }

  /** The user's own file that a module's name means in code at `from`. */
  resolveLocal(name: string, from: string): string | undefined {
    return this.#intrinsics.restored(() => (this.#project ?? this.#start()).resolveLocal(name, from));
  }

  /** The JavaScript of a package that has nothing for `require`. */
  resolveImport(name: string, from: string): string | undefined {
    return this.#intrinsics.restored(() => (this.#project ?? this.#start()).resolveImport(name, from));
  }

  /** Text of a module that a cell has written with tslab's `@module`. */
  virtual(path: string): string | undefined {
    return this.#virtual.get(path);
  }

  /** CommonJS of one of the user's own files. */
  compileFile(path: string, text: string): string {
    return this.#intrinsics.restored(() => {
      const { typescript } = this.#tslab;
      const { outputText, sourceMapText } = typescript.transpileModule(text, {
        fileName: path,
        compilerOptions: {
          ...this.#settings.options,
          module: typescript.ModuleKind.CommonJS,
          moduleResolution: typescript.ModuleResolutionKind.Node10,
          customConditions: undefined,
          removeComments: false,
        },
      });
      const script = outputText.replace(/\n?\/\/# sourceMappingURL=\S*\s*$/, "");
      const label = relative(this.#settings.directory, path);
      this.#cells.add({ url: path, label, source: text, script, map: sourceMapText!, headerLines: 0 });
      return script;
    });
  }

  #compileCell(project: Project, source: string, label: string, typeErrors: TypeErrors): Compilation {
    const { typescript } = this.#tslab;
    const url = this.#cells.nextUrl();
    const file = this.#parse(project, url, source);
    const describe = (found: readonly ts.Diagnostic[]): Diagnostic[] =>
      toDiagnostics(typescript, found, file, this.#settings.directory);
    if (file.parseDiagnostics.length > 0) return { errors: describe(file.parseDiagnostics), warnings: [] };
    project.admit(file, (admitted) => this.#names.show(admitted));
    const problems = typeErrors === "off" ? [] : describe(project.diagnostics(file));
    if (typeErrors === "error" && problems.length > 0) {
      project.dismiss(file);
      return { errors: problems, warnings: [] };
    }
    const { checker } = project;
    const earlier = (symbol: ts.Symbol): boolean => this.#names.has(symbol);
    const { transformer, cell } = rewriteCell(typescript, file, checker, earlier);
    const { script, map } = project.emit(file, transformer);
    const symbols = new Map<ts.Symbol, ts.SymbolFlags>();
    for (const symbol of file.locals!.values()) symbols.set(symbol, meaningOf(checker, symbol));
    this.#names.freeze(file, symbols);
    const progress = { reached: 0 };
    this.#pending = { symbols, steps: cell.steps, progress };
    const parameters = [cell.context, ...CELL_PARAMETERS, ...cell.variables.keys()].join(", ");
    const whole = `(${cell.isAsync ? "async " : ""}function (${parameters}) {\n${script}\n})`;
    this.#cells.add({ url, label: `cell [${label}]`, source, script: whole, map, headerLines: HEADER_LINES });
    if (++this.#sinceRenewal >= CELLS_PER_CHECKER) {
      this.#sinceRenewal = 0;
      project.renew();
    }
    const compiled = { url, script: whole, variables: [...cell.variables.values()], progress };
    return { cell: compiled, errors: [], warnings: problems };
  }

  #addModule(project: Project, name: string, source: string): Compilation {
    const path = this.#pathOf(name);
    const found = project.addModule(path, source);
    const file = project.program.getSourceFile(path)!;
    const errors = toDiagnostics(this.#tslab.typescript, found, file, this.#settings.directory);
    return { errors, warnings: [] };
  }

  /** A text to be looked at only: it sees all names and leaves nothing behind. */
  #admit(project: Project, source: string): SourceFile {
    const file = this.#parse(project, this.#cells.nextUrl(), source);
    project.admit(file, (admitted) => this.#names.show(admitted));
    project.dismiss(file);
    return file;
  }

  #parse(project: Project, url: string, source: string): SourceFile {
    this.#settle();
    return project.parse(this.#pathOf(url), source);
  }

  /** Takes over what the last cell has declared. Done late, because an interrupt leaves nothing that could do it. */
  #settle(): void {
    if (!this.#pending) return;
    const { symbols, steps, progress } = this.#pending;
    this.#pending = undefined;
    for (const [symbol, meaning] of symbols) {
      const step = steps.get(symbol.name);
      if (meaning !== 0 && (step === undefined || step <= progress.reached)) {
        this.#names.declare(symbol, meaning);
      }
    }
  }

  #pathOf(name: string): string {
    return join(this.#settings.directory, name).replaceAll("\\", "/");
  }

  #start(parsed: ParsedFiles = new Map()): Project {
    const { directory, options } = this.#settings;
    return new Project(this.#tslab.typescript, {
      directory: directory.replaceAll("\\", "/"),
      options,
      virtual: this.#virtual,
      parsed,
    });
  }

  #use<Result>(work: (project: Project) => Result): Result {
    // Both locals outlive a termination, which runs neither catch nor finally: an unfinished project is
    // recognised by still being away from its field.
    this.#settings.compiling(true);
    const unfinished = this.#project;
    this.#project = undefined;
    const [project, result] = this.#intrinsics.restored(() => {
      const used = unfinished ?? this.#start();
      return [used, work(used)] as const;
    });
    this.#project = project;
    this.#settings.compiling(false);
    return result;
  }
}

/** The kinds of meaning that a name has: value, type, namespace. An import means what it brings. */
function meaningOf(checker: ts.TypeChecker, symbol: ts.Symbol): ts.SymbolFlags {
  const ALIAS = 1 << 21;
  const VALUE = 111551;
  const TYPE = 788968;
  const NAMESPACE = 1920;
  const all = VALUE | TYPE | NAMESPACE;
  if ((symbol.flags & ALIAS) === 0) return symbol.flags & all;
  const target = checker.getAliasedSymbol(symbol);
  return target.escapedName === "unknown" ? all : target.flags & all;
}
