import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { KernelClient, plain } from "./client.js";

let kernel: KernelClient;
beforeAll(async () => {
  kernel = await KernelClient.start();
});
afterAll(() => kernel.stop());

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
/** A number as text, whatever Node prints around it. */
const value = async (expression: string): Promise<unknown> =>
  (await kernel.execute(expression)).result?.["text/plain"];

describe("execution", () => {
  test("publishes input, output, result and status in the order of the specification", async () => {
    const { published, reply, stdout, stderr } = await kernel.execute(
      'console.log("out"); console.error("err"); 6 * 7',
    );
    expect(published.map(({ type }) => type)).toEqual([
      "status",
      "execute_input",
      "stream",
      "stream",
      "execute_result",
      "status",
    ]);
    expect([stdout, stderr]).toEqual(["out\n", "err\n"]);
    const { execution_count, ...rest } = reply;
    expect(rest).toEqual({ status: "ok", payload: [], user_expressions: {} });
    const numbered = published.filter(({ content }) => "execution_count" in content);
    expect(numbered.map(({ content }) => content.execution_count)).toEqual([
      execution_count,
      execution_count,
    ]);
  });

  test.each([
    ["a silent cell is not numbered, shows no input and no result", { silent: true }, 0, []],
    ["a cell without history shows both and is not numbered", { store_history: false }, 0, ["in", "out"]],
    ["any other cell is numbered", {}, 1, ["in", "out"]],
  ])("%s", async (_, options, step, shown) => {
    const before = (await kernel.execute("1")).reply.execution_count as number;
    const { published, reply } = await kernel.execute("2", options);
    expect(reply.execution_count).toBe(before + step);
    const names: Record<string, string> = { execute_input: "in", execute_result: "out" };
    expect(published.flatMap(({ type }) => names[type] ?? [])).toEqual(shown);
  });

  test("user expressions are values or errors of their own", async () => {
    const { reply } = await kernel.execute("let forExpression = 20", {
      user_expressions: { good: "forExpression + 1", bad: "(() => { throw new RangeError('x') })()" },
    });
    expect(reply.user_expressions).toMatchObject({
      good: { status: "ok", data: { "text/plain": "21" } },
      bad: { status: "error", ename: "RangeError", evalue: "x" },
    });
  });

  test("cells queued behind an error are aborted, unless they say otherwise", async () => {
    const failing = kernel.send("execute_request", { code: 'throw new Error("first")' });
    const queued = [1, 2].map((n) => kernel.send("execute_request", { code: `globalThis.aborted = ${n}` }));
    const info = kernel.send("kernel_info_request");
    expect((await kernel.answer(failing)).reply.status).toBe("error");
    for (const id of queued) expect((await kernel.answer(id)).reply.status).toBe("aborted");
    expect((await kernel.answer(info)).reply.status).toBe("ok");
    expect((await kernel.execute("1")).reply.status).toBe("ok");

    const going = kernel.send("execute_request", { code: "throw 1", stop_on_error: false });
    const next = kernel.send("execute_request", { code: "2" });
    await kernel.answer(going);
    expect((await kernel.answer(next)).reply.status).toBe("ok");
  });

  test("2,000 lines of one synchronous cell: all, in order, before idle, the first while it still runs", async () => {
    const code = `for (let i = 0; i < 2000; i++) console.log("line " + i);
      const end = Date.now() + 1500; while (Date.now() < end);`;
    const id = kernel.send("execute_request", { code });
    const { published, stdout } = await kernel.answer(id);
    expect(stdout).toBe(Array.from({ length: 2000 }, (_, i) => `line ${i}\n`).join(""));
    const first = published.find(({ type }) => type === "stream")!;
    expect(published.at(-1)!.at - first.at).toBeGreaterThan(1000);
    expect(published.at(-1)!.content.execution_state).toBe("idle");
  });

  test("100,000 lines all arrive", async () => {
    const { published, stdout } = await kernel.execute("for (let i = 0; i < 100_000; i++) console.log(i)");
    expect(stdout).toBe(Array.from({ length: 100_000 }, (_, i) => `${i}\n`).join(""));
    expect(published.length).toBeLessThan(1000);
  });

  test("2,000 displays of one synchronous cell all arrive", async () => {
    const { published } = await kernel.execute("for (let i = 0; i < 2000; i++) display(i)");
    const shown = published.filter(({ type }) => type === "display_data");
    expect(shown.map(({ content }) => (content.data as Record<string, string>)["text/plain"])).toEqual(
      Array.from({ length: 2000 }, (_, i) => String(i)),
    );
  });

  test("every way to write arrives on its stream, in order", async () => {
    const { stdout, stderr } = await kernel.execute(
      `console.info("a"); process.stdout.write("b\\n"); console.table([{ x: 1 }]); console.dir({ y: 2 });
       process.stdout.write(Buffer.from("é").subarray(0, 1)); process.stdout.write(Buffer.from("é").subarray(1));
       console.warn("c"); process.stderr.write("d\\n");`,
    );
    expect(stdout).toMatch(/^a\nb\n[\s\S]*│ 1 │[\s\S]*\{ y: 2 \}\né$/);
    expect(stderr).toBe("c\nd\n");
  });

  test("output after the end of a cell goes to that cell", async () => {
    const first = kernel.send("execute_request", {
      code: `setTimeout(() => console.log("late"), 300);
        (async () => { await new Promise((done) => setTimeout(done, 350)); console.log("later") })(); 1`,
    });
    await kernel.answer(first);
    const second = await kernel.execute(
      "await new Promise((done) => setTimeout(done, 700)); console.log('mine')",
    );
    expect(second.stdout).toBe("mine\n");
    expect((await kernel.answer(first)).stdout).toBe("late\nlater\n");
  });
});

