import { type FigureJson, flat } from "./flat.js";
import { Page } from "./page.js";
import { pictureOf } from "./picture.js";
import { noteOf, type Still } from "./still.js";

/** Plotly's own size of a figure whose layout says none. */
const DEFAULT_SIZE = { width: 700, height: 450 };
/** Nobody looks at a larger one as a whole, and its pixels fill the memory. */
const LONGEST_SIDE = 4_000;

let page: Page | undefined;

process.on("message", async (json: string) => process.send!(await stillOf(json)));
// An interrupt is for the cell, and reaches the whole group of processes.
process.on("SIGINT", () => undefined);

async function stillOf(json: string): Promise<Still> {
  try {
    const figure = flat(JSON.parse(json) as FigureJson);
    const { width, height } = { ...DEFAULT_SIZE, ...sidesOf(figure.layout) };
    page ??= new Page();
    return { png: await pictureOf(await page.drawing(figure, { width, height })), width, height };
  } catch (error) {
    return noteOf(error);
  }
}

/** The sides that the layout gives, where they are usable. */
function sidesOf(layout: FigureJson["layout"] = {}): { width?: number; height?: number } {
  const sides = ["width", "height"].map((name) => [name, layout[name]] as const);
  const given = sides.filter(([, length]) => typeof length === "number" && length >= 10);
  return Object.fromEntries(given.map(([name, length]) => [name, Math.min(length as number, LONGEST_SIDE)]));
}
