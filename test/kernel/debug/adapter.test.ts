import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { DebugClient, tree } from "./client.js";

let client: DebugClient;
beforeAll(async () => {
  client = await DebugClient.start();
});
afterAll(() => client.stop());
// What a failed test leaves behind must not fail the next one.
afterEach(({ task }) => {
  if (task.result?.state === "fail")
    return client.kernel.request("interrupt_request", {}, "control").then(() => {});
});

const lines = (...code: string[]): string => code.join("\n");
const go = (): Promise<unknown> => client.body("continue", { threadId: 1 });
const step = async (kind: "next" | "stepIn" | "stepOut"): Promise<string[]> => {
  await client.body(kind, { threadId: 1 });
  const { frames, reason } = await client.stopped();
  expect(reason).toBe("step");
  return frames;
};

describe("debugging", () => {
  beforeEach(async () => {
    await client.body("disconnect");
    await client.attach();
  });

  test("stops in a cell, steps over lines, shows variables, and goes on", async () => {
    await client.kernel.execute("let total = 10; const label: string = 'abc'");
    const code = lines("let x = 1;", "for (let i = 0; i < 3; i++) {", "  x += i;", "}", "x * 2");
    expect(await client.setBreakpoints(code, [3])).toEqual([3]);
    const answer = client.run(code);
    expect(await client.stopped()).toMatchObject({ reason: "breakpoint", frames: ["(cell):3"] });
    expect(await client.scopes()).toMatchObject({
      Locals: { i: "0" },
      Globals: { total: "10", label: "'abc'" },
    });
    expect(await client.evaluate("x + total + (i as number)")).toBe("11");
    expect(await step("next")).toEqual(["(cell):2"]);
    await go();
    expect(await client.stopped()).toMatchObject({ reason: "breakpoint", frames: ["(cell):3"] });
    await client.setBreakpoints(code, []);
    await go();
    expect((await answer()).result).toEqual({ "text/plain": "8" });
  });

  test("a breakpoint moves to the next line with code, before and after the cell has run", async () => {
    const code = lines(
      "// a comment",
      "interface Point {",
      "  x: number;",
      "}",
      "",
      "const point: Point = { x: 1 };",
      "function half(p: Point): number {",
      "  // another",
      "  return p.x / 2;",
      "}",
      "half(point);",
      "type Last = Point;",
    );
    const wanted = [1, 3, 5, 6, 8, 9, 11];
    const found = [6, 6, 6, 6, 9, 9, 11];
    expect(await client.setBreakpoints(code, wanted)).toEqual(found);
    expect(await client.setBreakpoints(code, [12])).toEqual([null]);
    await client.setBreakpoints(code, []);
    await client.kernel.execute(code);
    expect(await client.setBreakpoints(code, wanted)).toEqual(found);
    expect(await client.body("debugInfo")).toMatchObject({
      breakpoints: [{ breakpoints: found.map((line) => ({ line })) }],
    });
  });

  test("stops in a function of an earlier cell, however often that ran", async () => {
    const code = lines(
      "function twice(n: number): number {",
      "  const result = n * 2;",
      "  return result;",
      "}",
    );
    await client.kernel.execute(code);
    await client.kernel.execute("globalThis.oldTwice = twice");
    await client.kernel.execute(code);
    expect(await client.setBreakpoints(code, [2])).toEqual([2]);
    const answer = client.run("twice(1);\n(globalThis as any).oldTwice(2)");
    expect((await client.stopped()).frames).toEqual(["twice:2", "(cell):1"]);
    expect((await client.scopes()).Locals).toEqual({ n: "1", result: "undefined" });
    expect((await client.scopes(1)).Globals).toHaveProperty("twice");
    await go();
    expect((await client.stopped()).frames).toEqual(["twice:2", "(cell):2"]);
    await go();
    expect((await answer()).result).toEqual({ "text/plain": "4" });
  });

  test("steps in, over and out, past everything that is not the user's", async () => {
    await client.kernel.execute(
      lines("function inner(f: (n: number) => number): number {", "  return f(1) + 1;", "}"),
    );
    const code = lines(
      "const a = torch.tensor([1, 2]);",
      "console.log(a.shape.map((n) => n + 1));",
      "const b = inner((n) => {",
      "  return n * 10;",
      "});",
      "b",
    );
    await client.setBreakpoints(code, [1]);
    const answer = client.run(code);
    expect((await client.stopped()).frames).toEqual(["(cell):1"]);
    expect(await step("stepIn")).toEqual(["(cell):2"]);
    expect(await step("stepIn")).toEqual(["(anonymous):2", "(cell):2"]);
    expect(await step("stepOut")).toEqual(["(cell):2"]);
    expect(await step("next")).toEqual(["(cell):3"]);
    expect(await step("stepIn")).toEqual(["inner:2", "(cell):3"]);
    expect(await step("stepIn")).toEqual(["(anonymous):4", "inner:2", "(cell):3"]);
    expect(await step("stepOut")).toEqual(["inner:2", "(cell):3"]);
    // The call was all that was left of its statement.
    expect(await step("stepOut")).toEqual(["(cell):6"]);
    await client.body("next", { threadId: 1 });
    expect((await answer()).result).toEqual({ "text/plain": "11" });
    expect((await client.kernel.execute("b + 1")).result).toEqual({ "text/plain": "12" });
  });

  test("steps into a function that the library calls, and over an await", async () => {
    const code = lines(
      "const parameter = torch.zeros([1], { requiresGrad: true });",
      "const optimizer = new optim.LBFGS([parameter], { maxIter: 1 });",
      "optimizer.step(() => {",
      "  return parameter.sum();",
      "});",
      "await new Promise((done) => setTimeout(done, 20));",
      "const last = 1;",
    );
    await client.setBreakpoints(code, [3]);
    const answer = client.run(code);
    expect((await client.stopped()).frames).toEqual(["(cell):3"]);
    expect((await step("stepIn"))[0]).toMatch(/:4$/);
    expect(await step("stepOut")).toEqual(["(cell):6"]);
    expect(await step("next")).toEqual(["(cell):7"]);
    await go();
    await answer();
  });

  test("a condition decides; one that fails stops", async () => {
    const code = lines("for (let i = 0; i < 20; i++) {", "  Math.abs(i);", "}");
    await client.setBreakpoints(code, [{ line: 2, condition: "i === (12 as number)" }]);
    const answer = client.run(code);
    await client.stopped();
    expect(await client.evaluate("i")).toBe("12");
    await client.setBreakpoints(code, [{ line: 2, condition: "nothing.like.this" }]);
    await go();
    await client.stopped();
    expect(await client.evaluate("i")).toBe("13");
    await client.setBreakpoints(code, []);
    await go();
    expect((await answer()).reply.status).toBe("ok");
  });

  test("a debugger statement stops", async () => {
    const answer = client.run("const here = 1;\ndebugger;\nhere");
    expect(await client.stopped()).toMatchObject({ reason: "breakpoint", frames: ["(cell):2"] });
    await go();
    expect((await answer()).result).toEqual({ "text/plain": "1" });
  });

  test.each([
    ["an endless loop", "let n = 0;\nwhile (true) {\n  n++;\n}", /:[1-3]$/],
    [
      "a cell that waits",
      "while (true) {\n  await new Promise((done) => setTimeout(done, 10));\n}",
      /:[12]$/,
    ],
    ["a loop in the library's code", "while (true) torch.tensor([1]).add(1);", /:1$/],
  ])("pauses %s, which can then be interrupted", async (_, code, place) => {
    const answer = client.run(code);
    await client.kernel.until(() => client.kernel.received.at(-1)?.type === "execute_input");
    // As a person would, in the middle of the loop.
    await new Promise((done) => setTimeout(done, 400));
    await client.body("pause", { threadId: 1 });
    const { reason, frames } = await client.stopped();
    expect(reason).toBe("pause");
    expect(frames[0]).toMatch(place);
    await client.kernel.request("interrupt_request", {}, "control");
    expect((await answer()).error!.ename).toBe("KeyboardInterrupt");
    expect((await client.kernel.execute("1 + 1")).result).toEqual({ "text/plain": "2" });
    expect((await client.body("debugInfo")).stoppedThreads).toEqual([]);
  });

  test("output of the cell is seen while it is stopped, and evaluation prints too", async () => {
    const code = lines('console.log("before");', "let stop = 1;");
    await client.setBreakpoints(code, [2]);
    const answer = client.run(code);
    await client.stopped();
    const printed = (): string =>
      client.kernel.received
        .filter(({ type }) => type === "stream")
        .map(({ content }) => content.text)
        .join("");
    await client.kernel.until(() => printed().endsWith("before\n"));
    await client.evaluate('console.log("from the prompt")');
    await client.kernel.until(() => printed().endsWith("from the prompt\n"));
    await go();
    expect((await answer()).stdout).toBe("before\nfrom the prompt\n");
  });

  test("disconnecting while stopped lets the cell end", async () => {
    const code = "let z = 1;\nz + 41";
    await client.setBreakpoints(code, [1]);
    const answer = client.run(code);
    await client.stopped();
    expect((await client.body("debugInfo")).stoppedThreads).toEqual([1]);
    await client.body("disconnect", { restart: false, terminateDebuggee: false });
    expect((await answer()).result).toEqual({ "text/plain": "42" });
    await client.event("continued");
    expect(await client.body("debugInfo")).toMatchObject({
      isStarted: false,
      breakpoints: [],
      stoppedThreads: [],
    });
    // Nothing stops any more.
    expect((await client.kernel.execute(code)).result).toEqual({ "text/plain": "42" });
  });
});