describe("errors", () => {
  test("a type error names line and column, has a caret, and the cell does not run", async () => {
    const { error, reply } = await kernel.execute(
      'globalThis.ran = true;\n\tconst wrong: number = "text";\nlet more: string = 1',
    );
    expect(reply).toMatchObject({ status: "error", ename: "TypeScriptError" });
    expect(error!.evalue).toBe(
      "2:8 - Type 'string' is not assignable to type 'number'.\n3:5 - Type 'number' is not assignable to type 'string'.",
    );
    expect(plain(error!.traceback)).toContain('> 2 | \tconst wrong: number = "text";\n    | \t      ^^^^^');
    expect(await value("(globalThis as any).ran")).toBeUndefined();
  });

  test("a runtime error names cell, line and column through TypeScript that is longer than its JavaScript", async () => {
    const code = `interface Long {
  a: number;
  b?: string;
}

function fails(x: Long | null): number {
  type Local = Long;
  return (x as Local).a;
}`;
    const defined = (await kernel.execute(code)).reply.execution_count;
    const { error, reply } = await kernel.execute("// a comment\n\nfails(null)");
    expect(error!.ename).toBe("TypeError");
    expect(error!.evalue).toBe("Cannot read properties of null (reading 'a')");
    const text = plain(error!.traceback);
    expect(text).toContain("> 8 |   return (x as Local).a;\n    |                       ^");
    expect(text.split("\n").filter((line) => line.startsWith("    at "))).toEqual([
      `    at fails (cell [${defined}]:8:23)`,
      `    at cell [${reply.execution_count}]:3:1`,
    ]);
  });

  test.each([
    ["throw null", "Thrown", "null"],
    ["throw 'text'", "Thrown", "'text'"],
    ["throw { get name() { throw 1 } }", "Thrown", "{ name: [Getter] }"],
    ["class MyError extends Error {}; throw new MyError('mine')", "MyError", "mine"],
    ["await Promise.reject(new SyntaxError('rejected'))", "SyntaxError", "rejected"],
    ["(function f(): never { return f() })()", "RangeError", "Maximum call stack size exceeded"],
    ["throw Object.defineProperty(new Error('x'), 'message', { get() { throw 1 } })", "Error", ""],
    ["throw new Proxy(new Error('x'), { get() { throw 1 } })", "Error", ""],
  ])("%s", async (code, ename, evalue) => {
    const { error, reply } = await kernel.execute(code);
    expect([error!.ename, error!.evalue]).toEqual([ename, evalue]);
    expect(reply).toMatchObject({ status: "error", ename, evalue });
  });

  test("errors that nobody caught are told on stderr, with the cell's line", async () => {
    const { stderr } = await kernel.execute(`setTimeout(() => {
        throw new Error("from a timer");
      }, 1);
      Promise.reject(new Error("from a promise"));
      await new Promise((done) => setTimeout(done, 100));`);
    expect(plain(stderr)).toMatch(/from a promise[\s\S]*from a timer[\s\S]*\[\d+\]:2:15/);
  });

  test("process.exit ends its cell and nothing else", async () => {
    await kernel.execute("let kept = 1");
    const cell = await kernel.execute(
      'console.log("last words"); try { process.exit(3) } finally { kept = 2 }',
    );
    expect(cell.stdout).toBe("last words\n");
    expect(cell.reply).toMatchObject({ status: "error", ename: "SystemExit" });
    expect(cell.error!.evalue).toBe("process.exit(3) ended the cell; the kernel goes on");
    expect(await value("kept")).toBe("1");
    const later = kernel.send("execute_request", { code: "setTimeout(() => process.exit(4), 30); 1" });
    await kernel.answer(later);
    const meanwhile = await kernel.execute("await new Promise((done) => setTimeout(done, 200)); kept");
    expect(meanwhile.result).toEqual({ "text/plain": "1" });
    expect((await kernel.answer(later)).stderr).toMatch(/process\.exit\(4\) was ignored: its cell has ended/);
  });

  test("code that the compiler cannot take leaves a kernel that works", async () => {
    const { reply } = await kernel.execute(`${"(".repeat(20_000)}1${")".repeat(20_000)}`);
    expect(reply.status).toBe("error");
    expect(await value("1 + 1")).toBe("2");
  });

  test.each([
    ["JSON.stringify = () => { throw 1 }; JSON.parse = () => { throw 1 }"],
    ["Object.defineProperty(Object.prototype, 'surprise', { value: 1, configurable: true })"],
    ["globalThis.console = undefined as any"],
    ["globalThis.Buffer = undefined as any"],
    ["globalThis.setTimeout = undefined as any"],
    ["Error.prepareStackTrace = () => { throw 1 }"],
    ["Promise.prototype.then = () => { throw 1 }; globalThis.Promise = undefined as any"],
    ["globalThis.Reflect = globalThis.Object = globalThis.Map = undefined as any"],
    ["Array.prototype[Symbol.iterator] = () => { throw 1 }; Array.prototype.map = () => { throw 1 }"],
    ["Array.prototype.push = Array.prototype.join = Array.prototype.slice = () => { throw 1 }"],
    ["String.prototype.replace = RegExp.prototype.exec = RegExp.prototype.test = () => { throw 1 }"],
    ["Map.prototype.get = Map.prototype.set = Map.prototype.has = () => { throw 1 }"],
    ["Function.prototype.call = Function.prototype.apply = () => { throw 1 }"],
    [
      "for (const key of ['get', 'set', 'value']) Object.defineProperty(Object.prototype, key, { value: 1, configurable: true, writable: true })",
    ],
    ["const JSON = 1, Object = 2, Promise = 3, console = 4, process = 5, require = 6, globalThis = 7"],
  ])("survives %s", async (code) => {
    const own = await KernelClient.start();
    try {
      await own.execute(code);
      expect((await own.execute("6 * 7")).result).toEqual({ "text/plain": "42" });
      expect((await own.execute("null!.x")).reply.status).toBe("error");
    } finally {
      await own.stop();
    }
  });
});

