import { statSync } from "node:fs";
import type { Checker, ParsedFiles, SourceFile, TypeScript, ts } from "./tslab.js";

export interface ProjectOptions {
  /** The notebook's folder, with forward slashes. */
  readonly directory: string;
  readonly options: ts.CompilerOptions;
  /** Modules that exist in memory only: path → text. */
  readonly virtual: Map<string, string>;
  readonly parsed: ParsedFiles;
}

export interface Emitted {
  readonly script: string;
  /** JSON of the source map from the script to the cell. */
  readonly map: string;
}

/**
 * The compiler's view of the session: one program of libraries, declarations and local files, and one checker that
 * checks cell after cell beside it. A cell is never part of the program, so it costs what its own text costs,
 * however many came before; the program is only made anew when it has to hold another file.
 */
export class Project {
  readonly #typescript: TypeScript;
  readonly #settings: ProjectOptions;
  readonly #host: ts.CompilerHost;
  readonly #files: Map<string, ts.SourceFile>;
  /** Local files of the program, with the time of their last change. */
  readonly #stamps = new Map<string, number>();
  readonly #imported = new Set<string>();
  /** Cells that add to global types, by path: only what is in the program can. */
  readonly #augmenting = new Map<string, Augmentation>();
  #program: ts.Program;

  constructor(typescript: TypeScript, settings: ProjectOptions) {
    this.#typescript = typescript;
    this.#settings = settings;
    this.#files = new Map(settings.parsed);
    this.#host = this.#createHost();
    this.#program = this.#createProgram();
  }

  get program(): ts.Program {
    return this.#program;
  }

  get checker(): Checker {
    return this.#program.getTypeChecker() as Checker;
  }

  /** A cell as a module of its own. Its `export` keywords are dropped: everything in a cell is there for the next. */
  parse(path: string, text: string): SourceFile {
    const typescript = this.#typescript;
    const file = typescript.createSourceFile(path, text, {
      languageVersion: typescript.ScriptTarget.ES2022,
      setExternalModuleIndicator: (module) => {
        (module as SourceFile).externalModuleIndicator = true;
      },
    }) as SourceFile;
    for (const statement of file.statements) dropExport(typescript, statement);
    file.path = path;
    file.resolvedPath = path;
    file.originalFileName = path;
    // Of a cell that it has to hold, the program finds these out itself.
    if (!this.#augments(file)) {
      file.imports = [];
      file.moduleAugmentations = [];
      file.ambientModuleNames = [];
    }
    return file;
  }

