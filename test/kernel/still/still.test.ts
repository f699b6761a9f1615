import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { Transformer } from "@napi-rs/image";
import { describe, expect, test } from "vitest";
import type { Stills as SourceStills, Still, StillsOptions } from "../../../kernel/still/still.js";
import { built, missing } from "../../requirements.js";
import { figures } from "./figures.js";

describe.skipIf(missing("the built command line"))("a still", () => {
  const url = pathToFileURL(built("kernel/still/still.js")).href;

  /** As built: the process runs a file of its own. Its memory is soon given back. */
  async function stills(options: StillsOptions = { idleLimit: 5_000 }): Promise<SourceStills> {
    const { Stills } = (await import(url)) as { Stills: typeof SourceStills };
    return new Stills(options);
  }

  const pngOf = (still: Still): Uint8Array => {
    if (!("png" in still)) throw new Error(still.note);
    return still.png;
  };

  test("of each kind of figure is a PNG of at most 30 kB, the same one each time, in a new process too", async () => {
    const [first, second] = [await stills(), await stills()];
    for (const [name, figure] of Object.entries(figures)) {
      const [png, again] = (await Promise.all([first.still(figure), second.still(figure)])).map(pngOf);
      expect(png!.length, name).toBeLessThanOrEqual(30_000);
      expect(png!.length, name).toBeGreaterThan(4_000);
      expect(Buffer.compare(png!, again!), name).toBe(0);
      const { width, height } = await new Transformer(png!).metadata();
      expect([1, 1.5, 2].map((zoom) => [700 * zoom, 450 * zoom])).toContainEqual([width, height]);
    }
  });

  test("is drawn where a curve goes far outside of the axes", async () => {
    const z = Array.from({ length: 9 }, (_, row) => Array.from({ length: 9 }, (_, column) => row * column));
    const figure = {
      data: [
        { type: "contour", z, opacity: 0.6 },
        { type: "scatter", mode: "lines", x: [1, 90, 2], y: [1, 300, 2] },
      ],
      layout: { width: 300, height: 300, xaxis: { range: [0, 8] }, yaxis: { range: [0, 8] } },
    };
    expect(pngOf(await (await stills()).still(figure)).length).toBeGreaterThan(1_000);
  });

  test("that takes its process with it is a note, and the next figure is drawn", async () => {
    const made = await stills();
    const children = (): string => readFileSync(`/proc/self/task/${process.pid}/children`, "utf8").trim();
    const before = new Set(children().split(" "));
    const lost = made.still(Object.values(figures)[0]!);
    const [child] = children()
      .split(" ")
      .filter((pid) => !before.has(pid));
    process.kill(Number(child), "SIGABRT");
    expect(await lost).toEqual({
      note: "There is no still picture of this figure: the process that draws ended with SIGABRT.",
    });
    expect(pngOf(await made.still({ data: [] })).length).toBeGreaterThan(100);
  });

  test("is as large as the layout says", async () => {
    const still = await (await stills()).still({ data: [], layout: { width: 300, height: 200 } });
    expect(still).toMatchObject({ width: 300, height: 200 });
    expect(await new Transformer(pngOf(still)).metadata()).toMatchObject({ width: 600, height: 400 });
  });

  test.each<[string, object, string]>([
    [
      "a map",
      { data: [{ type: "scattermap" }] },
      'plots of type "scattermap" can only be drawn by a browser.',
    ],
    ["what is no figure", { data: 5 }, "data.filter is not a function."],
    ["what is no JSON", { data: [1n] }, "Do not know how to serialize a BigInt."],
  ])("of %s is a note that says why", async (_, figure, reason) => {
    const made = await stills();
    expect(await made.still(figure)).toEqual({ note: `There is no still picture of this figure: ${reason}` });
    expect(await made.still({ data: [] })).toHaveProperty("png");
  });

  test("that takes too long is given up, and the next one is drawn", async () => {
    const made = await stills({ timeLimit: 1 });
    const given = await Promise.all([made.still({ data: [] }), made.still({ data: [] })]);
    for (const still of given)
      expect(still).toMatchObject({ note: expect.stringContaining("longer than 0.001 s") });
  });

  test("does not keep its process alive", () => {
    const program = `
      import { Stills } from ${JSON.stringify(url)};
      const stills = new Stills();
      const waiting = setInterval(() => {}, 1000);
      const still = await stills.still({ data: [] });
      clearInterval(waiting);
      console.log("png" in still, stills.running);`;
    const { status, stdout } = spawnSync(process.execPath, ["--input-type=module", "--eval", program], {
      encoding: "utf8",
      timeout: 60_000,
    });
    expect({ status, stdout }).toEqual({ status: 0, stdout: "true true\n" });
  });

  test("is drawn by a process that ends when there was nothing to draw for a while", async () => {
    const made = await stills({ idleLimit: 1 });
    await made.still({ data: [] });
    await expect.poll(() => made.running).toBe(false);
    expect(await made.still({ data: [] })).toHaveProperty("png");
  });
});