describe("variables of earlier cells", () => {
  test.each([
    ["in a shorthand property", "({ earlier, own: 1 })", "{ earlier: 5, own: 1 }"],
    ["in a nested one", "[() => ({ a: { earlier } })][0]()", "{ a: { earlier: 5 } }"],
    ["beside a new one", "const fresh = 6; ({ earlier, fresh })", "{ earlier: 5, fresh: 6 }"],
    ["shadowed by a parameter", "((earlier: number) => ({ earlier }))(7)", "{ earlier: 7 }"],
    ["assigned by destructuring", "({ earlier } = { earlier: 8 }); earlier", "8"],
    ["declared again", "const earlier = 'text'; earlier.length", "4"],
  ])("%s", async (_, code, expected) => {
    await kernel.execute("let earlier = 5");
    expect(await value(code)).toBe(expected);
  });

  test("a top-level for await", async () => {
    const { stdout, error } = await kernel.execute(
      "for await (const x of [1, Promise.resolve(2)]) console.log(x)",
    );
    expect([stdout, error]).toEqual(["1\n2\n", undefined]);
  });

  test("those of a cell that failed are there as far as it came", async () => {
    await kernel.execute('const reached = 1; throw new Error("stop")');
    expect(await value("reached")).toBe("1");
  });
});

