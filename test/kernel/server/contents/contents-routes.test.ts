import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { contentsRoutes } from "../../../../kernel/server/contents/contents-routes.js";
import type { ContentModel } from "../../../../kernel/server/contents/read.js";
import { respond } from "../../../../kernel/server/rest.js";

let outside: string;
let root: string;
let contents: ReturnType<typeof contentsRoutes>;

beforeEach(() => {
  outside = realpathSync(mkdtempSync(join(tmpdir(), "optimlab-contents-")));
  root = join(outside, "course");
  mkdirSync(join(root, "data"), { recursive: true });
  writeFileSync(join(outside, "secret.txt"), "secret");
  contents = contentsRoutes(root);
});
afterEach(async () => {
  await contents.close();
  rmSync(outside, { recursive: true, force: true });
});

async function ask(method: string, path: string, body?: unknown): Promise<Response> {
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
  return respond(contents.routes, new Request(`http://localhost${path}`, init));
}
const reason = async (response: Response): Promise<string> =>
  ((await response.json()) as { message: string }).message;
const api = (path: string): string => `/api/contents/${path.split("/").map(encodeURIComponent).join("/")}`;
async function model(method: string, path: string, body?: unknown): Promise<ContentModel> {
  const response = await ask(method, path, body);
  if (!response.ok) throw new Error(`${response.status}: ${await reason(response)}`);
  return (await response.json()) as ContentModel;
}
const write = (path: string, text: string | Uint8Array): void => writeFileSync(join(root, path), text);
const read = (path: string): string => readFileSync(join(root, path), "utf8");

const cell = (source: unknown, more: object = {}): object => ({
  cell_type: "code",
  id: "a",
  metadata: {},
  source,
  outputs: [],
  execution_count: null,
  ...more,
});
const notebook = (...cells: object[]): object => ({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 });

describe("reading", () => {
  test("lists a folder without what is hidden, special, broken or leads out", async () => {
    write("a.ipynb", "{}");
    write("b.py", "print(1)");
    write(".hidden", "");
    mkdirSync(join(root, ".git"));
    execFileSync("mkfifo", [join(root, "pipe")]);
    symlinkSync("b.py", join(root, "inside-link.py"));
    symlinkSync("data", join(root, "folder-link"));
    symlinkSync("no-such-file", join(root, "broken-link"));
    symlinkSync("../secret.txt", join(root, "outside-link"));
    symlinkSync(".hidden", join(root, "hidden-link"));
    symlinkSync("loop", join(root, "loop"));
    const { content, format, type, size } = await model("GET", "/api/contents");
    expect({ format, type, size }).toEqual({ format: "json", type: "directory", size: null });
    const entries = (content as ContentModel[]).map(({ path, type, content }) => [path, type, content]);
    expect(entries.sort()).toEqual([
      ["a.ipynb", "notebook", null],
      ["b.py", "file", null],
      ["data", "directory", null],
      ["folder-link", "directory", null],
      ["inside-link.py", "file", null],
    ]);
  });

  test.each([
    ["x.txt", "", { type: "file", format: "text", mimetype: "text/plain", content: "añ\n" }],
    ["x.txt", "?content=0", { type: "file", format: null, mimetype: "text/plain", content: null }],
    ["x.txt", "?format=base64", { format: "base64", content: Buffer.from("añ\n").toString("base64") }],
    ["x.ts", "", { format: "text", mimetype: "text/x-typescript" }],
    ["x.bin", "", { format: "base64", mimetype: "application/octet-stream", content: "/wA=" }],
    ["x.ipynb", "", { type: "notebook", format: "json", mimetype: null, content: notebook(cell("1\n2")) }],
    ["x.ipynb", "?type=file", { type: "file", format: "text" }],
    ["x.ipynb", "?content=0&hash=1", { type: "notebook", content: null, hash_algorithm: "sha256" }],
  ])("%s%s", async (path, query, expected) => {
    write("x.txt", "añ\n");
    write("x.ts", "export {};");
    write("x.bin", new Uint8Array([255, 0]));
    write("x.ipynb", JSON.stringify(notebook(cell(["1\n", "2"]))));
    expect(await model("GET", `${api(path)}${query}`)).toMatchObject({
      name: path,
      path,
      writable: true,
      size: statSync(join(root, path)).size,
      last_modified: statSync(join(root, path)).mtime.toISOString(),
      ...expected,
    });
  });

  test("the hash is that of the bytes, and changes with them though the time does not", async () => {
    write("x.txt", "one");
    const before = await model("GET", `${api("x.txt")}?content=0&hash=1`);
    const { mtime } = statSync(join(root, "x.txt"));
    write("x.txt", "two");
    utimesSync(join(root, "x.txt"), mtime, mtime);
    const after = await model("GET", `${api("x.txt")}?content=0&hash=1`);
    expect(before.hash).toBe("7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed");
    expect(after.hash).not.toBe(before.hash);
  });

  test.each<[string, string, RegExp]>([
    ["not JSON", "{", /^bad\.ipynb: not JSON, and so no notebook: .*; the file is left as it is$/],
    ["an empty file", "", /not JSON/],
    ["a list", "[]", /no notebook: there is no nbformat/],
    ["nbformat 3", '{"nbformat":3,"nbformat_minor":0,"worksheets":[]}', /a notebook of nbformat 3/],
    ["no cells", '{"nbformat":4,"nbformat_minor":5,"metadata":{}}', /a notebook without a list of cells/],
    ["a cell that is none", JSON.stringify(notebook({ cell_type: "poem" })), /cell 1: cell_type is "poem"/],
    ["no UTF-8", "\u00ff", /not UTF-8/],
  ])("a notebook that is %s is refused with the reason, and left as it is", async (_, text, message) => {
    const bytes = Buffer.from(text, "latin1");
    write("bad.ipynb", bytes);
    const response = await ask("GET", api("bad.ipynb"));
    expect(response.status).toBe(400);
    expect(await reason(response)).toMatch(message);
    expect(readFileSync(join(root, "bad.ipynb"))).toEqual(bytes);
  });

  test("a notebook with small faults is shown, with what is wrong", async () => {
    write("x.ipynb", JSON.stringify(notebook(cell("1"), cell("2"))));
    expect(await model("GET", api("x.ipynb"))).toMatchObject({
      message: "x.ipynb: cell 2 has the id a of cell 1; every cell needs an id of its own",
      content: { cells: [{}, {}] },
    });
  });

  test("a file cannot vouch for itself", async () => {
    write("x.ipynb", JSON.stringify(notebook(cell("1", { metadata: { trusted: true, tags: ["t"] } }))));
    const { content } = await model("GET", api("x.ipynb"));
    expect(content).toEqual(notebook(cell("1", { metadata: { tags: ["t"] } })));
  });

  test("a download brings the bytes, and no page of it is one of ours", async () => {
    write("a page.html", "<script>1</script>");
    const response = await ask("GET", "/files/a%20page.html?download=1");
    expect(await response.text()).toBe("<script>1</script>");
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "content-length": "18",
      "content-security-policy": "sandbox allow-scripts",
      "content-disposition": "attachment; filename*=UTF-8''a%20page.html",
    });
  });
});

