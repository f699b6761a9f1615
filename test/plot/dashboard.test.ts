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
