import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toCodePoints, toUtf16 } from "../../../kernel/session/positions.js";

describe("positions", () => {
  test.each([
    ["abc", 2, 2],
    ["😀b", 1, 2],
    ["😀b", 2, 3],
    ["a😀", 99, 3],
    ["", 0, 0],
    ["a", -1, 0],
  ])("%j: code point %i is unit %i", (text, codePoints, utf16) => {
    expect(toUtf16(text, codePoints)).toBe(utf16);
  });

  test("there and back", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.nat(20), (text, position) => {
        const codePoints = Math.min(position, [...text].length);
        expect(toCodePoints(text, toUtf16(text, codePoints))).toBe(codePoints);
        expect(toUtf16(text, codePoints)).toBe([...text].slice(0, codePoints).join("").length);
      }),
    );
  });
});
