import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { KernelClient, plain } from "../client.js";

const folder = mkdtempSync(join(tmpdir(), "optimlab-magics-"));
let kernel: KernelClient;
beforeAll(async () => {
  kernel = await KernelClient.start(folder);
});
afterAll(async () => {
  await kernel.stop();
  rmSync(folder, { recursive: true, force: true });
});

const TIME = String.raw`\d[\d.,]* (?:ns|µs|ms|s|min \d+ s)`;

/** What `display_data` messages show, type by type. */
async function shown(code: string): Promise<Record<string, string>[]> {
  const { published } = await kernel.execute(code);
  return published
    .filter(({ type }) => type === "display_data")
    .map(({ content }) => content.data as Record<string, string>);
}

describe("%time", () => {
  test("says how long the code ran, and its value is the cell's", async () => {
    const { stdout, result } = await kernel.execute(
      "%time await new Promise((done) => setTimeout(done, 60)); 6 * 7",
    );
    const found = new RegExp(`^Wall time: (${TIME}) \\(CPU: user ${TIME}, system ${TIME}\\)\\n$`).exec(
      stdout,
    );
    expect(Number.parseFloat(found![1]!)).toBeGreaterThan(59);
    expect(result?.["text/plain"]).toBe("42");
  });

  test("what it declares stays", async () => {
    await kernel.execute("%time let timed = 5");
    await kernel.execute("%%time\nlet sum = 0;\nfor (let i = 0; i < 10; i++) sum += i;");
    expect((await kernel.execute("timed + sum")).result?.["text/plain"]).toBe("50");
  });
});

describe("%timeit", () => {
  test.each([
    "%timeit 1 + 1",
    "%timeit const a = [1, 2, 3]; a.map(String)",
    "%timeit await new Promise((done) => setTimeout(done, 50))",
    "%%timeit const numbers = [3, 1, 2];\nconst copy = [...numbers];\ncopy.sort();",
  ])("%j", async (code) => {
    const { stdout, error } = await kernel.execute(code);
    expect(error).toBeUndefined();
    expect(stdout).toMatch(
      new RegExp(
        `^${TIME} \\(median of \\d+ runs of [\\d,]+ loops?; the middle half took ${TIME} to ${TIME}\\)\\n$`,
      ),
    );
  });

  test("runs as often as it is told to, awaiting each time, and leaves no names behind", async () => {
    const { stdout } = await kernel.execute(
      "let calls = 0;\n%timeit -n 5 -r 2 await Promise.resolve(); calls++; const local = 1",
    );
    expect(stdout).toContain("median of 2 runs of 5 loops");
    // One more, to see whether it returns a promise.
    expect((await kernel.execute("calls")).result?.["text/plain"]).toBe("11");
    expect((await kernel.execute("local")).error?.evalue).toContain("Cannot find name 'local'");
  });

  test("an endless one is interrupted", async () => {
    for (const code of ["%timeit while (true);", "%timeit await new Promise(() => {})"]) {
      const id = kernel.send("execute_request", { code });
      await new Promise((done) => setTimeout(done, 500));
      await kernel.request("interrupt_request", {}, "control");
      expect((await kernel.answer(id)).reply).toMatchObject({ status: "error", ename: "KeyboardInterrupt" });
    }
    expect((await kernel.execute("1 + 1")).result?.["text/plain"]).toBe("2");
  });

  test("an error shows the code with a caret", async () => {
    const { error } = await kernel.execute("%timeit nowhere(1)");
    expect(error!.evalue).toContain("Cannot find name 'nowhere'");
    expect(plain(error!.traceback)).toMatch(/nowhere\(1\)\)\n\s*\|\s*\^{7}/);
  });
});

