import { readFileSync, statSync } from "node:fs";
import Module, { createRequire } from "node:module";
import { dirname, extname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { types } from "node:util";

export interface ModulesOptions {
  /** The notebook's folder: what cells import is looked for from here. */
  readonly directory: string;
  /** Modules that are the same wherever they are asked for from. */
  readonly known: ReadonlyMap<string, unknown>;
  /** Path of the user's own file that a name means in code at `from`. */
  readonly resolveLocal: (name: string, from: string) => string | undefined;
  /** Path of the JavaScript of a package that can only be imported, not required. */
  readonly resolveImport: (name: string, from: string) => string | undefined;
  /** Text of a module that exists in memory only. */
  readonly virtual: (path: string) => string | undefined;
  /** CommonJS of a TypeScript or JavaScript file. */
  readonly compile: (path: string, text: string) => string;
}

interface Loaded {
  readonly module: NodeModule;
  readonly version: string;
  readonly dependencies: Set<string>;
  loading: boolean;
}

interface NodeModule extends Module {
  _compile(code: string, path: string): void;
}

const { apply } = Reflect;
const { getOwnPropertyDescriptor, defineProperty, keys } = Object;
const { parse } = JSON;
const { isModuleNamespaceObject } = types;
const nodeModulePaths = (Module as unknown as { _nodeModulePaths(directory: string): string[] })
  ._nodeModulePaths;

/** The errors with which `require` refuses what `import` can load. */
const IMPORT_ONLY = new Set(["ERR_REQUIRE_ASYNC_MODULE", "ERR_REQUIRE_ESM", "ERR_PACKAGE_PATH_NOT_EXPORTED"]);
const COMPILED = /^\.[cm]?[jt]sx?$/;

/**
 * Loads what cells import: packages from the notebook's folder, CommonJS and ES modules alike, and the user's own
 * files, which are compiled here and loaded again when they or what they import have changed.
 */
export class Modules {
  /** `require` as cells see it. */
  readonly require: NodeJS.Require;
  readonly #options: ModulesOptions;
  readonly #cell: string;
  readonly #loaded = new Map<string, Loaded>();

  constructor(options: ModulesOptions) {
    this.#options = options;
    this.#cell = join(options.directory, "cell.ts");
    const require = createRequire(this.#cell);
    const load = (name: string): unknown => this.#require(name, this.#cell);
    this.require = Object.assign(load, {
      resolve: require.resolve,
      cache: require.cache,
      extensions: require.extensions,
      main: undefined,
    }) as NodeJS.Require;
  }

  /** What an import declaration in a cell loads. */
  async import(name: string): Promise<unknown> {
    if (name.startsWith("data:")) return import(name);
    const target = name.startsWith("file:") ? fileURLToPath(name) : name;
    try {
      return this.require(target);
    } catch (error) {
      if (!IMPORT_ONLY.has((error as NodeJS.ErrnoException).code ?? "")) throw error;
      const path = this.#options.resolveImport(target, this.#cell) ?? this.require.resolve(target);
      return import(pathToFileURL(path).href);
    }
  }

  /** What `import()` in a cell gives. */
  importStar = async (name: unknown): Promise<unknown> => namespaceOf(await this.import(`${name}`));

  #require(name: string, from: string, dependencies?: Set<string>): unknown {
    const { known, resolveLocal, resolveImport } = this.#options;
    if (known.has(name)) return known.get(name);
    const path = resolveLocal(name, from);
    if (path !== undefined) {
      dependencies?.add(path);
      return this.#load(path);
    }
    const require = createRequire(from);
    try {
      return require(name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ERR_PACKAGE_PATH_NOT_EXPORTED") throw error;
      const importable = resolveImport(name, from);
      if (importable === undefined) throw error;
      return require(importable);
    }
  }

  #load(path: string): unknown {
    const known = this.#loaded.get(path);
    if (known && (known.loading || this.#isCurrent(path, new Set()))) return known.module.exports;
    const module = new Module(path) as NodeModule;
    module.filename = path;
    module.paths = nodeModulePaths(dirname(path));
    const loaded: Loaded = { module, version: this.#versionOf(path), dependencies: new Set(), loading: true };
    module.require = ((name: string) => this.#require(name, path, loaded.dependencies)) as never;
    this.#loaded.set(path, loaded);
    try {
      const text = this.#options.virtual(path) ?? readFileSync(path, "utf8");
      if (COMPILED.test(extname(path))) module._compile(this.#options.compile(path, text), path);
      else module.exports = apply(parse, undefined, [text]);
    } catch (error) {
      this.#loaded.delete(path);
      throw error;
    } finally {
      loaded.loading = false;
    }
    return module.exports;
  }

  /** Whether a loaded file and all that it loaded are still as they were. */
  #isCurrent(path: string, seen: Set<string>): boolean {
    if (seen.has(path)) return true;
    seen.add(path);
    const loaded = this.#loaded.get(path);
    if (!loaded || loaded.version !== this.#versionOf(path)) return false;
    for (const dependency of loaded.dependencies) if (!this.#isCurrent(dependency, seen)) return false;
    return true;
  }

  #versionOf(path: string): string {
    const text = this.#options.virtual(path);
    if (text !== undefined) return text;
    const { mtimeMs, size } = statSync(path);
    return `${mtimeMs} ${size}`;
  }
}

/** What `import name from` binds: the default export of a module, or all that a CommonJS module exports. */
export function defaultOf(module: unknown): unknown {
  const exports = module as { __esModule?: unknown; default?: unknown } | null | undefined;
  return isModuleNamespaceObject(module) || exports?.__esModule ? exports?.default : module;
}

/** What `import * as name` binds. As in TypeScript, an object with the exports of CommonJS and them as `default`. */
export function namespaceOf(module: unknown): unknown {
  const isObject = (typeof module === "object" && module !== null) || typeof module === "function";
  if (isModuleNamespaceObject(module) || (isObject && (module as { __esModule?: unknown }).__esModule)) {
    return module;
  }
  if (!isObject) return { default: module };
  let namespace = namespaces.get(module);
  if (!namespace) {
    namespace = {};
    for (const key of keys(module)) {
      if (key === "default") continue;
      const descriptor = getOwnPropertyDescriptor(module, key)!;
      const isPlain = "value" in descriptor && !descriptor.writable && !descriptor.configurable;
      const get = (): unknown => (module as Record<string, unknown>)[key];
      defineProperty(namespace, key, isPlain ? descriptor : { enumerable: true, get });
    }
    defineProperty(namespace, "default", { enumerable: true, value: module });
    namespaces.set(module, namespace);
  }
  return namespace;
}

const namespaces = new WeakMap<object, object>();
