import fc from "fast-check";
import { expect, test } from "vitest";
import { insertionPoint, sortedOrder } from "../../src/engine/sorting.js";

const keys = fc.array(
  fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom(Number.NaN, Infinity, -Infinity, -0, 0.5)),
  { maxLength: 40 },
);

test("the order is that of a stable sort in which NaN is the largest", () => {
  const compare = (x: number, y: number) => {
    if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y));
    return x < y ? -1 : x > y ? 1 : 0;
  };
  fc.assert(
    fc.property(keys, fc.boolean(), (values, descending) => {
      const sign = descending ? -1 : 1;
      const expected = values.map((_, k) => k).sort((a, b) => sign * compare(values[a], values[b]));
      expect([...sortedOrder(Float64Array.from(values), descending)]).toEqual(expected);
    }),
  );
});

test("the insertion point is the number of smaller elements, or of those that are not larger", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -5, max: 5 })),
      fc.integer({ min: -6, max: 6 }),
      fc.boolean(),
      (list, value, right) => {
        const sorted = [99, ...list.sort((a, b) => a - b), -99];
        const expected = list.filter((x) => x < value || (right && x === value)).length;
        expect(insertionPoint(sorted, 1, sorted.length - 1, value, right)).toBe(expected);
      },
    ),
  );
});
