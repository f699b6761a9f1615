import { describe, expect, test } from "vitest";
import { features } from "../../../src/engine/wasm/features.js";
import { CONSTANTS_END } from "../../../src/engine/wasm/kernel-memory.js";
import { layOutOnWorkbench, workbench } from "../../../src/engine/wasm/workbench.js";

describe.skipIf(!features.simd)("the workbench", () => {
  test("has places one behind the other, each at a cache line, behind the constants", () => {
    expect(layOutOnWorkbench([1, 64, 65, 0, 4])).toEqual(
      [0, 64, 128, 256, 256].map((at) => CONSTANTS_END + at),
    );
  });

  test("grows, and keeps what lies in it", () => {
    const [at] = layOutOnWorkbench([4])!;
    workbench.float32[at / 4] = 7;
    const size = workbench.memory.buffer.byteLength;
    const [, far] = layOutOnWorkbench([4, size])!;
    workbench.float64[far / 8] = 3;
    expect([workbench.float32[at / 4], workbench.float64[far / 8]]).toEqual([7, 3]);
  });

  test("says when there is no room", () => {
    expect(layOutOnWorkbench([2 ** 31])).toBeNull();
    expect(layOutOnWorkbench([64])).not.toBeNull();
  });
});
