import { Transformer } from "@napi-rs/image";
import { describe, expect, test } from "vitest";
import { Canvas } from "../../../kernel/still/canvas.js";

/** The red of each pixel, row by row. */
function reds(canvas: Canvas, width: number): number[][] {
  const url = canvas.toDataURL();
  const png = Buffer.from(url.slice("data:image/png;base64,".length), "base64");
  const pixels = new Transformer(png).rawPixelsSync();
  const all = Array.from({ length: pixels.length / 4 }, (_, k) => pixels[4 * k]!);
  return Array.from({ length: all.length / width }, (_, row) => all.slice(row * width, (row + 1) * width));
}

describe("a canvas", () => {
  test("is filled with rectangles, which may run backwards and out of it", () => {
    const canvas = new Canvas(3, 2);
    canvas.fillStyle = "rgba(9,0,0,1)";
    canvas.fillRect(0, 0, 3, 2);
    canvas.fillStyle = "rgba(200,0,0,1)";
    canvas.fillRect(2, 1, -1, -1);
    canvas.fillRect(2, 1, 10, 10);
    expect(reds(canvas, 3)).toEqual([
      [9, 200, 9],
      [9, 9, 200],
    ]);
  });

  test.each([
    [
      0,
      0,
      [
        [1, 2],
        [3, 4],
      ],
    ],
    [
      1,
      0,
      [
        [0, 1],
        [0, 3],
      ],
    ],
    [
      0,
      -1,
      [
        [3, 4],
        [0, 0],
      ],
    ],
    [
      -1,
      1,
      [
        [0, 0],
        [2, 0],
      ],
    ],
  ])("takes a raster at %i, %i", (left, top, expected) => {
    const canvas = new Canvas(2, 2);
    const raster = canvas.createImageData(2, 2);
    raster.data.set([1, 2, 3, 4].flatMap((red) => [red, 0, 0, 255]));
    canvas.putImageData(raster, left, top);
    expect(reds(canvas, 2)).toEqual(expected);
  });

  test("is of a size that fits the memory", () => {
    expect(() => new Canvas(1e5, 1e5)).toThrow("a canvas of 100000 × 100000 is too large");
  });
});
