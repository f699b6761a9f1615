import { describe, expect, test } from "vitest";
import { rowOf, workloadOf } from "./figures.js";
import { bestsOf } from "./report.js";
import { describe as described, judge } from "./verdict.js";
import type { Target } from "./workloads.js";

describe("a verdict on our best figure", () => {
  const bests = bestsOf([
    rowOf("simplenet", { "ours-1": [30e-6, 20e-6], "torch-1": [500e-6] }),
    rowOf("adam-1e6", { "ours-1": [0.9e-3], "ours-2": [0.5e-3], limit: [0.5e-3] }),
    rowOf("adam-100", { "ours-1": [0.99e-3], "ours-2": [0.6e-3], limit: [] }),
    rowOf("matmul-256", { "ours-1": [2 ** 25 / 49e9], "ours-2": [2 ** 25 / 80e9], limit: [2 ** 25 / 50e9] }),
  ]);
  test.each<[id: string, target: Target, line: string]>([
    ["simplenet", { value: 25 }, "✓ 20.0 ≤ 25 µs"],
    ["simplenet", { value: 15 }, "✗ 20.0 ≤ 15 µs"],
    ["simplenet", { value: 15, threads: 2 }, "? ≤ 15 µs, 2t"],
    ["simplenet", { times: 1, peer: "torch-1" }, "✓ 0.0400 ≤ 1 × torch 1t"],
    ["simplenet", { times: 1.5, peer: "limit" }, "? ≤ 1.5 × C limit"],
    ["adam-1e6", { times: 1.5, peer: "limit" }, "✗ 1.80 ≤ 1.5 × C limit"],
    ["adam-1e6", { times: 1.5, peer: "limit", threads: 2 }, "✓ 1.00 ≤ 1.5 × C limit, 2t"],
    ["adam-100", { times: 1.1, workload: "adam-1e6" }, "✓ 1.10 ≤ 1.1 × adam-1e6"],
    ["adam-100", { times: 1.1, workload: "adam-1e6", threads: 2 }, "✗ 1.20 ≤ 1.1 × adam-1e6, 2t"],
    ["adam-100", { times: 1.5, peer: "limit" }, "? ≤ 1.5 × C limit"],
    ["matmul-256", { value: 45 }, "✓ 49.0 ≥ 45 GFLOP/s"],
    ["matmul-256", { value: 85, threads: 2 }, "✗ 80.0 ≥ 85 GFLOP/s, 2t"],
    ["matmul-256", { times: 0.97, peer: "limit" }, "✓ 0.980 ≥ 0.97 × C limit"],
    ["matmul-256", { times: 0.99, peer: "limit" }, "✗ 0.980 ≥ 0.99 × C limit"],
  ])("%s %j: %s", (id, target, line) => {
    expect(described(judge(workloadOf(id), target, bests))).toBe(line);
  });
});
