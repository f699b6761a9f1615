import { annotationsOf, Figure, type FigureOptions, type Json, type Layout, type Trace } from "./figure.js";
import { baseLayout } from "./theme.js";

export interface GridOptions extends FigureOptions {
  /** Panels in a row. Default: three, or two where that leaves no panel alone in a row. */
  columns?: number;
  /** Height in pixels of each panel. Default 240. */
  height?: number;
}

/** Pixels between rows: for the axis of one and the title of the next. */
const ROW_GAP = 72;
const PANEL_TITLE = 24;
/** Share of a panel's width that lies between panels, for the axis of the right one. */
const COLUMN_GAP = 0.22;

/**
 * Small multiples: figures as panels of one. A curve's name stands in the legend once; the figure's `alt` speaks for
 * all panels, whose own may be empty.
 *
 * @throws when there is no figure, or one has frames
 */
export function grid(figures: readonly Figure[], options: GridOptions): Figure {
  if (figures.length === 0) throw new RangeError("grid: there is nothing to draw: no figure was given");
  const columns = options.columns ?? columnsFor(figures.length);
  if (!Number.isInteger(columns) || columns < 1) {
    throw new RangeError(`grid: columns is a whole number from 1, got ${columns}`);
  }
  const rows = Math.ceil(figures.length / columns);
  const { height = 240 } = options;
  const pixels = rows * height + (rows - 1) * ROW_GAP;
  const outer = outerTitles(figures);
  const placement = new Placement();
  for (const [k, figure] of figures.entries()) {
    const [row, column] = [Math.floor(k / columns), k % columns];
    const width = 1 / (columns + (columns - 1) * COLUMN_GAP);
    const left = column * width * (1 + COLUMN_GAP);
    const top = 1 - (row * (height + ROW_GAP)) / pixels;
    const cell = { x: [left, left + width], y: [top - height / pixels, top] } as const;
    placement.add(figure, cell, {
      x: !outer.x || k + columns >= figures.length,
      y: !outer.y || column === 0,
    });
  }
  const { traces, notes } = placement;
  return new Figure(traces, placement.layout(pixels), { ...options, height: pixels }, { notes });
}

function columnsFor(count: number): number {
  if (count <= 3) return count;
  return count % 3 === 1 || count === 2 ? 2 : 3;
}

type Cell = { readonly [side in "x" | "y"]: readonly [from: number, to: number] };
type Sides = { readonly [side in "x" | "y"]: boolean };

/** Whether all figures have the same axis titles: then the outer panels' are enough. */
function outerTitles(figures: readonly Figure[]): Sides {
  const same = (key: "xaxis" | "yaxis"): boolean => {
    const titles = figures.map(({ layout }) => JSON.stringify((layout[key] as Layout | undefined)?.title));
    return titles.every((title) => title === titles[0]);
  };
  return { x: same("xaxis"), y: same("yaxis") };
}

/** What figures become when they are put into cells of one figure. */
class Placement {
  readonly traces: Trace[] = [];
  readonly notes: string[] = [];
  readonly #axes: Record<string, Json> = {};
  readonly #annotations: Json[] = [];
  readonly #shapes: Json[] = [];
  readonly #named = new Set<Json>();
  /** How many axes and scenes of each kind there are. */
  readonly #counts = { x: 0, y: 0, scene: 0 };
  #showsLegend = false;
  #hasTitles = false;

