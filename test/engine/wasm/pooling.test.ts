import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { addToPlanes, maxOfWindows, type Windows } from "../../../src/engine/pooling.js";
import { features } from "../../../src/engine/wasm/features.js";
import { addToPlanesCompiled, maxOfWindowsCompiled } from "../../../src/engine/wasm/pooling.js";

let isShort = false;
vi.mock("../../../src/engine/wasm/workbench.js", async (original) => {
  const bench = await original<typeof import("../../../src/engine/wasm/workbench.js")>();
  const layOutOnWorkbench = (sizes: readonly number[]) => (isShort ? null : bench.layOutOnWorkbench(sizes));
  return { ...bench, layOutOnWorkbench };
});

const SPECIAL = [NaN, -Infinity, Infinity, 0, -0, 1, 1];

/** Windows of any sizes anywhere, as those of adaptive, padded and dilated pooling are. */
const irregular = fc.integer({ min: 1, max: 40 }).chain((size) =>
  fc.record({
    size: fc.constant(size),
    step: fc.integer({ min: 1, max: 3 }),
    pairs: fc.array(fc.tuple(fc.nat(size - 1), fc.integer({ min: 1, max: 5 })), {
      minLength: 1,
      maxLength: 12,
    }),
  }),
);

/** Windows of one size at equal distances, the last of which may be cut off. */
const regular = fc
  .record({
    count: fc.integer({ min: 1, max: 14 }),
    length: fc.integer({ min: 1, max: 4 }),
    distance: fc.integer({ min: 1, max: 4 }),
    step: fc.integer({ min: 1, max: 2 }),
  })
  .map(({ count, length, distance, step }) => ({
    size: (count - 1) * distance + length,
    step,
    pairs: Array.from({ length: count }, (_, k): [number, number] => [k * distance, length]),
  }));
const windows = fc.oneof(irregular, regular).map(({ size, step, pairs }): Windows => {
  const ends = pairs.map(([start, length]) => Math.min(size, start + length));
  return { starts: pairs.map(([start]) => start), ends, step, size };
});

describe.skipIf(!features.simd)("compiled maxima of windows", () => {
  test("are those of plain JavaScript, and so are their positions", () => {
    fc.assert(
      fc.property(
        ...([windows, windows, fc.integer({ min: 0, max: 30 }), fc.nat(3), fc.nat(1000)] as const),
        fc.constantFrom<Float32ArrayConstructor | Float64ArrayConstructor>(Float32Array, Float64Array),
        (vertical, horizontal, planes, offset, seed, Kind) => {
          let state = seed + 1;
          const input = new Kind(offset + planes * vertical.size * horizontal.size).map(() => {
            state = (state * 48_271) % 2_147_483_647;
            return state % 3 === 0 ? SPECIAL[(state >> 3) % SPECIAL.length] : state / 2 ** 30 - 1;
          });
          const count = planes * vertical.starts.length * horizontal.starts.length;
          const [out, expected] = [new Kind(count), new Kind(count)];
          const [positions, expectedPositions] = [new Int32Array(count), new Int32Array(count)];
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
      { numRuns: 300 },
    );
  });

  test("send what they get back to where they were found", () => {
    fc.assert(
      fc.property(
        ...([fc.integer({ min: 1, max: 90 }), fc.integer({ min: 1, max: 200 })] as const),
        ...([fc.integer({ min: 1, max: 60 }), fc.nat(3), fc.nat(1000)] as const),
        fc.constantFrom<Float32ArrayConstructor | Float64ArrayConstructor>(Float32Array, Float64Array),
        (planeSize, perPlane, planes, offset, seed, Kind) => {
          let state = seed + 1;
          const next = () => {
            state = (state * 48_271) % 2_147_483_647;
            return state;
          };
          const input = new Kind(offset + planes * perPlane).map(() => next() / 2 ** 30 - 1);
          const positions = new Int32Array(planes * perPlane).map(() => next() % planeSize);
          // Every element is written, whatever was there before.
          const out = new Kind(planes * planeSize).fill(7);
          const expected = new Kind(planes * planeSize);
          for (let k = 0; k < positions.length; k++)
            expected[Math.floor(k / perPlane) * planeSize + positions[k]] += input[offset + k];
          expect(addToPlanesCompiled(input, offset, planeSize, positions, perPlane, out)).toBe(true);
          expect(out).toEqual(expected);
          isShort = true;
          addToPlanes(input, offset, planeSize, positions, perPlane, out.fill(7));
          isShort = false;
          expect(out).toEqual(expected);
        },
      ),
      { numRuns: 100 },
    );
  });

  test("integers are left to plain JavaScript", () => {
    const all: Windows = { starts: [0], ends: [3], step: 1, size: 3 };
    const input = Int32Array.of(1, 3, 2);
    expect(maxOfWindowsCompiled(all, all, input, 0, 1, new Int32Array(1), new Int32Array(1))).toBe(false);
  });
});
