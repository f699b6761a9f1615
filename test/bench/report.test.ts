import { describe, expect, test } from "vitest";
import { rowOf } from "./figures.js";
import { printed } from "./printed.js";
import { judgements, measurements, median, problems, resultTable } from "./report.js";

const rows = [
  rowOf("simplenet", { "ours-1": [40e-6, 20e-6, 30e-6], "torch-1": [500e-6, 400e-6], limit: [] }),
  rowOf("matmul-64", { "ours-1": [2 ** 19 / 40e9, 2 ** 19 / 20e9], "torch-1": [], limit: [2 ** 19 / 50e9] }),
];

test.each([
  [[3], 3],
  [[3, 1, 2], 2],
  [[4, 1, 3, 2], 2.5],
  [[10, 9, 100], 10],
])("the median of %j is %d", (values, expected) => {
  expect(median(values)).toBe(expected);
});

test("measurements are in the workload's unit; for a rate the shortest time is the best", () => {
  const [ours, torch, limit, product] = measurements(rows);
  expect(ours).toMatchObject({ workload: "simplenet", unit: "µs", peer: "ours-1", name: "ours-1, a name" });
  expect(ours.best).toBeCloseTo(20, 9);
  expect(ours.median).toBeCloseTo(30, 9);
  expect(ours.samples).toHaveLength(3);
  expect(torch.median).toBeCloseTo(450, 9);
  expect(limit).toMatchObject({ peer: "limit", best: null, median: null, samples: [] });
  expect(product.unit).toBe("GFLOP/s");
  expect(product.best).toBeCloseTo(40, 9);
});

test("every target of a measured workload has its verdict", () => {
  expect(judgements(rows)).toEqual([
    { workload: "simplenet", kind: "must", target: "≤ 25 µs", value: expect.closeTo(20), met: true },
    { workload: "simplenet", kind: "goal", target: "≤ 15 µs", value: expect.closeTo(20), met: false },
    { workload: "matmul-64", kind: "must", target: "≥ 40 GFLOP/s", value: expect.closeTo(40), met: true },
    {
      workload: "matmul-64",
      kind: "goal",
      target: "≥ 0.98 × C limit",
      value: expect.closeTo(0.8),
      met: false,
    },
  ]);
});

test("the table has a line for each workload and a column for each peer", () => {
  const [head, , ...lines] = resultTable(rows).split("\n");
  expect(head.trim().split(/ {2,}/)).toEqual(["ours-1", "torch-1", "limit", "must reach", "goal"]);
  expect(lines.map((line) => line.split(/ {2,}/))).toEqual([
    [
      "a SimpleNet 10→20→1, Adam: an iteration, µs",
      "20.0 (30.0)",
      "400 (450)",
      "–",
      "✓ 20.0 ≤ 25 µs",
      "✗ 20.0 ≤ 15 µs",
    ],
    [
      "d matmul 64³, GFLOP/s",
      "40.0 (26.7)",
      "–",
      "50.0 (50.0)",
      "✓ 40.0 ≥ 40 GFLOP/s",
      "✗ 0.800 ≥ 0.98 × C limit",
    ],
  ]);
});

test("a peer that cannot do a workload says why", () => {
  const [row] = rows;
  const failed = { ...row, results: [{ ...row.results[0], problem: "no such kernel" }, row.results[1]] };
  expect(problems([failed])).toEqual(["ours-1, simplenet: no such kernel"]);
  expect(measurements([failed])[0]).toMatchObject({ problem: "no such kernel" });
});

describe("the printed report", () => {
  const report = { date: "2026-01-01T00:00:00.000Z", machine: "Node 20", rounds: 3, rows };
  test("what was not measured is not mentioned", () => {
    expect(printed(report)).not.toMatch(/import|memory|dispatch|steepest/);
    expect(printed(report)).toContain("ours-1: ours-1, a name; torch-1: torch-1, a name");
  });

  test("the other figures have a line each", () => {
    const text = printed({
      ...report,
      importTime: { best: 41.23, median: 51.5, processes: 20 },
      memory: [
        { iterations: 1e4, process: 90, inUse: 8 },
        { iterations: 1e6, process: 104.5, inUse: 8.1 },
      ],
      dispatch: { operation: "add_", seconds: 85e-9 },
      worst: { operation: "exp", from: 10, to: 30, times: 1.4 },
    });
    expect(text).toContain("import to first tensor: 51.5 ms, median of 20 processes (best 41.2); ✗ ≤ 50 ms");
    expect(text).toContain("✓ 14.5 ≤ 20 MB more");
    expect(text).toContain("cheapest operation on one element: add_, 85 ns");
    expect(text).toContain(
      "steepest rise: exp from 10 to 30 elements costs 1.40 times what proportion would",
    );
  });
});