describe("saving", () => {
  test("a notebook is laid out as Jupyter does, and comes back as it was", async () => {
    const outputs = [
      { output_type: "stream", name: "stdout", text: "a\nb\n" },
      {
        output_type: "display_data",
        data: { "text/plain": "x\ny", "application/json": ["a", "b"] },
        metadata: {},
      },
      { output_type: "error", ename: "E", evalue: "v", traceback: ["one\ntwo"] },
    ];
    const content = notebook(cell("1\n2", { outputs, metadata: { trusted: true } }));
    const response = await ask("PUT", api("x.ipynb"), { type: "notebook", format: "json", content });
    expect(response.status).toBe(201);
    expect(response.headers.get("location")).toBe("/api/contents/x.ipynb");
    expect(read("x.ipynb")).toMatch(/^\{\n "cells": \[\n {2}\{\n {3}"cell_type": "code",/);
    expect(JSON.parse(read("x.ipynb")).cells[0]).toMatchObject({
      metadata: {},
      source: ["1\n", "2"],
      outputs: [{ text: ["a\n", "b\n"] }, { data: { "text/plain": ["x\n", "y"] } }, {}],
    });
    expect((await model("GET", api("x.ipynb"))).content).toEqual(notebook(cell("1\n2", { outputs })));
    expect((await ask("PUT", api("x.ipynb"), { type: "notebook", content })).status).toBe(200);
  });

  test("any text and any bytes come back as they were", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.record({ format: fc.constant("text"), content: fc.string({ unit: "grapheme" }) }),
          fc.uint8Array().map((bytes) => ({
            format: "base64",
            content: Buffer.from(bytes).toString("base64"),
          })),
        ),
        async ({ format, content }) => {
          await model("PUT", api("any"), { type: "file", format, content });
          expect(await model("GET", `${api("any")}?format=${format}`)).toMatchObject({ format, content });
        },
      ),
      { numRuns: 100 },
    );
  });

  test("keeps permissions, and the links to a file", async () => {
    write("run.sh", "old");
    chmodSync(join(root, "run.sh"), 0o750);
    symlinkSync("run.sh", join(root, "link.sh"));
    await model("PUT", api("link.sh"), { type: "file", format: "text", content: "new" });
    expect([read("run.sh"), statSync(join(root, "run.sh")).mode & 0o777]).toEqual(["new", 0o750]);
    expect(readdirSync(root).sort()).toEqual(["data", "link.sh", "run.sh"]);
  });

  test("whoever reads meanwhile finds the old file or the new one", async () => {
    const texts = ["a", "b"].map((letter) => letter.repeat(300_000));
    write("x.txt", texts[0]!);
    let saving = true;
    const saves = (async () => {
      for (let k = 0; k < 20; k++) {
        await model("PUT", api("x.txt"), { type: "file", format: "text", content: texts[k % 2] });
      }
      saving = false;
    })();
    while (saving) {
      expect(texts.includes(read("x.txt"))).toBe(true);
      await new Promise(setImmediate);
    }
    await saves;
  });

  test.each<[string, object, number, RegExp]>([
    ["x.ipynb", { type: "notebook", content: { cells: 1 } }, 400, /is no notebook of nbformat 4/],
    ["x.ipynb", { type: "notebook", content: "{}" }, 400, /is no notebook/],
    ["x.txt", { type: "file", format: "xml", content: "" }, 400, /format "xml".*text, base64/],
    ["x.txt", { type: "file", format: "base64", content: "a*b" }, 400, /is not base64/],
    ["x.txt", { type: "file", format: "text", content: 1 }, 400, /is no text/],
    ["x.txt", { type: "link", content: "" }, 400, /type "link"/],
    ["x.txt", { copy_from: "x.ipynb" }, 400, /POST, not PUT/],
    ["data", { type: "file", content: "" }, 409, /something else than a file/],
    ["x.txt", { type: "directory" }, 409, /there is a file at x\.txt/],
    ["no/x.txt", { type: "file", content: "" }, 404, /there is no no$/],
    ["x.txt/y.txt", { type: "file", content: "" }, 400, /x\.txt is not a folder/],
    ["read-only.txt", { type: "file", content: "" }, 403, /can only be read/],
    ["", { type: "file", content: "" }, 400, /the folder itself/],
    [`${"n".repeat(300)}`, { type: "file", content: "" }, 400, /name is too long/],
  ])("%s with %j: %i", async (path, wanted, status, message) => {
    for (const name of ["x.ipynb", "x.txt", "read-only.txt"]) write(name, "old");
    chmodSync(join(root, "read-only.txt"), 0o444);
    const response = await ask("PUT", api(path), wanted);
    expect([response.status, await reason(response)]).toEqual([status, expect.stringMatching(message)]);
    expect(["x.ipynb", "x.txt", "read-only.txt"].map(read)).toEqual(["old", "old", "old"]);
    expect(readdirSync(root).sort()).toEqual(["data", "read-only.txt", "x.ipynb", "x.txt"]);
  });
});