describe("interrupts", () => {
  const interrupts: [string, () => void][] = [
    ["SIGINT", () => void kernel.process.kill("SIGINT")],
    ["interrupt_request", () => void kernel.send("interrupt_request", {}, "control")],
  ];
  const cells: [string, string][] = [
    ["a synchronous loop", "while (true) {}"],
    ["a loop after an await", "await 0; while (true) {}"],
    ["a microtask loop", "(async () => { while (true) await null })(); await new Promise(() => {})"],
    [
      "a loop in a timer that the cell awaits",
      "await new Promise(() => setTimeout(() => { while (true) {} }, 1))",
    ],
    ["a try/catch loop", "while (true) { try { while (true) {} } catch {} finally { continue } }"],
    ["a pending await", "await new Promise(() => {})"],
    ["an awaited sleep", "await new Promise((done) => setTimeout(done, 100_000))"],
    ["a printing loop", "while (true) console.log('x'.repeat(100))"],
    ["Atomics.wait", "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)"],
    ["a loop in a display method", "({ [Symbol.for('Jupyter.display')]: () => { while (true) {} } })"],
    [
      "a display method that never answers",
      "({ [Symbol.for('Jupyter.display')]: () => new Promise(() => {}) })",
    ],
    [
      "a loop in a getter of an error",
      "throw { [Symbol.for('nodejs.util.inspect.custom')]() { while (true) {} } }",
    ],
  ];
  for (const [signal, interrupt] of interrupts) {
    test.each(cells)(`%s ends by ${signal} within a second`, async (_, code) => {
      await kernel.execute("let survivor = 41");
      const id = kernel.send("execute_request", { code });
      await sleep(400);
      const start = performance.now();
      interrupt();
      const { error, reply } = await kernel.answer(id, 5_000);
      expect(performance.now() - start).toBeLessThan(1_000);
      expect(reply).toMatchObject({ status: "error", ename: "KeyboardInterrupt" });
      expect(error!.ename).toBe("KeyboardInterrupt");
      expect(await value("survivor + 1")).toBe("42");
    });
  }

  test("a loop over awaited sleeps does not go on after the interrupt", async () => {
    const id = kernel.send("execute_request", {
      code: `setInterval(() => console.log("interval"), 50);
        for (;;) { await new Promise((done) => setTimeout(done, 50)); console.log("loop") }`,
    });
    await sleep(500);
    await kernel.request("interrupt_request", {}, "control");
    expect((await kernel.answer(id)).reply.ename).toBe("KeyboardInterrupt");
    const { stdout } = await kernel.answer(id);
    expect(stdout).toContain("loop");
    await sleep(300);
    expect((await kernel.answer(id)).stdout).toBe(stdout);
  });

  test("a loop in a timer after its cell has ended", async () => {
    await kernel.execute("setTimeout(() => { while (true) {} }, 20); 1");
    await sleep(300);
    const { reply } = await kernel.request("interrupt_request", {}, "control");
    expect(reply.status).toBe("ok");
    expect(await value("2 + 2")).toBe("4");
  });

  test.each(interrupts)("%s while idle does nothing, ten times", async (_, interrupt) => {
    for (let i = 0; i < 10; i++) {
      interrupt();
      await sleep(10);
    }
    await sleep(100);
    expect(await value("3 + 3")).toBe("6");
    expect(await value("await new Promise((done) => setTimeout(() => done(7), 10))")).toBe("7");
  });

  test("an interrupt between two cells loses neither", async () => {
    for (let i = 0; i < 20; i++) {
      kernel.process.kill("SIGINT");
      const { reply } = await kernel.execute(`${i}`);
      expect(["ok", "error"]).toContain(reply.status);
    }
    expect(await value("1")).toBe("1");
  });

  test("while the compiler works, and later cells have their types", async () => {
    await kernel.execute("const beforeTypes = [1, 2]");
    // 2^18 instantiations: seconds of checking.
    const type =
      "type Grow<N extends number, T extends unknown[] = []> = T['length'] extends N ? T : Grow<N, [...T, unknown]>";
    const code = `${type}; ${Array.from({ length: 300 }, (_, i) => `type G${i} = Grow<${600 + i}>; let g${i}: G${i};`).join("\n")}`;
    const id = kernel.send("execute_request", { code });
    await sleep(300);
    kernel.process.kill("SIGINT");
    await kernel.answer(id, 30_000);
    expect(await value("beforeTypes.length")).toBe("2");
    expect((await kernel.execute("const typed: string = beforeTypes")).error?.evalue).toContain("number[]");
  });

  test("the heartbeat is answered while a cell runs", async () => {
    const id = kernel.send("execute_request", {
      code: "const stop = Date.now() + 1500; while (Date.now() < stop);",
    });
    await sleep(300);
    expect(await kernel.heartbeat()).toBeLessThan(1_000);
    expect((await kernel.answer(id)).reply.status).toBe("ok");
  });
});

