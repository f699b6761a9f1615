const { defineProperty, getOwnPropertyDescriptor, is } = Object;
const { deleteProperty, ownKeys } = Reflect;
const scope = globalThis as unknown as Record<string, unknown>;

interface Saved {
  readonly owner: object;
  readonly key: PropertyKey;
  /** Undefined for a property that is not there. */
  readonly descriptor: PropertyDescriptor | undefined;
  /** Whether user code has made the property, instead of replacing or removing a built-in. */
  readonly added?: boolean;
}

/** Built-ins whose properties the kernel and the compiler use. */
const OBJECTS = [
  "Array",
  "Error",
  "Function",
  "JSON",
  "Map",
  "Math",
  "Number",
  "Object",
  "Promise",
  "Reflect",
  "RegExp",
  "Set",
  "String",
  "Symbol",
  "WeakMap",
  "WeakSet",
];
/** Globals of which they need the binding only. */
const OTHERS = ["BigInt", "Boolean", "Buffer", "Date", "console", "performance", "process"];
/** Objects without a global name: what `for…of` and spreading go through. */
const ITERATORS = [[], new Map(), new Set(), ""].map((values) =>
  Object.getPrototypeOf(values[Symbol.iterator]()),
) as object[];

interface Changes {
  readonly globals: unknown[];
  properties: Saved[];
}

/**
 * The JavaScript built-ins as they were before user code ran. Kernel and user share one realm, so a cell that
 * replaces `JSON` or adds to `Object.prototype` would break every later cell. While the kernel works on a request
 * everything is as it was; while the user's code runs it is as that has made it. Between requests, when timers and
 * other callbacks run, what user code has added is there, but what it has replaced is not.
 */
export class Intrinsics {
  readonly #names = [...OBJECTS, ...OTHERS];
  readonly #globals: readonly unknown[];
  readonly #properties: readonly Saved[];
  readonly #owners: readonly { readonly owner: object; readonly keys: ReadonlySet<PropertyKey> }[];
  /** What user code has changed, while the kernel works. */
  #changes: Changes | undefined;
  /** Which built-ins it has replaced, while neither works: Node itself, which calls both, goes through some of them. */
  #held: Changes | undefined;
  /** Number of the request that the kernel works on. */
  #request = 0;

  constructor() {
    this.#globals = this.#names.map((name) => scope[name]);
    const objects = OBJECTS.map((name) => scope[name] as object & { prototype?: object });
    const named = objects.flatMap((object) => (object.prototype ? [object, object.prototype] : [object]));
    const owners = [...named, ...ITERATORS];
    this.#owners = owners.map((owner) => ({ owner, keys: new Set(ownKeys(owner)) }));
    this.#properties = this.#owners.flatMap(({ owner, keys }) => [...keys].map((key) => save(owner, key)));
  }

  /** The kernel begins to work on a request. */
  begin(): void {
    this.#request++;
    this.#enter();
  }

  /** The request has been answered. */
  end(): void {
    this.#request++;
    this.#rest();
  }

  /** Does `work` with the original built-ins. */
  restored<Result>(work: () => Result): Result {
    if (this.#changes) return work();
    this.#enter();
    try {
      return work();
    } finally {
      this.#rest();
    }
  }

  /** Runs user code to its end with the built-ins as it has made them. */
  async released<Result>(code: () => Result): Promise<Awaited<Result>> {
    const request = this.#request;
    const inside = this.#changes !== undefined;
    this.#leave();
    try {
      return await code();
    } finally {
      // An interrupted cell may come to its end while the kernel works on another, or on nothing.
      if (inside && request === this.#request) this.#enter();
    }
  }

  #enter(): void {
    if (this.#changes) return;
    const changes = { globals: this.#restoreGlobals(), properties: this.#restoreProperties() };
    const held = this.#held;
    if (held) {
      for (let i = 0; i < held.globals.length; i++)
        if (is(changes.globals[i], this.#globals[i])) changes.globals[i] = held.globals[i];
      // What was held comes first, so that a change since then has the last word.
      const { properties } = changes;
      changes.properties = [];
      append(changes.properties, held.properties);
      append(changes.properties, properties);
    }
    this.#held = undefined;
    this.#changes = changes;
  }

  #leave(): void {
    // Between requests, what is held back has to be found first.
    if (this.#held) this.#enter();
    if (!this.#changes) return;
    const { globals, properties } = this.#changes;
    this.#changes = undefined;
    for (let i = 0; i < properties.length; i++) put(properties[i]!);
    for (let i = 0; i < globals.length; i++) {
      // Most are untouched, and Node's accessors are slow.
      if (!is(globals[i], this.#globals[i])) scope[this.#names[i]!] = globals[i];
    }
  }

  /** Puts back what user code has added, and holds back what it has replaced. */
  #rest(): void {
    if (!this.#changes) return;
    const { globals, properties } = this.#changes;
    this.#changes = undefined;
    const replaced: Saved[] = [];
    for (let i = 0; i < properties.length; i++) {
      const change = properties[i]!;
      if (change.added) put(change);
      else replaced[replaced.length] = change;
    }
    this.#held = { globals, properties: replaced };
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
        changed[changed.length] = { ...save(owner, now[j]!), added: true };
        deleteProperty(owner, now[j]!);
      }
    }
    return changed;
  }
}

function append<Item>(list: Item[], more: readonly Item[]): void {
  for (let i = 0; i < more.length; i++) list[list.length] = more[i]!;
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
