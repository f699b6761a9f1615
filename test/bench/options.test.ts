import { describe, expect, test } from "vitest";
import { readOptions } from "./options.js";
import { workloads } from "./workloads.js";

describe("the arguments of the benchmark", () => {
  test("without any everything is measured", () => {
    expect(readOptions([])).toEqual({
      json: false,
      chosen: workloads,
      only: false,
      rounds: 5,
      budget: 0.25,
      memory: false,
      report: undefined,
    });
  });

  test.each([
    [
      ["--only", "a,d"],
      ["simplenet", "matmul-64", "matmul-256", "matmul-1024"],
    ],
    [
      ["--only", "adam-1e7", "--only", "g"],
      ["adam-1e7", "cnn"],
    ],
    [
      ["--only", "d,matmul-64"],
      ["matmul-64", "matmul-256", "matmul-1024"],
    ],
  ])("%j chooses workloads in the table's order", (args, ids) => {
    const { chosen, only } = readOptions(args);
    expect(chosen.map(({ id }) => id)).toEqual(ids);
    expect(only).toBe(true);
  });

  test("quick is fewer and shorter rounds, and gives way to a number", () => {
    expect(readOptions(["--quick"]).rounds).toBeLessThan(readOptions([]).rounds);
    expect(readOptions(["--quick"]).budget).toBeLessThan(readOptions([]).budget);
    expect(readOptions(["--quick", "--rounds", "9"]).rounds).toBe(9);
  });

  test.each([
    [["--rounds", "0"], "--rounds 0: expected 1, 2, 3, …"],
    [["--rounds", "many"], "--rounds many: expected 1, 2, 3, …"],
    [["--rounds", "1.5"], "--rounds 1.5: expected"],
    [["--only", "a,z"], "--only z: expected a letter or a name of a simplenet, b mlp"],
    [["--only", ""], "--only : expected a letter"],
    [["--report", ""], "--report: expected a folder"],
    [["--fast"], "--fast"],
    [["adam"], "adam"],
  ])("%j is refused: %s", (args, message) => {
    expect(() => readOptions(args)).toThrow(message);
  });
});

test("workloads have ids of their own, and targets that can be judged", () => {
  const ids = workloads.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { must, goal } of workloads) {
    for (const target of [...must, ...goal]) {
      if ("workload" in target) expect(ids).toContain(target.workload);
    }
  }
});
