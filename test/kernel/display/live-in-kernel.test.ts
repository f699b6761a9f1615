import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PLOTLY } from "../../../kernel/display/figures.js";
import { missing } from "../../requirements.js";
import { type Json, KernelClient, type Received } from "../client.js";

type Numbers = readonly number[] | { readonly dtype: string; readonly bdata: string };

function lengthOf(numbers: Numbers): number {
  if (!("bdata" in numbers)) return numbers.length;
  return Buffer.from(numbers.bdata, "base64").length / Number(numbers.dtype.slice(1));
}

interface Shown {
  readonly type: string;
  readonly id: string;
  readonly steps: number;
  readonly picture: boolean;
}

describe.skipIf(missing("the built command line"))("a live figure in a kernel", () => {
  let kernel: KernelClient;
  beforeAll(async () => {
    kernel = await KernelClient.start();
  });
  afterAll(() => kernel.stop());

  async function shown(code: string): Promise<{ displays: Shown[]; ended: string | undefined }> {
    const { published, error } = await kernel.execute(code);
    return { displays: displaysOf(published), ended: error?.ename };
  }

  function displaysOf(published: readonly Received[]): Shown[] {
    return published
      .filter(({ type }) => type.endsWith("data"))
      .map(({ type, content }) => {
        const data = content.data as Json;
        const [trace] = (data[PLOTLY] as { data: { y: Numbers }[] }).data;
        const { display_id: id } = content.transient as { display_id: string };
        return { type, id, steps: lengthOf(trace!.y), picture: "image/png" in data };
      });
  }

  test.each([
    ["a loop that never waits", "for (let k = 0; k < 5000; k++) fig.add({ loss: 1 / (k + 1) });"],
    [
      "a loop that waits",
      `for (let k = 0; k < 5000; k++) {
         fig.add({ loss: 1 / (k + 1) });
         if (k % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
       }`,
    ],
    [
      "a loop that fails",
      'for (let k = 0; k < 5000; k++) fig.add({ loss: 1 / (k + 1) });\nthrow new RangeError("enough");',
    ],
  ])(
    "of %s appears at its first step and ends as one figure with all steps and a picture",
    async (what, loop) => {
      const { displays, ended } = await shown(`{ const fig = plot.live({ alt: "It falls." });\n${loop} }`);
      const [first, ...updates] = displays;
      expect(first).toMatchObject({ type: "display_data", steps: 1, picture: false });
      expect(updates.every(({ type, id }) => type === "update_display_data" && id === first!.id)).toBe(true);
      // Far fewer than steps; how many, the machine decides.
      expect(updates.length).toBeLessThan(500);
      expect(updates.at(-1)).toMatchObject({ steps: 5000, picture: true });
      expect(ended).toBe(what.endsWith("fails") ? "RangeError" : undefined);
    },
  );

  test("shows all steps of a loop that is interrupted", async () => {
    const folder = mkdtempSync(join(tmpdir(), "optimlab-live-"));
    try {
      const reached = join(folder, "reached");
      const code = `import { writeFileSync } from "node:fs";
        const halted = plot.live({ alt: "It falls." });
        for (let k = 0; k < 200; k++) halted.add({ loss: 1 / (k + 1) });
        writeFileSync(${JSON.stringify(reached)}, "");
        for (;;) {}`;
      const id = kernel.send("execute_request", { code });
      await kernel.until(() => existsSync(reached));
      await kernel.request("interrupt_request", {}, "control");
      const { published, reply } = await kernel.answer(id);
      expect(reply.status).toBe("error");
      expect(displaysOf(published).at(-1)).toMatchObject({ type: "update_display_data", steps: 200 });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("does not keep a cell from its end that has replaced what is built in", async () => {
    const own = await KernelClient.start();
    try {
      const code = `const fig = plot.live({ alt: "It falls." }); fig.add({ loss: 2 }); fig.add({ loss: 1 });
        Array.prototype[Symbol.iterator] = Array.prototype.map = () => { throw 1 };`;
      expect((await own.execute(code)).reply.status).toBe("ok");
      expect((await own.execute("6 * 7")).result).toEqual({ "text/plain": "42" });
    } finally {
      await own.stop();
    }
  });

  test("as the last value of its cell is not shown again", async () => {
    const { displays } = await shown('const last = plot.live({ alt: "One." }); last.add({ loss: 1 }); last');
    expect(new Set(displays.map(({ id }) => id)).size).toBe(1);
  });
});
