/** A plotly figure, as JSON. */
export interface FigureJson {
  readonly data?: readonly Trace[];
  readonly layout?: Json;
  readonly [key: string]: unknown;
}

type Json = Readonly<Record<string, unknown>>;
export type Trace = Json & { readonly type?: string; readonly visible?: unknown };

/** What plotly draws as SVG, with our canvas for the rasters in it. Anything else it would take for `scatter`. */
const FLAT = new Set([
  "bar",
  "barpolar",
  "box",
  "candlestick",
  "carpet",
  "contour",
  "contourcarpet",
  "funnel",
  "funnelarea",
  "heatmap",
  "histogram",
  "histogram2d",
  "histogram2dcontour",
  "icicle",
  "image",
  "indicator",
  "ohlc",
  "pie",
  "sankey",
  "scatter",
  "scattercarpet",
  "scatterpolar",
  "scatterternary",
  "sunburst",
  "table",
  "treemap",
  "violin",
  "waterfall",
]);

/** The same marks, drawn by WebGL. */
const SAME_MARKS: Readonly<Record<string, string>> = { scattergl: "scatter", scatterpolargl: "scatterpolar" };

/** In pixels: what the numbers and the title of an axis need. */
const AXIS_ROOM = 50;

const FROM_ABOVE = "(seen from above)";

/**
 * What can be drawn of a figure without a browser: surfaces as the contours of their height, and paths over them as
 * seen from above, which the title says.
 * @throws Error that says in a sentence what cannot be drawn
 */
export function flat(figure: FigureJson): FigureJson {
  const { data = [], layout = {} } = figure;
  checkImages(layout);
  const axes = new SceneAxes(layout);
  const traces = data.filter(({ visible }) => visible !== false).map((trace) => flatTrace(trace, axes));
  // Buttons cannot be pressed in a picture. Sliders stay: they say what is shown.
  const { updatemenus: _, ...rest } = { ...layout, ...axes.layout };
  return { data: traces, layout: axes.used ? seenFromAbove(rest) : rest };
}

function flatTrace(trace: Trace, axes: SceneAxes): Trace {
  const { type = "scatter" } = trace;
  if (FLAT.has(type)) return trace;
  if (Object.hasOwn(SAME_MARKS, type)) return { ...trace, type: SAME_MARKS[type]! };
  if (type === "surface") return contourOf(trace, axes);
  if (type === "scatter3d") return pathOf(trace, axes);
  throw new Error(`plots of type ${JSON.stringify(type)} can only be drawn by a browser`);
}

function contourOf(trace: Trace, axes: SceneAxes): Trace {
  const { colorscale, reversescale, showscale, colorbar, coloraxis, name, opacity, z } = trace;
  const bounds = { zmin: trace.cmin, zmax: trace.cmax, zauto: trace.cauto };
  return defined({
    type: "contour",
    ...axes.of(trace.scene),
    x: gridLine(trace.x, "x"),
    y: gridLine(trace.y, "y"),
    z,
    ...{ colorscale, reversescale, showscale, colorbar, coloraxis, name, opacity },
    ...bounds,
    ncontours: 20,
  });
}

function pathOf(trace: Trace, axes: SceneAxes): Trace {
  const { x, y, mode, name, text, showlegend, legendgroup, opacity, marker } = trace;
  const { color, width, dash } = (trace.line ?? {}) as Json;
  const line = defined({ color: typeof color === "string" ? color : undefined, width, dash });
  return defined({
    type: "scatter",
    ...axes.of(trace.scene),
    ...{ x, y, mode, name, text, showlegend, legendgroup, opacity, marker, line },
  });
}

/** The coordinates along one side of a surface, which may be given for each of its points. */
function gridLine(values: unknown, name: "x" | "y"): unknown {
  if (!Array.isArray(values) || !Array.isArray(values[0])) return values;
  const rows = values as unknown[][];
  const line = name === "x" ? rows[0]! : rows.map((row) => row[0]);
  const isGrid = rows.every((row, i) => row.every((value, j) => value === line[name === "x" ? j : i]));
  if (!isGrid) throw new Error("a surface that is not over a grid can only be drawn by a browser");
  return line;
}

/** The flat axes that take the place of the axes of three-dimensional scenes. */
class SceneAxes {
  readonly #layout: Json;
  readonly #numbers = new Map<string, number>();

  constructor(layout: Json) {
    this.#layout = layout;
  }

  get used(): boolean {
    return this.#numbers.size > 0;
  }

  /** The axes of a trace in a scene. */
  of(scene: unknown): { readonly xaxis: string; readonly yaxis: string } {
    const name = typeof scene === "string" ? scene : "scene";
    const number = this.#numbers.get(name) ?? this.#free();
    this.#numbers.set(name, number);
    return { xaxis: `x${number === 1 ? "" : number}`, yaxis: `y${number === 1 ? "" : number}` };
  }

  /** The axes, for the layout. */
  get layout(): Json {
    const axes: Record<string, unknown> = {};
    for (const [name, number] of this.#numbers) {
      const scene = (this.#layout[name] ?? {}) as Json;
      const domain = (scene.domain ?? {}) as Json;
      const suffix = number === 1 ? "" : String(number);
      axes[`xaxis${suffix}`] = this.#axis(scene.xaxis, domain.x, `y${suffix}`);
      axes[`yaxis${suffix}`] = this.#axis(scene.yaxis, domain.y, `x${suffix}`);
    }
    return axes;
  }

  #axis(axis: unknown, domain: unknown, anchor: string): Json {
    const { title, range, type, autorange, tickvals, ticktext, color, gridcolor } = (axis ?? {}) as Json;
    return defined({ title, range, type, autorange, tickvals, ticktext, color, gridcolor, domain, anchor });
  }

  #free(): number {
    let number = this.#numbers.size + 1;
    while (Object.hasOwn(this.#layout, `xaxis${number === 1 ? "" : number}`)) number++;
    return Math.max(number, ...[...this.#numbers.values()].map((taken) => taken + 1));
  }
}

/** A layout that says so in its title, and has room for the axes below and beside the plot, which a scene has not. */
function seenFromAbove(layout: Json): Json {
  const { title, margin, height, annotations } = layout;
  const { text = "", ...style } = (typeof title === "string" ? { text: title } : (title ?? {})) as Json;
  const { l, b, ...others } = (margin ?? {}) as Json;
  return defined({
    ...layout,
    title: { ...style, text: text === "" ? FROM_ABOVE : `${text} ${FROM_ABOVE}` },
    margin: margin && { ...others, l: numberOf(l) + AXIS_ROOM, b: numberOf(b) + AXIS_ROOM },
    height: typeof height === "number" ? height + AXIS_ROOM : height,
    annotations: Array.isArray(annotations) ? annotations.map(belowAxis) : annotations,
  });
}

/** An annotation that stands below the plot, moved to where the axis leaves room for it. */
function belowAxis(annotation: Json): Json {
  const { yref, y, yshift } = annotation;
  const isBelow = yref === "paper" && numberOf(y) <= 0;
  return isBelow ? { ...annotation, yshift: numberOf(yshift) - AXIS_ROOM } : annotation;
}

function numberOf(value: unknown): number {
  return typeof value === "number" ? value : 0;
}

/** A picture from elsewhere would have to be fetched; plotly would wait for it for ever. */
function checkImages({ images }: Json): void {
  for (const { source } of Array.isArray(images) ? (images as Json[]) : []) {
    if (typeof source === "string" && !source.startsWith("data:")) {
      throw new Error(`the picture ${source} in it is not part of the notebook`);
    }
  }
}

function defined(values: Json): Json {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