describe("an upload in chunks", () => {
  const chunk = (number: unknown, text: string): object => ({
    type: "file",
    format: "base64",
    content: Buffer.from(text).toString("base64"),
    chunk: number,
  });

  test("replaces the file with its last chunk, and leaves nothing else", async () => {
    write("big.bin", "old");
    await model("PUT", api("big.bin"), chunk(1, "one "));
    expect(await model("PUT", api("big.bin"), chunk(2, "two "))).toMatchObject({ path: "big.bin", size: 8 });
    expect(read("big.bin")).toBe("old");
    expect(await model("PUT", api("big.bin"), chunk(-1, "three"))).toMatchObject({ size: 13 });
    expect(read("big.bin")).toBe("one two three");
    expect(readdirSync(root).sort()).toEqual(["big.bin", "data"]);
  });

  test.each([
    ["without the first", [2], /came before chunk 1/],
    ["out of order", [1, 3], /the next one is 2/],
    ["twice", [1, 2, 2], /the next one is 3/],
    ["with the number 0", [1, 0], /chunk 0; chunks are/],
    ["with the number -2", [1, -2], /chunk -2/],
    ["with a number that is none", [1, "2"], /chunk "2"/],
    ["with half a number", [1, 1.5], /chunk 1.5/],
  ])("%s is refused", async (_, numbers, message) => {
    const responses = [];
    for (const number of numbers) responses.push(await ask("PUT", api("x"), chunk(number, "text")));
    const last = responses.at(-1)!;
    expect([last.status, await reason(last)]).toEqual([400, expect.stringMatching(message)]);
    expect(existsSync(join(root, "x"))).toBe(false);
  });

  test("that is given up leaves nothing when the server ends", async () => {
    await model("PUT", api("x"), chunk(1, "text"));
    await contents.close();
    expect(readdirSync(root)).toEqual(["data"]);
  });
});

