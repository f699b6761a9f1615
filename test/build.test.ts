import { expect, test } from "vitest";
import * as source from "../src/index.js";

/** Every class and function that a module exports, the namespaces in it included, with the name that it has itself. */
function names(module: object, prefix = ""): string[] {
  return Object.entries(module).flatMap(([key, value]: [string, unknown]) => {
    if (typeof value === "function") return [`${prefix}${key}: ${value.name}`];
    if (typeof value !== "object" || value === null) return [];
    return Object.getPrototypeOf(value) === null || value.constructor === Object
      ? names(value, `${prefix}${key}.`)
      : [];
  });
}

test("what is built exports the same, and everything has its own name", async () => {
  const built: object = await import(new URL("../dist/src/index.js", import.meta.url).href);
  const found = names(built).sort();
  expect(found).toContain("nn.Linear: Linear");
  expect(found).toContain("optim.Adam: Adam");
  expect(found).toEqual(names(source).sort());
});
