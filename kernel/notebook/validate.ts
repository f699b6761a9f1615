import type { Notebook } from "./notebook.js";

/** The newest nbformat that this code knows. */
const newest = { major: 4, minor: 5 } as const;

/** The first thing in a value that is not as it should be. */
interface Fault {
  readonly path: string;
  readonly value: unknown;
  readonly expected: string;
}

type Shape = (value: unknown, path: string) => Fault | undefined;

/**
 * A notebook as its file holds it, once it is sure that it is one. Members that nbformat does not name are let through.
 * Source: nbformat, "The Notebook file format", and its JSON schemas 4.0 to 4.5.
 * @throws Error If it is none; naming the cell, the value and what would be right.
 */
export function validateNotebook(value: unknown): Notebook {
  const { nbformat, nbformat_minor: minor } = (value ?? {}) as Record<string, unknown>;
  if (nbformat === undefined) throw new Error("no notebook: there is no nbformat in it");
  refuse(count(nbformat, "nbformat"));
  if (nbformat !== newest.major) {
    const older = (nbformat as number) < newest.major;
    throw new Error(
      `a notebook of nbformat ${nbformat}; only nbformat ${newest.major} can be run` +
        (older ? " (jupyter nbconvert --to notebook converts it)" : ""),
    );
  }
  refuse(count(minor, "nbformat_minor"));
  if ((minor as number) > newest.minor) {
    throw new Error(
      `a notebook of nbformat ${nbformat}.${minor}; the newest that is known here is ${newest.major}.${newest.minor}`,
    );
  }
  const { metadata, cells } = value as Record<string, unknown>;
  refuse(notebookMetadata(metadata, "metadata"));
  if (!Array.isArray(cells)) throw new Error("a notebook without a list of cells");
  const places = new Map<unknown, number>();
  for (const [index, content] of (cells as unknown[]).entries()) {
    const name = `cell ${index + 1}`;
    refuse(cell(content, ""), name);
    if ((minor as number) < 5) continue;
    const { id } = content as { id?: unknown };
    refuse(cellId(id, "id"), name);
    const other = places.get(id);
    if (other !== undefined) {
      throw new Error(`${name} has the id ${id} of cell ${other}; every cell needs an id of its own`);
    }
    places.set(id, index + 1);
  }
  return value as Notebook;
}

function refuse(fault: Fault | undefined, place?: string): void {
  if (fault === undefined) return;
  const { path, value, expected } = fault;
  const subject = [place, path].filter(Boolean).join(": ") || "the file";
  throw new Error(
    value === undefined
      ? `${subject} is missing; expected ${expected}`
      : `${subject} is ${shortened(JSON.stringify(value))}; expected ${expected}`,
  );
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** One value that a predicate accepts. */
function such(expected: string, accepts: (value: unknown) => boolean): Shape {
  return (value, path) => (accepts(value) ? undefined : { path, value, expected });
}

/** An object with these members; those whose name ends with `?` may be absent. */
function object(members: Readonly<Record<string, Shape>>): Shape {
  const isObject = such(
    "an object",
    (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  );
  return (value, path) =>
    isObject(value, path) ??
    firstFault(Object.entries(members), ([name, shape]) => {
      const key = name.replace(/\?$/, "");
      const member = (value as Record<string, unknown>)[key];
      if (member === undefined && key !== name) return undefined;
      return shape(member, path === "" ? key : `${path}.${key}`);
    });
}

function listOf(shape: Shape): Shape {
  const isList = such("a list", Array.isArray);
  return (value, path) =>
    isList(value, path) ??
    firstFault([...(value as unknown[]).entries()], ([index, member]) => shape(member, `${path}[${index}]`));
}

/** An object whose `name` says which of several shapes it has. */
function oneOf(name: string, shapes: Readonly<Record<string, Shape>>): Shape {
  const kind = object({
    [name]: such(Object.keys(shapes).join(", "), (value) => Object.hasOwn(shapes, String(value))),
  });
  return (value, path) =>
    kind(value, path) ?? shapes[String((value as Record<string, unknown>)[name])]!(value, path);
}

function firstFault<T>(members: readonly T[], check: (member: T) => Fault | undefined): Fault | undefined {
  for (const member of members) {
    const fault = check(member);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

const isText = (value: unknown) => typeof value === "string";
const text = such("a text", isText);
const lines = such(
  "a text or a list of lines",
  (value) => isText(value) || (Array.isArray(value) && value.every(isText)),
);
const count = such("a whole number from 0", (value) => Number.isSafeInteger(value) && (value as number) >= 0);
const executionCount = such("null or a whole number from 0", (value) => value === null || !count(value, ""));
const cellId = such(
  "1 to 64 letters, digits, - and _",
  (value) => isText(value) && /^[a-zA-Z0-9-_]{1,64}$/.test(value as string),
);
const anyObject = object({});

const notebookMetadata = object({
  "kernelspec?": object({ name: text }),
  "language_info?": object({ name: text }),
});

const bundle: Shape = (value, path) =>
  anyObject(value, path) ??
  // A JSON type holds any value, every other one text.
  firstFault(
    Object.entries(value as object).filter(([type]) => !/^application\/(?:.*\+)?json$/.test(type)),
    ([type, form]) => lines(form, `${path}["${type}"]`),
  );

const output = oneOf("output_type", {
  stream: object({ name: text, text: lines }),
  display_data: object({ data: bundle, metadata: anyObject }),
  execute_result: object({ data: bundle, metadata: anyObject, execution_count: executionCount }),
  error: object({ ename: text, evalue: text, traceback: listOf(text) }),
});

const ofAnyCell = { metadata: object({ "tags?": listOf(text) }), source: lines };

const cell = oneOf("cell_type", {
  code: object({ ...ofAnyCell, outputs: listOf(output), execution_count: executionCount }),
  markdown: object(ofAnyCell),
  raw: object(ofAnyCell),
});