describe("arranging", () => {
  test.each([
    [{ type: "notebook" }, ["Untitled.ipynb", "Untitled1.ipynb", "Untitled2.ipynb"]],
    [{ type: "file" }, ["untitled.txt", "untitled1.txt", "untitled2.txt"]],
    [{ type: "file", ext: ".ts" }, ["untitled.ts", "untitled1.ts", "untitled2.ts"]],
    [{ type: "directory" }, ["Untitled Folder", "Untitled Folder 1", "Untitled Folder 2"]],
  ])("%j makes %j", async (wanted, names) => {
    for (const name of names) {
      expect(await model("POST", api("data"), wanted)).toMatchObject({ name, path: `data/${name}` });
    }
    if (wanted.type === "notebook") {
      expect((await model("GET", api("data/Untitled.ipynb"))).content).toEqual(notebook());
    }
  });

  test("copies get names of their own", async () => {
    write("a.b.txt", "text");
    const copies = [];
    for (const [from, to] of [
      ["a.b.txt", ""],
      ["a.b-Copy1.txt", ""],
      ["a.b.txt", "data"],
      ["a.b.txt", "data"],
    ] as const) {
      copies.push((await model("POST", api(to), { copy_from: from })).path);
    }
    expect(copies).toEqual(["a.b-Copy1.txt", "a.b-Copy2.txt", "data/a.b.txt", "data/a.b-Copy1.txt"]);
    expect(copies.map(read)).toEqual(["text", "text", "text", "text"]);
  });

  test("moving takes the checkpoint along and overwrites nothing", async () => {
    write("a.txt", "a");
    write("b.txt", "b");
    await model("POST", `${api("a.txt")}/checkpoints`);
    expect((await ask("PATCH", api("a.txt"), { path: "b.txt" })).status).toBe(409);
    expect([read("a.txt"), read("b.txt")]).toEqual(["a", "b"]);
    expect(await model("PATCH", api("a.txt"), { path: "data/c.txt" })).toMatchObject({
      name: "c.txt",
      path: "data/c.txt",
    });
    expect(await (await ask("GET", `${api("data/c.txt")}/checkpoints`)).json()).toHaveLength(1);
    expect(readdirSync(root).sort()).toEqual(["b.txt", "data"]);
    expect((await ask("PATCH", api("data"), { path: "data/inner" })).status).toBe(400);
  });

  test("deletes files and empty folders, never the folder that is served", async () => {
    write("a.txt", "a");
    write("data/b.txt", "b");
    symlinkSync("a.txt", join(root, "link"));
    expect((await ask("DELETE", api("data"))).status).toBe(400);
    for (const path of ["", ".", "data/..", "%2e", "data/%2e%2e", "/"]) {
      const { status } = await ask("DELETE", `/api/contents/${path}`);
      expect([400, 404]).toContain(status);
    }
    expect(readdirSync(root).sort()).toEqual(["a.txt", "data", "link"]);
    expect((await ask("DELETE", api("link"))).status).toBe(204);
    expect(read("a.txt")).toBe("a");
    for (const path of ["data/b.txt", "data", "a.txt"]) {
      expect((await ask("DELETE", api(path))).status).toBe(204);
    }
    expect(readdirSync(root)).toEqual([]);
  });
});

describe("a checkpoint", () => {
  test("is made, listed, restored and removed", async () => {
    write("a.txt", "before");
    const checkpoints = `${api("a.txt")}/checkpoints`;
    const created = await ask("POST", checkpoints);
    expect(created.status).toBe(201);
    const checkpoint = await created.json();
    expect(checkpoint).toEqual({ id: "checkpoint", last_modified: expect.stringMatching(/^\d{4}-.*Z$/) });
    write("a.txt", "after");
    expect(await (await ask("GET", checkpoints)).json()).toEqual([checkpoint]);
    expect((await ask("POST", `${checkpoints}/checkpoint`)).status).toBe(204);
    expect(read("a.txt")).toBe("before");
    expect((await ask("POST", `${checkpoints}/other`)).status).toBe(404);
    expect((await ask("DELETE", `${checkpoints}/checkpoint`)).status).toBe(204);
    expect(await (await ask("GET", checkpoints)).json()).toEqual([]);
  });

  test("is not written through a link that leads out", async () => {
    write("a.txt", "text");
    symlinkSync(outside, join(root, ".ipynb_checkpoints"));
    expect((await ask("POST", `${api("a.txt")}/checkpoints`)).status).toBe(403);
    expect(readdirSync(outside).sort()).toEqual(["course", "secret.txt"]);
  });
});

