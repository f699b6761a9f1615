import { inspect, types } from "node:util";
import { escapeHtml, htmlTable, type Table } from "../../src/tensor/html.js";

/** Larger tables are cut, with a note: nobody reads them, and they stay in the notebook for good. */
const MOST_ROWS = 50;
const MOST_COLUMNS = 20;
const MOST_NUMBERS = 100;
const NUMBERS_IN_A_ROW = 10;
const LONGEST_CELL = 100;

const { getOwnPropertyDescriptor, getPrototypeOf, keys } = Object;

/** Built-in values that are easier to read as HTML than as Node prints them; undefined for all others. */
export function valueHtml(value: unknown): string | undefined {
  // What a proxy answers is not what it holds.
  if (typeof value !== "object" || value === null || types.isProxy(value)) return undefined;
  if (types.isNativeError(value)) return errorHtml(value);
  const table = tableOf(value);
  return table && htmlTable(table);
}

function tableOf(value: object): Table | undefined {
  if (types.isMap(value)) {
    const rows = first(value.entries()).map((entry) => entry.map(cellText));
    return {
      caption: `Map of ${counted(value.size, "entry", "entries")}`,
      header: ["key", "value"],
      rows,
      words: [0, 1],
      rowHeaders: true,
      ...leftOut(value.size, "entries"),
    };
  }
  if (types.isSet(value)) {
    const rows = first(value.values()).map((item) => [cellText(item)]);
    return {
      caption: `Set of ${counted(value.size, "value", "values")}`,
      header: [],
      rows,
      words: [0],
      ...leftOut(value.size, "values"),
    };
  }
  if (types.isTypedArray(value) && !Buffer.isBuffer(value)) return tableOfNumbers(value);
  return Array.isArray(value) ? tableOfRecords(value) : undefined;
}

/** A typed array, ten numbers a row. */
function tableOfNumbers(value: NodeJS.TypedArray): Table {
  const shown = Array.from(value.subarray(0, MOST_NUMBERS) as Iterable<number | bigint>, String);
  const columns = Math.min(NUMBERS_IN_A_ROW, shown.length);
  const starts = Array.from(
    { length: Math.ceil(shown.length / NUMBERS_IN_A_ROW) },
    (_, k) => k * NUMBERS_IN_A_ROW,
  );
  return {
    caption: `${value[Symbol.toStringTag]} of ${counted(value.length, "number", "numbers")}`,
    header: shown.length === 0 ? [] : ["", ...Array.from({ length: columns }, (_, k) => `+${k}`)],
    rows: starts.map((start) => [String(start), ...shown.slice(start, start + NUMBERS_IN_A_ROW)]),
    rowHeaders: true,
    ...(value.length > shown.length
      ? { note: `… and ${grouped(value.length - shown.length)} more numbers` }
      : {}),
  };
}

/** An array of plain objects: a row for each, a column for each key. */
function tableOfRecords(value: readonly unknown[]): Table | undefined {
  const records = value.slice(0, MOST_ROWS);
  if (records.length === 0 || !records.every(isRecord)) return undefined;
  const all = [...new Set(records.flatMap((record) => keys(record)))];
  if (all.length === 0) return undefined;
  const columns = all.slice(0, MOST_COLUMNS);
  const fields = records.map((record) => columns.map((column) => getOwnPropertyDescriptor(record, column)));
  const isNumeric = (column: number): boolean =>
    fields.every(
      (row) => ["number", "bigint", "undefined"].includes(typeof row[column]?.value) && !row[column]?.get,
    );
  const notes = [
    ...(value.length > records.length ? [`${grouped(value.length - records.length)} more rows`] : []),
    ...(all.length > columns.length
      ? [
          `${all.length - columns.length} more columns: ${all.slice(columns.length).join(", ").slice(0, LONGEST_CELL)}`,
        ]
      : []),
  ];
  return {
    header: ["", ...columns],
    rows: fields.map((row, k) => [String(k), ...row.map((field) => (field ? fieldText(field) : ""))]),
    words: columns.flatMap((_, k) => (isNumeric(k) ? [] : [k + 1])),
    rowHeaders: true,
    ...(notes.length > 0 ? { note: `… and ${notes.join(", ")}` } : {}),
  };
}

/** Name, message and stack of an error that is only shown, not thrown, and of what caused it. */
function errorHtml(error: Error): string {
  const [, ...frames] = String(error.stack ?? "").split(/\n(?=\s+at )/);
  const stack = frames
    .map((frame) => frame.split("\n", 1)[0]!)
    .filter((frame) => !/\(?node:internal/.test(frame));
  const message = error.message === "" ? "" : `: ${escapeHtml(error.message)}`;
  return [
    `<p><strong>${escapeHtml(String(error.name))}</strong>${message}</p>`,
    ...(stack.length > 0 ? [`<pre>${escapeHtml(stack.join("\n"))}</pre>`] : []),
    ...(error.cause === undefined ? [] : [`<p>Caused by: ${escapeHtml(cellText(error.cause))}</p>`]),
  ].join("\n");
}

function isRecord(value: unknown): value is object {
  if (typeof value !== "object" || value === null || types.isProxy(value)) return false;
  const prototype: unknown = getPrototypeOf(value);
  return (
    (prototype === null || prototype === Object.prototype) &&
    !(Symbol.for("nodejs.util.inspect.custom") in value)
  );
}

function first<Item>(items: Iterable<Item>): Item[] {
  const taken: Item[] = [];
  for (const item of items) {
    if (taken.length === MOST_ROWS) break;
    taken.push(item);
  }
  return taken;
}

function leftOut(size: number, what: string): { note?: string } {
  return size > MOST_ROWS ? { note: `… and ${grouped(size - MOST_ROWS)} more ${what}` } : {};
}

function fieldText({ value, get }: PropertyDescriptor): string {
  return get ? "(computed)" : cellText(value);
}

function cellText(value: unknown): string {
  const text =
    typeof value === "string"
      ? value.slice(0, LONGEST_CELL + 1)
      : inspect(value, {
          depth: 1,
          maxArrayLength: 10,
          maxStringLength: LONGEST_CELL,
          breakLength: Infinity,
        });
  const line = text.replace(/\s+/g, " ");
  return line.length > LONGEST_CELL ? `${line.slice(0, LONGEST_CELL - 1)}…` : line;
}

function counted(count: number, one: string, many: string): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

function grouped(value: number): string {
  return value.toLocaleString("en");
}
