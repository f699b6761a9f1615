import { expect, test } from "vitest";
import { formatDuration } from "../../../kernel/magics/duration.js";

test.each([
  [0, "0 ns"],
  [1.5e-6, "1.50 ns"],
  [0.000_999_4, "999 ns"],
  [0.000_999_7, "1.00 µs"],
  [0.0123, "12.3 µs"],
  [1, "1.00 ms"],
  [999.9, "1.00 s"],
  [12_345, "12.3 s"],
  [59_990, "1 min 0 s"],
  [61_400, "1 min 1 s"],
  [3_600_000, "1 h 0 min 0 s"],
])("%f ms are %s", (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text);
});
