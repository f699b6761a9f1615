/** A variable of the session. Without `value` until it is first set, so that V8 can choose how to store it. */
export interface Variable {
  value?: unknown;
}

/**
 * The variables of all cells. Cells read and write them in place, so a function sees what a later cell assigns, and
 * a cell that declares a name again gives the same variable a new value, as in IPython.
 */
export class Variables {
  readonly #variables = new Map<string, Variable>();
  readonly #own = new WeakSet<object>();

  /** The variable of this name, made when there is none. */
  get(name: string): Variable {
    let variable = this.#variables.get(name);
    if (!variable) {
      // A class of its own for each: V8 learns the kind of value, and that it is constant, by class.
      variable = new (class Variable {})();
      this.#variables.set(name, variable);
      this.#own.add(variable);
    }
    return variable;
  }

  /** Names and values of the variables that have been set, in the order of their first appearance. */
  *entries(): IterableIterator<[name: string, value: unknown]> {
    for (const [name, variable] of this.#variables) {
      if ("value" in variable) yield [name, variable.value];
    }
  }

  /** Whether this is one of the variables, not the value of one. */
  owns(value: unknown): boolean {
    return this.#own.has(value as object);
  }

  /** Whether a variable of this name has been set. */
  has(name: string): boolean {
    const variable = this.#variables.get(name);
    return variable !== undefined && "value" in variable;
  }
}