describe("what is not in the folder", () => {
  const paths = [
    "/api/contents/../secret.txt",
    "/api/contents/%2e%2e/secret.txt",
    "/api/contents/data/..%2f..%2fsecret.txt",
    "/api/contents/..%5csecret.txt",
    "/api/contents/%252e%252e/secret.txt",
    "/api/contents/link-out",
    "/api/contents/folder-out/secret.txt",
    "/api/contents/hidden-link",
    "/api/contents/.git/config",
    "/api/contents/.GIT/config",
    "/api/contents/pipe",
    "/api/contents/a%00b",
    "/api/contents/%ff",
    "/api/contents/%",
    "/api/contents/loop",
    "/api/contents//etc/passwd",
    "/api/contents/data//../..//secret.txt",
    "/files/..%2fsecret.txt",
    "/files/%2e%2e/secret.txt",
    "/files/link-out",
    "/files/pipe",
    "/files/",
    "/files/data",
  ];
  const requests: [string, string, object?][] = paths.flatMap((path): [string, string, object?][] =>
    path.startsWith("/files")
      ? [["GET", path]]
      : [
          ["GET", path],
          ["PUT", path, { type: "file", format: "text", content: "written" }],
          ["DELETE", path],
          ["POST", `${path}/checkpoints`],
          ["POST", "/api/contents", { copy_from: decode(path.slice("/api/contents/".length)) }],
        ],
  );
  requests.push(["PATCH", "/api/contents/a.txt", { path: "../stolen.txt" }]);
  requests.push(["PATCH", "/api/contents/a.txt", { path: "folder-out/stolen.txt" }]);
  requests.push(["PATCH", "/api/contents/a.txt", { path: ".hidden" }]);
  requests.push(["POST", "/api/contents", { type: "file", ext: "/../../x" }]);
  requests.push(["POST", "/api/contents/folder-out", { type: "file" }]);

  test.each(requests)("%s %s %j", async (method, path, body) => {
    for (const folder of [".git", "data/inner"]) mkdirSync(join(root, folder), { recursive: true });
    write("a.txt", "a");
    write(".git/config", "hidden");
    symlinkSync("../secret.txt", join(root, "link-out"));
    symlinkSync("..", join(root, "folder-out"));
    symlinkSync(".git/config", join(root, "hidden-link"));
    symlinkSync("loop", join(root, "loop"));
    execFileSync("mkfifo", [join(root, "pipe")]);
    const before = [outside, root, join(root, "data")].map((folder) => readdirSync(folder));
    const response = await ask(method, path, body);
    const said = await response.text();
    // What only looks like a way out is the plain name of a new file.
    if (response.ok) {
      expect([method, path]).toEqual([
        "PUT",
        expect.stringMatching(/%5c|%252e|loop|\/\/etc|data\/\/\.\.\/\.\./),
      ]);
    } else {
      expect([400, 403, 404, 405, 409]).toContain(response.status);
      expect([outside, root, join(root, "data")].map((folder) => readdirSync(folder))).toEqual(before);
    }
    expect(said).not.toContain(outside);
    expect(said).not.toMatch(/secret\b(?!\.txt)/);
    expect(readFileSync(join(outside, "secret.txt"), "utf8")).toBe("secret");
    expect(readdirSync(outside).sort()).toEqual(["course", "secret.txt"]);
    expect(read(".git/config")).toBe("hidden");
  });

  test("no path, however it is written, leads there", async () => {
    symlinkSync("..", join(root, "out"));
    linkSync(join(root, "../secret.txt"), join(root, "data", "same-file.txt"));
    const pieces = [
      "..",
      ".",
      "/",
      "//",
      "\\",
      "%2e",
      "%2f",
      "%5c",
      "%00",
      "data",
      "out",
      "secret.txt",
      "\u2025",
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 4 })), { maxLength: 7 }),
        async (parts) => {
          const response = await ask("GET", `/api/contents/${parts.join("").replace(/[?#]/g, "")}`);
          const said = await response.text();
          expect(response.status === 200 || (response.status >= 400 && response.status < 500)).toBe(true);
          expect(said.includes(outside) || said.includes('"secret"')).toBe(false);
        },
      ),
      { numRuns: 300 },
    );
  });
});

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
