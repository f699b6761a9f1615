import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { DebugClient, type StackTrace } from "./client.js";

let client: DebugClient;
beforeAll(async () => {
  client = await DebugClient.start();
});
afterAll(() => client.stop());

const failure = async (command: string, args: unknown = {}): Promise<string> => {
  const reply = await client.request(command, args);
  expect(reply).toMatchObject({ type: "response", command, success: false });
  return reply.message!;
};

test("kernel_info and the kernelspec say that there is a debugger", async () => {
  const { reply } = await client.kernel.request("kernel_info_request");
  expect(reply).toMatchObject({ debugger: true, supported_features: ["debugger"] });
});

test("debugInfo has what JupyterLab works with", async () => {
  expect(await client.body("debugInfo")).toEqual({
    isStarted: false,
    hashMethod: "Murmur2",
    hashSeed: 0xc70f6907,
    tmpFilePrefix: expect.stringMatching(/[\\/]optimlab_\d+[\\/]$/),
    tmpFileSuffix: ".ts",
    breakpoints: [],
    stoppedThreads: [],
    richRendering: true,
    exceptionPaths: [],
    copyToGlobals: true,
  });
});

describe("before anything is debugged", () => {
  beforeEach(async () => {
    await client.body("disconnect");
  });

  test.each([
    "setBreakpoints",
    "setExceptionBreakpoints",
    "configurationDone",
    "continue",
    "next",
    "pause",
    "stackTrace",
    "scopes",
    "evaluate",
    "copyToGlobals",
  ])("%s is refused", async (command) => {
    expect(await failure(command)).toBe(
      `${command}: nothing is being debugged yet: initialize and attach come first`,
    );
  });

  test("attach comes after initialize", async () => {
    expect(await failure("attach")).toBe("attach: initialize comes first");
    await client.body("initialize");
    await client.body("attach");
    await client.event("initialized");
  });

  test("lines that count from 0 are refused", async () => {
    expect(await failure("initialize", { linesStartAt1: false })).toContain("linesStartAt1 must be true");
  });
});

describe("bad requests", () => {
  beforeAll(async () => {
    await client.body("disconnect");
    await client.attach();
  });

  test.each<[string, string, unknown, string]>([
    [
      "an unknown command",
      "explode",
      {},
      "explode: the debugger has no such command; it has debugInfo, initialize,",
    ],
    ["a name from Object.prototype", "constructor", {}, "constructor: the debugger has no such command"],
    ["arguments that are a list", "dumpCell", [], "debug_request: arguments must be an object, got []"],
    ["no code", "dumpCell", {}, "dumpCell: code must be a string, got nothing"],
    ["code that is a number", "dumpCell", { code: 1 }, "dumpCell: code must be a string, got 1"],
    [
      "no path",
      "setBreakpoints",
      { source: {} },
      "setBreakpoints: source: path must be a string, got nothing",
    ],
    [
      "no list",
      "setBreakpoints",
      { source: { path: "a" }, breakpoints: 1 },
      "breakpoints must be a list, got 1",
    ],
    [
      "no line",
      "setBreakpoints",
      { source: { path: "a" }, breakpoints: [{}] },
      "setBreakpoints: line must be an integer from 1, got nothing",
    ],
    [
      "line 0",
      "setBreakpoints",
      { source: { path: "a" }, breakpoints: [{ line: 0 }] },
      "setBreakpoints: line must be an integer from 1, got 0",
    ],
    [
      "a breakpoint that is none",
      "setBreakpoints",
      { source: { path: "a" }, breakpoints: [null] },
      "breakpoints must be a list of objects, got null",
    ],
    [
      "an unknown filter",
      "setExceptionBreakpoints",
      { filters: ["some"] },
      'there is no filter "some", only uncaught and all',
    ],
    [
      "an unknown source",
      "source",
      { source: { path: "/no/such" } },
      "source: there is no cell and no file /no/such",
    ],
    [
      "an unknown reference",
      "variables",
      { variablesReference: 999 },
      "there is nothing under the number 999",
    ],
    ["no reference", "variables", {}, "variables: variablesReference must be an integer"],
    ["a step of a running thread", "next", { threadId: 1 }, "next: the thread has not stopped"],
    ["a frame of a running thread", "scopes", { frameId: 1 }, "scopes: the thread has not stopped"],
    ["an expression with a mistake", "evaluate", { expression: "1 +" }, "evaluate: SyntaxError: "],
    ["an expression that throws", "evaluate", { expression: "null.x" }, "evaluate: TypeError: Cannot read"],
    [
      "an expression that throws no error",
      "evaluate",
      { expression: "(() => { throw 7 })()" },
      "evaluate: 7",
    ],
    ["no error to tell of", "exceptionInfo", {}, "exceptionInfo: the thread has not stopped"],
  ])("%s", async (_, command, args, message) => {
    expect(await failure(command, args)).toContain(message);
  });

  test("a breakpoint in an unknown place waits", async () => {
    expect(await client.setBreakpointsIn("/no/such/cell.ts", [3])).toEqual([null]);
    expect((await client.body("debugInfo")).breakpoints).toEqual([
      { source: "/no/such/cell.ts", breakpoints: [{ line: 3 }] },
    ]);
    await client.setBreakpointsIn("/no/such/cell.ts", []);
  });

  test("a breakpoint in a cell with a syntax error waits", async () => {
    expect(await client.setBreakpoints("let = ;\n)", [1])).toEqual([null]);
    await client.setBreakpoints("let = ;\n)", []);
  });

  test("a running thread has no frames", async () => {
    const { stackFrames } = await client.body<StackTrace>("stackTrace", { threadId: 1 });
    expect(stackFrames).toEqual([]);
  });

  test("any content at all gets a response, and the kernel goes on", async () => {
    const commands = [
      "dumpCell",
      "setBreakpoints",
      "scopes",
      "variables",
      "evaluate",
      "source",
      "modules",
      "x",
    ];
    const content = fc.record(
      {
        command: fc.oneof(fc.constantFrom(...commands), fc.jsonValue()),
        arguments: fc.jsonValue(),
        seq: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(content, async (request) => {
        const { reply } = await client.kernel.request("debug_request", request, "control");
        expect(reply).toMatchObject({ type: "response", success: expect.any(Boolean) });
      }),
      { numRuns: 60 },
    );
    expect((await client.kernel.execute("6 * 7")).result).toEqual({ "text/plain": "42" });
  });
});

test("two kinds of requests at once are answered each", async () => {
  const code = "const fine = 1;";
  const replies = await Promise.all([
    client.setBreakpoints(code, [1]),
    client.body("inspectVariables"),
    client.setBreakpoints(code, []),
    client.body("threads"),
    client.setBreakpoints(code, [1]),
  ]);
  expect(replies[3]).toEqual({ threads: [{ id: 1, name: "main" }] });
  expect((await client.body<{ breakpoints: [] }>("debugInfo")).breakpoints).toHaveLength(1);
});

test("the kernel can be shut down while it is stopped", async () => {
  const other = await DebugClient.start();
  await other.attach();
  other.run("debugger;");
  await other.stopped();
  const { reply } = await other.kernel.request("shutdown_request", { restart: false }, "control");
  expect(reply.status).toBe("ok");
  expect(await other.kernel.exited).toBe(0);
  await other.stop();
});
