const { defineProperty, getOwnPropertyDescriptor, is } = Object;
const { deleteProperty, ownKeys } = Reflect;
const scope = globalThis as unknown as Record<string, unknown>;

interface Saved {
  readonly owner: object;
  readonly key: PropertyKey;
  /** Undefined for a property that is not there. */
  readonly descriptor: PropertyDescriptor | undefined;
}

/** Built-ins whose properties the compiler uses. */
const OBJECTS = [
  "Array",
  "Error",
  "Function",
  "JSON",
  "Map",
  "Math",
  "Number",
  "Object",
  "RegExp",
  "Set",
  "String",
];
/** Globals of which it needs the binding only. */
const OTHERS = [
  "Boolean",
  "Buffer",
  "Date",
  "Promise",
  "Symbol",
  "WeakMap",
  "console",
  "performance",
  "process",
];

/**
 * The JavaScript built-ins as they were before user code ran. Compiler and user share one realm, so a cell that
 * replaces `JSON` or adds to `Object.prototype` would break every later cell; during {@link restored} work, and
 * only then, everything is as it was.
 */
export class Intrinsics {
  readonly #names = [...OBJECTS, ...OTHERS];
  readonly #globals: readonly unknown[];
  readonly #properties: readonly Saved[];
  readonly #owners: readonly { readonly owner: object; readonly keys: ReadonlySet<PropertyKey> }[];

  constructor() {
    this.#globals = this.#names.map((name) => scope[name]);
    const objects = OBJECTS.map((name) => scope[name] as object & { prototype?: object });
    const owners = objects.flatMap((object) => (object.prototype ? [object, object.prototype] : [object]));
    this.#owners = owners.map((owner) => ({ owner, keys: new Set(ownKeys(owner)) }));
    this.#properties = this.#owners.flatMap(({ owner, keys }) => [...keys].map((key) => save(owner, key)));
  }

  /** Does `work` with the original built-ins and then puts back what user code had made of them. */
  restored<Result>(work: () => Result): Result {
    const globals = this.#restoreGlobals();
    const changed = this.#restoreProperties();
    try {
      return work();
    } finally {
      for (let i = 0; i < changed.length; i++) put(changed[i]!);
      for (let i = 0; i < globals.length; i++) scope[this.#names[i]!] = globals[i];
    }
  }

  // Counted loops and no methods below: the iterators and methods of arrays may be what was replaced.

  /** Some globals of Node are accessors, so values are compared and assigned, not descriptors. */
  #restoreGlobals(): unknown[] {
    const before: unknown[] = [];
    for (let i = 0; i < this.#names.length; i++) {
      const name = this.#names[i]!;
      before[i] = scope[name];
      if (!is(before[i], this.#globals[i])) scope[name] = this.#globals[i];
    }
    return before;
  }

  #restoreProperties(): Saved[] {
    const changed: Saved[] = [];
    for (let i = 0; i < this.#properties.length; i++) {
      const { owner, key, descriptor } = this.#properties[i]!;
      const now = getOwnPropertyDescriptor(owner, key);
      if (now && same(now, descriptor!)) continue;
      changed[changed.length] = { owner, key, descriptor: now };
      put({ owner, key, descriptor });
    }
    for (let i = 0; i < this.#owners.length; i++) {
      const { owner, keys } = this.#owners[i]!;
      const now = ownKeys(owner);
      for (let j = 0; j < now.length; j++) {
        if (keys.has(now[j]!)) continue;
        changed[changed.length] = save(owner, now[j]!);
        deleteProperty(owner, now[j]!);
      }
    }
    return changed;
  }
}

function save(owner: object, key: PropertyKey): Saved {
  return { owner, key, descriptor: getOwnPropertyDescriptor(owner, key) };
}

function put({ owner, key, descriptor }: Saved): void {
  if (!descriptor) {
    deleteProperty(owner, key);
    return;
  }
  try {
    defineProperty(owner, key, descriptor);
  } catch {
    // User code has frozen it, with a value that the compiler must live with.
  }
}

function same(a: PropertyDescriptor, b: PropertyDescriptor): boolean {
  return is(a.value, b.value) && a.get === b.get && a.set === b.set && a.enumerable === b.enumerable;
}
