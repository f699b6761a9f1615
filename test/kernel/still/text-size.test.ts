import { describe, expect, test } from "vitest";
import { textWidth } from "../../../kernel/still/text-size.js";

describe("the width of a text", () => {
  // Advance widths in DejaVu Sans 2.37's own table of metrics, of 2048 units.
  test.each([
    ["a", false, 1255],
    ["aa", false, 2510],
    [" ", false, 651],
    ["W", false, 2025],
    ["θ", false, 1253],
    ["∇", false, 1370],
    ["a", true, 1382],
    ["<&>", false, 1716 + 1597 + 1716],
    ["", false, 0],
  ])("%j, bold %s", (text, bold, units) => {
    // Ink begins and ends at whole hundredths.
    expect(textWidth(text, { size: 2048, bold })).toBeCloseTo(units, -0.5);
  });

  test("grows with its size", () => {
    expect(textWidth("loss", { size: 24, bold: false })).toBeCloseTo(
      2 * textWidth("loss", { size: 12, bold: false }),
      9,
    );
  });
});
