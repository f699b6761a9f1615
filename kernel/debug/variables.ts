import { types } from "node:util";
import { describe, isTensorLike } from "./describe.js";

/** A row of a list of variables, in the words of the Debug Adapter Protocol. */
export interface Variable {
  readonly name: string;
  readonly value: string;
  readonly type?: string;
  /** Under which {@link VariableStore.children} gives what is inside; 0 when there is nothing. */
  readonly variablesReference: number;
  readonly evaluateName?: string;
}

/** Something that can be opened: gives its rows when it is. */
type Container = () => Row[];

interface Row {
  readonly name: string;
  readonly value: unknown;
  /** An expression that gives the value; undefined when there is none. */
  readonly path: string | undefined;
  /** For rows that are no values: what they show, and what is inside. */
  readonly shown?: { readonly text: string; readonly inside?: Container };
}

/** More elements than this are shown in groups of this many: a front end that is sent a million rows dies. */
const GROUP = 100;
const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

// Taken before user code can replace them.
const { getOwnPropertyDescriptor, getOwnPropertyNames } = Object;
const { isArray } = Array;
const { stringify } = JSON;
const { apply } = Reflect;
const { entries: mapEntries } = Map.prototype;
const { values: setValues } = Set.prototype;

/**
 * Values that a front end may want to open, by the number that stands for each in the protocol. It keeps them alive
 * until {@link clear}. No getter and no trap of a proxy is called.
 */
export class VariableStore {
  readonly #containers = new Map<number, Container>();
  #last = 0;

  clear(): void {
    this.#containers.clear();
  }

  /** Rows for variables given by name and value. */
  list(variables: Iterable<readonly [name: string, value: unknown]>): Variable[] {
    const rows: Variable[] = [];
    for (const [name, value] of variables) rows.push(this.#show({ name, value, path: name }));
    return rows;
  }

  /** A number under which {@link children} gives these variables. */
  group(variables: () => Iterable<readonly [name: string, value: unknown]>): number {
    return this.#keep(() => Array.from(variables(), ([name, value]) => ({ name, value, path: name })));
  }

  /** A row for one value, the result of an expression for example. */
  show(name: string, value: unknown): Variable {
    return this.#show({ name, value, path: undefined });
  }

  /**
   * What is inside a row.
   * @throws RangeError when there is no such number, or not any more.
   */
  children(reference: number, start = 0, count: number = Number.POSITIVE_INFINITY): Variable[] {
    const container = this.#containers.get(reference);
    if (!container) throw new RangeError(`there is nothing under the number ${reference} any more`);
    return container()
      .slice(start, start + count)
      .map((row) => this.#show(row));
  }

  #show({ name, value, path, shown }: Row): Variable {
    const { text, type } = shown ? { text: shown.text, type: undefined } : describe(value);
    const inside = shown ? shown.inside : containerOf(value, path);
    return {
      name,
      value: text,
      ...(type === undefined ? {} : { type }),
      variablesReference: inside ? this.#keep(inside) : 0,
      ...(path === undefined ? {} : { evaluateName: path }),
    };
  }

  #keep(container: Container): number {
    this.#containers.set(++this.#last, container);
    return this.#last;
  }
}

/** What is inside a value; undefined when nothing is. */
function containerOf(value: unknown, path: string | undefined): Container | undefined {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return undefined;
  if (types.isProxy(value) || types.isPromise(value)) return undefined;
  if (isTensorLike(value)) return () => tensorRows(value, path);
  if (isArray(value) || types.isTypedArray(value)) {
    const elements = value as ArrayLike<unknown>;
    return elements.length === 0 ? undefined : () => elementRows(elements, path, 0, elements.length);
  }
  if (types.isMap(value)) {
    return value.size === 0
      ? undefined
      : () => Array.from(iterated(mapEntries, value) as Iterable<[unknown, unknown]>, mapRow);
  }
  if (types.isSet(value)) {
    return value.size === 0
      ? undefined
      : () =>
          Array.from(iterated(setValues, value), (item, i) => ({
            name: `${i}`,
            value: item,
            path: undefined,
          }));
  }
  const names = shownNames(value);
  return names.length === 0 ? undefined : () => names.map((name) => propertyRow(value, name, path));
}

function iterated(iterator: () => Iterable<unknown>, value: unknown): Iterable<unknown> {
  return apply(iterator, value, []) as Iterable<unknown>;
}

function tensorRows(tensor: object & { tolist(): unknown }, path: string | undefined): Row[] {
  const rows = ["shape", "dtype", "requiresGrad", "grad"].flatMap((name): Row[] => {
    try {
      const value = (tensor as Record<string, unknown>)[name];
      return value === undefined ? [] : [{ name, value, path: path && `${path}.${name}` }];
    } catch {
      return [];
    }
  });
  const values = (): Row[] => {
    const list = tensor.tolist();
    return isArray(list)
      ? elementRows(list, undefined, 0, list.length)
      : [{ name: "0", value: list, path: undefined }];
  };
  return [
    ...rows,
    { name: "values", value: undefined, path: undefined, shown: { text: "…", inside: values } },
  ];
}

/** Elements `start` to `end`, in groups when there are many, and in groups of groups when there are very many. */
function elementRows(
  elements: ArrayLike<unknown>,
  path: string | undefined,
  start: number,
  end: number,
): Row[] {
  if (end - start <= GROUP) {
    return Array.from({ length: end - start }, (_, i) => ({
      name: `${start + i}`,
      value: elements[start + i],
      path: path && `${path}[${start + i}]`,
    }));
  }
  let size = GROUP;
  while (size * GROUP < end - start) size *= GROUP;
  return Array.from({ length: Math.ceil((end - start) / size) }, (_, i) => {
    const first = start + i * size;
    const last = Math.min(first + size, end);
    return {
      name: `[${first} … ${last - 1}]`,
      value: undefined,
      path: undefined,
      shown: { text: `${last - first} elements`, inside: () => elementRows(elements, path, first, last) },
    };
  });
}

function mapRow([key, value]: [unknown, unknown]): Row {
  return { name: describe(key).text, value, path: undefined };
}

function propertyRow(object: object, name: string, path: string | undefined): Row {
  const descriptor = getOwnPropertyDescriptor(object, name);
  const access = IDENTIFIER.test(name) ? `.${name}` : `[${stringify(name)}]`;
  const row = { name, value: descriptor?.value as unknown, path: path && `${path}${access}` };
  return descriptor?.get ? { ...row, shown: { text: "(getter)" } } : row;
}

/** Enumerable properties; those of an error, which are not enumerable, too. */
function shownNames(value: object): string[] {
  const names = getOwnPropertyNames(value);
  if (types.isNativeError(value)) return names;
  return names.filter((name) => getOwnPropertyDescriptor(value, name)!.enumerable);
}
