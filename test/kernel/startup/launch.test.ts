import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Snapshot } from "../../../kernel/startup/snapshot.js";
import { missing } from "../../requirements.js";
import { KernelClient, plain } from "../client.js";

const root = mkdtempSync(join(tmpdir(), "optimlab-launch-"));
const cache = join(root, "cache");
const snapshot = new Snapshot(join(cache, "optimlab"));
/** A cache folder that cannot be made: kernels then start without a snapshot. */
const noCache = join(root, "file", "cache");
const notebooks = join(root, "notebooks");

beforeAll(() => {
  writeFileSync(join(root, "file"), "");
  mkdirSync(notebooks);
  writeFileSync(
    join(notebooks, "child.cjs"),
    "process.send({ argv: process.argv.length, execArgv: process.execArgv });",
  );
  writeFileSync(join(notebooks, "own.mjs"), "export const later = () => import('node:path');");
  snapshot.make();
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function startIn(cacheHome: string, directory?: string): Promise<KernelClient> {
  const { XDG_CACHE_HOME } = process.env;
  process.env.XDG_CACHE_HOME = cacheHome;
  try {
    return await KernelClient.start(directory);
  } finally {
    if (XDG_CACHE_HOME === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = XDG_CACHE_HOME;
  }
}

/** Whether the kernel runs in a process that the started one has restored. */
async function isRestored(kernel: KernelClient): Promise<boolean> {
  const { result } = await kernel.execute("process.pid");
  return String(result?.["text/plain"]) !== String(kernel.process.pid);
}

describe.skipIf(missing("the built command line"))("a kernel", () => {
  describe("restored from a snapshot does what a plain one does", () => {
    let restored: KernelClient;
    let unaided: KernelClient;
    beforeAll(async () => {
      restored = await startIn(cache, notebooks);
      unaided = await startIn(noCache, notebooks);
    });
    afterAll(async () => {
      await restored?.stop();
      await unaided?.stop();
    });

    test("and is one", async () => {
      expect(await isRestored(restored)).toBe(true);
      expect(await isRestored(unaided)).toBe(false);
    });

    test.each([
      ["a value", "1 + 1"],
      ["the library", "torch.manualSeed(0); torch.randn([2, 2])"],
      ["the library's types", 'const t: number = torch.zeros("2")'],
      [
        "types of Node's modules",
        'import * as fs from "node:fs"; const size: string = fs.statSync(".").size',
      ],
      ["types of JavaScript", "[1, 2].map((x) => x.toUpperCase())"],
      ["a value that an older lib lacks", "[1, 2].at(-1)"],
      ["an import of the library", 'import { nn } from "optimlab"; nn.Linear === torch.nn.Linear'],
      ["an import of tslab", 'import { display } from "tslab"; display.html("<b>x</b>")'],
      ["an error's stack", 'function f() {\n  throw new TypeError("no");\n}\nf()'],
      ["an await", "await new Promise((resolve) => setTimeout(() => resolve(3), 5))"],
      ["output", 'console.log("a"); console.error("b"); process.stdout.write("c")'],
      ["the working folder", "[process.cwd(), require('fs').readdirSync('.').length]"],
      ["arguments for child processes", "process.execArgv"],
      [
        "a forked process",
        'const child = require("child_process").fork("./child.cjs");\n' +
          'await new Promise((resolve) => child.on("message", resolve))',
      ],
      [
        "a thread",
        'const { Worker } = require("worker_threads");\n' +
          "const w = new Worker(\"require('worker_threads').parentPort.postMessage(7)\", { eval: true });\n" +
          'await new Promise((resolve) => w.on("message", resolve))',
      ],
      ["an import while running", 'const path = await import("node:path"); path.join("a", "b")'],
      [
        "an import by a module of the user",
        'const own = await import("./own.mjs" as string); (await own.later()).join("a", "b")',
      ],
      ["Node's own require", 'require("os").platform() === process.platform'],
    ])("%s", async (_, code) => {
      const [ours, expected] = await Promise.all([restored, unaided].map((kernel) => kernel.execute(code)));
      const comparable = ({ result, stdout, stderr, error, published }: typeof ours) => ({
        result,
        stdout,
        stderr,
        error: error && { ...error, traceback: plain(error.traceback) },
        displayed: published.filter(({ type }) => type === "display_data").map(({ content }) => content),
      });
      expect(comparable(ours!)).toEqual(comparable(expected!));
    });

    test.each([
      ["completion", "complete_request", { code: "[1].fla", cursor_pos: 7 }],
      ["completion of the library", "complete_request", { code: "torch.nn.Lin", cursor_pos: 12 }],
      ["completion of Node's names", "complete_request", { code: "process.plat", cursor_pos: 12 }],
      ["documentation of a built-in", "inspect_request", { code: "[1].map", cursor_pos: 6 }],
      ["documentation of the library", "inspect_request", { code: "torch.matmul", cursor_pos: 10 }],
      ["documentation of Node", "inspect_request", { code: "process.cwd", cursor_pos: 10 }],
    ])("%s", async (_, type, content) => {
      const [ours, expected] = await Promise.all(
        [restored, unaided].map((kernel) => kernel.request(type, content)),
      );
      expect(expected!.reply).toMatchObject({ status: "ok" });
      expect(ours!.reply).toEqual(expected!.reply);
    });

    test("but draws random numbers of its own", async () => {
      const other = await startIn(cache);
      try {
        for (const code of ["Math.random()", 'require("crypto").randomUUID()']) {
          const [ours, its] = await Promise.all([restored, other].map((kernel) => kernel.execute(code)));
          expect(ours!.reply.status).toBe("ok");
          expect(ours!.result).not.toEqual(its!.result);
        }
      } finally {
        await other.stop();
      }
    });
  });

  describe("without a snapshot that works starts all the same", () => {
    const damages: [string, (file: string) => void][] = [
      ["one that is missing", (file) => rmSync(file)],
      ["an empty one", (file) => truncateSync(file, 0)],
      ["half of one", (file) => truncateSync(file, 20_000_000)],
      ["something else", (file) => writeFileSync(file, "no snapshot\n".repeat(1000))],
      [
        "one with a wrong byte",
        (file) => {
          const bytes = readFileSync(file);
          bytes[30_000_000]! ^= 0xff;
          writeFileSync(file, bytes);
        },
      ],
    ];
    test.each(damages)("%s", async (name, damage) => {
      const own = join(root, name.replaceAll(" ", "-"));
      const file = join(own, "optimlab", basename(snapshot.file));
      mkdirSync(join(own, "optimlab"), { recursive: true });
      copyFileSync(snapshot.file, file);
      damage(file);
      const kernel = await startIn(own);
      try {
        expect(await isRestored(kernel)).toBe(false);
        // And the next one finds a new snapshot.
        await kernel.until(() => existsSync(file));
      } finally {
        await kernel.stop();
      }
      const next = await startIn(own);
      try {
        expect(await isRestored(next)).toBe(true);
      } finally {
        await next.stop();
      }
    });
  });

  test("that is restored ends when the process that Jupyter started is killed", async () => {
    const kernel = await startIn(cache);
    const pid = Number((await kernel.execute("process.pid")).result!["text/plain"]);
    kernel.process.kill("SIGKILL");
    await kernel.until(() => !isAlive(pid));
    await kernel.stop();
  });

  test.each(["SIGTERM", "SIGABRT"] as const)(
    "that is restored and ends by %s: so does the process that Jupyter started",
    async (signal) => {
      const kernel = await startIn(cache);
      const pid = Number((await kernel.execute("process.pid")).result!["text/plain"]);
      const ended = new Promise((resolve) => {
        kernel.process.on("exit", (_, by) => resolve(by));
      });
      process.kill(pid, signal);
      expect(await ended).toBe(signal);
      await kernel.stop();
    },
  );
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
