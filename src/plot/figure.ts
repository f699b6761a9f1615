import { packed } from "./packing.js";
import { wrapped } from "./text.js";
import { GREY } from "./theme.js";

/** A value that plotly takes in a trace or a layout: what JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** One curve, surface, … in plotly's own words: https://plotly.com/javascript/reference/ */
export type Trace = { readonly [name: string]: Json };

/** Axes, title, legend, … in plotly's own words. */
export type Layout = { readonly [name: string]: Json };

/** One state of a figure that a slider or a button can show: what differs from the figure as it is at first. */
export type Frame = {
  readonly name: string;
  readonly data: readonly Trace[];
  /** Positions of the traces that `data` replaces. */
  readonly traces: readonly number[];
};

/** What every figure is told. */
export interface FigureOptions {
  /** The sentence that a person would say about this figure: for those who cannot see it, and below it for all. */
  alt: string;
  /** What the figure finds. */
  title?: string;
  /** Height in pixels, without what stands above and below it. Default 360. */
  height?: number;
}

/** What a figure has besides traces and layout. */
export interface FigureParts {
  /** What was done to the data on the way here, such as points that were left out. It stands below the figure. */
  readonly notes?: readonly string[];
  readonly frames?: readonly Frame[];
  /** Pixels between axes and caption for a slider. */
  readonly controls?: number;
}

/** Stands for the sentence that nobody has said. */
const NO_ALT = 'alt is missing: say in a sentence what this figure shows, { alt: "…" }';

/** In a row above the axes. */
const LEGEND: Layout = { orientation: "h", x: 0, y: 1, yanchor: "bottom", traceorder: "normal" };
/** Characters of a line, in a notebook's column. */
const CAPTION_WIDTH = 100;
const TITLE_WIDTH = 72;
/** Pixels. */
const LINE = 17;
const TITLE_LINE = 21;

/**
 * A figure: a plain object in plotly's JSON. The sentence about it is `layout.meta.alt`.
 *
 * In a notebook it draws itself. Where nothing can draw plotly figures, the sentence is shown.
 */
export class Figure {
  readonly data: readonly Trace[];
  readonly layout: Layout;
  declare readonly frames?: readonly Frame[];
  readonly config: { readonly [name: string]: Json } = {
    displaylogo: false,
    modeBarButtonsToRemove: ["select2d", "lasso2d"],
  };

  readonly #given: readonly [layout: Layout, options: FigureOptions, parts: FigureParts];

  /**
   * @param layout may hold the margin that the axes need; title and caption get theirs in addition
   */
  constructor(data: readonly Trace[], layout: Layout, options: FigureOptions, parts: FigureParts = {}) {
    this.#given = [layout, options, parts];
    const { alt, title = "", height = 360 } = options;
    const { notes = [], frames, controls = 0 } = parts;
    const said = typeof alt === "string" && alt.trim() !== "";
    // Not an error: a training run of an hour must not end because its curve has no words.
    const sentences = [said ? alt : NO_ALT, ...notes];
    const hasLegend = layout.showlegend === true;
    const margin = {
      l: 60,
      r: 30,
      t: hasLegend ? 32 : 10,
      b: 50,
      ...(layout.margin as Record<string, number> | undefined),
    };
    const above = title === "" ? undefined : wrapped(title, TITLE_WIDTH);
    const below = wrapped(sentences.join(" "), CAPTION_WIDTH);
    const top = above ? above.lines * TITLE_LINE + 15 : 0;
    const bottom = controls + below.lines * LINE + 10;
    this.data = data;
    this.layout = {
      ...layout,
      ...(hasLegend ? { legend: { ...LEGEND, ...(layout.legend as Layout | undefined) } } : {}),
      ...(above ? { title: heading(above.text) } : {}),
      annotations: [...annotationsOf(layout), captionBelow(below.text, margin.b + controls)],
      height: margin.t + top + height + margin.b + bottom,
      margin: { ...margin, t: margin.t + top, b: margin.b + bottom },
      meta: { ...(said ? { alt } : {}), ...(notes.length > 0 ? { notes } : {}) },
    };
    if (frames !== undefined) this.frames = frames;
  }

  /** The sentence about this figure. */
  get alt(): string {
    const { alt } = this.layout.meta as { readonly alt?: string };
    return alt ?? NO_ALT;
  }

  /** This figure with other traces, and with what is to be added. */
  with(data: readonly Trace[], layout: Layout, options: Partial<FigureOptions>, parts: FigureParts): Figure {
    const [ownLayout, ownOptions, ownParts] = this.#given;
    return new Figure(
      data,
      { ...ownLayout, ...layout },
      { ...ownOptions, ...options },
      { ...ownParts, ...parts },
    );
  }

  toString(): string {
    return this.alt;
  }
}

// The bundle of representations that a Jupyter kernel shows.
Object.defineProperty(Figure.prototype, Symbol.for("Jupyter.display"), {
  value(this: Figure): Record<string, unknown> {
    return { "application/vnd.plotly.v1+json": packed(this), "text/plain": this.alt };
  },
});

export function annotationsOf(layout: Layout): readonly Json[] {
  return (layout.annotations as readonly Json[] | undefined) ?? [];
}

function heading(text: string): Json {
  return {
    text,
    x: 0,
    xref: "paper",
    xanchor: "left",
    y: 1,
    yref: "container",
    yanchor: "top",
    pad: { t: 12 },
  };
}

function captionBelow(text: string, distance: number): Json {
  return {
    name: "caption",
    text,
    showarrow: false,
    align: "left",
    font: { size: 12, color: GREY },
    ...{ xref: "paper", x: 0, xanchor: "left" },
    ...{ yref: "paper", y: 0, yanchor: "top", yshift: -distance },
  };
}