describe("errors", () => {
  beforeEach(async () => {
    await client.body("disconnect");
    await client.attach();
  });

  test.each([
    [
      "an error of a cell",
      "uncaught",
      'const a = 1;\nthrow new RangeError("no");',
      "(cell):2",
      "RangeError: no",
    ],
    [
      "an error of the library, at the user's line",
      "uncaught",
      "const m = torch.ones([2, 3]);\nm.matmul(torch.ones([4]));",
      "(cell):2",
      /matmul/,
    ],
    [
      "a rejection after an await",
      "uncaught",
      'async function later() {\n  await 0;\n  throw new Error("late");\n}\nawait later();',
      "later:3",
      "Error: late",
    ],
    ["a caught error", "all", 'try {\n  throw new Error("mine");\n} catch {}', "(cell):2", "Error: mine"],
  ])("stops at %s", async (_, filter, code, frame, text) => {
    await client.body("setExceptionBreakpoints", { filters: [filter] });
    const answer = client.run(code);
    const stop = await client.stopped();
    expect(stop.reason).toBe("exception");
    expect(stop.frames[0]).toBe(frame);
    expect(stop.text).toMatch(text);
    expect((await client.body("exceptionInfo", { threadId: 1 })).description).toBe(stop.text);
    await client.body("setExceptionBreakpoints", { filters: [] });
    await go();
    await answer();
  });

  test("does not stop at errors that the user's code catches", async () => {
    await client.body("setExceptionBreakpoints", { filters: ["uncaught"] });
    const code = lines(
      "function fails(): never {",
      '  throw new Error("caught");',
      "}",
      "try {",
      "  fails();",
      "} catch {}",
      "async function rejects() {",
      "  await 0;",
      "  fails();",
      "}",
      "try {",
      "  await rejects();",
      "} catch {}",
      "try {",
      '  require("no-such-package");',
      "} catch {}",
      '"done"',
    );
    const { result } = await client.kernel.execute(code);
    expect(result).toEqual({ "text/plain": "'done'" });
    expect((await client.body("debugInfo")).stoppedThreads).toEqual([]);
  });

  test("steps on while errors are watched", async () => {
    await client.body("setExceptionBreakpoints", { filters: ["uncaught"] });
    const code = lines("const a = torch.tensor([1]);", "const b = a.add(1);", "const c = 3;");
    await client.setBreakpoints(code, [1]);
    const answer = client.run(code);
    await client.stopped();
    expect(await step("stepIn")).toEqual(["(cell):2"]);
    expect(await step("stepIn")).toEqual(["(cell):3"]);
    await go();
    await answer();
  });
});

