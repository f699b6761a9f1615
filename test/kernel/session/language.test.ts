import { afterAll, describe, expect, test } from "vitest";
import { Notebook } from "./in-process.js";

const notebook = new Notebook();
afterAll(() => notebook.close());

type Row = [name: string, cells: string[], last: string | undefined];

describe("variables are shared by all cells", () => {
  test.each<Row>([
    ["a function sees a later assignment", ["let c = 1; function g() { return c }", "c = 5; g()"], "5"],
    ["a cell sees what a function assigned", ["let d = 1; function set() { d = 7 }", "set(); d"], "7"],
    ["an arrow function", ["let e = 1; const read = () => e", "e += 2; read()"], "3"],
    ["a method of a class", ["let f = 1; class F { get() { return f } }", "f++; new F().get()"], "2"],
    ["a generator", ["let h = [1]; function* all() { yield* h }", "h = [2, 3]; [...all()]"], "[ 2, 3 ]"],
    [
      "a timer",
      [
        "let t = 0; const timer = setTimeout(() => { t = 9 }, 1)",
        "await new Promise((r) => setTimeout(r, 20)); t",
      ],
      "9",
    ],
    [
      "a loop",
      ["let sum = 0; const add = (x: number) => { sum += x }", "for (let i = 0; i < 4; i++) add(i); sum"],
      "6",
    ],
    ["after redeclaring it", ["let k = 1; const kk = () => k", "let k = 'text'", "kk()"], "'text'"],
    [
      "a function declared again",
      ["function m() { return 1 } const mm = () => m()", "function m() { return 2 }", "mm()"],
      "2",
    ],
    [
      "a function that calls itself",
      ["function fact(n: number): number { return n ? n * fact(n - 1) : 1 }", "fact(5)"],
      "120",
    ],
    ["hoisted functions", ["early(); function early() { return 'early' }", "early()"], "'early'"],
    ["update expressions", ["let u = 1", "u++; ++u; u--; u **= 3; u"], "8"],
    ["logical assignment", ["let v: number | undefined", "v ??= 4; v &&= 5; v"], "5"],
    [
      "shorthand properties",
      ["let name1 = 1, name2 = 2", "({ name1, nested: { name2 } })"],
      "{ name1: 1, nested: { name2: 2 } }",
    ],
    ["a shadowing parameter", ["let s = 1", "((s: number) => ({ s }))(2)"], "{ s: 2 }"],
    ["a shadowing block", ["let w = 1", "{ let w = 2; w++ } w"], "1"],
    [
      "assignment by destructuring",
      ["let p = 1, q = 2", "[p, q] = [q, p]; ({ p, r: [q = 9] } = { p: 5, r: [] as number[] }); [p, q]"],
      "[ 5, 9 ]",
    ],
    [
      "a template tag",
      [
        "const tag = (parts: TemplateStringsArray, ...v: unknown[]) => parts.raw.join('|') + v",
        // biome-ignore lint/suspicious/noTemplateCurlyInString: this is the code of a cell.
        "tag`a${1}b`",
      ],
      "'a|b1'",
    ],
    ["optional calls", ["let maybe: (() => number) | undefined", "maybe?.() ?? 'none'"], "'none'"],
    [
      "no `this` for called variables",
      ["function self(this: unknown) { return this }", "self() === globalThis"],
      "true",
    ],
    [
      "a name that looks like the compiler's",
      ["let x$ = 1, x = 2, cell$ = 3", "x$ + x * 10 + cell$ * 100"],
      "321",
    ],
    [
      "names of objects that all have",
      [
        "const toString = 1, constructor = 2, hasOwnProperty = 3, __proto__ = 4",
        "[toString, constructor, hasOwnProperty, __proto__]",
      ],
      "[ 1, 2, 3, 4 ]",
    ],
    [
      "labels and property names stay",
      ["let label = 1", "label: for (;;) { break label } ({ label: 2 }).label + label"],
      "3",
    ],
    ["typeof", ["let ty = 1", "typeof ty"], "'number'"],
    [
      "in a computed key",
      ["const key = 'k' as const", "({ [key]: 1, ['x' + key]() {} })"],
      "{ k: 1, xk: [Function: xk] }",
    ],
    ["default parameters", ["let dflt = 3", "((a = dflt) => a)()"], "3"],
    [
      "a class that extends one of an earlier cell",
      ["class Base { hi() { return 'hi' } }", "class Derived extends Base {} new Derived().hi()"],
      "'hi'",
    ],
    ["delete and void", ["const o: { a?: number } = { a: 1 }", "delete o.a; void o; o"], "{}"],
    [
      "names of anonymous functions",
      [
        "const arrow = () => 1; let fn = function () {}, K = class {}",
        "fn = () => {}; [arrow.name, fn.name, K.name]",
      ],
      "[ 'arrow', 'fn', 'K' ]",
    ],
    [
      "names in destructuring defaults",
      ["const { dd = () => 1 } = {} as { dd?: () => number }", "dd.name"],
      "'dd'",
    ],
  ])("%s", async (_, cells, last) => {
    expect(await notebook.run(...cells)).toBe(last);
  });
});

