import { Transformer } from "@napi-rs/image";
import { PNG } from "pngjs";
import { describe, expect, test } from "vitest";
import { compareImage } from "../../../../kernel/check/compare/image.js";
import { defaultCompareOptions } from "../../../../kernel/check/types.js";

const [width, height] = [320, 240];

/** A white picture with a falling curve; `paint` may change pixels. */
function picture(paint: (set: (x: number, y: number, grey: number) => void) => void = () => {}, w = width) {
  const data = Buffer.alloc(w * height * 4, 255);
  const set = (x: number, y: number, grey: number) => data.fill(grey, (y * w + x) * 4, (y * w + x) * 4 + 3);
  for (let x = 20; x < 300; x++) set(x, Math.round(200 - 180 * 0.98 ** (x - 20)), 0);
  paint(set);
  return { width: w, height, data };
}

const png = (image: ReturnType<typeof picture>) => {
  const file = new PNG({ width: image.width, height: image.height });
  file.data = image.data;
  return PNG.sync.write(file).toString("base64");
};
const coded = (image: ReturnType<typeof picture>) =>
  Transformer.fromRgbaPixels(image.data, image.width, image.height);
const jpg = (image: ReturnType<typeof picture>, quality: number) =>
  coded(image).jpegSync(quality).toString("base64");
const webp = (image: ReturnType<typeof picture>) => coded(image).webpSync().toString("base64");

const compare = (saved: string, fresh: string, pixels = defaultCompareOptions.pixels) =>
  compareImage(saved, fresh, { ...defaultCompareOptions, pixels });

describe("PNGs", () => {
  const plain = picture();
  const saved = png(plain);

  test("with colours that no eye tells apart are the same", () => {
    const noisy = picture();
    for (let at = 0; at < noisy.data.length; at += 4) noisy.data[at] = Math.abs(noisy.data[at]! - (at % 3));
    expect(png(noisy)).not.toBe(saved);
    expect(compare(saved, png(noisy))).toBeUndefined();
  });

  test("with other chunks are the same", () => {
    // A text chunk that holds the date, after the header.
    const bytes = Buffer.from(saved, "base64");
    const dated = Buffer.concat([bytes.subarray(0, 33), chunk("tEXt", "a\0date"), bytes.subarray(33)]);
    expect(compare(saved, dated.toString("base64"))).toBeUndefined();
  });

  test("with a digit's worth of pixels changed are different, and say where", () => {
    const changed = picture((set) => {
      for (let i = 0; i < 8; i++) for (let j = 0; j < 2; j++) set(100 + j, 40 + i, 0);
    });
    const found = compare(saved, png(changed));
    expect(found?.message).toBe("16 of 76800 pixels look different (0.021 %)");
    expect(found?.lines).toEqual(["  within x 100 to 101, y 40 to 47, of 320×240; allowed 0 pixels"]);
    expect(compare(saved, png(changed), 1e-3)).toBeUndefined();
  });

  test("of another size are different", () => {
    const found = compare(saved, png(picture(() => {}, 400)));
    expect(found?.message).toBe("the size changed: 320×240 → 400×240");
  });

  test("that are none are compared by their bytes", () => {
    const broken = Buffer.from("not a picture, but longer than a header").toString("base64");
    expect(compare(broken, broken)).toBeUndefined();
    expect(compare(saved, broken)?.lines.at(-1)).toMatch(/^ {2}the fresh image is compared by its bytes: /);
    expect(compare(saved, "")?.message).toBe("the bytes are different");
  });

  test("that claim more pixels than memory holds are not decoded", () => {
    const size = Buffer.alloc(13);
    size.writeUInt32BE(1e6, 0);
    size.writeUInt32BE(1e6, 4);
    size.set([8, 6], 8);
    const bytes = Buffer.from(saved, "base64");
    const bomb = Buffer.concat([
      bytes.subarray(0, 8),
      chunk("IHDR", size.toString("latin1")),
      bytes.subarray(33),
    ]);
    expect(compare(saved, bomb.toString("base64"))?.message).toBe("the bytes are different");
  });
});

describe("JPEGs", () => {
  test("of another quality are the same if they look so", () => {
    const soft = picture((set) => {
      for (let x = 0; x < width; x++)
        for (let y = 0; y < height; y++) set(x, y, 100 + Math.round((x + y) / 8));
    });
    expect(jpg(soft, 95)).not.toBe(jpg(soft, 90));
    expect(compare(jpg(soft, 95), jpg(soft, 90))).toBeUndefined();
  });

  test("that show something else are different", () => {
    const other = picture((set) => {
      for (let x = 50; x < 100; x++) for (let y = 50; y < 100; y++) set(x, y, 0);
    });
    expect(compare(jpg(picture(), 90), jpg(other, 90))?.message).toMatch(/pixels look different/);
  });
});

test("a WebP that shows something else is different", () => {
  const other = picture((set) => {
    for (let x = 50; x < 100; x++) set(x, 50, 0);
  });
  expect(compare(webp(picture()), webp(other))?.message).toMatch(/pixels look different/);
});

test("images that cannot be decoded are compared by their bytes", () => {
  const gif = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";
  expect(compare(gif, gif)).toBeUndefined();
  expect(compare(gif, gif.replace("AAAP", "AABP"))?.lines.at(-1)).toContain("Gif is not supported");
});

/** A chunk of a PNG, with its length and checksum. */
function chunk(type: string, text: string): Buffer {
  const body = Buffer.from(type + text, "latin1");
  let sum = -1;
  for (const byte of body) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  const bytes = Buffer.alloc(body.length + 8);
  bytes.writeUInt32BE(text.length, 0);
  body.copy(bytes, 4);
  bytes.writeUInt32BE(~sum >>> 0, body.length + 4);
  return bytes;
}
