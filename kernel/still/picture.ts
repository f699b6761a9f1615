import { pngQuantize } from "@napi-rs/image";
import { Resvg } from "@resvg/resvg-js";
import { withoutFarParts } from "./far-parts.js";
import { fontsFor } from "./text-size.js";

/** Notebooks are kept in Git and sent by mail; a dozen figures with their data stay below 400 kB. */
const MOST_BYTES = 14_000;

/** From the best that a picture can be to the smallest: pixels of the picture for one of the page, and colours. */
const qualities = [
  { zoom: 2, colors: 256 },
  { zoom: 2, colors: 48 },
  { zoom: 1.5, colors: 48 },
  { zoom: 1, colors: 64 },
];

/** The PNG of a drawing: the best that fits in the size of a figure in a notebook, or else the smallest. */
export async function pictureOf(svg: string): Promise<Uint8Array> {
  // CSS has another word for it than SVG 1.1 has: the cells of a heatmap are squares, not a blur.
  const drawing = withoutFarParts(
    svg.replaceAll("image-rendering: pixelated", "image-rendering: optimizeSpeed"),
  );
  const font = fontsFor(drawing);
  let picture: Uint8Array = new Uint8Array();
  for (const { zoom, colors } of qualities) {
    const pixels = new Resvg(drawing, { font, fitTo: { mode: "zoom", value: zoom } }).render();
    picture = await pngQuantize(pixels.asPng(), { colors, minQuality: 0 });
    if (picture.length <= MOST_BYTES) break;
  }
  return picture;
}
