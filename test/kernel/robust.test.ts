import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { KernelClient } from "./client.js";

describe("a full heap", () => {
  let kernel: KernelClient;
  beforeAll(async () => {
    kernel = await KernelClient.start(undefined, { nodeOptions: ["--max-old-space-size=1000"] });
  });
  afterAll(() => kernel.stop());

  test.each([
    ["objects", "const kept: object[] = []; for (;;) kept.push({ at: kept.length, list: [1, 2, 3] })"],
    ["a map", "const kept = new Map(); for (;;) kept.set(kept.size, String(kept.size) + 'x'.repeat(50))"],
    ["after an await", "await 0; const kept: string[][] = []; for (;;) kept.push(new Array(1000).fill('x'))"],
    [
      "in steps that await",
      "const kept: object[] = []; for (;;) { kept.push(new Array(1e4).fill(0)); if (kept.length % 50 === 0) await new Promise((done) => setTimeout(done, 1)) }",
    ],
  ])("of %s stops the cell and says why; the kernel and its variables live on", async (_, code) => {
    await kernel.execute("var survivor = 6");
    const { reply, error } = await kernel.execute(`(() => {})(); { ${code} }`);
    expect(reply).toMatchObject({ status: "error", ename: "MemoryError" });
    expect(error!.evalue).toMatch(/memory is full: 0\.\d\d GB of 1\.0\d GB are in use/);
    expect((await kernel.execute("survivor * 7")).result).toEqual({ "text/plain": "42" });
  });

  test("garbage does not count", async () => {
    const { reply } = await kernel.execute(
      "let sum = 0; for (let i = 0; i < 2e5; i++) { const list = new Array(1000).fill(i); sum += list.length } sum",
    );
    expect(reply.status).toBe("ok");
  });
});
