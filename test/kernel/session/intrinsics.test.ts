import { expect, test } from "vitest";
import { Intrinsics } from "../../../kernel/session/intrinsics.js";

test("work sees the original built-ins, user code its own, and what runs between them what was added", async () => {
  const intrinsics = new Intrinsics();
  const { stringify } = JSON;
  const { JSON: json, Buffer: buffer } = globalThis;
  const mine = (): string => "mine";
  let during: unknown[] = [];
  let after: unknown[] = [];
  let own: unknown[] = [];
  let thrown: unknown;
  // No expect before all is back: vitest needs the built-ins as well.
  try {
    JSON.stringify = mine;
    Object.defineProperty(Object.prototype, "surprise", { value: 1, enumerable: true, configurable: true });
    globalThis.Buffer = undefined as never;
    globalThis.JSON = { mine } as never;
    during = intrinsics.restored(() => [JSON.stringify([1]), "surprise" in {}, typeof Buffer]);
    after = [globalThis.JSON === json, json.stringify === stringify, "surprise" in {}, globalThis.Buffer];
    own = await intrinsics.released(() => [
      (globalThis.JSON as unknown as { mine: unknown }).mine,
      json.stringify,
      "surprise" in {},
      globalThis.Buffer,
    ]);
    intrinsics.restored(() => {
      throw new RangeError("passed on");
    });
  } catch (error) {
    thrown = error;
  } finally {
    globalThis.Buffer = buffer;
    globalThis.JSON = json;
    JSON.stringify = stringify;
    delete (Object.prototype as { surprise?: number }).surprise;
  }
  expect(during).toEqual(["[1]", false, "function"]);
  expect(after).toEqual([true, true, true, buffer]);
  expect(own).toEqual([mine, mine, true, undefined]);
  expect(thrown).toEqual(new RangeError("passed on"));
});
