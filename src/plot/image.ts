import { Figure, type FigureOptions, type Json } from "./figure.js";
import { extent, rounderFor } from "./rounding.js";
import { plainText } from "./text.js";
import { baseLayout, GREY } from "./theme.js";
import { describe, isTensor, type Matrix, matrix, type TensorLike } from "./values.js";

export interface ImageOptions extends FigureOptions {
  /** Images in a row. Default: as many as make a wide rectangle. */
  columns?: number;
  /** What stands above each image. */
  labels?: readonly (string | number)[];
  /** Values of the darkest and of the brightest colour. Default: the lowest and the highest value. */
  range?: readonly [from: number, to: number];
}

/** One image (rows of numbers or a tensor of two dimensions) or several (a tensor of three, or of four: [n, 1, h, w]). */
export type Images = Matrix | readonly Matrix[] | TensorLike;

/** Pixels of the figure for an image that stands alone, and at most for each of several. */
const ALONE = 300;
const BESIDE_OTHERS = 90;
const WIDTH = 640;

/**
 * Images in grey, digits for example; values of both signs, filters for example, in blue and orange around white.
 *
 * @throws when there is no image, or they are of different size
 */
export function image(images: Images, options: ImageOptions): Figure {
  const { labels = [] } = options;
  const all = imagesOf(images);
  const [height, width] = [all[0].length, all[0][0].length];
  const odd = all.findIndex((rows) => rows.length !== height || rows[0].length !== width);
  if (odd >= 0) {
    throw new RangeError(
      `image: image ${odd} has ${all[odd].length} × ${all[odd][0].length} pixels, but image 0 has ${height} × ${width}`,
    );
  }
  const columns = options.columns ?? Math.ceil(Math.sqrt(2 * all.length));
  if (!Number.isInteger(columns) || columns < 1) {
    throw new RangeError(`image: columns is a whole number from 1, got ${columns}`);
  }
  const across = Math.min(columns, all.length);
  const down = Math.ceil(all.length / across);
  const flat = all.flat(2);
  const [low, high] = options.range ?? extent(flat);
  if (!(low <= high)) throw new RangeError("image: there is nothing to draw: no pixel is a finite number");
  const signed = low < 0 && high > 0;
  const limit = Math.max(-low, high);
  const step = { x: width + gapOf(width), y: height + gapOf(height) * (labels.length > 0 ? 3 : 1) };
  const mosaic = mosaicOf(all, across, step, rounderFor((high - low) * 20));
  const scale = Math.min(
    (all.length === 1 ? ALONE : BESIDE_OTHERS) / Math.max(height, width),
    WIDTH / mosaic[0].length,
  );
  const hidden = { visible: false, fixedrange: true };
  const layout = baseLayout({
    xaxis: { ...hidden, range: [-0.5, mosaic[0].length - 0.5], constrain: "domain" },
    yaxis: {
      ...hidden,
      range: [mosaic.length - 0.5, -0.5 - (labels.length > 0 ? gapOf(height) * 2 : 0)],
      scaleanchor: "x",
      constrain: "domain",
    },
    annotations: labels.slice(0, all.length).map(
      (label, k): Json => ({
        text: plainText(String(label)),
        showarrow: false,
        font: { size: 12, color: GREY },
        ...{ xref: "x", x: (k % across) * step.x + (width - 1) / 2, xanchor: "center" },
        ...{ yref: "y", y: Math.floor(k / across) * step.y - 0.5, yanchor: "bottom" },
      }),
    ),
    margin: { l: 10, r: 10, t: 10, b: 10 },
    showlegend: false,
  });
  const trace = {
    type: "heatmap",
    z: mosaic,
    ...(signed
      ? { zmin: -limit, zmax: limit, colorscale: SIGNED }
      : { zmin: low, zmax: high, colorscale: "Greys" }),
    showscale: signed,
    ...(signed ? { colorbar: { thickness: 12, outlinewidth: 0 } } : {}),
    hovertemplate: "%{z}<extra></extra>",
  };
  const pixels = Math.round(down * step.y * scale);
  return new Figure([trace], layout, { ...options, height: options.height ?? pixels });
}

/** Okabe and Ito's blue and vermilion, with white for zero. */
const SIGNED: Json = [
  [0, "#0072B2"],
  [0.5, "#ffffff"],
  [1, "#D55E00"],
];

function imagesOf(images: Images): number[][][] {
  if (isTensor(images)) {
    const { shape } = images;
    const planes = shape.length === 4 && shape[1] === 1 ? [shape[0], shape[2], shape[3]] : shape;
    if (planes.length === 2) return [matrix(images, "image")];
    if (planes.length !== 3 || planes.includes(0)) {
      throw new RangeError(
        `image: expected a tensor of shape [h, w], [n, h, w] or [n, 1, h, w], got [${shape.join(", ")}]`,
      );
    }
    const [count, height, width] = planes;
    const flat = Array.from(images.toArray());
    return Array.from({ length: count }, (_, k) =>
      matrix(
        { shape: [height, width], toArray: () => flat.slice(k * height * width, (k + 1) * height * width) },
        "image",
      ),
    );
  }
  if (!Array.isArray(images) || images.length === 0) {
    throw new TypeError(`image: expected images, got ${describe(images)}`);
  }
  const first: unknown = images[0];
  const areRows = isTensor(first)
    ? first.shape.length === 1
    : typeof (first as ArrayLike<unknown>)[0] === "number";
  return areRows
    ? [matrix(images as Matrix, "image")]
    : (images as readonly Matrix[]).map((one, k) => matrix(one, `image: image ${k}`));
}

/** The images side by side, with gaps between them. */
function mosaicOf(
  images: readonly number[][][],
  across: number,
  step: { readonly x: number; readonly y: number },
  round: (value: number) => number,
): Json[][] {
  const [height, width] = [images[0].length, images[0][0].length];
  const down = Math.ceil(images.length / across);
  const mosaic = Array.from({ length: (down - 1) * step.y + height }, () =>
    new Array<Json>((across - 1) * step.x + width).fill(null),
  );
  for (const [k, rows] of images.entries()) {
    const [top, left] = [Math.floor(k / across) * step.y, (k % across) * step.x];
    for (const [row, values] of rows.entries()) {
      for (const [column, value] of values.entries()) {
        mosaic[top + row][left + column] = Number.isFinite(value) ? round(value) : null;
      }
    }
  }
  return mosaic;
}

function gapOf(size: number): number {
  return Math.max(1, Math.round(size / 8));
}
