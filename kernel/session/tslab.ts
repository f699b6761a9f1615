/**
 * The one place that names tslab's private API and its compiler's. tslab is pinned to exactly 1.0.22;
 * test/kernel/session/tslab.test.ts fails when a name used here is missing or behaves differently.
 */
import { createRequire } from "node:module";
import { dirname } from "node:path";
import type ts from "@tslab/typescript-for-tslab";

export type { ts };

/** What tslab's comments such as `@module name` say about a cell. */
export interface CellMetadata {
  readonly module?: string;
  readonly jsx?: boolean;
  readonly mode?: "node" | "browser";
}

interface DisplayContent {
  readonly data: Record<string, unknown>;
  readonly metadata: Record<string, unknown>;
  readonly transient: { readonly display_id?: string };
}
export type WriteDisplayData = (content: DisplayContent, update?: boolean) => void;

interface ModeAwareCache {
  set(name: string, mode: undefined, resolution: ts.ResolvedModuleWithFailedLookupLocations): void;
  forEach(visit: (resolution: ts.ResolvedModuleWithFailedLookupLocations) => void): void;
}

/** A parsed file with the fields that TypeScript's declarations do not tell. */
export interface SourceFile extends ts.SourceFile {
  path: string;
  resolvedPath: string;
  originalFileName: string;
  externalModuleIndicator: ts.Node | true | undefined;
  readonly parseDiagnostics: readonly ts.DiagnosticWithLocation[];
  /** Every identifier and property name in the file. */
  readonly identifiers: ReadonlyMap<string, string>;
  /** What is declared at the top level; set by the binder. */
  locals: ts.SymbolTable | undefined;
  imports: readonly ts.StringLiteralLike[];
  moduleAugmentations: readonly ts.Node[];
  ambientModuleNames: readonly string[];
  resolvedModules: ModeAwareCache | undefined;
  /** tslab's fork goes on looking for names in the parent of a file. */
  parent: SourceFile;
  symbol: ts.Symbol;
}

/** Declaration files that are parsed and bound already, by path. */
export type ParsedFiles = ReadonlyMap<string, SourceFile>;

/** The checker with its function for names, which TypeScript's declarations do not tell. */
export interface Checker extends ts.TypeChecker {
  resolveName(
    name: string,
    location: ts.Node,
    meaning: ts.SymbolFlags,
    excludeGlobals: boolean,
  ): ts.Symbol | undefined;
}

/** One entry of a source map; lines and characters count from 0. */
export interface Mapping {
  readonly generatedLine: number;
  readonly generatedCharacter: number;
  readonly sourceLine?: number;
  readonly sourceCharacter?: number;
}

interface CompilerInternals {
  bindSourceFile(file: ts.SourceFile, options: ts.CompilerOptions): void;
  isExpressionNode(node: ts.Node): boolean;
  /** The kind of a word of the language, undefined for any other text. */
  stringToToken(text: string): ts.SyntaxKind | undefined;
  skipOuterExpressions(node: ts.Expression): ts.Expression;
  createModeAwareCache(): ModeAwareCache;
  decodeMappings(mappings: string): Iterable<Mapping>;
  findPrecedingToken(position: number, file: ts.SourceFile): ts.Node | undefined;
  findNextToken(previous: ts.Node, parent: ts.Node, file: ts.SourceFile): ts.Node | undefined;
  getQuickInfoAtPosition(
    file: ts.SourceFile,
    checker: ts.TypeChecker,
    token: typeof NEVER_CANCELLED,
    position: number,
  ): ts.QuickInfo | undefined;
  readonly Completions: {
    getCompletionsAtPositionForTslab(
      host: object,
      program: ts.Program,
      log: () => void,
      file: ts.SourceFile,
      position: number,
      preferences: object,
      trigger: undefined,
      kind: ts.CompletionTriggerKind,
      token: typeof NEVER_CANCELLED,
    ): ts.CompletionInfo | undefined;
  };
}

/** tslab's fork of the compiler (TypeScript 5.0.4), its internal functions included. */
export type TypeScript = typeof ts & CompilerInternals;

export const NEVER_CANCELLED = {
  isCancellationRequested: (): boolean => false,
  throwIfCancellationRequested: (): void => undefined,
};

export interface Tslab {
  readonly version: string;
  readonly typescript: TypeScript;
  /** What `import … from "tslab"` is in a cell: this very instance, whose display functions write to us. */
  readonly publicModule: unknown;
  /** Absolute path of the declarations of that module. */
  readonly publicTypes: string;
  /** Folder with the types of Node that tslab brings, for notebooks that have none. */
  readonly nodeTypes: string;
  printQuickInfo(info: ts.QuickInfo): string;
  getCodeMetadata(source: string): CellMetadata;
  /** Where `import { display } from "tslab"` in a cell writes to. */
  setWriteDisplayData(write: WriteDisplayData): void;
}

/** Loads tslab and its compiler. Takes some tenths of a second, most of it the compiler. */
export function loadTslab(): Tslab {
  const require = createRequire(import.meta.url);
  const publicPath = require.resolve("tslab");
  const tslabRequire = createRequire(publicPath);
  const typescript = tslabRequire("@tslab/typescript-for-tslab") as TypeScript;
  const inspect = tslabRequire("./inspect.js") as Pick<Tslab, "printQuickInfo">;
  const metadata = tslabRequire("./metadata.js") as Pick<Tslab, "getCodeMetadata">;
  const jupyter = tslabRequire("./jupyter.js") as { lastWriteDisplayData: WriteDisplayData | null };
  const util = tslabRequire("./util.js") as { getVersion(): string };
  return {
    version: util.getVersion(),
    typescript,
    publicModule: require("tslab"),
    publicTypes: publicPath.replace(/\.js$/, ".d.ts"),
    nodeTypes: dirname(dirname(tslabRequire.resolve("@types/node/package.json"))),
    printQuickInfo: inspect.printQuickInfo,
    getCodeMetadata: metadata.getCodeMetadata,
    setWriteDisplayData(write) {
      jupyter.lastWriteDisplayData = write;
    },
  };
}
