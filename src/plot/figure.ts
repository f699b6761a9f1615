/** A value that plotly takes in a trace or a layout: what JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** One curve, surface, … in plotly's own words: https://plotly.com/javascript/reference/ */
export type Trace = { readonly [name: string]: Json };

/** Axes, title, legend, … in plotly's own words. */
export type Layout = { readonly [name: string]: Json };

/**
 * A figure: plain data in plotly's JSON, and `alt`, the sentence that a person would say about it.
 *
 * In a notebook it draws itself. Where nothing can draw plotly figures, `alt` is shown.
 */
export class Figure {
  readonly data: readonly Trace[];
  readonly layout: Layout;
  readonly alt: string;

  /** @throws when there is no `alt`: a figure without words is nothing to who cannot see it */
  constructor(data: readonly Trace[], layout: Layout, alt: string) {
    if (typeof alt !== "string" || alt.trim() === "") {
      throw new TypeError("plot: alt is missing: say in a sentence what the figure shows");
    }
    this.data = data;
    this.layout = { ...layout, meta: { alt } };
    this.alt = alt;
  }

  toString(): string {
    return this.alt;
  }
}

// The bundle of representations that a Jupyter kernel shows.
Object.defineProperty(Figure.prototype, Symbol.for("Jupyter.display"), {
  value(this: Figure): Record<string, unknown> {
    return {
      "application/vnd.plotly.v1+json": { data: this.data, layout: this.layout },
      "text/plain": this.alt,
    };
  },
});
