import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { isOutOfMemory, watchMemory } from "../../../kernel/server/memory-limit.js";

test.each<[how: string, said: string, expected: boolean]>([
  ["was ended by SIGKILL", "", true],
  ["was ended by SIGSEGV", "", false],
  [
    "was ended by SIGABRT",
    "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
    true,
  ],
  ["ended with exit code 1", "MemoryError", true],
  ["ended with exit code 1", "TypeError", false],
])("%s, %j: out of memory is %s", (how, said, expected) => {
  expect(isOutOfMemory(how, said)).toBe(expected);
});

test.runIf(process.platform === "linux")(
  "a process that takes more memory than it may is told, once",
  async () => {
    const child = spawn(process.execPath, [
      "-e",
      "globalThis.b = Buffer.alloc(2e8, 1); setInterval(() => {}, 1e3)",
    ]);
    let ended = 0;
    const watch = watchMemory(child, 150 * 2 ** 20, () => {
      ended += 1;
      child.kill("SIGKILL");
    });
    await once(child, "exit");
    watch.stop();
    expect(ended).toBe(1);
    expect(watch.exceeded).toMatch(/^was ended: it had \d+ MiB of memory, and may have 150 MiB$/);
  },
);
