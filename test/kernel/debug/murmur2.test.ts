import { describe, expect, test } from "vitest";
import { CELL_FILES, cellFile } from "../../../kernel/debug/cell-files.js";
import { murmur2 } from "../../../kernel/debug/murmur2.js";

const SEED = 0xc70f6907;

describe("murmur2", () => {
  // From ipykernel 6.17 (compiler.murmur2_x86) and JupyterLab 4.6.4 (@jupyterlab/debugger's hash.js), which agree.
  test.each([
    ["", 3990065800, 0],
    ["a", 2167009006, 2456313694],
    ["ab", 2805137849, 446775395],
    ["abc", 3350977461, 324500635],
    ["abcd", 804720481, 646393889],
    ["abcde", 730143326, 1594468574],
    ["let x = 1;\nx * 2", 2338077142, 2777165215],
    ["größer", 4162232779, 2374217894],
    ["学习 → 🐦", 4095456937, 3560428832],
    ["x".repeat(1000), 2976633443, 1891352362],
  ])("of %j", (text, seeded, unseeded) => {
    expect([murmur2(text, SEED), murmur2(text, 0)]).toEqual([seeded, unseeded]);
  });

  test("names a cell as a front end does from the parameters in debugInfo", () => {
    expect(CELL_FILES.hashSeed).toBe(SEED);
    expect(cellFile("abc")).toBe(`${CELL_FILES.tmpFilePrefix}3350977461${CELL_FILES.tmpFileSuffix}`);
  });
});
