import { Transformer } from "@napi-rs/image";
import pixelmatch from "pixelmatch";
import { PNG } from "pngjs";
import type { CompareOptions } from "../types.js";
import type { Finding } from "./text.js";

interface Picture {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue and opacity of each pixel. */
  readonly data: Uint8Array;
}

/** Larger pictures are compared byte by byte: a small file can decode to more than memory holds. */
const MOST_PIXELS = 50_000_000;

/**
 * Compares two images as an eye would: pixels whose colours can hardly be told apart are the same, and so are edges
 * that are only smoothed otherwise. Of images of a kind that cannot be decoded here, the bytes are compared.
 */
export function compareImage(saved: string, fresh: string, { pixels }: CompareOptions): Finding | undefined {
  const [before, after] = [saved, fresh].map((text) => Buffer.from(text, "base64"));
  if (before!.equals(after!)) return undefined;
  const [a, b] = [decode(before!), decode(after!)];
  if (typeof a === "string" || typeof b === "string") {
    const reasons = [a, b].map((picture, i) =>
      typeof picture === "string"
        ? [`  the ${i === 0 ? "saved" : "fresh"} image is compared by its bytes: ${picture}`]
        : [],
    );
    return {
      message: "the bytes are different",
      lines: [`- ${before!.length} bytes`, `+ ${after!.length} bytes`, ...reasons.flat()],
    };
  }
  if (a.width !== b.width || a.height !== b.height) {
    const size = ({ width, height }: Picture) => `${width}×${height}`;
    return { message: `the size changed: ${size(a)} → ${size(b)}`, lines: [`- ${size(a)}`, `+ ${size(b)}`] };
  }
  const { width, height } = a;
  const mask = new Uint8Array(width * height * 4);
  const changed = pixelmatch(a.data, b.data, mask, width, height, { diffMask: true, aaColor: [0, 0, 0] });
  const total = width * height;
  if (changed <= pixels * total) return undefined;
  const share = `${((changed / total) * 100).toPrecision(2)} %`;
  return {
    message: `${changed} of ${total} pixels look different (${share})`,
    lines: [
      `  within ${box(mask, width)}, of ${width}×${height}; allowed ${Math.floor(pixels * total)} pixels`,
    ],
  };
}

/** The picture, or why there is none. */
function decode(bytes: Buffer): Picture | string {
  try {
    const image = new Transformer(bytes);
    const { width, height } = image.metadataSync();
    if (width * height > MOST_PIXELS) return `it has more than ${MOST_PIXELS} pixels`;
    // As a PNG first, because raw pixels would have as many channels as the file happens to have.
    return PNG.sync.read(image.pngSync());
  } catch (error) {
    return (error as Error).message;
  }
}

/** Where in the picture the marked pixels are. Smoothed edges are marked in black, what changed in a colour. */
function box(mask: Uint8Array, width: number): string {
  let [left, right, top, bottom] = [Infinity, -1, Infinity, -1];
  for (let at = 0; at < mask.length; at += 4) {
    if (mask[at] === 0) continue;
    const [x, y] = [(at / 4) % width, Math.floor(at / 4 / width)];
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  return `x ${left} to ${right}, y ${top} to ${bottom}`;
}
