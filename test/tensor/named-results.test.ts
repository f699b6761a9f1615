import { expect, test } from "vitest";
import { tensor } from "../../src/index.js";
import { namedResults } from "../../src/tensor/named-results.js";

test("results have names, positions and an order", () => {
  const [a, b] = [tensor(1), tensor(2)];
  const results = namedResults({ values: a, indices: b });
  const { values, indices } = results;
  const [first, second] = results;
  expect([values, indices]).toEqual([a, b]);
  expect([first, second, results[0], results[1], results.length]).toEqual([a, b, a, b, 2]);
  expect(Object.keys(results)).toEqual(["values", "indices"]);
});
