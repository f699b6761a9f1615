import { types } from "node:util";

/** The mime type of plotly's JSON, which JupyterLab's renderers and others draw. */
export const PLOTLY = "application/vnd.plotly.v1+json";

interface PlotlyFigure {
  readonly data: readonly object[];
  readonly layout: { readonly meta?: unknown; readonly title?: unknown };
  readonly frames?: unknown;
  readonly config?: unknown;
}

/** What a figure of any library is shown as: an object in plotly's JSON, which has traces and a layout. */
export function figureBundle(value: unknown): Record<string, unknown> | undefined {
  if (!isFigure(value)) return undefined;
  const { data, layout, frames, config } = value;
  return { [PLOTLY]: { data, layout, frames, config }, "text/plain": wordsOf(value) };
}

function isFigure(value: unknown): value is PlotlyFigure {
  if (!isObject(value) || !Array.isArray(value.data) || !isObject(value.layout)) return false;
  // Other objects have data and a layout, too; a trace says what it is, or at least has coordinates.
  return value.data.length > 0 && value.data.every((trace) => isObject(trace) && isTrace(trace));
}

function isTrace(trace: Record<string, unknown>): boolean {
  return typeof trace.type === "string" || ["x", "y", "z"].some((axis) => typeof trace[axis] === "object");
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !types.isProxy(value);
}

function wordsOf({ data, layout }: PlotlyFigure): string {
  const { alt } = (layout.meta ?? {}) as { readonly alt?: unknown };
  if (typeof alt === "string" && alt !== "") return alt;
  const { title } = layout;
  const text = typeof title === "object" && title !== null ? (title as { text?: unknown }).text : title;
  const named = typeof text === "string" && text !== "" ? `: ${text}` : "";
  return `A figure of ${data.length} ${data.length === 1 ? "trace" : "traces"}${named}`;
}