describe("the library in cells", () => {
  test.each([
    ["torch.tensor([1, 2]).add(1).item === undefined", "false"],
    ["nn === torch.nn && optim === torch.optim && plot === torch.plot", "true"],
    ["plot.functions.rosenbrock(torch.tensor([1, 2])).item()", "100"],
    ['import * as again from "optimlab"; again.Tensor === torch.Tensor', "true"],
    ['import { nn as sameNn } from "optimlab"; sameNn.Linear === nn.Linear', "true"],
    ['(await import("optimlab")).Tensor === torch.Tensor', "true"],
    ['require("optimlab").Tensor === torch.Tensor', "true"],
    ["const typed: Tensor = torch.ones([2]); typed.shape.length", "1"],
  ])("%s", async (code, expected) => {
    const { result, error } = await kernel.execute(code);
    expect([error, result]).toEqual([undefined, { "text/plain": expected }]);
  });

  test.each([
    ["const n: number = torch.ones([2])", /Type 'Tensor' is not assignable to type 'number'/],
    ["new nn.Linear('a', 1)", /Type 'string' is not assignable to type 'number'/],
    ["torch.onse([2])", /Property 'onse' does not exist on type 'typeof import\("optimlab"\)'/],
    ['import { Tensr } from "optimlab"', /has no exported member/],
  ])("is typed: %s is an error", async (code, message) => {
    expect((await kernel.execute(code)).error?.evalue).toMatch(message);
  });

  test("tslab's display works, updates included", async () => {
    const { published } = await kernel.execute(
      'import { newDisplay } from "tslab"; const d = newDisplay(); d.html("<b>1</b>"); d.html("<b>2</b>");',
    );
    const shown = published.filter(({ type }) => type.endsWith("display_data"));
    expect(shown.map(({ type }) => type)).toEqual(["display_data", "update_display_data"]);
    expect(shown.map(({ content }) => content.data)).toEqual([
      { "text/html": "<b>1</b>" },
      { "text/html": "<b>2</b>" },
    ]);
    const ids = shown.map(({ content }) => (content.transient as { display_id: string }).display_id);
    expect(ids[0]).toMatch(/^[0-9a-f]+$/);
    expect(ids[1]).toBe(ids[0]);
  });
});

test("clearOutput", async () => {
  const { published } = await kernel.execute(
    'console.log("old"); clearOutput({ wait: true }); console.log("new")',
  );
  const [, , ...rest] = published.map(({ type, content }) => [type, content.text ?? content.wait]);
  expect(rest.slice(0, -1)).toEqual([
    ["stream", "old\n"],
    ["clear_output", true],
    ["stream", "new\n"],
  ]);
});

