import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toMimeBundle } from "../../../kernel/display/mime-bundle.js";
import { valueHtml } from "../../../kernel/display/values.js";

/** Caption, cells row by row, and note of a table. */
function read(value: unknown): { caption?: string; rows: string[][]; note?: string } {
  const html = valueHtml(value)!;
  const caption = /<caption[^>]*>(.*)<\/caption>/.exec(html)?.[1];
  const note = /<p>(.*)<\/p>/.exec(html)?.[1];
  const rows = [...html.matchAll(/<tr>(.*?)<\/tr>/g)].map(([, row]) =>
    [...row!.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/g)].map(([, cell]) => cell!),
  );
  return { ...(caption ? { caption } : {}), rows, ...(note ? { note } : {}) };
}

describe("values as tables", () => {
  test.each<[string, unknown, ReturnType<typeof read>]>([
    [
      "a map",
      new Map<unknown, unknown>([
        ["a", 1],
        [{ b: 2 }, [3]],
      ]),
      {
        caption: "Map of 2 entries",
        rows: [
          ["key", "value"],
          ["a", "1"],
          ["{ b: 2 }", "[ 3 ]"],
        ],
      },
    ],
    ["an empty map", new Map(), { caption: "Map of 0 entries", rows: [["key", "value"]] }],
    ["a set", new Set(["<b>"]), { caption: "Set of 1 value", rows: [["&#60;b&#62;"]] }],
    [
      "a typed array",
      new Float32Array([0.5, 1, 2]),
      {
        caption: "Float32Array of 3 numbers",
        rows: [
          ["", "+0", "+1", "+2"],
          ["0", "0.5", "1", "2"],
        ],
      },
    ],
    [
      "big integers",
      new BigInt64Array([5n]),
      {
        caption: "BigInt64Array of 1 number",
        rows: [
          ["", "+0"],
          ["0", "5"],
        ],
      },
    ],
    ["an empty typed array", new Uint8Array(0), { caption: "Uint8Array of 0 numbers", rows: [] }],
    [
      "records",
      [
        { a: 1, b: "x y" },
        { a: 2, c: null },
      ],
      {
        rows: [
          ["", "a", "b", "c"],
          ["0", "1", "x y", ""],
          ["1", "2", "", "null"],
        ],
      },
    ],
    [
      "a record with a getter, which is not called",
      [
        {
          get a(): number {
            throw new Error("called");
          },
        },
      ],
      {
        rows: [
          ["", "a"],
          ["0", "(computed)"],
        ],
      },
    ],
  ])("%s", (_, value, table) => {
    expect(read(value)).toEqual(table);
  });

  test.each<[string, unknown, number, string]>([
    ["a map", new Map(Array.from({ length: 1050 }, (_, k) => [k, k])), 51, "… and 1,000 more entries"],
    ["a set", new Set(Array.from({ length: 51 }, (_, k) => k)), 50, "… and 1 more values"],
    ["records", Array.from({ length: 60 }, (_, a) => ({ a })), 51, "… and 10 more rows"],
    ["a typed array", new Int8Array(250), 11, "… and 150 more numbers"],
    [
      "records with many fields",
      [Object.fromEntries(Array.from({ length: 22 }, (_, k) => [`k${k}`, k]))],
      2,
      "… and 2 more columns: k20, k21",
    ],
  ])("%s is cut, and says so", (_, value, rows, note) => {
    const table = read(value);
    expect([table.rows.length, table.note]).toEqual([rows, note]);
  });

  test("a long text is cut", () => {
    expect(read(new Set(["x".repeat(1e6)])).rows[0]![0]).toBe(`${"x".repeat(99)}…`);
  });

  test("an error: name, message, frames and cause", () => {
    const error = new RangeError("<no>", { cause: "why" });
    error.stack = "RangeError: <no>\n    at f (cell [1]:1:2)\n    at node:internal/x:1:1";
    expect(valueHtml(error)).toBe(
      "<p><strong>RangeError</strong>: &#60;no&#62;</p>\n<pre>    at f (cell [1]:1:2)</pre>\n<p>Caused by: why</p>",
    );
  });

  test.each<[string, unknown]>([
    ["a number", 1],
    ["null", null],
    ["a plain object", { a: 1 }],
    ["an empty list", []],
    ["a list of numbers", [1, 2]],
    ["a list of lists", [[1], [2]]],
    ["a list of objects of a class", [new Date(0)]],
    ["records and something else", [{ a: 1 }, 2]],
    ["records without fields", [{}]],
    ["bytes in a Buffer", Buffer.from("a")],
    ["a proxy", new Proxy([{ a: 1 }], {})],
    ["a list with a proxy", [new Proxy({ a: 1 }, {})]],
  ])("%s is text only", (_, value) => {
    expect(valueHtml(value)).toBeUndefined();
  });
});

test("whatever the value, it is shown, and nothing in it is markup", () => {
  fc.assert(
    fc.property(
      fc.anything({ withMap: true, withSet: true, withTypedArray: true, withBigInt: true }),
      (value) => {
        const { data } = toMimeBundle(value) as { data: Record<string, string> };
        expect(typeof data["text/plain"]).toBe("string");
        const tags = (data["text/html"] ?? "").match(/<\/?[^>]*>?/g) ?? [];
        for (const tag of tags) {
          expect(tag).toMatch(
            /^<\/?(table|thead|tbody|tr|p|pre|strong|td|th|caption)( scope="(row|col)")?( style="text-align:left(;white-space:nowrap)?")?>$/,
          );
        }
      },
    ),
    { numRuns: 500 },
  );
});