describe("every kind of declaration, and again", () => {
  test.each<Row>([
    ["const", ["const a = 1", "const a = 'one'; a"], "'one'"],
    ["let, with another type", ["let a: number = 1", "let a: string = 'x'", "a.length"], "1"],
    ["let without a value", ["let a = 5", "let a: number | undefined; a"], undefined],
    [
      "var",
      ["var b = 1; if (b) { var inner = 2 } for (var i = 0; i < 3; i++) {}", "[b, inner, i]"],
      "[ 1, 2, 3 ]",
    ],
    ["var without a value keeps the old one", ["var kept = 1", "var kept: number; kept"], "1"],
    [
      "var in for-of and for-in",
      ["for (var of1 of [1, 2]) {} for (var in1 in { a: 1 }) {}", "[of1, in1]"],
      "[ 2, 'a' ]",
    ],
    ["class", ["class A { v = 1 }", "class A { v = 2 }", "new A().v"], "2"],
    ["a class that makes itself", ["class S { static only = new S(); v = 3 }", "S.only.v"], "3"],
    [
      "private and static members",
      ["class P { #x = 1; static n = 0; static { P.n = 2 } get x() { return this.#x } }", "[new P().x, P.n]"],
      "[ 1, 2 ]",
    ],
    [
      "decorators",
      ["function deco(c: Function) { (c as any).mark = 1 }", "@deco class D {}", "(D as any).mark"],
      "1",
    ],
    ["function", ["function f() { return 1 }", "function f(x: string) { return x }", "f('b')"], "'b'"],
    [
      "overloads",
      [
        "function o(x: string): string; function o(x: number): number; function o(x: any) { return x }",
        "o(3)",
      ],
      "3",
    ],
    ["enum", ["enum E { A, B = 5 }", "enum E { A = 7 }", "[E.A, E[7]]"], "[ 7, 'A' ]"],
    ["const enum", ["const enum CE { A = 2 }", "CE.A * 2"], "4"],
    [
      "namespace",
      ["namespace N { export const x = 1; export namespace M { export const y = x } }", "N.M.y"],
      "1",
    ],
    [
      "interface",
      ["interface I { a: number }", "interface I { b: string }", "const i: I = { b: '' }; i"],
      "{ b: '' }",
    ],
    ["type", ["type T = number", "type T = string", "const t: T = 'x'; t"], "'x'"],
    ["a generic type", ["type Box<V> = { v: V }", "const box: Box<number> = { v: 1 }; box.v"], "1"],
    [
      "a value with the name of a type",
      ["type Both = number", "const Both = 3", "const both: Both = Both; both"],
      "3",
    ],
    [
      "a type with the name of a class",
      ["class C1 { v = 1 }", "type C1 = string", "const c1: C1 = 'x'; [c1, new C1().v]"],
      "[ 'x', 1 ]",
    ],
    [
      "a class over both",
      ["type C2 = 1", "const C2 = 2", "class C2 { v = 4 }", "const c2: C2 = new C2(); c2.v"],
      "4",
    ],
    [
      "import",
      ["import { basename } from 'path'", "import { basename } from 'node:path'", "basename('/a/b')"],
      "'b'",
    ],
    [
      "import over a variable, and back",
      ["let sep = 1", "import { sep } from 'path'", "sep", "let sep = 2; sep"],
      "2",
    ],
    [
      "destructuring",
      [
        "const { a: da, ...rest } = { a: 1, b: 2 }; const [x0, , x2 = 9, ...xs] = [1, 2, undefined, 4]",
        "[da, rest, x0, x2, xs]",
      ],
      "[ 1, { b: 2 }, 1, 9, [ 4 ] ]",
    ],
    [
      "nested destructuring",
      ["const { p: { q: [dq] }, ['r' + 's']: rs = 5 } = { p: { q: [1] } } as any", "[dq, rs]"],
      "[ 1, 5 ]",
    ],
    [
      "one cell twice",
      [
        "const twice = 1; class Twice {}; enum TwiceE { A }",
        "const twice = 1; class Twice {}; enum TwiceE { A }",
        "twice",
      ],
      "1",
    ],
    [
      "a type of an earlier cell stays what it was",
      ["type Was = number; const was = (x: Was) => x", "type Was = string", "was(1)"],
      "1",
    ],
  ])("%s", async (_, cells, last) => {
    expect(await notebook.run(...cells)).toBe(last);
  });
});

