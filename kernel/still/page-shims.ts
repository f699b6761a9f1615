import { Canvas } from "./canvas.js";
import { type Box, innerBox, lineWidth, outerBox, type SvgElement } from "./layout-box.js";

/** The window of jsdom, as far as it is used here. */
export interface PageWindow {
  eval(script: string): unknown;
  readonly SVGElement: { readonly prototype: object };
  readonly HTMLCanvasElement: { readonly prototype: object };
  readonly URL: object;
  [name: string]: unknown;
}

/** Gives a page of jsdom what plotly needs and it does not have: the sizes of things, and canvases. */
export function addLayout(window: PageWindow): void {
  Object.assign(window.SVGElement.prototype, {
    getBBox(this: SvgElement) {
      return withSize(innerBox(this));
    },
    getBoundingClientRect(this: SvgElement) {
      return withSize(outerBox(this));
    },
    getComputedTextLength(this: SvgElement) {
      return lineWidth(this);
    },
  });

  const canvases = new WeakMap<object, Canvas>();
  Object.assign(window.HTMLCanvasElement.prototype, {
    getContext(this: { readonly width: number; readonly height: number }, kind: string): Canvas | null {
      if (kind !== "2d") return null;
      const canvas = canvases.get(this) ?? new Canvas(this.width, this.height);
      canvases.set(this, canvas);
      return canvas;
    },
    toDataURL(this: object): string {
      return canvases.get(this)?.toDataURL() ?? "data:,";
    },
  });

  // Plotly's maps, which are not drawn here, ask for these when plotly is loaded.
  Object.assign(window.URL, { createObjectURL: () => "blob:none", revokeObjectURL: () => undefined });
  Object.assign(window, {
    matchMedia: () => ({ matches: false, addEventListener() {}, removeEventListener() {} }),
    TextDecoder,
    TextEncoder,
  });
}

function withSize(box: Box): object {
  return {
    ...box,
    x: box.left,
    y: box.top,
    width: box.right - box.left,
    height: box.bottom - box.top,
  };
}
