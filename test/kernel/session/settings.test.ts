import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { plain } from "../client.js";
import { Notebook } from "./in-process.js";

const WRONG = "const wrong: number = 'text'; wrong";
const MESSAGE = "Type 'string' is not assignable to type 'number'.";

describe("type errors", () => {
  let notebook: Notebook;
  beforeAll(() => {
    notebook = new Notebook();
  });
  afterAll(() => notebook.close());
  afterEach(async () => {
    await notebook.run("%typecheck on");
    notebook.written = "";
  });

  test("keep a cell from running, at first", async () => {
    expect(await notebook.run(WRONG)).toContain(MESSAGE);
    await notebook.run("%typecheck");
    expect(notebook.written).toBe("Type errors keep a cell from running.\n");
  });

  test("are warnings from then on, with a caret", async () => {
    expect(await notebook.run("%typecheck warn", WRONG)).toBe("'text'");
    expect(notebook.written).toContain(`${MESSAGE} (TS2322)\n    at cell [`);
    expect(notebook.written).toContain("> 1 | const wrong: number = 'text'; wrong\n    |       ^^^^^\n");
    expect(await notebook.run(WRONG)).toBe("'text'");
  });

  test("are warnings for one cell", async () => {
    expect(await notebook.run(`%%typecheck warn\n${WRONG}`)).toBe("'text'");
    expect(notebook.written).toContain("> 2 | const wrong");
    expect(await notebook.run(WRONG)).toContain(MESSAGE);
  });

  test("are not shown", async () => {
    expect(await notebook.run("%typecheck off", WRONG)).toBe("'text'");
    expect(notebook.written).toBe("");
  });

  test("an unknown name is then an error of JavaScript", async () => {
    expect(await notebook.run("%typecheck off", "nowhereToBeFound")).toBe(
      "ReferenceError: nowhereToBeFound is not defined",
    );
  });

  test("a syntax error is one all the same", async () => {
    expect(await notebook.run("%typecheck off", "const = 1")).toContain("Variable declaration expected");
    expect(await notebook.run("break")).toContain("SyntaxError");
  });

  test("the switch takes three words", async () => {
    expect(await notebook.run("%typecheck maybe")).toContain('on, warn or off, got "maybe"');
  });
});

describe("the nearest tsconfig.json", () => {
  test.each<[name: string, files: Record<string, string>, cell: string, last: string]>([
    ["none: not strict", {}, "const f = (x) => x; f(1)", "1"],
    [
      "strict",
      { "tsconfig.json": '{ "compilerOptions": { "strict": true } }' },
      "const f = (x) => x; f(1)",
      "TypeScriptError: 1:12 - Parameter 'x' implicitly has an 'any' type.",
    ],
    [
      "with comments and a base",
      {
        "base.json": '{ "compilerOptions": { "strict": true } }',
        "tsconfig.json": '{ /* mine */ "extends": "./base.json", }',
      },
      "let s: string = null",
      "TypeScriptError: 1:5 - Type 'null' is not assignable to type 'string'.",
    ],
    [
      "what a cell needs stays",
      {
        "tsconfig.json":
          '{ "compilerOptions": { "module": "commonjs", "target": "es5", "noEmit": true, "outDir": "out", "noUnusedLocals": true, "isolatedModules": true, "declaration": true, "verbatimModuleSyntax": true, "rootDir": "src", "jsx": "react-jsx" } }',
      },
      "class A { #x = 1; get x() { return this.#x } } let unused = 1; await new A().x",
      "1",
    ],
    [
      "paths",
      {
        "tsconfig.json": '{ "compilerOptions": { "baseUrl": ".", "paths": { "@lib/*": ["src/*"] } } }',
        "src/a.ts": "export const a = 1",
      },
      "import { a } from '@lib/a'; a.toFixed(1)",
      "'1.0'",
    ],
    [
      "lib",
      { "tsconfig.json": '{ "compilerOptions": { "lib": ["es2022", "dom"] } }' },
      "let e: HTMLElement | undefined; typeof e",
      "'undefined'",
    ],
    [
      "options of a newer TypeScript",
      {
        "tsconfig.json":
          '{ "compilerOptions": { "strict": true, "isolatedDeclarations": true, "module": "node20" } }',
      },
      "let s: string = null",
      "TypeScriptError: 1:5 - Type 'null' is not assignable to type 'string'.",
    ],
  ])("%s", async (_, files, cell, last) => {
    const notebook = new Notebook(files);
    try {
      expect(await notebook.run(cell)).toBe(last);
      expect(notebook.written).toBe("");
    } finally {
      notebook.close();
    }
  });

  test("that cannot be read is told once, and cells run", async () => {
    const notebook = new Notebook({ "tsconfig.json": "{ strict" });
    try {
      expect(await notebook.run("1", "2")).toBe("2");
      expect(notebook.written.match(/tsconfig\.json: /g)).toHaveLength(1);
    } finally {
      notebook.close();
    }
  });
});