describe("what a cell may be", () => {
  test.each<Row>([
    ["top-level await", ["const awaited = await Promise.resolve(4); awaited"], "4"],
    [
      "for await",
      ["const got: number[] = []; for await (const x of [1, Promise.resolve(2)]) got.push(x); got"],
      "[ 1, 2 ]",
    ],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: this is the code of a cell.
    ["await in a list and a template", ["`${await 1}` + [await 2]"], "'12'"],
    ["a promise as the last value is not awaited", ["Promise.resolve(1)"], "Promise { 1 }"],
    [
      "export",
      [
        "export const ex = 1; export function exf() { return ex } export class Exc {} export type Ext = 1; export enum Exe { A }",
        "exf()",
      ],
      "1",
    ],
    ["export again", ["export const ex = 1", "export const ex = 2", "ex"], "2"],
    ["export lists", ["const el = 1; export { el, el as other }", "el"], "1"],
    ["export default", ["export default 3 + 4"], "7"],
    ["export default function", ["export default function named() { return 1 }", "named()"], "1"],
    ["export default without a name", ["export default class { v = 2 }", "new _default().v"], "2"],
    ["comments only", ["// nothing", "/* at all */"], undefined],
    ["nothing", [""], undefined],
    ["a declaration last shows nothing", ["1; const last1 = 2"], undefined],
    ["an object literal in brackets", ["({ a: 1 })"], "{ a: 1 }"],
    ["a function expression last", ["(function () { return 1 })()"], "1"],
    ["a string that looks like a directive", ["'use strict'"], "'use strict'"],
    ["require", ["const path = require('path'); path.basename('/x/y')"], "'y'"],
    [
      "a require of one's own",
      [
        "import { createRequire } from 'module'; const require = createRequire(__filename); require('os').EOL",
      ],
      "'\\n'",
    ],
    ["import = require", ["import os = require('os'); os.EOL"], "'\\n'"],
    [
      "an alias of a namespace",
      [
        "namespace Outer { export namespace Inner { export const z = 1 } }",
        "import Inner = Outer.Inner; Inner.z",
      ],
      "1",
    ],
    ["a default import of CommonJS", ["import fs from 'fs'; typeof fs.readFileSync"], "'function'"],
    ["a namespace import", ["import * as fs from 'fs'; typeof fs.readFileSync"], "'function'"],
    [
      "a type import",
      [
        "import type { Stats } from 'fs'; import { type Dirent } from 'fs'; let st: Stats | Dirent | undefined; st",
      ],
      undefined,
    ],
    ["an import for later cells", ["import { join } from 'path'", "join('a', 'b')"], "'a/b'"],
    ["imports come first", ["const early = extname('a.ts'); import { extname } from 'path'; early"], "'.ts'"],
    ["dynamic import", ["(await import('path')).basename('/q/r')"], "'r'"],
    ["import.meta", ["import.meta.url.startsWith('file:') && typeof import.meta.resolve"], "'function'"],
    ["__dirname", ["typeof __dirname + typeof __filename"], "'stringstring'"],
    ["module.exports", ["module.exports = { a: 1 }; exports.b = 2"], "2"],
    [
      "declare",
      ["declare const later: number; declare function laterF(): void; typeof later"],
      "'undefined'",
    ],
    [
      "declare global",
      [
        "declare global { interface Array<T> { second(): T } } Array.prototype.second = function () { return this[1] }",
        "const sec: number = [1, 2].second(); delete (Array.prototype as any).second; sec",
      ],
      "2",
    ],
    ["a global of one's own", ["declare global { var mine: number } globalThis.mine = 4", "mine"], "4"],
    ["satisfies and as const", ["const sat = { a: 1 } as const satisfies { a: number }; sat.a"], "1"],
    ["// @ts-nocheck", ["// @ts-nocheck\nconst wrong: number = 'text'; wrong"], "'text'"],
    ["// @ts-ignore", ["// @ts-ignore\nconst ig: number = 'text'; ig"], "'text'"],
    ["// @ts-expect-error", ["// @ts-expect-error\nconst ee: number = 'text'; ee"], "'text'"],
    [
      "the prelude",
      ["declare const p42: typeof fromPrelude; type P = typeof fromPrelude; const pp: P = 42; pp"],
      "42",
    ],
    [
      "a type that cannot be named in a declaration",
      [
        "const make = () => { class Hidden { private x = 1 } return Hidden }; const Made = make()",
        "new Made()",
      ],
      "Hidden { x: 1 }",
    ],
    [
      "a unique symbol",
      ["const sym: unique symbol = Symbol('s'); const withSym = { [sym]: 1 }", "withSym[sym]"],
      "1",
    ],
    [
      "a getter of an anonymous class",
      [
        "export const Mixin = <T extends new (...a: any[]) => object>(B: T) => class extends B { get m() { return 1 } }",
        "new (Mixin(Object))().m",
      ],
      "1",
    ],
  ])("%s", async (_, cells, last) => {
    expect(await notebook.run(...cells)).toBe(last);
  });
});

