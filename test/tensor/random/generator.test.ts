import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Generator } from "../../../src/tensor/random/generator.js";

/** Everything that later draws can depend on. */
function nextDraws(generator: Generator): unknown[] {
  return [generator.normal(), generator.random32(), generator.random64(), generator.unitFloat64()];
}

describe("Generator", () => {
  test("is the Mersenne Twister: its 10,000th output from the default seed is the C++ standard's", () => {
    const generator = new Generator();
    for (let i = 1; i < 10_000; i++) generator.random32();
    expect(generator.random32()).toBe(4123659995);
  });

  test("only the low 32 bits of a seed enter the engine; initialSeed keeps all 64", () => {
    const small = new Generator(42);
    const large = new Generator(42n + 2n ** 40n);
    expect(nextDraws(large)).toEqual(nextDraws(small));
    expect(large.initialSeed()).toBe(42n + 2n ** 40n);
  });

  test.each([
    [0, 0n],
    [-1, 2n ** 64n - 1n],
    [-(2n ** 63n), 2n ** 63n],
    [2n ** 64n - 1n, 2n ** 64n - 1n],
  ])("seed %s has the initial seed %s", (seed, expected) => {
    expect(new Generator(seed).initialSeed()).toBe(expected);
  });

  test.each([
    [1.5, "manualSeed: 1.5 is not a seed: expected an integer"],
    [Number.NaN, "manualSeed: NaN is not a seed: expected an integer"],
    [2 ** 53, "manualSeed: 9007199254740992 is not a seed: a number is exact only below 2^53; pass a bigint"],
    [2n ** 64n, "manualSeed: 18446744073709551616 is not a seed: expected an integer from -2^63 to 2^64 - 1"],
    ["7", "manualSeed: 7 is not a seed: expected an integer (number or bigint)"],
    [undefined, "manualSeed: undefined is not a seed: expected an integer (number or bigint)"],
  ])("refuses the seed %s and keeps its state", (seed, message) => {
    const generator = new Generator(1);
    expect(() => generator.manualSeed(seed as number)).toThrow(message);
    expect(nextDraws(generator)).toEqual(nextDraws(new Generator(1)));
  });

  test("the second normal value waits through other draws, and a new seed forgets it", () => {
    const generator = new Generator(0);
    const [first, second] = [generator.normal(), generator.normal()];
    generator.manualSeed(0);
    expect(generator.normal()).toBe(first);
    generator.random32();
    expect(generator.normal()).toBe(second);
    generator.manualSeed(0);
    generator.normal();
    generator.manualSeed(0);
    expect(generator.normal()).toBe(first);
  });

  test("seed() starts a sequence that its return value repeats", () => {
    const generator = new Generator(0);
    const seed = generator.seed();
    expect(generator.initialSeed()).toBe(seed);
    expect(nextDraws(generator)).toEqual(nextDraws(new Generator(seed)));
  });
});

describe("the state of a Generator", () => {
  test("has PyTorch's bytes: after torch.manual_seed(0) and torch.randn(1)", () => {
    const generator = new Generator(0);
    const seeded = generator.getState();
    expect(seeded).toHaveLength(5056);
    expect([...seeded.subarray(0, 24)]).toEqual([
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      1,
      0,
      0,
      0,
      1,
      ...Array(11).fill(0),
    ]);
    generator.normal();
    const drawn = generator.getState();
    expect([...drawn.subarray(8, 24)]).toEqual([109, 2, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0]);
    expect([...drawn.subarray(5024, 5032)]).toEqual([234, 111, 124, 8, 138, 199, 210, 191]);
    expect(drawn[5040]).toBe(1);
  });

  test("continues the sequence from any point", () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 64n - 1n), fc.nat(2000), fc.boolean(), (seed, draws, normal) => {
        const generator = new Generator(seed);
        for (let i = 0; i < draws; i++) generator.random32();
        if (normal) generator.normal();
        const copy = new Generator(1).setState(generator.getState());
        expect(copy.initialSeed()).toBe(generator.initialSeed());
        expect(nextDraws(copy)).toEqual(nextDraws(generator));
      }),
    );
  });

  test("is refused when it is none, and nothing changes", () => {
    const generator = new Generator(1);
    expect(() => generator.setState(new Uint8Array(16))).toThrow(
      "setState: the random state has 16 bytes, expected 5056",
    );
    expect(() => generator.setState(new Uint8Array(5056))).toThrow(
      "setState: not a state of the Mersenne Twister (left 0, next 0; expected left + next = 625)",
    );
    expect(nextDraws(generator)).toEqual(nextDraws(new Generator(1)));
  });
});
