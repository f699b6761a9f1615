import { beforeAll, describe, expect, test } from "vitest";
import { flat } from "../../../kernel/still/flat.js";
import { Page } from "../../../kernel/still/page.js";
import { figures } from "./figures.js";

const size = { width: 700, height: 450 };
let page: Page;
beforeAll(() => {
  page = new Page();
});

const count = (svg: string, part: RegExp): number => svg.match(part)?.length ?? 0;
const textsOf = (svg: string): string[] => [...svg.matchAll(/<text[^>]*>([^<]*)/g)].map(([, text]) => text!);

describe("the drawing of", () => {
  test.each<[string, RegExp, number]>([
    ["lines with bands", /class="trace scatter /g, 6],
    ["contours with a trajectory", /class="contourlevel"/g, 10],
    ["heatmap", /<image [^>]*href="data:image\/png;base64,/g, 1],
    ["histogram", /class="point"/g, 20],
    ["bars", /class="point"/g, 3],
    ["surface", /class="contourlevel"/g, 10],
    ["frames with a slider", /class="slider-group"/g, 1],
    ["small multiples", /class="trace scatter /g, 4],
  ])("%s has its marks, its title and numbers along both axes", async (name, mark, marks) => {
    const figure = flat(figures[name]!);
    const svg = await page.drawing(figure, size);
    expect(count(svg, mark)).toBeGreaterThanOrEqual(marks);
    expect(svg).not.toContain("NaN");
    expect(textsOf(svg)).toContain((figure.layout!.title as { text: string }).text);
    for (const axis of ["x", "y"]) {
      expect(count(svg, new RegExp(`class="${axis}\\d?tick"><text`, "g"))).toBeGreaterThan(2);
    }
  });

  test("a legend is as wide as its texts", async () => {
    const named = (name: string): object => ({
      data: [
        { y: [1, 2], name },
        { y: [2, 1], name: "b" },
      ],
      layout: {},
    });
    const widthOf = async (name: string): Promise<number> => {
      const svg = await page.drawing(named(name), size);
      return Number(/class="legend".*?<rect class="bg"[^>]* width="([\d.]+)"/.exec(svg)![1]);
    };
    const difference = (await widthOf("a".repeat(20))) - (await widthOf("a".repeat(10)));
    // Ten letters of 12 pixels in DejaVu Sans.
    expect(difference).toBeCloseTo((10 * 12 * 1255) / 2048, 0);
  });

  test("hostile texts has nothing that could run", async () => {
    const text = `<img src=x onerror=alert(1)><script>alert(2)</script><a href="javascript:alert(3)">link</a>`;
    const svg = await page.drawing({ data: [{ y: [1], name: text }], layout: { title: { text } } }, size);
    expect(svg).not.toMatch(/<script|<img|<[^>]+javascript:/i);
  });

  test("a figure that plotly cannot read is refused, and the next one drawn", async () => {
    const broken = {
      data: [{ type: "sankey", node: { label: 5 }, link: { source: "?", target: {} } }],
      layout: { grid: 7 },
    };
    await page.drawing(broken, size).catch(() => undefined);
    expect(count(await page.drawing(figures.bars!, size), /class="point"/g)).toBe(3);
  });
});
