/**
 * The one place that names tslab's private API. tslab is pinned to exactly 1.0.22;
 * test/kernel/session/tslab.test.ts fails when a name used here is missing or behaves differently.
 */
import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { SyntaxApi, SyntaxNode } from "../magics/syntax.js";
import { type Emitter, expandShorthand, type TransformApi } from "./shorthand.js";

/** Line and character count from 0. */
export interface Position {
  readonly line: number;
  readonly character: number;
}

/** A message of the type checker, with its place in the cell. */
export interface Diagnostic {
  readonly start: Position;
  readonly end: Position;
  readonly messageText: string;
  readonly code: number;
  /** Set when the problem is in another file than the cell, relative to the working directory. */
  readonly fileName?: string;
}

/** What tslab makes of a cell. With diagnostics, the rest is absent. */
export interface Conversion {
  readonly output?: string;
  readonly declOutput?: string;
  readonly diagnostics: readonly Diagnostic[];
  readonly lastExpressionVar?: string;
  readonly hasToplevelAwait?: boolean;
  readonly sideOutputs?: readonly { readonly path: string; readonly data: string }[];
}

export interface Completion {
  readonly start: number;
  readonly end: number;
  readonly candidates: readonly string[];
  readonly original?: { readonly entries: readonly { readonly name: string; readonly kind: string }[] };
}

/** TypeScript's QuickInfo: only printed, by tslab's own function. */
export interface QuickInfo {
  readonly displayParts?: readonly { readonly text: string }[];
}

export interface Converter {
  convert(declarations: string, source: string): Conversion;
  complete(declarations: string, source: string, position: number): Completion;
  inspect(declarations: string, source: string, position: number): QuickInfo | undefined;
  addModule(name: string, source: string, meta?: object): readonly Diagnostic[];
  close(): void;
}

export interface ConverterSet {
  readonly node: Converter;
  readonly browser: Converter;
  close(): void;
}

export interface Executor {
  execute(source: string): Promise<boolean>;
  readonly locals: Record<string, unknown>;
  /** Forgets all variables. */
  reset(): void;
}

/** What tslab's executor prints through: the value of the last expression, and exceptions. */
export interface ExecutorConsole {
  log(value: unknown): void;
  error(...values: unknown[]): void;
}

interface DisplayContent {
  readonly data: Record<string, unknown>;
  readonly metadata: Record<string, unknown>;
  readonly transient: { readonly display_id?: string };
}
export type WriteDisplayData = (content: DisplayContent, update?: boolean) => void;

interface TranspileOutput {
  outputText: string;
  sourceMapText?: string;
}

/** The parts of the compiler (TypeScript 5.0.4, tslab's fork) that the kernel calls itself. */
export interface TypeScript extends SyntaxApi {
  readonly version: string;
  readonly ScriptTarget: { readonly Latest: number };
  readonly ScriptKind: { readonly TS: number };
  readonly SyntaxKind: SyntaxApi["SyntaxKind"] & { readonly EndOfFileToken: number };
  createSourceFile(
    name: string,
    text: string,
    target: number,
    setParents: boolean,
    kind: number,
  ): SyntaxNode & {
    readonly statements: readonly SyntaxNode[];
    readonly parseDiagnostics: readonly {
      readonly start: number;
      readonly length: number;
      readonly code: number;
    }[];
  };
  createScanner(
    target: number,
    skipTrivia: boolean,
  ): {
    setText(text: string): void;
    scan(): number;
    isUnterminated(): boolean;
    getTokenPos(): number;
  };
  getDefaultTypeRoots(directory: string, host: object): string[] | undefined;
}

interface WatchHost {
  createProgram(...values: unknown[]): Emitter;
}

interface TypeScriptModule extends TypeScript, TransformApi {
  createWatchCompilerHost(roots: string[], options: object, ...rest: unknown[]): WatchHost;
  transpileModule(source: string, options: { compilerOptions: object }): TranspileOutput;
}

/** The two source maps from a cell's JavaScript back to its TypeScript: CommonJS → ES module → cell. */
export interface CellMaps {
  readonly commonJs: string;
  readonly esModule: string;
}

export interface Tslab {
  readonly version: string;
  readonly typescript: TypeScript;
  createConverter(): Converter;
  createExecutor(directory: string, converters: ConverterSet, console: ExecutorConsole): Executor;
  printQuickInfo(info: QuickInfo): string;
  /** Where `import { display } from "tslab"` in a cell writes to. */
  setWriteDisplayData(write: WriteDisplayData): void;
  /** The source maps of an output that a converter has just returned. */
  mapsOf(output: string): CellMaps | undefined;
}