  layout(pixels: number): Layout {
    const titles = this.#hasTitles ? PANEL_TITLE : 0;
    return baseLayout({
      ...this.#axes,
      annotations: this.#annotations,
      ...(this.#shapes.length > 0 ? { shapes: this.#shapes } : {}),
      showlegend: this.#showsLegend,
      ...(this.#showsLegend ? { legend: { y: 1 + titles / pixels } } : {}),
      margin: { t: 10 + titles + (this.#showsLegend ? 22 : 0) },
    });
  }

  add(figure: Figure, cell: Cell, titled: Sides): void {
    const { data, layout } = figure;
    if (figure.frames) throw new TypeError("grid: a figure with a slider stands alone; it cannot be a panel");
    const before = { ...this.#counts };
    const renamed = (reference: Json, kind: "x" | "y" | "scene"): string =>
      numbered(kind, before[kind] + Number(String(reference).slice(kind.length) || 1));
    const inCell = (side: "x" | "y", value: number): number =>
      cell[side][0] + value * (cell[side][1] - cell[side][0]);
    const domainIn = (side: "x" | "y", domain: Json | undefined): number[] =>
      ((domain ?? [0, 1]) as readonly number[]).map((value) => inCell(side, value));

    for (const [key, value] of Object.entries(layout)) {
      const [, kind, number] = /^(x|y|scene)(?:axis)?(\d*)$/.exec(key) ?? [];
      if (kind === undefined) continue;
      const old = value as Layout;
      if (kind === "scene") {
        const domain = old.domain as Layout | undefined;
        this.#axes[renamed(`scene${number}`, "scene")] = {
          ...old,
          domain: { x: domainIn("x", domain?.x), y: domainIn("y", domain?.y) },
        };
        this.#counts.scene++;
        continue;
      }
      const [side, other] = kind === "x" ? (["x", "y"] as const) : (["y", "x"] as const);
      const { title, ...rest } = old;
      this.#axes[renamed(`${side}${number}`, side).replace(side, `${side}axis`)] = {
        ...rest,
        ...(titled[side] && title !== undefined ? { title } : {}),
        ...(rest.matches === undefined ? {} : { matches: renamed(rest.matches, side) }),
        domain: domainIn(side, old.domain),
        anchor: renamed(old.anchor ?? `${other}${number}`, other),
      };
      this.#counts[side]++;
    }
    for (const trace of data) this.#addTrace(trace, renamed, layout.showlegend === true);
    const moved = (item: Json): Json => {
      const place: Record<string, Json> = { ...(item as Layout) };
      for (const side of ["x", "y"] as const) {
        const reference = String(place[`${side}ref`]);
        if (reference !== "paper") {
          const [axis, domain] = reference.split(" ");
          place[`${side}ref`] = [renamed(axis, side), domain].filter((part) => part !== undefined).join(" ");
          continue;
        }
        for (const key of [side, `${side}0`, `${side}1`]) {
          if (typeof place[key] === "number") place[key] = inCell(side, place[key]);
        }
      }
      return place;
    };
    this.#annotations.push(
      ...annotationsOf(layout)
        .filter((item) => (item as Layout).name !== "caption")
        .map(moved),
    );
    this.#shapes.push(...((layout.shapes as readonly Json[] | undefined) ?? []).map(moved));
    this.#showsLegend ||= layout.showlegend === true;
    const title = (layout.title as Layout | undefined)?.text;
    if (typeof title === "string") this.#addTitle(title, cell);
    const { notes = [] } = layout.meta as { readonly notes?: readonly string[] };
    this.notes.push(...notes.filter((note) => !this.notes.includes(note)));
  }

  #addTrace(
    trace: Trace,
    renamed: (reference: Json, kind: "x" | "y" | "scene") => string,
    showsLegend: boolean,
  ): void {
    const isScene = ["surface", "scatter3d"].includes(String(trace.type));
    const axes: Trace = isScene
      ? { scene: renamed(trace.scene ?? "scene", "scene") }
      : { xaxis: renamed(trace.xaxis ?? "x", "x"), yaxis: renamed(trace.yaxis ?? "y", "y") };
    const { colorbar: _, ...rest } = trace;
    const scale: Trace = "colorscale" in trace ? { showscale: false } : {};
    const shown =
      showsLegend && !("colorscale" in trace) && trace.showlegend !== false && !this.#named.has(trace.name);
    if (shown) this.#named.add(trace.name);
    this.traces.push({ ...rest, ...axes, ...scale, legendgroup: trace.name ?? "", showlegend: shown });
  }

  #addTitle(text: string, { x, y }: Cell): void {
    this.#hasTitles = true;
    this.#annotations.push({
      text,
      showarrow: false,
      font: { size: 14 },
      ...{ xref: "paper", x: x[0], xanchor: "left" },
      ...{ yref: "paper", y: y[1], yanchor: "bottom", yshift: 3 },
    });
  }
}

function numbered(kind: string, number: number): string {
  return number === 1 ? kind : `${kind}${number}`;
}
