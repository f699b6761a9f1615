import { Transformer } from "@napi-rs/image";

/** The most pixels that one canvas may have; plotly makes one of the size of the plot. */
const MOST_PIXELS = 1 << 25;

/** The part of ImageData that is used. */
interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

/**
 * What plotly needs of a canvas to draw heatmaps and images: opaque rectangles and whole rasters. jsdom has none of
 * its own.
 */
export class Canvas {
  readonly #width: number;
  readonly #height: number;
  readonly #data: Uint8ClampedArray;
  /** A colour as plotly writes it: `rgba(255,0,0,1)`. */
  fillStyle = "rgba(0,0,0,1)";

  /** @throws RangeError when it has too many pixels */
  constructor(width: number, height: number) {
    if (width * height > MOST_PIXELS) throw new RangeError(`a canvas of ${width} × ${height} is too large`);
    this.#width = width;
    this.#height = height;
    this.#data = new Uint8ClampedArray(4 * width * height);
  }

  createImageData(width: number, height: number): Pixels {
    return { width, height, data: new Uint8ClampedArray(4 * width * height) };
  }

  putImageData({ width, height, data }: Pixels, left: number, top: number): void {
    const [x0, x1] = span(left, width, this.#width);
    const [y0, y1] = span(top, height, this.#height);
    for (let y = y0; y < y1; y++) {
      const start = (y - top) * width - left;
      this.#data.set(data.subarray(4 * (start + x0), 4 * (start + x1)), 4 * (y * this.#width + x0));
    }
  }

  fillRect(left: number, top: number, width: number, height: number): void {
    const [red = 0, green = 0, blue = 0, alpha = 1] = (this.fillStyle.match(/[\d.]+/g) ?? []).map(Number);
    const [x0, x1] = span(left, width, this.#width);
    const [y0, y1] = span(top, height, this.#height);
    for (let y = y0; y < y1; y++) {
      for (let x = x0; x < x1; x++) {
        this.#data.set([red, green, blue, 255 * alpha], 4 * (y * this.#width + x));
      }
    }
  }

  toDataURL(): string {
    const png = Transformer.fromRgbaPixels(this.#data, this.#width, this.#height).pngSync();
    return `data:image/png;base64,${png.toString("base64")}`;
  }
}

/** The pixels from a place on, a negative length meaning to the left, that are inside. */
function span(start: number, length: number, limit: number): [first: number, end: number] {
  const first = Math.round(Math.min(start, start + length));
  const end = Math.round(Math.max(start, start + length));
  return [Math.max(0, first), Math.min(limit, end)];
}
