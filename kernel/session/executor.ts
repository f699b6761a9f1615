import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Script } from "node:vm";
import { CELL_PARAMETERS, type CompiledCell, type Progress } from "./compiler.js";
import type { Intrinsics } from "./intrinsics.js";
import { defaultOf, type Modules, namespaceOf } from "./modules.js";
import { type Variable, Variables } from "./variables.js";

/** What compiled cells call; the names are written by rewriteCell. */
interface CellContext extends Progress {
  readonly meta: object;
  readonly import: (name: string) => Promise<unknown>;
  readonly importStar: (name: unknown) => Promise<unknown>;
  readonly defaultOf: typeof defaultOf;
  readonly namespaceOf: typeof namespaceOf;
}

/** The value of a cell's last expression, which may itself be a promise; undefined when it ends with something else. */
type CellResult = { readonly value: unknown } | undefined;
type CellFunction = (...parameters: unknown[]) => CellResult | Promise<CellResult>;

const { apply } = Reflect;
const { runInThisContext } = Script.prototype;

/** In stack traces, the user's code begins above this function: see mapStack, which knows it by its name. */
function runUserCode(cell: CellFunction, parameters: unknown[]): CellResult | Promise<CellResult> {
  return apply(cell, undefined, parameters);
}

/** Runs compiled cells. All share their variables and their modules. */
export class Executor {
  readonly #modules: Modules;
  readonly #intrinsics: Intrinsics;
  readonly #directory: string;
  readonly #file: string;
  readonly #contexts = new WeakSet<object>();
  #variables = new Variables();

  constructor(directory: string, modules: Modules, intrinsics: Intrinsics) {
    this.#directory = directory;
    this.#file = join(directory, "cell.ts");
    this.#modules = modules;
    this.#intrinsics = intrinsics;
  }

  /** Names and values of the session's variables. */
  get variables(): [name: string, value: unknown][] {
    return [...this.#variables.entries()];
  }

  /** Whether there is a variable of this name. */
  has(name: string): boolean {
    return this.#variables.has(name);
  }

  /** The variable of this name, made when there is none. */
  variable(name: string): Variable {
    return this.#variables.get(name);
  }

  /** Whether a parameter of a cell's function is not of the user's making. */
  isInternal(name: string, value: unknown): boolean {
    return (
      CELL_PARAMETERS.includes(name) || this.#variables.owns(value) || this.#contexts.has(value as object)
    );
  }

  /** Forgets all variables. */
  reset(): void {
    this.#variables = new Variables();
  }

  /** Runs a cell to its end. */
  async run({ url, script, variables, progress }: CompiledCell): Promise<CellResult> {
    const run = apply(runInThisContext, new Script(script, { filename: url }), []) as CellFunction;
    const module = { exports: {}, filename: this.#file, require: this.#modules.require };
    const parameters: unknown[] = [
      this.#contextOf(progress),
      this.#modules.require,
      module,
      module.exports,
      this.#file,
      this.#directory,
    ];
    for (const name of variables) parameters.push(this.#variables.get(name));
    return await this.#intrinsics.released(() => runUserCode(run, parameters));
  }

  #contextOf(progress: Progress): CellContext {
    const modules = this.#modules;
    const url = pathToFileURL(this.#file).href;
    const meta = {
      url,
      filename: this.#file,
      dirname: this.#directory,
      resolve: (name: string): string => pathToFileURL(modules.require.resolve(name)).href,
    };
    this.#contexts.add(progress);
    return Object.assign(progress, {
      meta,
      import: (name: string) => modules.import(name),
      importStar: modules.importStar,
      defaultOf,
      namespaceOf,
    });
  }
}
