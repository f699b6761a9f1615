import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import type { Widget } from "@lumino/widgets";
import { isLight, themed, whenThemeChanges } from "./theme.js";

const MIME_TYPE = "application/vnd.plotly.v1+json";
/** Plotly's own height of a figure whose layout says none, in pixels. */
const DEFAULT_HEIGHT = 450;

/** A plotly figure, as JSON. */
export interface Figure {
  readonly data?: readonly object[];
  readonly layout?: Layout;
  readonly frames?: readonly object[];
  readonly config?: object;
}

export interface Layout {
  readonly width?: number;
  readonly height?: number;
  readonly template?: unknown;
  readonly title?: { readonly text?: string };
  readonly meta?: { readonly alt?: string };
  readonly [key: string]: unknown;
}

interface Plotly {
  react(element: HTMLElement, figure: Figure): Promise<unknown>;
  purge(element: HTMLElement): void;
  readonly Plots: { resize(element: HTMLElement): Promise<unknown> };
}

/** What notebooks may not choose. Nothing leaves the page unless the figure itself names another host. */
const fixedConfig = {
  showSendToCloud: false,
  showEditInChartStudio: false,
  displaylogo: false,
  responsive: false,
};

let loading: Promise<Plotly> | undefined;

/** Plotly, loaded with the first figure. */
function plotly(): Promise<Plotly> {
  loading ??= import("./plotly.js").then((module) => module.default as unknown as Plotly);
  return loading;
}

/** The renderer of figures, made of the class of widgets that the application itself uses. */
export function rendererOf(WidgetClass: typeof Widget): IRenderMime.IRendererFactory {
  class FigureWidget extends WidgetClass implements IRenderMime.IRenderer {
    #json = "null";
    #drawn: "light" | "dark" | undefined;
    /** Ends when all has been drawn that was asked for so far. */
    #drawing: Promise<void> = Promise.resolve();
    readonly #resizing = new ResizeObserver(() => void this.#draw());
    readonly #forgetTheme = whenThemeChanges(() => void this.#draw());

    constructor() {
      super();
      this.node.setAttribute("role", "img");
      this.node.style.width = "100%";
      this.node.style.overflowX = "auto";
      this.#resizing.observe(this.node);
    }

    /** Shows a figure, or what has become of the one that is shown. */
    async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
      const json = JSON.stringify(model.data[MIME_TYPE] ?? null);
      // Its still picture may have come, which changes nothing here.
      if (json === this.#json) return;
      this.#json = json;
      this.#drawn = undefined;
      await this.#draw();
    }

    override dispose(): void {
      if (this.isDisposed) return;
      this.#resizing.disconnect();
      this.#forgetTheme();
      void loading?.then(({ purge }) => purge(this.node));
      super.dispose();
    }

    #draw(): Promise<void> {
      this.#drawing = this.#drawing.then(async () => {
        try {
          await this.#drawWhatIsNew();
        } catch (error) {
          this.node.textContent = `Plotly cannot draw this figure: ${error instanceof Error ? error.message : error}`;
        }
      });
      return this.#drawing;
    }

    async #drawWhatIsNew(): Promise<void> {
      const figure = JSON.parse(this.#json) as Figure | null;
      // What is not on the page, or hidden, has no size; it is drawn when it gets one.
      if (!figure || this.isDisposed || this.node.clientWidth === 0) return;
      const { react, Plots } = await plotly();
      const { data = [], layout = {}, frames = [], config = {} } = figure;
      const theme = isLight() ? "light" : "dark";
      if (theme === this.#drawn) {
        if (layout.width === undefined) await Plots.resize(this.node);
        return;
      }
      this.#drawn = theme;
      this.node.setAttribute("aria-label", wordsOf(layout));
      this.node.style.height = `${layout.height ?? DEFAULT_HEIGHT}px`;
      await react(this.node, { data, layout: themed(layout), frames, config: { ...config, ...fixedConfig } });
    }
  }
  return { safe: true, mimeTypes: [MIME_TYPE], createRenderer: () => new FigureWidget() };
}

function wordsOf({ meta, title }: Layout): string {
  return meta?.alt || title?.text || "A figure";
}
