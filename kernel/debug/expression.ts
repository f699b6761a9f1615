import type { Transpiler } from "./sources.js";

/** A variable of the session. */
export interface SessionVariable {
  get(): unknown;
  set(value: unknown): void;
}

const { defineProperty, getOwnPropertyDescriptor } = Object;
const { deleteProperty } = Reflect;

/** An expression as JavaScript: without its types. What cannot be parsed is left for V8 to refuse. */
export function toJavaScript(transpiler: Transpiler, expression: string): string {
  const { ModuleKind, ScriptTarget } = transpiler;
  const compilerOptions = { module: ModuleKind.ESNext, target: ScriptTarget.ES2022, removeComments: true };
  const transpile = (source: string): string | undefined => {
    const result = transpiler.transpileModule(source, { compilerOptions, reportDiagnostics: true });
    return result.diagnostics?.length ? undefined : result.outputText;
  };
  // `{ a: 1 }` is an object here, not a block.
  const object = expression.trimStart().startsWith("{") ? transpile(`(${expression}\n)`) : undefined;
  return object ?? transpile(expression) ?? expression;
}

/**
 * Makes the session's variables visible to an expression that is evaluated in a stopped function, where the
 * compiler could not replace their names: as properties of the global object, for as long as that takes.
 */
export class ExposedVariables {
  #names: string[] = [];

  expose(variables: Iterable<readonly [name: string, variable: SessionVariable]>): void {
    for (const [name, { get, set }] of variables) {
      if (getOwnPropertyDescriptor(globalThis, name)) continue;
      defineProperty(globalThis, name, { get, set, configurable: true, enumerable: false });
      this.#names.push(name);
    }
  }

  hide(): void {
    for (const name of this.#names) deleteProperty(globalThis, name);
    this.#names = [];
  }
}
