import { expect, test } from "vitest";
import { countLines, workloads } from "./workloads.js";

const text = (value: string, at = 0) => ({ type: "stream", content: { name: "stdout", text: value }, at });
const status = (state: string) => ({ type: "status", content: { execution_state: state }, at: 0 });

test.each([
  ["all in time", [status("busy"), text("a\nb\n"), text("c\n", 7), status("idle")], [3, 0, 7]],
  ["some too late", [status("busy"), text("a\n"), status("idle"), text("b\nc\n", 9)], [1, 2, 9]],
  ["a line in two messages", [text("a"), text("b\n", 3), status("idle")], [1, 0, 3]],
  ["no idle status at all", [status("busy"), text("a\nb\n", 5)], [0, 2, 5]],
  ["nothing", [status("busy"), status("idle")], [0, 0, undefined]],
])("printed lines are counted: %s", (_, messages, [before, after, lastAt]) => {
  expect(countLines(messages)).toEqual({ before, after, lastAt });
});

test("every figure has an id of its own", () => {
  const ids = workloads.flatMap(({ figures }) => figures.map(({ id }) => id));
  expect(new Set(ids).size).toBe(ids.length);
});