describe("variables", () => {
  test("%who lists names, types and values; %reset -f forgets them", async () => {
    await kernel.execute("%reset -f");
    await kernel.execute(
      'let n = 3; const s = "<b>"; class A {}; const a = new A(); let long = "x".repeat(1000); const t = torch.ones([2])',
    );
    const [table] = await shown("%who");
    const rows = table!["text/plain"]!.split("\n").map((line) => line.split(/ {2,}/));
    expect(rows).toEqual([
      ["name", "type", "value"],
      ["n", "number", "3"],
      ["s", "string", "'<b>'"],
      ["A", "class"],
      ["a", "A", "A {}"],
      ["long", "string", expect.stringMatching(/^'x+.*…$/)],
      ["t", "Tensor", "tensor([1., 1.])"],
    ]);
    expect(table!["text/html"]).toContain("&#60;b&#62;");
    await kernel.execute("%reset -f");
    expect((await kernel.execute("n")).error?.evalue).toContain("Cannot find name 'n'");
    expect((await kernel.execute("%who")).stdout).toBe("There are no variables yet.\n");
  });
});

describe("files", () => {
  test("%%writefile writes, overwrites and appends; %load brings it into the cell", async () => {
    const file = join(folder, "notes.ts");
    expect((await kernel.execute("%%writefile notes.ts\nlet a = 1;\n%who")).stdout).toBe("Wrote notes.ts\n");
    expect((await kernel.execute("%%writefile notes.ts\nlet b = `\n`;")).stdout).toBe("Overwrote notes.ts\n");
    expect((await kernel.execute('%%writefile -a "notes.ts"\n// é😀')).stdout).toBe("Appended to notes.ts\n");
    expect(readFileSync(file, "utf8")).toBe("let b = `\n`;\n// é😀\n");
    const { reply } = await kernel.execute("%load notes.ts");
    expect(reply.payload).toEqual([
      { source: "set_next_input", text: "// %load notes.ts\nlet b = `\n`;\n// é😀", replace: true },
    ]);
  });

  test.each([
    ["%load nothing.ts", "%load: nothing.ts: there is no such file or folder"],
    ["%load .", "%load: .: it is a folder"],
    ["%load", "%load: name the file"],
    ["%load bytes", "%load: bytes is no text file"],
    ["%%writefile\nx", "%%writefile: name the file"],
    ["%%writefile no/such/folder\nx", "there is no such file or folder"],
  ])("%j", async (code, message) => {
    writeFileSync(join(folder, "bytes"), Buffer.from([1, 0, 2]));
    const { error } = await kernel.execute(code);
    expect(error).toMatchObject({ ename: "UsageError", evalue: expect.stringContaining(message) });
  });
});

test.each([
  ["html", { "text/html": "<b>&\n%who", "text/plain": "& %who" }],
  ["markdown", { "text/markdown": "<b>&\n%who", "text/plain": "<b>&\n%who" }],
  ["svg", { "image/svg+xml": "<b>&\n%who", "text/html": "<b>&\n%who", "text/plain": "& %who" }],
  ["latex", { "text/latex": "$$\n<b>&\n%who\n$$", "text/plain": "<b>&\n%who" }],
])("%%%%%s shows the cell as what it is", async (name, bundle) => {
  expect(await shown(`%%${name}\n<b>&\n%who`)).toEqual([bundle]);
});

describe("!", () => {
  test("shows what a command prints, as it comes, with its colours and without standard input", async () => {
    const code = `!printf '\\033[32mgreen\\033[0m é\\n'; cat; sleep 1; echo late >&2`;
    const { stdout, stderr, published } = await kernel.execute(code);
    expect([stdout, stderr]).toEqual(["\u001b[32mgreen\u001b[0m é\n", "late\n"]);
    const [first, second] = published.filter(({ type }) => type === "stream");
    expect(second!.at - first!.at).toBeGreaterThan(500);
  });

  test("runs in the notebook's folder, and what follows runs too", async () => {
    const { stdout, stderr, result } = await kernel.execute("let at = 1\n!pwd; exit 3\nat + 1");
    expect(stdout.trim().endsWith(folder)).toBe(true);
    expect(stderr).toBe("[exit code 3]\n");
    expect(result?.["text/plain"]).toBe("2");
  });

  test("says by which signal a command ended", async () => {
    expect((await kernel.execute("!kill -9 $$")).stderr).toBe("[ended by SIGKILL]\n");
  });

  test("is interrupted with all that it has started", async () => {
    const id = kernel.send("execute_request", {
      code: `!echo $$; trap '' INT; sh -c 'sleep 60'; sleep 60`,
    });
    await kernel.until(() => kernel.received.some(({ parent, type }) => parent === id && type === "stream"));
    await kernel.request("interrupt_request", {}, "control");
    const { error, stdout } = await kernel.answer(id);
    expect(error?.ename).toBe("KeyboardInterrupt");
    const gone = (): boolean => {
      try {
        process.kill(-Number(stdout), 0);
        return false;
      } catch {
        return true;
      }
    };
    const end = Date.now() + 20_000;
    while (!gone() && Date.now() < end) await new Promise((done) => setTimeout(done, 100));
    expect(gone()).toBe(true);
  });
});

describe("%npm and %reset", () => {
  test.each([
    [
      "%npm install nowhere",
      "%npm install asks first, and nobody can answer here",
      "%npm install -y does not ask",
    ],
    ["%reset", "%reset asks first, and nobody can answer here", "%reset -f does not ask"],
  ])("%s without somebody to ask", async (code, reason, remedy) => {
    const { error } = await kernel.execute(code, { allow_stdin: false });
    expect(error?.evalue).toContain(reason);
    expect(error?.evalue).toContain(remedy);
  });

  test("installs a package that the next cell imports", async () => {
    await kernel.execute("!mkdir pebble");
    writeFileSync(
      join(folder, "pebble", "package.json"),
      '{ "name": "pebble", "version": "1.0.0", "main": "main.js" }',
    );
    writeFileSync(join(folder, "pebble", "main.js"), "exports.weight = 3;");
    const { reply, stdout, stderr } = await kernel.execute("%npm install -y ./pebble");
    expect(reply.status, stdout + stderr).toBe("ok");
    expect(JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).dependencies).toEqual({
      pebble: "file:pebble",
    });
    expect((await kernel.execute('require("pebble").weight')).result?.["text/plain"]).toBe("3");
  });

  test.each([
    ["%npm", '%npm: only "install" is known here'],
    ["%npm publish", "for the rest of npm: !npm publish"],
    ["%npm install", "%npm install: name a package"],
    ["%reset everything", "the only option is -f"],
  ])("%j", async (code, message) => {
    expect((await kernel.execute(code)).error?.evalue).toContain(message);
  });
});

describe("help", () => {
  const page = async (code: string): Promise<string> => {
    const { reply } = await kernel.execute(code);
    const [first, ...rest] = reply.payload as {
      source: string;
      data: Record<string, string>;
      start: number;
    }[];
    expect(rest).toEqual([]);
    expect(first).toMatchObject({ source: "page", start: 0 });
    return first!.data["text/plain"]!;
  };

  test.each([
    ["?torch.randn", ["size: readonly number[]", "standard deviation 1"]],
    ["torch.randn?", ["size: readonly number[]", "standard deviation 1"]],
    ["?%time", ["%%time before a cell"]],
    ["%timeit?", ["[-n loops]"]],
    ["?", ["%lsmagic", "!command"]],
    ["let helped = 1;\nhelped?\n?%who", ["let helped: number", "%who"]],
  ])("%j", async (code, texts) => {
    const text = await page(code);
    for (const part of texts) expect(text).toContain(part);
  });

  test("%lsmagic lists every magic", async () => {
    const [table] = await shown("%lsmagic");
    for (const name of [
      "%time ",
      "%timeit",
      "%who",
      "%reset",
      "%load",
      "%%writefile",
      "%%html",
      "%npm",
      "!command",
    ]) {
      expect(table!["text/plain"]).toContain(name);
    }
  });

  test.each([
    ["?nowhere", '?nowhere: there is no variable or library function "nowhere"'],
    ["%tmie 1", "there is no magic %tmie; did you mean %time?"],
    ["%zzzzz 1", "there is no magic %zzzzz; %lsmagic lists those that there are"],
    ["%%who\n1", "%%who: it is written %who"],
    ["%html <b>", "%html: it is written %%html"],
    ["1;\n%%html\n<b>", "%%html: it must be the first line of its cell"],
    ["%time", "%time: there is no code to be timed"],
    ["%%time 1\n2", "the code follows on the next line"],
    ["%timeit -n 0 1", "%timeit: -n must be at least 1, got 0"],
    ["%who me", '%who takes no argument, got "me"'],
    ["%%html <b>\n", "what is to be shown follows on the next line"],
  ])("%j: an error", async (code, message) => {
    const { error } = await kernel.execute(code);
    expect(error).toMatchObject({ ename: "UsageError", evalue: expect.stringContaining(message) });
    expect(plain(error!.traceback)).toBe(`UsageError: ${error!.evalue}`);
  });
});

describe("cells with magics", () => {
  test("an error after a magic names its line", async () => {
    const { error } = await kernel.execute("let before = 1;\n!true\n\nthrow new Error('line four')");
    expect(plain(error!.traceback)).toMatch(/> 4 \| throw new Error[\s\S]*cell \[\d+\]:4:7/);
  });

  test("nothing runs when a part does not parse", async () => {
    const { error } = await kernel.execute("globalThis.ran = true;\n%who\nlet = ;");
    expect(error?.ename).toBe("TypeScriptError");
    expect((await kernel.execute("(globalThis as any).ran")).result).toBeUndefined();
  });

  test("an error ends the cell", async () => {
    const { error, stdout } = await kernel.execute("throw new Error('first')\n!echo second");
    expect([error?.evalue, stdout]).toEqual(["first", ""]);
  });

  test.each([
    ["%ti", 3, ["%time", "%timeit"]],
    ["let x = 1\n%wh", 13, ["%who"]],
    ["%%h", 3, ["%%html"]],
    ["%%w\nlet a", 3, ["%%writefile"]],
    ["%time torch.manualSee", 21, ["manualSeed"]],
    ["%who\ntorch.manualSee", 20, ["manualSeed"]],
  ])("completion in %j", async (code, cursor_pos, matches) => {
    const { reply } = await kernel.request("complete_request", { code, cursor_pos });
    expect(reply.matches).toEqual(matches);
    expect(reply.cursor_end).toBe(cursor_pos);
  });

  test("names are inspected in the argument of a magic", async () => {
    const { reply } = await kernel.request("inspect_request", { code: "%time torch.relu", cursor_pos: 16 });
    expect(JSON.stringify(reply.data)).toContain("relu");
  });

  test.each([
    ["%time f()", "complete"],
    ["!ls -l", "complete"],
    ["%%html", "incomplete"],
    ["%%html\n<b>", "incomplete"],
    ["%%html\n<b>\n", "complete"],
    ["%who\nfunction f() {", "incomplete"],
  ])("%j is %s in a console", async (code, status) => {
    expect((await kernel.request("is_complete_request", { code })).reply.status).toBe(status);
  });
});
