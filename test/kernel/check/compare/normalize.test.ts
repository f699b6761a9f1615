import { describe, expect, test } from "vitest";
import { normalizer } from "../../../../kernel/check/compare/normalize.js";
import { defaultCompareOptions } from "../../../../kernel/check/types.js";

const normalize = normalizer(defaultCompareOptions);

describe("what changes from run to run does not count", () => {
  test.each([
    ["<Net object at 0x7f3a5c1e2d90>", "<Net object at 0x7f11002233aa>"],
    ["Net@1b6d3586", "Net@4554617c"],
    ["id 123e4567-e89b-12d3-a456-426614174000", "id 00000000-e89b-12d3-a456-426614174fff"],
    ["model_id 0f343b0931126a20f133d67c2b018a3b", "model_id 9e107d9d372bb6826bd81d3542a419d6"],
    ["pid=1234", "pid=77"],
    ["saved /tmp/optimlab-x1/a.json", "saved /var/folders/9q/T/zz/b.json"],
    ["at /home/ann/course/train.ts:12:5", "at file:///builds/course/x/train.ts:12:5"],
    ["open C:\\Users\\ann\\course\\train.ts", "open D:\\a\\course\\train.ts"],
    ["took 12.5 ms", "took 1.25 s"],
    ["trained in 3 min 2 s", "trained in 48 seconds"],
    ["Elapsed: 0.52", "Elapsed: 13"],
    ["CPU times: user 12 ms, sys: 3 ms, total: 15 ms", "CPU times: user 9 ms, sys: 1.2 ms, total: 10 ms"],
    ["Wall time: 1min 3s", "Wall time: 59.2 s"],
    ["step 3: 12µs each", "step 3: 9.75µs each"],
    [
      "12.3 µs ± 45 ns per loop (mean ± std. dev. of 7 runs, 100,000 loops each)",
      "1.1 ms ± 3 µs per loop (mean ± std. dev. of 7 runs, 1,000 loops each)",
    ],
    ["10/10 [00:01<00:00,  8.52it/s]", "10/10 [01:12<00:00, 1.1it/s]"],
    ["\u001b[31mred\u001b[0m", "red"],
    [" 10%\r100%", "100%"],
    ["windows\r", "windows"],
  ])("%j, %j", (saved, fresh) => {
    expect(normalize(saved).replace(/\s+/g, " ")).toBe(normalize(fresh).replace(/\s+/g, " "));
  });
});

describe("what says something about the result counts", () => {
  test.each([
    ["at train.ts:12", "at train.ts:13"],
    ["/home/ann/course/train.ts", "/home/ann/course/test.ts"],
    ["https://example.org/a/b/c", "https://example.org/a/x/c"],
    ["sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b", "sha256 60303ae22b998861bce3b28f33eec1be758a213c"],
    ["0xff00aa", "0xff00ab"],
    ["/ab+c/gi", "/ab+d/gi"],
    ["in 5 steps", "in 6 steps"],
    ["5 m after 3 s of falling", "6 m after 3 s of falling"],
    ["1/2/3", "1/2/4"],
    ["a deadbeef", "a beefdead"],
    ["process 3 of 5", "process 4 of 5"],
  ])("%j, %j", (saved, fresh) => {
    expect(normalize(saved)).not.toBe(normalize(fresh));
  });
});

test("all of it counts if comparison is exact, but what the user ignores", () => {
  const exact = normalizer({ ...defaultCompareOptions, exact: true, ignore: ["\\d{4}-\\d\\d-\\d\\d"] });
  expect(exact("took 12.5 ms")).not.toBe(exact("took 13 ms"));
  expect(exact("on 2026-11-26")).toBe(exact("on 2027-01-01"));
});

test("an expression that is none is an error", () => {
  expect(() => normalizer({ ...defaultCompareOptions, ignore: ["("] })).toThrow(SyntaxError);
});
