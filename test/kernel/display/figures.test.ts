import { describe, expect, test } from "vitest";
import { figureBundle, PLOTLY } from "../../../kernel/display/figures.js";
import { toMimeBundle } from "../../../kernel/display/mime-bundle.js";
import { plot } from "../../../src/index.js";

const trace = { type: "bar", x: ["a"], y: [1] };

describe("a figure", () => {
  test("of ours is shown as plotly's JSON and as its sentence", () => {
    const figure = plot.lines([1, 2], { alt: "A line." });
    expect(toMimeBundle(figure)).toEqual({
      data: { [PLOTLY]: JSON.parse(JSON.stringify(figure)), "text/plain": "A line." },
      metadata: {},
    });
  });

  test.each([
    [{ data: [trace], layout: {} }, "A figure of 1 trace"],
    [{ data: [trace, trace], layout: { title: "Counts" } }, "A figure of 2 traces: Counts"],
    [{ data: [trace], layout: { title: { text: "Counts" }, meta: {} } }, "A figure of 1 trace: Counts"],
    [{ data: [trace], layout: { meta: { alt: "One bar." } } }, "One bar."],
    [{ data: [{ y: [1, 2] }], layout: {}, frames: [], config: { responsive: true } }, "A figure of 1 trace"],
  ])("of any library is shown, too: %j", (figure, words) => {
    expect(toMimeBundle(figure)).toEqual({ data: { [PLOTLY]: figure, "text/plain": words }, metadata: {} });
  });

  test.each([
    [{ data: [], layout: {} }],
    [{ data: [trace] }],
    [{ data: [1], layout: {} }],
    [{ data: [{ name: "x" }], layout: {} }],
    [{ data: { x: [1] }, layout: {} }],
    [{ data: [trace], layout: "wide" }],
    [[trace]],
    [null],
    [new Proxy({ data: [trace], layout: {} }, {})],
  ])("is not %o", (value) => {
    expect(figureBundle(value)).toBeUndefined();
  });
});