describe("other requests", () => {
  test("kernel_info on shell and control, with true versions", async () => {
    for (const channel of ["shell", "control"] as const) {
      const { reply } = await kernel.request("kernel_info_request", {}, channel);
      expect(reply).toMatchObject({
        status: "ok",
        protocol_version: "5.4",
        implementation: "optimlab",
        language_info: { name: "typescript", version: "5.0.4", file_extension: ".ts" },
      });
      expect(reply.banner).toContain(process.version);
    }
  });

  test("completion counts in code points and knows types", async () => {
    await kernel.execute("const numbers = [1, 2, 3]");
    const code = '"😀😀"; numbers.ma';
    const { reply } = await kernel.request("complete_request", { code, cursor_pos: [...code].length });
    expect(reply).toMatchObject({ status: "ok", cursor_start: 14, cursor_end: 16 });
    expect(reply.matches).toContain("map");
    const types = (reply.metadata as { _jupyter_types_experimental: { text: string; type: string }[] })
      ._jupyter_types_experimental;
    expect(types.find(({ text }) => text === "map")).toEqual({
      start: 14,
      end: 16,
      text: "map",
      type: "method",
    });
    const library = await kernel.request("complete_request", { code: "torch.on", cursor_pos: 8 });
    expect(library.reply.matches).toContain("ones");
  });

  test("inspection shows type and documentation", async () => {
    const code = '"😀"; Math.max';
    for (const cursor_pos of [[...code].length, [...code].length - 2]) {
      const { reply } = await kernel.request("inspect_request", { code, cursor_pos, detail_level: 0 });
      expect(reply).toMatchObject({ status: "ok", found: true });
      expect((reply.data as Record<string, string>)["text/plain"]).toMatch(
        /Math\.max\(\.\.\.values: number\[\]\): number/,
      );
    }
    const { reply } = await kernel.request("inspect_request", {
      code: "   ",
      cursor_pos: 1,
      detail_level: 0,
    });
    expect(reply).toEqual({ status: "ok", found: false, data: {}, metadata: {} });
  });

  test.each([
    ["1 + 1", { status: "complete" }],
    ["function f() {", { status: "incomplete", indent: "  " }],
    ["const a = ]", { status: "invalid" }],
  ])("is_complete: %s", async (code, expected) => {
    expect((await kernel.request("is_complete_request", { code })).reply).toEqual(expected);
  });

  test("history: tail, range and search", async () => {
    await kernel.execute("111");
    const { execution_count } = (await kernel.execute("222")).reply;
    const ask = async (content: object): Promise<unknown> =>
      (await kernel.request("history_request", { output: false, raw: true, ...content })).reply.history;
    expect(await ask({ hist_access_type: "tail", n: 2 })).toMatchObject(
      [
        [1, {}, "111"],
        [1, {}, "222"],
      ].map((row) => [row[0], expect.any(Number), row[2]]),
    );
    expect(await ask({ hist_access_type: "tail", n: 1, output: true })).toEqual([
      [1, execution_count, ["222", "222"]],
    ]);
    expect(
      await ask({
        hist_access_type: "range",
        session: 0,
        start: execution_count,
        stop: (execution_count as number) + 1,
      }),
    ).toEqual([[1, execution_count, "222"]]);
    expect(await ask({ hist_access_type: "search", pattern: "22*", n: 1 })).toEqual([
      [1, execution_count, "222"],
    ]);
  });

  test("comm_info is empty, and a comm that nobody asked for is closed", async () => {
    expect((await kernel.request("comm_info_request")).reply).toEqual({ status: "ok", comms: {} });
    const id = kernel.send("comm_open", { comm_id: "c1", target_name: "nobody", data: {} });
    await kernel.until(() =>
      kernel.received.some(({ parent, type }) => parent === id && type === "comm_close"),
    );
  });
});

