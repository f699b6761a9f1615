import { expect, test } from "vitest";
import { readOptions } from "./options.js";
import { workloads } from "./workloads.js";

test("without arguments everything is measured, three times", () => {
  expect(readOptions([])).toEqual({ json: false, rounds: 3, chosen: workloads });
});

test("workloads are chosen by name, and measured in their own order", () => {
  const { json, rounds, chosen } = readOptions(["--only", "lines, start", "--rounds", "12", "--json"]);
  expect({ json, rounds, chosen: chosen.map(({ id }) => id) }).toEqual({
    json: true,
    rounds: 12,
    chosen: ["start", "lines"],
  });
});

test.each([
  [["--rounds", "0"], "--rounds 0: expected 1, 2, 3"],
  [["--rounds", "2.5"], "--rounds 2.5: expected 1, 2, 3"],
  [["--only", "start,stop"], "--only stop: expected some of start, trivial"],
  [["--only", ""], "--only : expected some of start"],
  [["--fast"], "--fast"],
])("%j is an error that says what is wrong", (args, message) => {
  expect(() => readOptions(args)).toThrow(message);
});
