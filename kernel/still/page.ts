import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { JSDOM, VirtualConsole } from "jsdom";
import { addLayout } from "./page-shims.js";

export interface Size {
  /** In CSS pixels. */
  readonly width: number;
  readonly height: number;
}

interface Plotly {
  toImage(
    figure: object,
    options: Size & { readonly format: "svg"; readonly imageDataOnly: true },
  ): Promise<string>;
}

/** A page without a browser, with plotly in it. */
export class Page {
  readonly #plotly: Plotly;
  readonly #parse: (json: string) => object;

  constructor() {
    const { window } = new JSDOM("<!doctype html><body></body>", {
      runScripts: "outside-only",
      pretendToBeVisual: true,
      // What plotly logs is of no use to the reader of a notebook.
      virtualConsole: new VirtualConsole(),
    });
    addLayout(window);
    window.eval(readFileSync(createRequire(import.meta.url).resolve("plotly.js-dist-min"), "utf8"));
    this.#plotly = window.Plotly as Plotly;
    // Plotly takes arrays and objects for what they are only if they are of its own window.
    this.#parse = window.eval("JSON.parse") as (json: string) => object;
  }

  /** The figure as an SVG drawing. */
  drawing(figure: object, size: Size): Promise<string> {
    return this.#plotly.toImage(this.#parse(JSON.stringify(figure)), {
      ...size,
      format: "svg",
      imageDataOnly: true,
    });
  }
}
