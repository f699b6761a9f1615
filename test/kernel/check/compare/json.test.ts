import fc from "fast-check";
import { expect, test } from "vitest";
import { compareJson } from "../../../../kernel/check/compare/json.js";
import { defaultCompareOptions } from "../../../../kernel/check/types.js";

const compare = (saved: unknown, fresh: unknown) => compareJson(saved, fresh, defaultCompareOptions);

test.each<[unknown, unknown]>([
  [
    { a: 1, b: [0.5] },
    { b: [0.50000001], a: 1 },
  ],
  [{ model_id: "0f343b0931126a20f133d67c2b018a3b" }, { model_id: "9e107d9d372bb6826bd81d3542a419d6" }],
  [["took 3 ms"], ["took 5 ms"]],
])("%j is %j", (saved, fresh) => {
  expect(compare(saved, fresh)).toBeUndefined();
});

test.each<[saved: unknown, fresh: unknown, lines: string[]]>([
  [{ a: [0, 1.5] }, { a: [0, 1.6] }, ["  a[1]: 1.5 → 1.6, off by 1e-1, allowed 1.5e-6"]],
  [{ a: 1 }, { a: 2 }, ["  a: 1 → 2, off by 1, allowed 0"]],
  [{ a: [1, 2] }, { a: [1, 2, 3] }, ["  a: 2 values → 3 values"]],
  [{ "a b": null }, { "a b": false }, ['- ["a b"]: null', '+ ["a b"]: false']],
  [{ a: { b: 1 } }, { a: {} }, ["- a.b: 1"]],
  [[{}], [{ b: [] }], ["+ [0].b: []"]],
  [1, "1", ["- value: 1", '+ value: "1"']],
  [
    [1.5, 2.5, 3.5],
    [1.5, 2.6, 4.5],
    ["  value: 2 of 3 values left the tolerance; the worst:", "    [2]: 3.5 → 4.5, off by 1, allowed 3.5e-6"],
  ],
])("%j is not %j", (saved, fresh, lines) => {
  expect(compare(saved, fresh)?.lines).toEqual(lines);
});

test("a copy never differs, and a value that changed is always found", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.string(), (value, key) => {
      expect(compare(value, JSON.parse(JSON.stringify(value)))).toBeUndefined();
      expect(compare({ [key]: [value] }, { [key]: [[value]] })).toBeDefined();
    }),
  );
});