/** tslab puts one line in front of each cell. */
export const PREFIX_LINES = 1;

const INLINE_MAP = /\n\/\/# sourceMappingURL=data:application\/json;base64,([A-Za-z0-9+/=]*)\s*$/;
const MAP_REFERENCE = /\n?\/\/# sourceMappingURL=\S*\s*$/;

/**
 * Loads tslab with a compiler that also writes source maps, always finds Node's types, and resolves `modules`
 * (name → declaration file) wherever the notebook lies. Takes one to two seconds, most of it the compiler.
 */
export function loadTslab(directory: string, modules: Readonly<Record<string, string>>): Tslab {
  const require = createRequire(import.meta.url);
  const tslabRequire = createRequire(require.resolve("tslab"));
  const typescriptPath = tslabRequire.resolve("@tslab/typescript-for-tslab");
  const typescript = tslabRequire(typescriptPath) as TypeScriptModule;
  let lastOutput: { text: string; maps: CellMaps } | undefined;

  // The compiler's exports are getters that cannot be redefined, so tslab is given a copy with two functions changed.
  tslabRequire.cache[typescriptPath]!.exports = {
    ...typescript,
    createWatchCompilerHost(roots: string[], options: object, ...rest: unknown[]): WatchHost {
      const changed = {
        ...options,
        ...nodeTypes(typescript, directory, tslabRequire),
        inlineSourceMap: true,
        paths: Object.fromEntries(Object.entries(modules).map(([name, file]) => [name, [file]])),
      };
      const host = typescript.createWatchCompilerHost(roots, changed, ...rest);
      const { createProgram } = host;
      host.createProgram = (...values) => {
        const program = createProgram(...values);
        expandShorthand(typescript, program);
        return program;
      };
      return host;
    },
    transpileModule(source: string, options: { compilerOptions: object }): TranspileOutput {
      const inlined = INLINE_MAP.exec(source);
      const result = typescript.transpileModule(inlined ? source.slice(0, inlined.index + 1) : source, {
        ...options,
        compilerOptions: { ...options.compilerOptions, sourceMap: true },
      });
      const text = result.outputText.replace(MAP_REFERENCE, "\n");
      if (inlined && result.sourceMapText !== undefined) {
        const esModule = Buffer.from(inlined[1]!, "base64").toString();
        lastOutput = { text, maps: { commonJs: result.sourceMapText, esModule } };
      }
      return { outputText: text };
    },
  } satisfies TypeScriptModule;

  const converter = tslabRequire("./converter.js") as { createConverter(options: object): Converter };
  const executor = tslabRequire("./executor.js") as Pick<Tslab, "createExecutor">;
  const inspect = tslabRequire("./inspect.js") as Pick<Tslab, "printQuickInfo">;
  const jupyter = tslabRequire("./jupyter.js") as { lastWriteDisplayData: WriteDisplayData | null };
  const util = tslabRequire("./util.js") as { getVersion(): string };
  return {
    version: util.getVersion(),
    typescript,
    createConverter: () => converter.createConverter({ isJS: false, isBrowser: false }),
    createExecutor: executor.createExecutor,
    printQuickInfo: inspect.printQuickInfo,
    setWriteDisplayData(write) {
      jupyter.lastWriteDisplayData = write;
    },
    mapsOf: (output) => (lastOutput?.text === output ? lastOutput.maps : undefined),
  };
}

/**
 * The `types` and `typeRoots` of the compiler: every @types package near the notebook, as TypeScript itself does
 * it, and Node's from our own dependencies when there are none near the notebook.
 */
function nodeTypes(
  typescript: TypeScript,
  directory: string,
  tslabRequire: NodeJS.Require,
): { types: string[]; typeRoots: string[] } {
  const near = (typescript.getDefaultTypeRoots(directory, { directoryExists: existsSync }) ?? []).filter(
    existsSync,
  );
  const own = dirname(dirname(tslabRequire.resolve("@types/node/package.json")));
  const names = near.flatMap((root) => readdirSync(root)).filter((name) => !name.startsWith("."));
  const withPackage = names.filter((name) =>
    near.some((root) => existsSync(join(root, name, "package.json"))),
  );
  return { types: [...new Set(["node", ...withPackage])], typeRoots: [...near, own] };
}
