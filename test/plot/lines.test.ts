import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as torch from "../../src/index.js";

const { plot } = torch;
const alt = "A curve.";

describe("plot.lines", () => {
  it("takes arrays, typed arrays and tensors, over their indices or over x", () => {
    const y = [1, 3, 2];
    for (const values of [y, Float32Array.from(y), torch.tensor(y)]) {
      expect(plot.lines(values, { alt }).data[0]).toMatchObject({ x: [0, 1, 2], y });
      expect(plot.lines({ a: values }, { alt, x: torch.tensor([5, 6, 7]) }).data[0]).toMatchObject({
        x: [5, 6, 7],
        y,
      });
    }
    expect(plot.lines({ a: { x: [3, 4], y: [1, 2] } }, { alt }).data[0]).toMatchObject({
      x: [3, 4],
      y: [1, 2],
    });
  });

  it("draws what is compared with in grey", () => {
    const { data } = plot.lines({ a: [1, 2], b: [1, 2] }, { alt, muted: ["b"] });
    const colours = data.map((trace) => (trace.line as { color: string }).color);
    expect(colours).toEqual(["#0072B2", "rgba(128, 128, 128, 0.55)"]);
  });

  it("keeps every value to within what can be seen", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1 }),
        (values) => {
          const span = Math.max(...values) - Math.min(...values);
          fc.pre(Number.isFinite(span));
          const drawn = plot.lines(values, { alt }).data[0].y as number[];
          const tolerance = Math.max(span / 4000, 1e-7 * Math.max(...values.map(Math.abs)));
          for (const [k, value] of values.entries())
            expect(Math.abs(drawn[k] - value)).toBeLessThanOrEqual(tolerance);
        },
      ),
    );
  });

  it("thins a million points, keeps the spike among them, and says so", () => {
    const values = Float64Array.from({ length: 1_000_000 }, (_, k) => Math.sin(k / 1e5));
    values[123_456] = 50;
    const { data, layout } = plot.lines({ sine: values }, { alt });
    expect((data[0].y as number[]).length).toBeLessThanOrEqual(2000);
    expect(data[0].y).toContain(50);
    expect(layout.meta).toMatchObject({ notes: ["sine: 2,000 of 1,000,000 points are drawn."] });
    expect(JSON.stringify(layout.annotations)).toContain("1,000,000");
  });

  it.each([
    [{ a: { x: [1, 2], y: [1, 2, 3] } }, /lines: a has 2 x values and 3 y values/],
    [{ a: [1, "2"] }, /lines: a\[1\] is the text "2", not a number/],
    [{ a: [torch.tensor(1)] }, /lines: a\[0\] is a tensor of shape \[\], not a number: use item\(\)/],
    [
      { a: torch.zeros([2, 2]) },
      /lines: a is a tensor of shape \[2, 2\]; expected one dimension: use flatten\(\)/,
    ],
    [{ a: 5 }, /lines: a is 5; expected an array of numbers or a tensor/],
    [null, /expected an array, a tensor or an object of these, got null/],
    [{ a: null }, /lines: a is null; expected an array/],
    [{ a: [Number.NaN, Infinity] }, /nothing of a can be drawn: its 2 values are not finite/],
  ])("refuses %o", (curves, message) => {
    expect(() => plot.lines(curves as never, { alt })).toThrow(message);
  });
});
