import { expect, test } from "vitest";
import { Fields } from "../../../kernel/protocol/content.js";
import { History, historyQuery } from "../../../kernel/protocol/history.js";

const history = new History();
for (const [index, input] of ["a = 1", "b", "a = 1", "c(.*)"].entries()) history.add(index + 1, input);
history.setOutput(4, "last");
history.setOutput(1, "too late");

const query = (content: Record<string, unknown>) => historyQuery(new Fields("history_request", content));

test.each([
  [{ hist_access_type: "tail", n: 2 }, [3, 4]],
  [{ hist_access_type: "tail", n: 99 }, [1, 2, 3, 4]],
  [{ hist_access_type: "tail", n: 0 }, []],
  [{ hist_access_type: "range", session: 1, start: 2, stop: 4 }, [2, 3]],
  [{ hist_access_type: "range", start: 3 }, [3, 4]],
  [{ hist_access_type: "range", session: 7 }, []],
  [{ hist_access_type: "search", pattern: "a*" }, [1, 3]],
  [{ hist_access_type: "search", pattern: "a*", unique: true }, [3]],
  [{ hist_access_type: "search", pattern: "?" }, [2]],
  [{ hist_access_type: "search", pattern: "c(.*" }, [4]],
  [{ hist_access_type: "search", pattern: "[a-b] = [0-9]" }, [1, 3]],
  [{ hist_access_type: "search", pattern: "[^a]*" }, [2, 4]],
  [{ hist_access_type: "search", pattern: "[z-a]" }, []],
  [{ hist_access_type: "search", pattern: "[" }, []],
  [{ hist_access_type: "search", pattern: "*", n: 1 }, [4]],
  [{ hist_access_type: "tail", n: -1 }, []],
  [{ hist_access_type: "tail", n: null }, [1, 2, 3, 4]],
])("%j", async (request, lines) => {
  expect((await history.answer(query(request))).map(([, line]) => line)).toEqual(lines);
});

test.each([
  [{ hist_access_type: "unknown" }, /hist_access_type must be tail, range, search, got "unknown"/],
  [{}, /hist_access_type must be .*, got nothing/],
  [{ hist_access_type: "tail", n: "3" }, /n must be an integer, got "3"/],
  [{ hist_access_type: "range", start: 0.5 }, /start must be an integer, got 0.5/],
  [{ hist_access_type: "search", pattern: 7 }, /pattern must be a string, got 7/],
])("refuses %j", (request, message) => {
  expect(() => query(request)).toThrow(message);
});

test("with outputs, each text is a pair", async () => {
  expect(await history.answer(query({ hist_access_type: "tail", n: 2, output: true }))).toEqual([
    [1, 3, ["a = 1", null]],
    [1, 4, ["c(.*)", "last"]],
  ]);
});
