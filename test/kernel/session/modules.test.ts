import { utimesSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { Notebook } from "./in-process.js";

const json = JSON.stringify;
const notebook = new Notebook({
  "package.json": json({ name: "notebooks" }),
  "lib.ts":
    "export const version: number = 1;\nexport function fails(): never {\n  throw new Error('from lib');\n}\n",
  "deep/index.ts":
    "import { version } from '../lib';\nexport default { version };\nexport type Deep = { version: number };",
  "plain.js": "export const fromJs = 'js';",
  "common.cjs": "module.exports = { fromCjs: 'cjs', get lazy() { return 'lazy' } };",
  "esm.mjs": "export default 'mjs'; export let count = 0; export function up() { count++ }",
  "data.json": json({ rows: [1, 2] }),
  "circle-a.ts": "import { b } from './circle-b'; export const a = 'a'; export const viaB = () => b;",
  "circle-b.ts": "import { a } from './circle-a'; export const b = 'b'; export const viaA = () => a;",
  "wrong.ts": "export const wrong: number = 'text';",
  "node_modules/esm-only/package.json": json({
    name: "esm-only",
    type: "module",
    exports: {
      ".": { types: "./index.d.ts", import: "./index.js" },
      "./sub/*": { types: "./sub/*.d.ts", import: "./sub/*.js" },
    },
  }),
  "node_modules/esm-only/index.js":
    "export default function hello() { return 'hello' } export const named = 1;",
  "node_modules/esm-only/index.d.ts": "export default function hello(): string; export const named: number;",
  "node_modules/esm-only/sub/path.js": "export const sub = 'sub';",
  "node_modules/esm-only/sub/path.d.ts": "export const sub: string;",
  "node_modules/awaits/package.json": json({ name: "awaits", type: "module", exports: "./index.js" }),
  "node_modules/awaits/index.js": "export const waited = await Promise.resolve('waited');",
  "node_modules/common/package.json": json({ name: "common", main: "main.js", types: "main.d.ts" }),
  "node_modules/common/main.js":
    "module.exports = class Common { static make() { return new Common() } x = 1 };",
  "node_modules/common/main.d.ts":
    "declare class Common { static make(): Common; x: number } export = Common;",
  "node_modules/transpiled/package.json": json({ name: "transpiled", main: "main.js", types: "main.d.ts" }),
  "node_modules/transpiled/main.js":
    "exports.__esModule = true; exports.default = 'default'; exports.other = 2;",
  "node_modules/transpiled/main.d.ts":
    "declare const _default: string; export default _default; export const other: number;",
  "node_modules/untyped/package.json": json({ name: "untyped", main: "main.js" }),
  "node_modules/untyped/main.js": "exports.value = 3;",
});
afterAll(() => notebook.close());

/** Writes a file with a later time than it had, whatever the clock's resolution is. */
let time = Date.now() / 1000;
function change(path: string, text: string): void {
  notebook.write(path, text);
  time += 10;
  utimesSync(join(notebook.directory, path), time, time);
}

describe("imports", () => {
  test.each<[string, string, string]>([
    [
      "a package that is an ES module only",
      "import hello, { named } from 'esm-only'; hello() + named",
      "'hello1'",
    ],
    ["its subpaths", "import { sub } from 'esm-only/sub/path'; sub", "'sub'"],
    ["an ES module that awaits", "import { waited } from 'awaits'; waited", "'waited'"],
    [
      "a CommonJS package that is a class",
      "import Common from 'common'; new Common().x + Common.make().x",
      "2",
    ],
    ["the same with import = require", "import CommonR = require('common'); new CommonR().x", "1"],
    ["CommonJS made from an ES module", "import def, { other } from 'transpiled'; def + other", "'default2'"],
    ["all of it", "import * as tr from 'transpiled'; [tr.default, tr.other]", "[ 'default', 2 ]"],
    [
      "a package without types",
      "import * as un from 'untyped'; import { value } from 'untyped'; un.value + value",
      "6",
    ],
    ["a local TypeScript file", "import { version } from './lib'; version", "1"],
    ["with its extension", "import { version as v2 } from './lib.ts'; v2", "1"],
    ["with the extension of its JavaScript", "import { version as v3 } from './lib.js'; v3", "1"],
    ["a folder", "import deep, { type Deep } from './deep'; const dd: Deep = deep; dd", "{ version: 1 }"],
    ["a local JavaScript file", "import { fromJs } from './plain'; fromJs", "'js'"],
    ["a local CommonJS file", "import common from './common.cjs'; common.fromCjs + common.lazy", "'cjslazy'"],
    ["a local ES module", "import mjs, { up, count } from './esm.mjs'; up(); mjs", "'mjs'"],
    ["JSON", "import data from './data.json'; data.rows[1]", "2"],
    [
      "files that import each other",
      "import { viaB } from './circle-a'; import { viaA } from './circle-b'; viaB() + viaA()",
      "'ba'",
    ],
    ["renamed", "import { named as renamed, default as hi } from 'esm-only'; hi() + renamed", "'hello1'"],
    ["for its effect only", "import './lib'; 1", "1"],
    [
      "import()",
      "const { default: dyn, named: dynNamed } = await import('esm-only'); dyn() + dynNamed",
      "'hello1'",
    ],
    ["import() of a local file", "(await import('./lib.ts')).version", "1"],
    ["import() of CommonJS", "(await import('common')).default.make().x", "1"],
    ["import() of a name made at run time", "(await import('./l' + 'ib')).version", "1"],
    [
      "import() of a data URL",
      "(await import('data:text/javascript,export const five = 5' as string)).five",
      "5",
    ],
    ["require of a local TypeScript file", "require('./lib').version", "1"],
    ["require of an ES module only", "require('esm-only').default()", "'hello'"],
    ["tslab's own module", "import { display } from 'tslab'; typeof display.html", "'function'"],
  ])("%s", async (_, cell, last) => {
    expect(await notebook.run(cell)).toBe(last);
  });

  test.each<[string, string, string]>([
    [
      "a type of a package",
      "import { named } from 'esm-only'; const s1: string = named",
      "Type 'number' is not assignable to type 'string'",
    ],
    [
      "a type of a subpath",
      "import { sub } from 'esm-only/sub/path'; const s2: number = sub",
      "Type 'string' is not assignable",
    ],
    [
      "a type of a local file",
      "import { version } from './lib'; const s3: string = version",
      "Type 'number' is not assignable",
    ],
    ["what is not exported", "import { missing } from './lib'", "has no exported member 'missing'"],
    [
      "a type error in a local file",
      "import { wrong } from './wrong'",
      "wrong.ts:1:14 - Type 'string' is not assignable to type 'number'.",
    ],
  ])("are typed: %s", async (_, cell, message) => {
    expect(await notebook.run(cell)).toContain(message);
  });

  test("a live import of an earlier cell keeps its type", async () => {
    await notebook.run("import { version as kept } from './lib'");
    expect(await notebook.run("kept.toFixed(1)")).toBe("'1.0'");
  });
});

describe("local files that change", () => {
  test("are compiled and loaded again, with their types", async () => {
    change("moving.ts", "export const x = 1;");
    expect(await notebook.run("import { x } from './moving'; x")).toBe("1");
    change("moving.ts", "export const x = 'two';");
    expect(await notebook.run("import { x } from './moving'; x.length")).toBe("3");
    expect(await notebook.run("require('./moving').x")).toBe("'two'");
  });

  test("also when only what they import has changed", async () => {
    change("inner.ts", "export const inner = 1;");
    change("outer.ts", "import { inner } from './inner'; export const outer = inner * 10;");
    expect(await notebook.run("import { outer } from './outer'; outer")).toBe("10");
    change("inner.ts", "export const inner = 2;");
    expect(await notebook.run("import { outer } from './outer'; outer")).toBe("20");
  });

  test("keep their state while they do not change", async () => {
    change("state.ts", "export const log: number[] = [];");
    await notebook.run("import { log } from './state'; log.push(1)");
    expect(await notebook.run("import { log as same } from './state'; same")).toBe("[ 1 ]");
  });

  test("may come into being after a failed import", async () => {
    expect(await notebook.run("import { born } from './born'")).toContain("Cannot find module './born'");
    change("born.ts", "export const born = 1;");
    expect(await notebook.run("import { born } from './born'; born")).toBe("1");
  });

  test("JSON is read again", async () => {
    change("moving.json", '{ "a": 1 }');
    await notebook.run("import j from './moving.json'");
    change("moving.json", '{ "a": "b" }');
    expect(await notebook.run("import j from './moving.json'; j.a.toUpperCase()")).toBe("'B'");
  });

  test("a package that is installed later is found", async () => {
    expect(await notebook.run("import later from 'later'")).toContain("Cannot find module 'later'");
    notebook.write("node_modules/later/package.json", json({ name: "later", main: "m.js", types: "m.d.ts" }));
    notebook.write("node_modules/later/m.js", "exports.__esModule = true; exports.default = 1");
    notebook.write("node_modules/later/m.d.ts", "declare const x: number; export default x;");
    expect(await notebook.run("import later from 'later'; later")).toBe("1");
  });
});

test("an error in a local file names its own line", async () => {
  const outcome = await notebook.execute("import { fails } from './lib';\n\nfails()");
  if (outcome.status !== "error") throw new Error("it should have failed");
  const text = outcome.traceback.join("\n");
  expect(text).toContain("at fails (lib.ts:3:9)");
  expect(text).toMatch(/cell \[\d+\]:3:1/);
});

test("a module that a cell writes for others, as in tslab", async () => {
  expect(await notebook.run("/** @module shared */\nexport const shared = 1;")).toBeUndefined();
  expect(await notebook.run("import { shared } from './shared'; shared")).toBe("1");
  await notebook.run("/** @module shared */\nexport const shared = 'two';");
  expect(await notebook.run("import { shared } from './shared'; shared.length")).toBe("3");
});