describe("variables", () => {
  beforeEach(async () => {
    await client.body("disconnect");
  });

  test("of the session, without a debugger, and opened", async () => {
    await client.kernel.execute(
      lines(
        "const matrix = torch.tensor([[1, 2, 3], [4, 5, 6]]);",
        "const list = Array.from({ length: 250 }, (_, i) => i);",
        'const map = new Map([["one", 1]]);',
        'const nested = { a: { b: "deep" }, get costly() { throw new Error("called"); } };',
        'const failure = new RangeError("oh");',
      ),
    );
    const { variables } = await client.body<{ variables: [] }>("inspectVariables");
    expect(tree(variables)).toMatchObject({
      matrix: "Tensor [2, 3] float32",
      list: "Array(250)",
      map: "Map(1)",
      nested: "Object",
      failure: "RangeError",
    });
    const open = async (
      name: string,
      rows: readonly { name: string; variablesReference: number }[] = variables,
    ) => client.variables(rows.find((row) => row.name === name)!.variablesReference);
    const matrix = await open("matrix");
    expect(tree(matrix)).toMatchObject({ shape: "Array(2)", dtype: "'float32'", values: "…" });
    const values = await open("values", matrix);
    expect(values.map(({ value }) => value)).toEqual(["[ 1, 2, 3 ]", "[ 4, 5, 6 ]"]);
    const groups = await open("list");
    expect(groups.map(({ name }) => name)).toEqual(["[0 … 99]", "[100 … 199]", "[200 … 249]"]);
    expect(tree(await open("[200 … 249]", groups))).toMatchObject({ 200: "200", 249: "249" });
    expect(tree(await open("map"))).toEqual({ "'one'": "1" });
    const nested = await open("nested");
    expect(tree(nested)).toEqual({ a: "Object", costly: "(getter)" });
    expect(nested[0]!.evaluateName).toBe("nested.a");
    expect(tree(await open("a", nested))).toEqual({ b: "'deep'" });
    expect(tree(await open("failure"))).toMatchObject({ message: "'oh'" });
  });

  test("as they are displayed", async () => {
    await client.kernel.execute(
      'const shown = { [Symbol.for("Jupyter.display")]: () => ({ "text/html": "<b>x</b>" }) }',
    );
    expect(await client.body("richInspectVariables", { variableName: "shown" })).toEqual({
      data: { "text/html": "<b>x</b>" },
      metadata: {},
    });
    const reply = await client.request("richInspectVariables", { variableName: "nobody" });
    expect(reply).toMatchObject({ success: false, message: expect.stringContaining('"nobody"') });
    await client.attach();
    const code = "{\n  const local = [1, 2];\n  local.length;\n}";
    await client.setBreakpoints(code, [3]);
    const answer = client.run(code);
    await client.stopped();
    expect(await client.body("richInspectVariables", { variableName: "local" })).toMatchObject({
      data: { "text/plain": "[ 1, 2 ]" },
    });
    await go();
    await answer();
  });

  test("while a cell runs, those from before it", async () => {
    await client.attach();
    await client.kernel.execute("let before = 1");
    await client.body("inspectVariables");
    const answer = client.run('before = 2; console.log("running"); while (true);');
    await client.kernel.until(() => client.kernel.received.at(-1)?.type === "stream");
    const { variables } = await client.body<{ variables: [] }>("inspectVariables");
    expect(tree(variables)).toMatchObject({ before: "1" });
    expect(await client.request("evaluate", { expression: "before" })).toMatchObject({
      success: false,
      message: "evaluate: a cell is running: pause it first",
    });
    await client.kernel.request("interrupt_request", {}, "control");
    await answer();
    const after = await client.body<{ variables: [] }>("inspectVariables");
    expect(tree(after.variables)).toMatchObject({ before: "2" });
  });

  test.each([
    ["an expression with types", "(before as number) + 1", "3"],
    ["an object", "{ a: before }", "{ a: 2 }"],
    ["an assignment", "before = 7", "7"],
    ["the library", "torch.ones([2]).sum().item()", "2"],
  ])("evaluates %s while nothing runs", async (_, expression, value) => {
    await client.attach();
    expect(await client.body("evaluate", { expression })).toMatchObject({ result: value });
  });

  test("an evaluated assignment is one to the session's variable", async () => {
    expect((await client.kernel.execute("before")).result).toEqual({ "text/plain": "7" });
    expect((await client.kernel.execute('"before" in globalThis')).result).toEqual({ "text/plain": "false" });
  });
});
