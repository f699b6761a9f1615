import type { CompareOptions } from "../types.js";
import { compareJson, isObject, jsonDifferences } from "./json.js";
import { type Finding, firstOf } from "./text.js";

type Members = Readonly<Record<string, unknown>>;

/** Says nothing about what a figure shows: names of revisions, and the theme that plotly.py writes into each figure. */
const unseen = new Set([
  "uid",
  "uirevision",
  "datarevision",
  "selectionrevision",
  "editrevision",
  "template",
  "config",
]);

/** What plotly assumes where nothing is written, as far as programs write it anyway. */
const defaults: Members = {
  visible: true,
  opacity: 1,
  hoverinfo: "all",
  autosize: true,
  showticklabels: true,
  xaxis: "x",
  yaxis: "y",
};

/**
 * Compares two plotly figures: as many traces, and of each the type, the name, the values; of the layout and the frames
 * whatever is not plotly's default. Source: https://plotly.com/javascript/reference/
 */
export function comparePlotly(saved: unknown, fresh: unknown, options: CompareOptions): Finding | undefined {
  const [before, after] = [plain(saved), plain(fresh)];
  if (!isObject(before) || !isObject(after)) return compareJson(saved, fresh, options);
  const [traces, freshTraces] = [listed(before.data), listed(after.data)];
  const places: string[][] = [];
  if (traces.length !== freshTraces.length) {
    const names = (list: readonly Members[]) => list.map((trace) => nameOf(trace)).join(", ");
    places.push([
      `- ${traces.length} traces: ${names(traces)}`,
      `+ ${freshTraces.length} traces: ${names(freshTraces)}`,
    ]);
  }
  const wrong = new Set<string>();
  for (const [i, trace] of traces.slice(0, freshTraces.length).entries()) {
    const found = jsonDifferences(`data[${i}]`, withDefaults(trace), withDefaults(freshTraces[i]!), options);
    if (found.length > 0) wrong.add(nameOf(trace));
    places.push(...found);
  }
  const layouts = [before.layout ?? {}, after.layout ?? {}] as const;
  const layoutDiffers = jsonDifferences("layout", ...layouts, options);
  const framesDiffer = jsonDifferences("frames", listed(before.frames), listed(after.frames), options);
  places.push(...layoutDiffers, ...framesDiffer);
  if (places.length === 0) return undefined;
  const what = [
    ...(traces.length === freshTraces.length ? [] : [`${traces.length} traces became ${freshTraces.length}`]),
    ...(wrong.size > 0 ? [`${[...wrong].join(", ")}: different`] : []),
    ...(layoutDiffers.length > 0 ? ["the layout is different"] : []),
    ...(framesDiffer.length > 0 ? ["the frames are different"] : []),
  ];
  return { message: what.join("; "), lines: firstOf(places) };
}

/** A figure without what does not show, and with its values as plain lists. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (!isObject(value)) return value;
  const values = typedValues(value);
  if (values !== undefined) return values;
  const seen = Object.entries(value).filter(
    ([key, member]) => !unseen.has(key) && !(Object.hasOwn(defaults, key) && defaults[key] === member),
  );
  return Object.fromEntries(
    seen.map(([key, member]) => [
      key,
      // A title may be its text alone.
      key === "title" && typeof member === "string" ? { text: member } : plain(member),
    ]),
  );
}

const readers: Readonly<
  Record<string, readonly [size: number, read: (view: DataView, at: number) => number]>
> = {
  i1: [1, (view, at) => view.getInt8(at)],
  u1: [1, (view, at) => view.getUint8(at)],
  i2: [2, (view, at) => view.getInt16(at, true)],
  u2: [2, (view, at) => view.getUint16(at, true)],
  i4: [4, (view, at) => view.getInt32(at, true)],
  u4: [4, (view, at) => view.getUint32(at, true)],
  f4: [4, (view, at) => view.getFloat32(at, true)],
  f8: [8, (view, at) => view.getFloat64(at, true)],
};

/** The numbers of `{ dtype, bdata, shape }`, as plotly.py 6 writes an array: base64 of its bytes in little-endian. */
function typedValues({ dtype, bdata, shape }: Members): unknown[] | undefined {
  if (typeof dtype !== "string" || typeof bdata !== "string") return undefined;
  const reader = readers[dtype.replace(/^[<|]/, "").replace("int8", "i1")];
  if (reader === undefined) return undefined;
  const [size, read] = reader;
  const bytes = Buffer.from(bdata, "base64");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = Array.from({ length: Math.floor(bytes.length / size) }, (_, i) => read(view, i * size));
  const columns = Number(String(shape ?? "").split(",")[1] ?? Number.NaN);
  if (!(columns > 0)) return values;
  return Array.from({ length: values.length / columns }, (_, row) =>
    values.slice(row * columns, (row + 1) * columns),
  );
}

function withDefaults(trace: Members): Members {
  return { type: "scatter", ...trace };
}

function nameOf({ name, type = "scatter" }: Members): string {
  return typeof name === "string" ? `trace “${name}”` : `a ${String(type)} trace without a name`;
}

function listed(value: unknown): Members[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
