import { expect, test } from "vitest";
import { History } from "../../../kernel/protocol/history.js";

const history = new History();
for (const [index, input] of ["a = 1", "b", "a = 1", "c(.*)"].entries()) history.add(index + 1, input);
history.setOutput("last");

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
  [{ hist_access_type: "unknown" }, []],
  [{}, []],
])("%j", (request, lines) => {
  expect(history.answer(request).map(([, line]) => line)).toEqual(lines);
});

test("with outputs, each text is a pair", () => {
  expect(history.answer({ hist_access_type: "tail", n: 2, output: true })).toEqual([
    [1, 3, ["a = 1", null]],
    [1, 4, ["c(.*)", "last"]],
  ]);
});
