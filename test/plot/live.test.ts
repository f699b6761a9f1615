import { afterEach, describe, expect, it } from "vitest";
import * as torch from "../../src/index.js";
import type { Figure } from "../../src/plot/index.js";

const { plot } = torch;
const HOST = Symbol.for("optimlab.live");
const host = globalThis as { [HOST]?: (draw: () => Figure) => { changed(): void } };

/** A kernel that keeps what it shows. */
function showing(): Figure[] {
  const shown: Figure[] = [];
  host[HOST] = (draw) => {
    shown.push(draw());
    return { changed: () => void shown.push(draw()) };
  };
  return shown;
}

afterEach(() => {
  delete host[HOST];
});

function displayOf(value: object): Record<string, unknown> {
  return (value as Record<symbol, () => Record<string, unknown>>)[Symbol.for("Jupyter.display")]();
}

describe("plot.live", () => {
  it("shows curves as they grow, from the first step", () => {
    const shown = showing();
    const live = plot.live({ alt: "The loss falls." });
    expect(shown).toEqual([]);
    live.add({ train: 4 });
    live.add({ train: torch.tensor(2), test: 3 });
    expect(shown.map(({ data }) => data.map(({ name, x, y }) => ({ name, x, y })))).toEqual([
      [{ name: "train", x: [1], y: [4] }],
      [
        { name: "train", x: [1, 2], y: [4, 2] },
        { name: "test", x: [2], y: [3] },
      ],
    ]);
    expect(displayOf(live)).toEqual({});
  });

  it("draws any figure anew after each update", () => {
    const shown = showing();
    const points = [[0, 0]];
    const live = plot.live(() =>
      plot.contour(plot.functions.saddle, { alt: "A path.", trajectories: { SGD: points } }),
    );
    live.update();
    points.push([1, 1]);
    live.update();
    expect(shown.map(({ data }) => data.find(({ name }) => name === "SGD")?.x)).toEqual([[0], [0, 1]]);
  });

  it("keeps the data where nothing shows it", () => {
    const live = plot.live({ alt: "The loss falls.", yScale: "linear" });
    live.add({ loss: 1 });
    live.add({ loss: 0.5 });
    expect(live.values).toEqual({ loss: { x: [1, 2], y: [1, 0.5] } });
    expect(live.figure.data[0]).toMatchObject({ y: [1, 0.5] });
    expect(displayOf(live)).toEqual({ "text/plain": expect.stringContaining("live figure") });
  });

  it("goes on when a loss is not a number, from the start or later", () => {
    const shown = showing();
    const live = plot.live({ alt: "The loss is lost." });
    live.add({ loss: Number.NaN });
    live.add({ loss: 1 });
    live.add({ loss: Infinity });
    expect(shown.map(({ data }) => data[0].name)).toEqual(["nothing to draw yet", "loss", "loss"]);
    expect(shown[2].data[0]).toMatchObject({ x: [1, 2, 3], y: [null, 1, null] });
  });

  it("refuses what is not a number, and adds nothing of that step", () => {
    const live = plot.live({ alt: "A loss." });
    expect(() => live.add({ a: 1, b: "2" as unknown as number })).toThrow(
      /live: b is the text "2"; expected a number/,
    );
    expect(live.values).toEqual({});
  });
});
