import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { maxOfWindows, type Windows } from "../../../src/engine/pooling.js";
import { features } from "../../../src/engine/wasm/features.js";
import { maxOfWindowsCompiled } from "../../../src/engine/wasm/pooling.js";

let isShort = false;
vi.mock("../../../src/engine/wasm/memory.js", async (original) => {
  const memory = await original<typeof import("../../../src/engine/wasm/memory.js")>();
  const layOut = (lengths: readonly number[], bytes: number) =>
    isShort ? null : memory.layOut(lengths, bytes);
  return { ...memory, layOut };
});

const SPECIAL = [NaN, -Infinity, Infinity, 0, -0, 1, 1];

/** Windows of any sizes anywhere, as those of adaptive, padded and dilated pooling are. */
const windows = fc.integer({ min: 1, max: 40 }).chain((size) =>
  fc.record({
    size: fc.constant(size),
    step: fc.integer({ min: 1, max: 3 }),
    pairs: fc.array(fc.tuple(fc.nat(size - 1), fc.integer({ min: 1, max: 5 })), {
      minLength: 1,
      maxLength: 12,
    }),
  }),
);

function windowsOf({
  size,
  step,
  pairs,
}: {
  size: number;
  step: number;
  pairs: [number, number][];
}): Windows {
  const ends = pairs.map(([start, length]) => Math.min(size, start + length));
  return { starts: pairs.map(([start]) => start), ends, step, size };
}

describe.skipIf(!features.simd)("compiled maxima of windows", () => {
  test("are those of plain JavaScript, and so are their positions", () => {
    fc.assert(
      fc.property(
        ...([windows, windows, fc.integer({ min: 0, max: 30 }), fc.nat(3), fc.nat(1000)] as const),
        fc.constantFrom<Float32ArrayConstructor | Float64ArrayConstructor>(Float32Array, Float64Array),
        (rows, columns, planes, offset, seed, Kind) => {
          const [vertical, horizontal] = [windowsOf(rows), windowsOf(columns)];
          let state = seed + 1;
          const input = new Kind(offset + planes * vertical.size * horizontal.size).map(() => {
            state = (state * 48_271) % 2_147_483_647;
            return state % 3 === 0 ? SPECIAL[(state >> 3) % SPECIAL.length] : state / 2 ** 30 - 1;
          });
          const count = planes * vertical.starts.length * horizontal.starts.length;
          const [out, expected] = [new Kind(count), new Kind(count)];
          const [positions, expectedPositions] = [new Float64Array(count), new Float64Array(count)];
          expect(maxOfWindowsCompiled(vertical, horizontal, input, offset, planes, out, positions)).toBe(
            true,
          );
          isShort = true;
          maxOfWindows(vertical, horizontal, input, offset, planes, expected, expectedPositions);
          isShort = false;
          expect(positions).toEqual(expectedPositions);
          expect(out).toEqual(expected);
        },
      ),
      { numRuns: 200 },
    );
  });

  test("integers are left to plain JavaScript", () => {
    const all: Windows = { starts: [0], ends: [3], step: 1, size: 3 };
    const input = Int32Array.of(1, 3, 2);
    expect(maxOfWindowsCompiled(all, all, input, 0, 1, new Int32Array(1), new Float64Array(1))).toBe(false);
  });
});
