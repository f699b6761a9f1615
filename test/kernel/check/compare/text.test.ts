import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareText } from "../../../../kernel/check/compare/text.js";
import { defaultCompareOptions } from "../../../../kernel/check/types.js";

const options = defaultCompareOptions;
const compare = (saved: string, fresh: string) => compareText(saved, fresh, options);

describe("texts that are the same", () => {
  test.each<[why: string, saved: string, fresh: string]>([
    ["the end of the last line", "a\n", "a"],
    ["noise", "Loss: 0.12345678", "Loss: 0.12345679"],
    ["columns as wide as their numbers", "tensor([ 9.9999,  1.0000])", "tensor([10.0000,  1.0000])"],
    ["space at the ends of lines", "a  \n  b", "a\nb"],
    [
      "the rules of a table",
      "┌───────┬────────┐\n│ 0.1   │ 9.9999 │\n└───────┴────────┘",
      "┌───────┬─────────┐\n│ 0.1   │ 10.0000 │\n└───────┴─────────┘",
    ],
    ["a progress bar", " 3%|▎  | [00:01<00:09, 8.5it/s]\r100%", "100%"],
  ])("but for %s", (_, saved, fresh) => {
    expect(compare(saved, fresh)).toBeUndefined();
  });
});

describe("texts that differ", () => {
  test("show the numbers that left their tolerance, and no others", () => {
    expect(compare("a 0.50000001\nLoss: 0.5500\nb 1", "a 0.5\nLoss: 0.5512\nb 1")).toEqual({
      message: "a number left the tolerance",
      lines: ["- Loss: 0.5500", "+ Loss: 0.5512", "    0.5500 → 0.5512, off by 1.2e-3, allowed 1e-4"],
    });
  });

  test("show the words that changed", () => {
    expect(compare("the loss falls at first", "the loss rises at first")).toEqual({
      message: "a line is different",
      lines: ["- the loss falls at first", "+ the loss rises at first", "    “falls” → “rises”"],
    });
    expect(compare("a b c", "a c")?.lines.at(-1)).toBe("    “b ” → nothing");
    expect(compare("a c", "a b c")?.lines.at(-1)).toBe("    “b ” is new");
  });

  test("show lines that are gone and that are new in their places", () => {
    expect(compare("one\ntwo\nthree", "one\nthree\nfour")).toEqual({
      message: "2 lines are different",
      lines: ["- two", "+ four"],
    });
    expect(compare("", "one")?.lines).toEqual(["- ", "+ one"]);
  });

  test("show the part of a long line that differs", () => {
    const line = (x: string) => `${"a".repeat(1000)}${x}${"b".repeat(1000)}`;
    const { lines } = compare(line("x"), line("y"))!;
    expect(lines[0]).toMatch(/^- …a+xb+…$/);
    expect(Math.max(...lines.map((shown) => shown.length))).toBeLessThan(200);
  });

  test("show the first places only", () => {
    const numbers = (offset: number) =>
      Array.from({ length: 50 }, (_, i) => `${i}: ${i + offset}`).join("\n");
    const { message, lines } = compare(numbers(0), numbers(100))!;
    expect(message).toBe("50 numbers left the tolerance");
    expect(lines).toHaveLength(3 * 12 + 1);
    expect(lines.at(-1)).toBe("  … and 38 more");
  });

  test("are found in long texts that have little in common", () => {
    const words = (word: string) =>
      Array.from({ length: 20_000 }, (_, i) => `${word} ${(i * i) % 9973}`).join("\n");
    expect(compare(words("a"), words("b"))?.message).toBe("20000 lines are different");
  });
});

test("long lines that look like what is normalised take time in proportion", () => {
  for (const piece of [
    "1.",
    "/a",
    "1 s ",
    "took ",
    "took 1 s ",
    "[0:0<",
    "1 a ± ",
    "C:\\a ",
    "a\r",
    "\0 ",
    "abc123",
  ]) {
    const line = piece.repeat(50_000);
    expect(compare(line, `${line}x`)).toBeDefined();
  }
});

/** Texts as programs print them: words, numbers and space. */
const word = fc.constantFrom(
  "loss",
  "[",
  "]",
  "é",
  "β1",
  "tensor(",
  "=",
  "x",
  "│",
  "\n",
  "  ",
  "1.5",
  "-0.25",
  "3e-9",
  "nan",
);
const printed = fc.array(word, { minLength: 1, maxLength: 40 }).map((words) => words.join(" "));

test("a copy never differs", () => {
  fc.assert(
    fc.property(fc.oneof(printed, fc.string({ unit: "binary" })), (text) => {
      expect(compare(text, `${text}`)).toBeUndefined();
      // Not even if every line goes through the comparison.
      expect(compare(text, `${text} `)).toBeUndefined();
    }),
  );
});

test("a number that moved is found wherever it stands, and noise is not", () => {
  const number = fc.double({ min: 1e-3, max: 1e3, noNaN: true }).filter((n) => !Number.isInteger(n));
  fc.assert(
    fc.property(printed, number, printed, fc.double({ min: 1e-5, max: 1 }), (before, x, after, move) => {
      const text = (value: number) => `${before} ${value} ${after}`;
      expect(compare(text(x), text(x * (1 + move)))?.message).toBe("a number left the tolerance");
      expect(compare(text(x), text(x * (1 + 0.99e-6)))).toBeUndefined();
    }),
  );
});

test("a word that changed is found wherever it stands", () => {
  fc.assert(
    fc.property(printed, printed, (before, after) => {
      expect(compare(`${before} falls ${after}`, `${before} rises ${after}`)).toBeDefined();
      expect(compare(`${before}\n${after}`, `${before}\nfalls\n${after}`)).toBeDefined();
    }),
  );
});