describe("hostile messages", () => {
  test("are dropped with a line on stderr, and later ones are answered", async () => {
    const before = kernel.stderr.length;
    const good = kernel.frames("execute_request", {
      code: "globalThis.replays = (globalThis.replays ?? 0) + 1",
    });
    const broken: [string, (string | Buffer)[]][] = [
      [
        "wrong signature",
        kernel.frames("execute_request", { code: "globalThis.forged = 1" }, "id", "other key"),
      ],
      ["no <IDS|MSG> delimiter", ["nonsense"]],
      ["0 of 4 frames", ["<IDS|MSG>"]],
      ["wrong signature", ["<IDS|MSG>", "zz", "{}", "{}", "{}", "{}"]],
      ["no <IDS|MSG> delimiter", [Buffer.alloc(0)]],
      ["unknown type", kernel.frames("no_such_request", {})],
    ];
    for (const channel of ["shell", "control"] as const) {
      for (const [, frames] of broken) await kernel.sendFrames(channel, frames);
    }
    await kernel.sendFrames("shell", good);
    await kernel.sendFrames("shell", good);
    expect((await kernel.request("execute_request", { code: 5 })).reply.status).toBe("error");
    expect(await value("[(globalThis as any).replays, (globalThis as any).forged]")).toBe("[ 1, undefined ]");
    expect((await kernel.request("kernel_info_request", {}, "control")).reply.status).toBe("ok");
    await sleep(100);
    const log = kernel.stderr.slice(before);
    for (const [reason] of broken) expect(log).toContain(reason);
    expect(log).toContain("replay");
  });

  test("bytes that are not ZeroMQ do not stop a channel", async () => {
    for (const port of ["control_port", "shell_port"]) {
      const socket = connect(kernel.address(port));
      socket.on("error", () => undefined);
      socket.write(Buffer.from([0xff, 0, 0, 0, 0, 0, 0, 1]));
      await sleep(100);
      socket.destroy();
    }
    expect((await kernel.request("kernel_info_request", {}, "control")).reply.status).toBe("ok");
    expect(await value("8 + 1")).toBe("9");
  });

  test("a burst of 500 requests gets 500 replies", async () => {
    const ids = Array.from({ length: 500 }, () => kernel.send("kernel_info_request"));
    for (const id of ids) expect((await kernel.answer(id)).reply.status).toBe("ok");
  });
});

describe("life and death", () => {
  test.each([
    ["while idle", undefined],
    ["while a cell runs", "while (true) {}"],
    ["while a cell waits", "await new Promise(() => {})"],
  ])("shutdown %s is answered and ends the process with code 0", async (_, code) => {
    const own = await KernelClient.start();
    if (code) {
      await own.execute("1");
      own.send("execute_request", { code });
      await sleep(300);
    }
    const { reply } = await own.request("shutdown_request", { restart: true }, "control");
    expect(reply).toEqual({ status: "ok", restart: true });
    expect(await own.exited).toBe(0);
    await own.stop();
  });

  test("requests are answered that come before the compiler is loaded", async () => {
    const own = await KernelClient.start();
    try {
      expect((await own.execute("1 + 2")).result).toEqual({ "text/plain": "3" });
    } finally {
      await own.stop();
    }
  });

  describe("a connection file that cannot be used", () => {
    const folder = mkdtempSync(join(tmpdir(), "optimlab-connection-"));
    afterAll(() => rmSync(folder, { recursive: true }));
    const cli = fileURLToPath(new URL("../../dist/kernel/cli.js", import.meta.url));
    test.each([
      ["missing", undefined, /does not exist/],
      ["empty", "", /is not JSON/],
      ["list", "[]", /must hold a JSON object/],
      [
        "ports",
        '{"ip": "127.0.0.1", "shell_port": -1}',
        /shell_port must be a port number from 1 to 65535, got -1/,
      ],
      ["scheme", '{"ip": "127.0.0.1", "signature_scheme": "none"}', /signature_scheme must be hmac-sha256/],
    ])("%s: one line and exit code 1", (name, text, message) => {
      const file = join(folder, name);
      if (text !== undefined) writeFileSync(file, text);
      const { status, stderr } = spawnSync(process.execPath, [cli, "kernel", file], { encoding: "utf8" });
      expect(stderr).toMatch(message);
      expect(stderr).toContain(file);
      expect(stderr.trimEnd().split("\n")).toHaveLength(1);
      expect(status).toBe(1);
    });
  });
});
