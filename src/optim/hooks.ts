/** What a registration returns: `remove()` takes the hook out again. */
export interface HookHandle {
  remove(): void;
}

/** Functions that are called at one point, in the order in which they were registered. */
export class Hooks<Hook extends (...values: never[]) => unknown> implements Iterable<Hook> {
  private list: { hook: Hook }[] = [];

  /** @throws {TypeError} unless `hook` is a function */
  add(operation: string, hook: Hook, prepend = false): HookHandle {
    if (typeof hook !== "function")
      throw new TypeError(`${operation}: a hook must be a function, not ${typeof hook}`);
    const entry = { hook };
    this.list = prepend ? [entry, ...this.list] : [...this.list, entry];
    return {
      remove: () => {
        this.list = this.list.filter((other) => other !== entry);
      },
    };
  }

  /** Those registered now: a hook may remove itself while they are called. */
  *[Symbol.iterator](): Generator<Hook> {
    for (const { hook } of this.list) yield hook;
  }
}
