import { expect, test } from "vitest";
import { json, printed, type Report } from "./report.js";
import type { Figure } from "./workloads.js";

const start: Figure = { id: "start", title: "start, ms", unit: "ms", limit: 600 };
const lines: Figure = { id: "lines", title: "of 3 lines", unit: "lines", limit: 3 };
const memory: Figure = { id: "memory", title: "memory, MiB", unit: "MiB" };

const report: Report = {
  date: "2030-01-02T03:04:05.000Z",
  machine: "a machine",
  rounds: 3,
  kernels: [
    { id: "ours", name: "ours 1.0" },
    { id: "deno", name: "deno 2.0" },
  ],
  results: [
    { figure: start, kernel: "ours", samples: [700, 500, 590] },
    { figure: start, kernel: "deno", samples: [400, 300, 350] },
    { figure: lines, kernel: "ours", samples: [3, 2, 3] },
    { figure: lines, kernel: "deno", samples: [1, 1, 1] },
    { figure: memory, kernel: "ours", samples: [80.5, 81, 80] },
    { figure: memory, kernel: "deno", samples: [], problem: "the kernel dies" },
  ],
};

test("the table: a row for each figure, a column for each kernel, and whether ours is good enough", () => {
  expect(printed(report).split("\n")).toEqual([
    "",
    "                ours 1.0   deno 2.0  ours",
    "───────────  ───────────  ─────────  ───────",
    "start, ms      590 (500)  350 (300)  ✓ ≤ 600",
    "of 3 lines             3          1  ✗ all",
    "memory, MiB  80.5 (80.0)          –",
    "",
    "median (best) of 3 rounds in turns; ✓ and ✗ by our median. a machine",
    "deno, memory, MiB: the kernel dies",
  ]);
});

test.each([
  ["a median within the limit", start, [700, 500, 600], undefined, true],
  ["a median beyond it", start, [500, 601, 700], undefined, false],
  ["a problem in one round", start, [500, 500], "no answer", false],
  ["no sample", start, [], "no answer", false],
  ["all lines each time", lines, [3, 3], undefined, true],
  ["a line lost once", lines, [3, 3, 2], undefined, false],
])("the verdict: %s", (_, figure, samples, problem, met) => {
  const result = { figure, kernel: "ours" as const, samples, ...(problem ? { problem } : {}) };
  const { verdicts } = JSON.parse(json({ ...report, results: [result] }));
  expect(verdicts).toEqual([{ figure: figure.id, limit: figure.limit, met }]);
});

test("the same for programs", () => {
  const { measurements, ...others } = JSON.parse(json(report));
  expect(others).toMatchObject({ date: report.date, rounds: 3, kernels: report.kernels });
  expect(measurements).toHaveLength(6);
  expect(measurements[1]).toEqual({
    figure: "start",
    title: "start, ms",
    unit: "ms",
    kernel: "deno",
    best: 300,
    median: 350,
    samples: [400, 300, 350],
  });
  expect(measurements[2]).toMatchObject({ best: 3, median: 3 });
  expect(measurements[5]).toMatchObject({ best: null, median: null, problem: "the kernel dies" });
});
