import { describe, expect, test } from "vitest";
import { comparePlotly } from "../../../../kernel/check/compare/plotly.js";
import { defaultCompareOptions } from "../../../../kernel/check/types.js";
import { losses } from "../../../../src/plot/index.js";

const compare = (saved: unknown, fresh: unknown) => comparePlotly(saved, fresh, defaultCompareOptions);
const bytes = (...values: number[]) => Buffer.from(Float64Array.from(values).buffer).toString("base64");

const x = [1, 2, 3];
const figure = (trace: object = {}, layout: object = {}) => ({
  data: [{ type: "scatter", name: "Adam", x, y: [0.5, 0.25, 0.125], ...trace }],
  layout: { title: { text: "Adam falls" }, ...layout },
});

describe("figures that are the same", () => {
  test.each<[why: string, saved: unknown, fresh: unknown]>([
    ["noise", figure(), figure({ y: [0.5, 0.25000001, 0.125] })],
    ["ids and revisions", figure(), figure({ uid: "a1b2" }, { uirevision: 3 })],
    ["the theme of plotly.py", figure(), figure({}, { template: { data: { scatter: [{}] } } })],
    ["defaults that are written", figure(), figure({ visible: true, xaxis: "x" }, { autosize: true })],
    ["the default type", figure(), { ...figure(), data: [{ ...figure().data[0], type: undefined }] }],
    ["a title that is its text alone", figure(), figure({}, { title: "Adam falls" })],
    [
      "a title of an axis",
      figure({}, { xaxis: { title: { text: "t" } } }),
      figure({}, { xaxis: { title: "t" } }),
    ],
    ["arrays in base64", figure(), figure({ y: { dtype: "f8", bdata: bytes(0.5, 0.25, 0.125) } })],
    [
      "tables in base64",
      figure({
        type: "heatmap",
        z: [
          [1, 2],
          [3, 4.5],
        ],
      }),
      figure({ type: "heatmap", z: { dtype: "f8", bdata: bytes(1, 2, 3, 4.5), shape: "2, 2" } }),
    ],
    ["no frames", figure(), { ...figure(), frames: [], config: { responsive: true } }],
  ])("but for %s", (_, saved, fresh) => {
    const [a, b] = [saved, fresh].map((value) => JSON.parse(JSON.stringify(value)));
    expect(compare(a, b)).toBeUndefined();
    expect(compare(b, a)).toBeUndefined();
  });
});

describe("figures that differ", () => {
  test.each<[what: string, fresh: unknown, message: string, line: string]>([
    [
      "a value",
      figure({ y: [0.5, 0.3, 0.125] }),
      "trace “Adam”: different",
      "  data[0].y[1]: 0.25 → 0.3, off by 5e-2, allowed 2.5e-7",
    ],
    ["the length", figure({ y: [0.5] }), "trace “Adam”: different", "  data[0].y: 3 values → 1 values"],
    ["a gap", figure({ y: [0.5, null, 0.125] }), "trace “Adam”: different", "+ data[0].y[1]: null"],
    ["the name", figure({ name: "SGD" }), "trace “Adam”: different", "+ SGD"],
    ["the type", figure({ type: "bar" }), "trace “Adam”: different", "+ bar"],
    ["the title", figure({}, { title: "SGD falls" }), "the layout is different", "    “Adam” → “SGD”"],
    [
      "an axis",
      figure({}, { xaxis: { type: "log" } }),
      "the layout is different",
      '+ layout.xaxis: {"type":"log"}',
    ],
    ["what is hidden", figure({ visible: false }), "trace “Adam”: different", "+ data[0].visible: false"],
    [
      "a trace more",
      { ...figure(), data: [...figure().data, { name: "SGD" }] },
      "1 traces became 2",
      "+ 2 traces: trace “Adam”, trace “SGD”",
    ],
    [
      "a frame",
      { ...figure(), frames: [{ name: "1" }] },
      "the frames are different",
      "  frames: 0 values → 1 values",
    ],
  ])("in %s", (_, fresh, message, line) => {
    const found = compare(figure(), fresh);
    expect(found?.message).toBe(message);
    expect(found?.lines).toContain(line);
  });

  test("in a whole curve say so in one place", () => {
    const values = Array.from({ length: 100 }, (_, i) => 1.5 + i);
    const found = compare(figure({ y: values }), figure({ y: values.map((y) => y + 1) }));
    expect(found?.lines).toEqual([
      "  data[0].y: 100 of 100 values left the tolerance; the worst:",
      "    data[0].y[0]: 1.5 → 2.5, off by 1, allowed 1.5e-6",
    ]);
  });
});

test("a figure of this library is the same as itself, and not with one loss more", () => {
  const shown = (curve: number[]) => {
    const { data, layout } = losses(curve, { alt: "It falls." });
    return JSON.parse(JSON.stringify({ data, layout }));
  };
  expect(compare(shown([1, 0.5]), shown([1, 0.5]))).toBeUndefined();
  expect(compare(shown([1, 0.5]), shown([1, 0.5, 0.3]))).toBeDefined();
});

test("what is no figure is compared as JSON", () => {
  expect(compare("a", "a")).toBeUndefined();
  expect(compare([1], { data: [] })).toBeDefined();
});