describe("tracebacks", () => {
  let notebook: Notebook;
  // Not before the tests above have run: the newest session maps the stacks of the process.
  beforeAll(() => {
    notebook = new Notebook({
      "node_modules/thrower/package.json": '{ "name": "thrower", "main": "m.js" }',
      "node_modules/thrower/m.js": "exports.call = (f) => f();",
    });
  });
  afterAll(() => notebook.close());
  const traceback = async (code: string): Promise<string> => {
    const outcome = await notebook.execute(code);
    return outcome.status === "error" ? plain(outcome.traceback) : "no error";
  };
  const frames = (text: string): string[] => text.split("\n").filter((line) => line.startsWith("    at "));

  test.each<[name: string, code: string, frames: RegExp[]]>([
    [
      "a called variable",
      "let go = () => {\n  throw new Error('x')\n};\n  go()",
      [/at go \(cell \[\d+\]:2:9\)/, /at cell \[\d+\]:4:3$/],
    ],
    ["after an await", "await null;\n throw new Error('x')", [/at cell \[\d+\]:2:8$/]],
    [
      "a class",
      "class K {\n  m() {\n    throw new Error('x')\n  }\n}\nnew K().m()",
      [/at K\.m \(cell \[\d+\]:3:11\)/, /at cell \[\d+\]:6:9$/],
    ],
    ["destructuring", "const {\n  a: { b }\n} = {} as any", [/at cell \[\d+\]:2:\d+$/]],
    ["an assignment", "let n: any = null;\nlet m = 1\nm =\n  n.x", [/at cell \[\d+\]:4:5$/]],
    [
      "a shorthand",
      "const bad = { get no(): number { throw new Error('x') } };\nconst { no } = bad",
      [/at get no/, /at cell \[\d+\]:2:\d+$/],
    ],
    [
      "types in between",
      "interface Long {\n a: 1\n}\nfunction t<T extends Long>(x: T): asserts x is T {\n throw new Error('x') }\nconst u: Long = { a: 1 }; t(u)",
      [/at t \(cell \[\d+\]:5:8\)/, /at cell \[\d+\]:6:27$/],
    ],
  ])("name the places in the cell: %s", async (_, code, expected) => {
    const found = frames(await traceback(code));
    expect(found).toHaveLength(expected.length);
    expected.forEach((pattern, i) => {
      expect(found[i]).toMatch(pattern);
    });
  });

  test("leave out other people's frames until %xmode full", async () => {
    const code = "import { call } from 'thrower';\ncall(() => { throw new Error('x') })";
    expect(frames(await traceback(code)).join()).not.toContain("thrower");
    await notebook.run("%xmode full");
    const full = frames(await traceback(code));
    expect(full.join()).toMatch(/thrower[\\/]m\.js/);
    expect(full.join()).not.toMatch(/runUserCode|Intrinsics|executor/);
    notebook.written = "";
    await notebook.run("%xmode", "%xmode notebook");
    expect(notebook.written).toBe("Tracebacks show all frames.\n");
    expect(frames(await traceback(code)).join()).not.toContain("thrower");
    expect(await notebook.run("%xmode verbose")).toContain('notebook or full, got "verbose"');
  });

  test("a type that is not the same any more is told from the one of its name", async () => {
    await notebook.run("class Same { a = 1 }; const same = new Same()");
    expect(await notebook.run("class Same { a = 'x' }; const other: Same = same")).toContain(
      "Two different types with this name exist",
    );
  });

  test("the compiled code of a cell leads both ways between its lines and the script's", async () => {
    const outcome = await notebook.execute("// one\ntype T = 1\n\nthrow new Error('find me')");
    expect(outcome.status).toBe("error");
    const cells = notebook.session.cells;
    const url = Array.from({ length: 200 }, (_, i) => `optimlab-cell-${i}.ts`).findLast((name) =>
      cells.find(name),
    )!;
    const [place] = cells.scriptPlaces(url, 4);
    expect(cells.find(url)!.script.split("\n")[place!.line - 1]).toContain("find me");
    expect(cells.resolve(url, place!.line, place!.column)).toMatchObject({ line: 4, column: 1 });
    expect(cells.scriptPlaces(url, 2)).toEqual([]);
  });
});

describe("hard cells", () => {
  let notebook: Notebook;
  beforeAll(() => {
    notebook = new Notebook();
  });
  afterAll(() => notebook.close());

  test.each([
    ["brackets", `${"(".repeat(20_000)}1${")".repeat(20_000)}`],
    ["arrays", `${"[".repeat(5_000)}${"]".repeat(5_000)}`],
    ["operators", `0${" + 1".repeat(20_000)}`],
    ["calls", `const deep: any = () => deep; deep${"()".repeat(10_000)}`],
    ["types", `let deepType: ${"Array<".repeat(3_000)}number${">".repeat(3_000)}`],
    ["blocks", `${"{".repeat(5_000)}${"}".repeat(5_000)}`],
  ])("deeply nested %s run or fail, and later cells work", async (_, code) => {
    await notebook.run("let before = 1");
    await notebook.run(code);
    expect(await notebook.run("before + 1")).toBe("2");
    expect(await notebook.run("const after: string = before")).toContain("Type 'number' is not assignable");
  });

  test("what the compiler remembers of many cells is dropped without a trace", async () => {
    await notebook.run("interface Old { a: number } const old: Old = { a: 1 }; type Alias = Old");
    for (let i = 0; i < 600; i++) {
      expect(
        await notebook.run(`const v${i % 50} = ${i}; const check${i % 50}: Alias = old; v${i % 50}`),
      ).toBe(`${i}`);
    }
    expect(await notebook.run("const still: Old = old; still.b")).toContain(
      "Property 'b' does not exist on type 'Old'",
    );
  });

  test("a global type that is added to again is as it was added last", async () => {
    const add = (type: string): string =>
      `declare global { interface String { shout: ${type} } }\nString.prototype.shout = undefined!`;
    await notebook.run(add("() => string"));
    expect(await notebook.run(add("() => string"))).toBeUndefined();
    expect(await notebook.run(add("number"))).toBeUndefined();
    expect(await notebook.run("const shouted: string = ''.shout")).toContain(
      "Type 'number' is not assignable",
    );
    expect(await notebook.run("delete (String.prototype as any).shout")).toBe("true");
  });
});
