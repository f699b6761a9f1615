import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Json, Trace } from "../../src/plot/figure.js";
import { lines } from "../../src/plot/lines.js";
import { packed } from "../../src/plot/packing.js";
import { slider } from "../../src/plot/slider.js";

interface Array2d {
  readonly dtype: "u1" | "i2" | "f4" | "f8";
  readonly bdata: string;
  readonly shape?: string;
}

const READERS = {
  u1: [1, (bytes: Buffer, at: number) => bytes.readUInt8(at)],
  i2: [2, (bytes: Buffer, at: number) => bytes.readInt16LE(at)],
  f4: [4, (bytes: Buffer, at: number) => bytes.readFloatLE(at)],
  f8: [8, (bytes: Buffer, at: number) => bytes.readDoubleLE(at)],
} as const;

function unpacked({ dtype, bdata }: Array2d): number[] {
  const bytes = Buffer.from(bdata, "base64");
  const [size, read] = READERS[dtype];
  return Array.from({ length: bytes.length / size }, (_, k) => read(bytes, k * size));
}

function saved(trace: Trace): Record<string, Json> {
  const figure = { ...lines([1, 2], { alt: "x" }), data: [trace] };
  const { data } = packed(figure as never) as { readonly data: readonly Record<string, Json>[] };
  return data[0];
}

const y = (values: readonly Json[]): Json => saved({ type: "scatter", y: values }).y;
const many = (value: (k: number) => Json): Json[] => Array.from({ length: 30 }, (_, k) => value(k));

test.each([
  ["bytes", many((k) => k * 8), "u1"],
  ["small integers", many((k) => k * 1000 - 7), "i2"],
  ["large integers", many((k) => k * 1e6), "f4"],
  ["fractions", many((k) => k / 7), "f4"],
  ["fractions that are close together, far from 0", many((k) => 1e6 + k / 1000), "f8"],
  ["numbers beyond float32", many((k) => k * 1e300), "f8"],
])("%s are packed as small as it is not seen", (_, values, dtype) => {
  const array = y(values) as unknown as Array2d;
  expect(array.dtype).toBe(dtype);
  const range = Math.abs((values as number[])[29] - (values as number[])[0]);
  unpacked(array).forEach((value, k) => {
    expect(Math.abs(value - (values[k] as number))).toBeLessThanOrEqual(1e-5 * range);
  });
});

test("any numbers come back within what can be seen of their range", () => {
  const number = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e100, max: 1e100 });
  fc.assert(
    fc.property(fc.array(number, { minLength: 24, maxLength: 60 }), (values) => {
      const range = Math.max(...values) - Math.min(...values);
      const back = unpacked(y(values) as unknown as Array2d);
      expect(back).toHaveLength(values.length);
      return back.every((value, k) => Math.abs(value - values[k]) <= 1e-5 * range);
    }),
  );
});

describe("left as it is", () => {
  test.each([
    ["a short array", [1, 2.5, 3]],
    ["an array with a gap", many((k) => (k === 7 ? null : k / 3))],
    ["names", many((k) => `run ${k}`)],
    ["rows of different lengths", many((k) => Array.from({ length: 1 + (k % 2) }, () => 1))],
  ])("%s", (_, values) => {
    expect(y(values)).toEqual(values);
  });

  test("what is no data, such as colours", () => {
    const marker = { color: many((k) => k) };
    expect(saved({ type: "scatter", y: [1], marker }).marker).toEqual(marker);
  });
});

test("a grid keeps its shape", () => {
  const z = [many((k) => k), many((k) => -k)];
  const array = saved({ type: "heatmap", z }).z as unknown as Array2d;
  expect(array.shape).toBe("2, 30");
  expect(unpacked(array)).toEqual(
    z
      .flat()
      .map((value) => value as number)
      .map((value) => value + 0),
  );
});

test("steps that are counted are their first and their distance", () => {
  const trace = saved({ type: "scatter", x: many((k) => 5 + 2 * k), y: many((k) => k) });
  expect(trace).toMatchObject({ x0: 5, dx: 2 });
  expect(trace).not.toHaveProperty("x");
  expect(saved({ type: "bar", x: many((k) => k) }).x).toMatchObject({ dtype: "u1" });
});

test("frames are packed like the figure", () => {
  const data = [{ y: many((k) => k / 3) }];
  const figure = { ...lines([1, 2], { alt: "x" }), frames: [{ name: "1", data, traces: [0] }] };
  const { frames } = packed(figure as never) as { frames: { data: { y: unknown }[] }[] };
  expect(frames[0].data[0].y).toMatchObject({ dtype: "f4" });
});

test("positions of a figure with frames are not counted: a frame of another length would leave them beside its own", () => {
  const runs = { short: [3, 2, 1], long: Array.from({ length: 30 }, (_, k) => 30 - k) };
  const figure = slider(["long", "short"], (name) => lines(runs[name as "long" | "short"], { alt: "" }), {
    alt: "Two runs.",
  });
  const { data, frames } = packed(figure) as unknown as {
    data: { x: unknown }[];
    frames: { data: { x: unknown }[] }[];
  };
  expect(data[0].x).toMatchObject({ dtype: "u1" });
  expect(frames.map((frame) => frame.data[0].x)).toEqual([
    expect.objectContaining({ dtype: "u1" }),
    [0, 1, 2],
  ]);
});
