import { describe, expect, test } from "vitest";
import {
  checkBundle,
  inspectSafely,
  JUPYTER_DISPLAY,
  toMimeBundle,
} from "../../../kernel/display/mime-bundle.js";

const shown = (display: unknown): object => ({ [JUPYTER_DISPLAY]: display });
const hostile = new Proxy(
  {},
  {
    get() {
      throw new Error("no");
    },
    ownKeys() {
      throw new Error("no");
    },
  },
);

describe("toMimeBundle", () => {
  test.each([
    ["a number", 1, { "text/plain": "1" }],
    ["null", null, { "text/plain": "null" }],
    ["an object", { a: [1] }, { "text/plain": "{ a: [ 1 ] }" }],
    ["a display method", shown(() => ({ "text/html": "<b>" })), { "text/html": "<b>" }],
    ["an asynchronous one", shown(async () => ({ "text/html": "<b>" })), { "text/html": "<b>" }],
    ["bytes", shown(() => ({ "image/png": new Uint8Array([1, 2, 3]) })), { "image/png": "AQID" }],
    ["JSON", shown(() => ({ "application/json": { a: [1] } })), { "application/json": { a: [1] } }],
    [
      "a static method",
      Object.assign(
        class {},
        shown(() => ({ "text/plain": "class" })),
      ),
      { "text/plain": "class" },
    ],
  ])("%s", async (_, value, data) => {
    expect(await toMimeBundle(value)).toEqual({ data, metadata: {} });
  });

  test("a method sees its object", async () => {
    class Shown {
      text = "mine";
      [JUPYTER_DISPLAY]() {
        return { "text/plain": this.text };
      }
    }
    expect(await toMimeBundle(new Shown())).toMatchObject({ data: { "text/plain": "mine" } });
  });

  test.each([
    [
      "throws",
      () => {
        throw new Error("broken");
      },
      "broken",
    ],
    [
      "rejects",
      async () => {
        throw new Error("broken later");
      },
      "broken later",
    ],
    ["returns nothing", () => undefined, "a mime bundle is an object, got undefined"],
    ["returns a function", () => () => 1, "a mime bundle is an object, got [Function"],
    ["returns a list", () => [], "a mime bundle is an object, got []"],
    ["names no mime type", () => ({ html: "" }), '"html" is no mime type'],
    ["has a value that is no JSON", () => ({ "text/html": () => 1 }), 'the value of "text/html" is no JSON'],
    ["has a BigInt", () => ({ "text/html": 1n }), "BigInt"],
    [
      "has a circle",
      () => {
        const a: Record<string, unknown> = {};
        a.a = a;
        return { "application/json": a };
      },
      "circular",
    ],
    [
      "throws what cannot be shown",
      () => {
        throw hostile;
      },
      "cannot be shown",
    ],
  ])("a method that %s: text, and what is wrong", async (_, display, problem) => {
    const { data } = await toMimeBundle(shown(display));
    expect(Object.keys(data)).toEqual(["text/plain"]);
    expect(data["text/plain"]).toContain(problem);
  });

  test.each([
    ["a hostile proxy", hostile],
    [
      "an inspect function that throws",
      {
        [Symbol.for("nodejs.util.inspect.custom")]() {
          throw hostile;
        },
      },
    ],
    [
      "a revoked proxy",
      (() => {
        const { proxy, revoke } = Proxy.revocable({}, {});
        revoke();
        return proxy;
      })(),
    ],
  ])("%s is shown somehow", async (_, value) => {
    expect(typeof (await toMimeBundle(value)).data["text/plain"]).toBe("string");
  });
});

test("a text of a hundred megabytes is cut, and says so", () => {
  const text = inspectSafely("x".repeat(1e8));
  expect(text.length).toBeLessThan(1_001_000);
  expect(text).toContain("99000000 more characters are not shown");
});

test("checkBundle copies what could change later", () => {
  const data = { "application/json": { a: 1 } };
  const bundle = checkBundle(data);
  data["application/json"].a = 2;
  expect(bundle.data).toEqual({ "application/json": { a: 1 } });
});