describe("what is wrong", () => {
  test.each<Row>([
    [
      "a type error",
      ["const wrong1: number = 'text'"],
      "TypeScriptError: 1:7 - Type 'string' is not assignable to type 'number'.",
    ],
    [
      "an unknown name",
      ["let model = 1", "modle"],
      "TypeScriptError: 1:1 - Cannot find name 'modle'. Did you mean 'model'?",
    ],
    ["a syntax error", ["1 +"], "TypeScriptError: 1:4 - Expression expected."],
    [
      "assignment to a constant",
      ["const fix = 1", "fix = 2"],
      "TypeScriptError: 1:1 - Cannot assign to 'fix' because it is a constant.",
    ],
    [
      "a module that is not there",
      ["import x from 'no-such-module'"],
      "TypeScriptError: 1:15 - Cannot find module 'no-such-module' or its corresponding type declarations.",
    ],
    [
      "a file that is not there",
      ["require('./no-such-file')"],
      expect.stringMatching(/^Error: Cannot find module '.\/no-such-file'/) as never,
    ],
    [
      "a name twice in one cell",
      ["let dup = 1; let dup = 2"],
      expect.stringContaining("Cannot redeclare block-scoped variable 'dup'") as never,
    ],
  ])("%s", async (_, cells, last) => {
    expect(await notebook.run(...cells)).toEqual(last);
  });

  test("a cell that failed has declared what it reached", async () => {
    await notebook.run(
      "let changed = 1",
      "function hoisted() { return 2 } let first = 3; throw 1; let changed = 'x'; let unreached = 4",
    );
    expect(await notebook.run("[hoisted(), first, changed.toFixed(1)]")).toBe("[ 2, 3, '1.0' ]");
    expect(await notebook.run("unreached")).toContain("Cannot find name 'unreached'");
  });

  test("a refused cell declares nothing and changes nothing", async () => {
    await notebook.run("let stays = 1");
    await notebook.run("stays = 2; let stays2: number = 'x'");
    expect(await notebook.run("stays")).toBe("1");
    expect(await notebook.run("stays2")).toContain("Cannot find name");
  });
});
