import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { describe as describeValue } from "../../../kernel/debug/describe.js";
import { type Variable, VariableStore } from "../../../kernel/debug/variables.js";
import * as torch from "../../../src/index.js";

const revoked = (): object => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};
const shouts = new Proxy(
  {},
  {
    get: () => {
      throw new Error("trap");
    },
    ownKeys: () => {
      throw new Error("trap");
    },
  },
);
class Point {
  constructor(
    readonly x: number,
    readonly y: number,
  ) {}
}

describe("describe", () => {
  test.each<[string, unknown, string | undefined, string | RegExp]>([
    ["a number", 42, undefined, "42"],
    ["negative zero", -0, undefined, "-0"],
    ["a bigint", 12n, undefined, "12n"],
    ["a string", "a\nb", undefined, "'a\\nb'"],
    ["undefined", undefined, undefined, "undefined"],
    ["null", null, undefined, "null"],
    ["an array", [1, 2], "Array(2)", "[ 1, 2 ]"],
    ["a typed array", new Float32Array(3), "Float32Array(3)", "Float32Array(3) [ 0, 0, 0 ]"],
    ["a map", new Map([[1, 2]]), "Map(1)", "Map(1) { 1 => 2 }"],
    ["an object of a class", new Point(1, 2), "Point", "Point { x: 1, y: 2 }"],
    ["an object without a class", Object.create(null), "Object", "[Object: null prototype] {}"],
    ["a function", (x: number) => x + 1, "Function", /^\(x\) => x \+ 1$/],
    ["an error", new RangeError("no"), "RangeError", "RangeError: no"],
    ["a tensor", torch.ones([2, 2]), "Tensor [2, 2] float32", "tensor([[1., 1.], [1., 1.]])"],
    ["a 0-dim tensor", torch.tensor(3), "Tensor [] float32", "tensor(3.)"],
    ["a module", new torch.nn.Linear(2, 1), "Linear", /^Linear\(in_?[fF]eatures=2/],
    ["a long text", "x".repeat(10_000), undefined, /^'x{100,}.*…?/],
    ["a proxy", shouts, "Proxy", /.*/],
    ["a revoked proxy", revoked(), "Proxy", /.*/],
    ["a promise", Promise.resolve(1), "Promise", "Promise { 1 }"],
  ])("%s", (_, value, type, text) => {
    const shown = describeValue(value);
    expect(shown.type).toBe(type);
    if (typeof text === "string") expect(shown.text).toBe(text);
    else expect(shown.text).toMatch(text);
    expect(shown.text.length).toBeLessThan(200);
  });
});

describe("VariableStore", () => {
  const leaves = (store: VariableStore, rows: readonly Variable[]): Variable[] =>
    rows.flatMap((row) =>
      row.variablesReference > 0 ? leaves(store, store.children(row.variablesReference)) : [row],
    );

  test("shows every element of an array of any length once, in groups of at most a hundred", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30_000 }), (length) => {
        const store = new VariableStore();
        const [array] = store.list([["array", Array.from({ length }, (_, i) => i)]]);
        const largest = (rows: readonly Variable[]): number =>
          Math.max(
            rows.length,
            ...rows.map(({ variablesReference: n }) => (n > 0 ? largest(store.children(n)) : 0)),
          );
        expect(leaves(store, [array!]).map(({ value }) => Number(value))).toEqual(
          Array.from({ length }, (_, i) => i),
        );
        expect(largest([array!])).toBeLessThanOrEqual(100);
      }),
      { numRuns: 20 },
    );
  });

  test("shows any value without an error, and an expression for what is in it that gives it", () => {
    fc.assert(
      fc.property(fc.object({ withBigInt: true, withDate: true, withMap: true, withSet: true }), (object) => {
        const store = new VariableStore();
        const check = (rows: readonly Variable[]): void => {
          for (const { evaluateName, value, variablesReference } of rows) {
            if (evaluateName !== undefined) {
              const evaluated: unknown = new Function("object", `return ${evaluateName}`)(object);
              expect(describeValue(evaluated).text).toBe(value);
            }
            if (variablesReference > 0) check(store.children(variablesReference));
          }
        };
        check(store.list([["object", object]]));
      }),
      { numRuns: 200 },
    );
  });

  test("calls no getter and no trap", () => {
    const store = new VariableStore();
    const hostile = {
      get broken(): never {
        throw new Error("getter");
      },
      shouts,
      revoked: revoked(),
    };
    const [row] = store.list([["hostile", hostile]]);
    expect(store.children(row!.variablesReference)).toMatchObject([
      { name: "broken", value: "(getter)", variablesReference: 0 },
      { name: "shouts", type: "Proxy", variablesReference: 0 },
      { name: "revoked", type: "Proxy", variablesReference: 0 },
    ]);
  });

  test("opens a part of a list when that is asked for, and nothing after it was cleared", () => {
    const store = new VariableStore();
    const [row] = store.list([["list", [10, 11, 12, 13]]]);
    expect(store.children(row!.variablesReference, 1, 2).map(({ value }) => value)).toEqual(["11", "12"]);
    store.clear();
    expect(() => store.children(row!.variablesReference)).toThrow(RangeError);
    expect(() => store.children(0)).toThrow("there is nothing under the number 0 any more");
  });
});
