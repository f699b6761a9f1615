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

describe("plot.dashboard", () => {
  it("shows loss, learning rate and the norm of all gradients", () => {
    const shown = showing();
    const weight = torch.tensor([1, 2], { requiresGrad: true });
    const unused = torch.tensor([1], { requiresGrad: true });
    const optimizer = new torch.optim.SGD([weight, unused], { lr: 0.1 });
    const run = plot.dashboard(optimizer, { alt: "A run." });
    for (let step = 0; step < 2; step++) {
      optimizer.zeroGrad();
      const loss = weight.square().sum();
      loss.backward();
      run.step(loss);
      optimizer.step();
      optimizer.paramGroups[0].lr = 0.05;
    }
    const { loss, "learning rate": rate, "gradient norm": norm } = run.values;
    expect(loss.y[0]).toBe(5);
    expect(rate).toEqual({ x: [1, 2], y: [0.1, 0.05] });
    expect(norm.y[0]).toBeCloseTo(2 * Math.sqrt(5), 6);
    expect(norm.y[1]).toBeCloseTo(1.6 * Math.sqrt(5), 5);
    expect(shown).toHaveLength(2);
    expect(shown[1].data).toHaveLength(3);
    expect(shown[1].data.map(({ yaxis }) => yaxis)).toEqual(["y", "y2", "y3"]);
  });

  it("tells the rates of several groups apart", () => {
    const groups = [0.1, 0.2].map((lr) => ({ lr, params: [] }));
    const run = plot.dashboard({ paramGroups: groups }, { alt: "A run." });
    run.step(1);
    expect(Object.keys(run.values)).toEqual(["loss", "learning rate 0", "learning rate 1", "gradient norm"]);
    expect(run.figure.data.map(({ name }) => name)).toEqual([
      "loss",
      "learning rate 0",
      "learning rate 1",
      "nothing to draw yet",
    ]);
  });

  it("is asked for an optimizer", () => {
    expect(() => plot.dashboard({} as never, { alt: "A run." })).toThrow(/dashboard: expected an optimizer/);
  });
});
