import { Transformer } from "@napi-rs/image";
import { describe, expect, test } from "vitest";
import { pictureOf } from "../../../kernel/still/picture.js";

const svg = (content: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="100" height="80">${content}</svg>`;

/** Red, green, blue and opacity, or what of them the picture has. */
function pixelOf(png: Uint8Array, x: number, y: number): number[] {
  const { width, height } = new Transformer(png).metadataSync();
  const pixels = new Transformer(png).rawPixelsSync();
  const channels = pixels.length / (width * height);
  const start = channels * (y * width + x);
  return [...pixels.subarray(start, start + channels)];
}

describe("the picture of a drawing", () => {
  test("has two pixels for each of the page, the drawing's colours, and is clear elsewhere", async () => {
    const png = await pictureOf(svg(`<rect x="10" y="10" width="20" height="20" fill="#E69F00"/>`));
    expect(await new Transformer(png).metadata()).toMatchObject({ width: 200, height: 160 });
    expect(pixelOf(png, 40, 40)).toEqual([0xe6, 0x9f, 0x00, 255]);
    expect(pixelOf(png, 100, 100)[3]).toBe(0);
  });

  test("shows text in a font of ours, without one of the system", async () => {
    const empty = await pictureOf(svg(""));
    for (const text of ["loss", "θ ← θ − η∇f", "‖g‖₂"]) {
      const png = await pictureOf(
        svg(`<text y="40" font-family="Open Sans, verdana" fill="#000">${text}</text>`),
      );
      expect(png.length).toBeGreaterThan(empty.length + 200);
    }
  });

  test("keeps the cells of a raster apart, as plotly asks in words of CSS", async () => {
    // Two pixels over all of the drawing.
    const raster = await Transformer.fromRgbaPixels(
      new Uint8Array([200, 0, 0, 255, 0, 0, 200, 255]),
      2,
      1,
    ).png();
    const href = `data:image/png;base64,${raster.toString("base64")}`;
    const png = await pictureOf(
      svg(
        `<image width="100" height="80" preserveAspectRatio="none" style="image-rendering: pixelated; opacity: 1;" xlink:href="${href}"/>`,
      ),
    );
    expect(pixelOf(png, 90, 80)).toEqual([200, 0, 0]);
    expect(pixelOf(png, 110, 80)).toEqual([0, 0, 200]);
  });

  test("is made smaller where that makes it fit 14 kB", async () => {
    const many = Array.from({ length: 25 }, (_, k) => {
      const [x, y] = [(k * 37) % 90, 4 + ((k * 53) % 74)];
      return `<text x="${x}" y="${y}" font-size="3" fill="hsl(${k * 3},90%,40%)">${k * 7919}</text>`;
    });
    const large = svg(many.join("")).replace(
      'width="100" height="80"',
      'width="700" height="560" viewBox="0 0 100 80"',
    );
    const png = await pictureOf(large);
    expect(png.length).toBeLessThanOrEqual(14_000);
    expect((await new Transformer(png).metadata()).width).toBeLessThan(1400);
  });
});
