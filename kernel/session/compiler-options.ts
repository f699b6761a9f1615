import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Tslab, TypeScript, ts } from "./tslab.js";

export interface CellOptions {
  readonly options: ts.CompilerOptions;
  /** What is wrong with the tsconfig.json; it counts as far as it can be understood. */
  readonly problems: readonly string[];
}

/**
 * The compiler's options for cells: tslab's, changed by the nearest tsconfig.json at or above the notebook. What
 * running a cell depends on stays as it is.
 * @param modules Name → declaration file of modules that are found wherever the notebook lies.
 */
export function compilerOptions(
  tslab: Tslab,
  directory: string,
  modules: Readonly<Record<string, string>>,
): CellOptions {
  const { typescript } = tslab;
  const { found, problems } = nearestConfig(typescript, directory);
  const { types, typeRoots } = nodeTypes(tslab, directory);
  const options: ts.CompilerOptions = {
    experimentalDecorators: true,
    ...found,
    lib: found.lib ?? ["lib.es2022.d.ts"],
    types: [...new Set([...(found.types ?? types), "node"])],
    typeRoots: [...(found.typeRoots ?? []), ...typeRoots],
    paths: {
      ...found.paths,
      ...Object.fromEntries(Object.entries(modules).map(([name, file]) => [name, [file]])),
    },
    target: typescript.ScriptTarget.ES2022,
    module: typescript.ModuleKind.ESNext,
    moduleResolution: typescript.ModuleResolutionKind.Bundler,
    customConditions: [...(found.customConditions ?? []), "node"],
    allowImportingTsExtensions: true,
    resolveJsonModule: true,
    esModuleInterop: true,
    allowJs: true,
    checkJs: false,
    skipLibCheck: true,
    jsx: typescript.JsxEmit.React,
    newLine: typescript.NewLineKind.LineFeed,
    preserveConstEnums: true,
    removeComments: true,
    sourceMap: true,
    // Each of these would refuse cells or change how their JavaScript is written.
    alwaysStrict: false,
    noUnusedLocals: false,
    noUnusedParameters: false,
    isolatedModules: false,
    verbatimModuleSyntax: false,
    importsNotUsedAsValues: undefined,
    preserveValueImports: false,
    noEmitOnError: false,
    noEmit: false,
    declaration: false,
    declarationMap: false,
    emitDeclarationOnly: false,
    inlineSourceMap: false,
    inlineSources: false,
    importHelpers: false,
    noEmitHelpers: false,
    composite: false,
    incremental: false,
    tsBuildInfoFile: undefined,
    outDir: undefined,
    outFile: undefined,
    rootDir: undefined,
    rootDirs: undefined,
    moduleSuffixes: undefined,
    plugins: undefined,
  };
  return { options, problems };
}

function nearestConfig(
  typescript: TypeScript,
  directory: string,
): { found: ts.CompilerOptions; problems: string[] } {
  const path = typescript.findConfigFile(directory, typescript.sys.fileExists);
  if (path === undefined) return { found: {}, problems: [] };
  // Cells are compiled one by one: the files that the configuration names do not matter.
  const host: ts.ParseConfigFileHost = {
    useCaseSensitiveFileNames: typescript.sys.useCaseSensitiveFileNames,
    getCurrentDirectory: () => directory,
    fileExists: typescript.sys.fileExists,
    readFile: typescript.sys.readFile,
    readDirectory: () => [],
    onUnRecoverableConfigFileDiagnostic: () => undefined,
  };
  const parsed = typescript.getParsedCommandLineOfConfigFile(path, {}, host);
  const problems = (parsed?.errors ?? [])
    .filter(({ code }) => !HARMLESS.has(code))
    .map(({ messageText }) => `${path}: ${typescript.flattenDiagnosticMessageText(messageText, "\n")}`);
  return { found: parsed?.options ?? {}, problems };
}

/**
 * "No inputs were found" and "The 'files' list is empty": there are none here, on purpose. "Unknown compiler option"
 * and "Argument for option must be": the configuration may be written for a newer TypeScript than tslab's.
 */
const HARMLESS = new Set([18002, 18003, 5023, 6046]);

/**
 * The `types` and `typeRoots` of the compiler: every @types package near the notebook, as TypeScript itself does
 * it, and Node's from our own dependencies when there are none near the notebook.
 */
function nodeTypes(tslab: Tslab, directory: string): { types: string[]; typeRoots: string[] } {
  const near = (
    tslab.typescript.getDefaultTypeRoots(directory, { directoryExists: existsSync }) ?? []
  ).filter(existsSync);
  const names = near.flatMap((root) => readdirSync(root)).filter((name) => !name.startsWith("."));
  const types = names.filter((name) => near.some((root) => existsSync(join(root, name, "package.json"))));
  return { types, typeRoots: [...near, tslab.nodeTypes] };
}