  /** Makes a parsed cell ready to be checked: what it imports is in the program, and its names are bound. */
  admit(file: SourceFile, scope: (file: SourceFile) => void): void {
    const augments = this.#augments(file);
    const before = this.#imported.size;
    this.#resolveImports(file);
    if (augments) this.#augment(file);
    scope(file);
    if (augments || this.#imported.size > before || this.#localFilesChanged()) this.renew();
    this.#typescript.bindSourceFile(file, this.#settings.options);
    // The program's own work on an augmenting cell sets it anew.
    scope(file);
  }

  /** Takes back {@link admit} for a cell that turned out to be wrong. */
  dismiss(file: SourceFile): void {
    const augmentation = this.#augmenting.get(file.fileName);
    if (!augmentation) return;
    this.#augmenting.delete(file.fileName);
    for (const replaced of augmentation.replaced) this.#augmenting.set(replaced.file.fileName, replaced);
    this.renew();
  }

  /** Problems of a cell and of the local files that it imports, directly or not. */
  diagnostics(file: SourceFile): readonly ts.Diagnostic[] {
    const files = new Set([file]);
    for (const each of files) {
      for (const path of this.#importsOf(each)) {
        const imported = this.#program.getSourceFile(path) as SourceFile | undefined;
        if (imported && this.#isLocal(imported)) files.add(imported);
      }
    }
    const found = [...files].flatMap((each) => [
      ...this.#program.getSyntacticDiagnostics(each),
      ...this.#program.getSemanticDiagnostics(each),
    ]);
    return this.#typescript.sortAndDeduplicateDiagnostics(found);
  }

  emit(file: SourceFile, before: ts.TransformerFactory<ts.SourceFile>): Emitted {
    let script = "";
    let map = "";
    const write = (name: string, text: string): void => {
      if (name.endsWith(".map")) map = text;
      else script = text;
    };
    this.#program.emit(file, write, undefined, false, { before: [before] });
    return { script: script.replace(MAP_REFERENCE, ""), map };
  }

  /** Adds or replaces a module that exists in memory only. */
  addModule(path: string, text: string): readonly ts.Diagnostic[] {
    this.#settings.virtual.set(path, text);
    this.#files.delete(path);
    this.renew();
    const file = this.#program.getSourceFile(path);
    return file ? this.diagnostics(file as SourceFile) : [];
  }

  /** Makes the program again, with a checker that has forgotten what no cell speaks of any more. */
  renew(): void {
    this.#program = this.#createProgram(this.#program);
  }

  /** The file that a module's name means in code at `from`, if it is one of the user's own. */
  resolveLocal(name: string, from: string): string | undefined {
    const { options } = this.#settings;
    const { resolvedModule } = this.#typescript.resolveModuleName(name, from, options, this.#host);
    if (!resolvedModule || resolvedModule.isExternalLibraryImport) return undefined;
    return /\.d\.[cm]?ts$/.test(resolvedModule.resolvedFileName)
      ? undefined
      : resolvedModule.resolvedFileName;
  }

  /** The JavaScript of a package, found as `import` finds it. */
  resolveImport(name: string, from: string): string | undefined {
    const options = { ...this.#settings.options, noDtsResolution: true };
    return this.#typescript.resolveModuleName(name, from, options, this.#host).resolvedModule
      ?.resolvedFileName;
  }

  #createProgram(old?: ts.Program): ts.Program {
    const roots = [...this.#settings.virtual.keys(), ...this.#imported, ...this.#augmenting.keys()];
    return this.#typescript.createProgram(roots, this.#settings.options, this.#host, old);
  }

  #createHost(): ts.CompilerHost {
    const { options, directory, virtual } = this.#settings;
    const { sys } = this.#typescript;
    const host = this.#typescript.createCompilerHost(options, true);
    const parse = host.getSourceFile;
    return {
      ...host,
      getCurrentDirectory: () => directory,
      fileExists: (path) => virtual.has(path) || sys.fileExists(path),
      readFile: (path) => virtual.get(path) ?? sys.readFile(path),
      getSourceFile: (path, version) => {
        const known = this.#augmenting.get(path)?.file ?? this.#files.get(path);
        if (known) return known;
        const text = virtual.get(path);
        const file =
          text === undefined
            ? parse(path, version)
            : this.#typescript.createSourceFile(path, text, version, true);
        if (file) this.#files.set(path, file);
        if (file && this.#isLocal(file)) this.#stamps.set(path, timeOf(path));
        return file;
      },
      // A local file may import what has been installed or written since.
      hasInvalidatedResolutions: (path) => this.#stamps.has(path),
    };
  }

  #isLocal(file: ts.SourceFile): boolean {
    return !file.isDeclarationFile && !file.fileName.includes("/node_modules/");
  }

  /** Whether a local file was changed or removed since it was read; it is then read again. */
  #localFilesChanged(): boolean {
    let changed = false;
    for (const [path, stamp] of this.#stamps) {
      if (this.#settings.virtual.has(path) || timeOf(path) === stamp) continue;
      this.#stamps.delete(path);
      this.#files.delete(path);
      changed = true;
    }
    return changed;
  }

  #resolveImports(file: SourceFile): void {
    const typescript = this.#typescript;
    const { options } = this.#settings;
    file.resolvedModules = typescript.createModeAwareCache();
    for (const name of moduleNames(typescript, file)) {
      const resolution = typescript.resolveModuleName(name, file.fileName, options, this.#host);
      file.resolvedModules.set(name, undefined, resolution);
      const { resolvedModule } = resolution;
      if (!resolvedModule || !/^\.(?:[cm]?tsx?|d\.[cm]?ts|[cm]?jsx?|json)$/.test(resolvedModule.extension))
        continue;
      // JavaScript of packages without declarations is `any`, as everywhere in TypeScript.
      if (resolvedModule.isExternalLibraryImport && /^\.[cm]?jsx?$/.test(resolvedModule.extension)) continue;
      if (!this.#program.getSourceFile(resolvedModule.resolvedFileName)) {
        this.#imported.add(resolvedModule.resolvedFileName);
      }
    }
  }

  *#importsOf(file: SourceFile): Iterable<string> {
    const paths: string[] = [];
    file.resolvedModules?.forEach((resolution) => {
      if (resolution.resolvedModule) paths.push(resolution.resolvedModule.resolvedFileName);
    });
    yield* paths;
  }

  /** A cell that adds what an earlier one has added takes its place, as with all that a cell declares. */
  #augment(file: SourceFile): void {
    const names = augmentedNames(this.#typescript, file);
    const replaced = [...this.#augmenting.values()].filter((earlier) =>
      [...earlier.names].some((name) => names.has(name)),
    );
    for (const earlier of replaced) this.#augmenting.delete(earlier.file.fileName);
    this.#augmenting.set(file.fileName, { file, names, replaced });
  }

  #augments(file: SourceFile): boolean {
    return augmentations(this.#typescript, file).length > 0;
  }
}

interface Augmentation {
  readonly file: SourceFile;
  readonly names: ReadonlySet<string>;
  /** The augmentations in the place of which it stands. */
  readonly replaced: readonly Augmentation[];
}

/** The `declare global` and `declare module "name"` of a cell. */
function augmentations(typescript: TypeScript, file: SourceFile): ts.ModuleDeclaration[] {
  return file.statements
    .filter(typescript.isModuleDeclaration)
    .filter(
      ({ name, flags }) =>
        typescript.isStringLiteral(name) || (flags & typescript.NodeFlags.GlobalAugmentation) !== 0,
    );
}

/** What a cell adds to, down to the members of interfaces. */
function augmentedNames(typescript: TypeScript, file: SourceFile): Set<string> {
  const names = new Set<string>();
  const add = (node: ts.Node, outer: string): void => {
    const { name } = node as ts.NamedDeclaration;
    const path = name ? `${outer}.${name.getText(file)}` : outer;
    if (typescript.isInterfaceDeclaration(node)) for (const member of node.members) add(member, path);
    else if (typescript.isVariableStatement(node)) {
      for (const declaration of node.declarationList.declarations) add(declaration, outer);
    } else names.add(path);
  };
  for (const { name, body } of augmentations(typescript, file)) {
    if (body && typescript.isModuleBlock(body)) for (const node of body.statements) add(node, name.text);
  }
  return names;
}

const MAP_REFERENCE = /\n?\/\/# sourceMappingURL=\S*\s*$/;

function timeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** Names of the modules that a file imports, statically, dynamically or as types. */
function moduleNames(typescript: TypeScript, file: SourceFile): Set<string> {
  const names = new Set<string>();
  const add = (node: ts.Node | undefined): void => {
    if (node && typescript.isStringLiteralLike(node) && node.text !== "") names.add(node.text);
  };
  const visit = (node: ts.Node): void => {
    if (typescript.isImportDeclaration(node) || typescript.isExportDeclaration(node))
      add(node.moduleSpecifier);
    else if (typescript.isExternalModuleReference(node)) add(node.expression);
    else if (typescript.isImportTypeNode(node) && typescript.isLiteralTypeNode(node.argument)) {
      add(node.argument.literal);
    } else if (typescript.isModuleDeclaration(node)) add(node.name);
    else if (
      typescript.isCallExpression(node) &&
      node.expression.kind === typescript.SyntaxKind.ImportKeyword
    ) {
      add(node.arguments[0]);
    }
    typescript.forEachChild(node, visit);
  };
  visit(file);
  return names;
}

/** Takes `export` and `default` from a statement; what is exported without a name gets one. */
function dropExport(typescript: TypeScript, statement: ts.Statement): void {
  if (!typescript.canHaveModifiers(statement) || !statement.modifiers) return;
  const { ExportKeyword, DefaultKeyword } = typescript.SyntaxKind;
  const kept = statement.modifiers.filter(({ kind }) => kind !== ExportKeyword && kind !== DefaultKeyword);
  if (kept.length === statement.modifiers.length) return;
  const { pos, end } = statement.modifiers;
  const modifiers = kept.length === 0 ? undefined : typescript.factory.createNodeArray(kept);
  const changed = statement as { modifiers?: ts.NodeArray<ts.ModifierLike>; name?: ts.Identifier };
  changed.modifiers = modifiers && typescript.setTextRange(modifiers, { pos, end });
  if (
    (typescript.isFunctionDeclaration(statement) || typescript.isClassDeclaration(statement)) &&
    !statement.name
  ) {
    changed.name = typescript.factory.createIdentifier("_default");
  }
}
