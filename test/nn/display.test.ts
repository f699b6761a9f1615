import { describe, expect, test } from "vitest";
import { nn, type Tensor } from "../../src/index.js";
import { moduleBundle } from "../../src/nn/display.js";

class Net extends nn.Module {
  fc1 = new nn.Linear(10, 20);
  norm = new nn.BatchNorm1d(20);
  head = new nn.Sequential(new nn.ReLU(), new nn.Linear(20, 1));

  forward(x: Tensor): Tensor {
    return this.head.forward(this.norm.forward(this.fc1.forward(x)) as Tensor) as Tensor;
  }
}

/** The rows of the table, without its header, and its caption and note. */
function read(module: nn.Module): {
  caption: string | undefined;
  note: string | undefined;
  rows: string[][];
} {
  const html = moduleBundle(module)["text/html"];
  const rows = [...html.matchAll(/<tr>(.*?)<\/tr>/g)].map(([, row]) =>
    [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/g)].map(([, cell]) => cell),
  );
  return {
    caption: /<caption[^>]*>(.*)<\/caption>/.exec(html)?.[1],
    note: /<p>(.*)<\/p>/.exec(html)?.[1],
    rows: rows.slice(1),
  };
}

describe("a module in a notebook", () => {
  test("is what PyTorch prints, and a table of its layers", () => {
    const net = new Net();
    expect(moduleBundle(net)["text/plain"]).toBe(String(net));
    const { caption, rows } = read(net);
    expect(caption).toBe("Net: 281 numbers in 6 parameters, 41 in buffers, in training mode");
    expect(rows).toEqual([
      ["fc1", "Linear(in_features=10, out_features=20, bias=True)", "weight [20, 10], bias [20]", "220"],
      [
        "norm",
        "BatchNorm1d(20, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)",
        "weight [20], bias [20], running_mean [20] (buffer), running_var [20] (buffer), num_batches_tracked [] (buffer)",
        "40",
      ],
      ["head", "Sequential()", "", ""],
      ["head.0", "ReLU()", "", ""],
      ["head.1", "Linear(in_features=20, out_features=1, bias=True)", "weight [1, 20], bias [1]", "21"],
    ]);
  });

  test("a layer alone", () => {
    expect(read(new nn.Linear(2, 3, { bias: false })).rows).toEqual([
      ["(itself)", "Linear(in_features=2, out_features=3, bias=False)", "weight [3, 2]", "6"],
    ]);
  });

  test("frozen parameters and evaluation mode are said", () => {
    const net = new Net().eval();
    net.fc1.requiresGrad_(false);
    const { caption, rows } = read(net);
    expect(caption).toBe(
      "Net: 281 numbers in 6 parameters, 61 of them learned, 41 in buffers, in evaluation mode",
    );
    expect(rows[0][2]).toBe("weight [20, 10] (frozen), bias [20] (frozen)");
  });

  test("a parameter in two layers counts once", () => {
    class Tied extends nn.Module {
      first = new nn.Linear(3, 3);
      again = this.first.weight;
      forward(): void {}
    }
    const { caption, rows } = read(new Tied());
    expect(caption).toContain("12 numbers in 2 parameters");
    expect(rows.map((row) => row.slice(2))).toEqual([
      ["again [3, 3]", "9"],
      ["weight [3, 3] (shared), bias [3]", "3"],
    ]);
  });

  test("numbers add up to the total, and names are text", () => {
    class Named extends nn.Module {
      forward(): void {}
      override extraRepr(): string {
        return "<img onerror=x>";
      }
    }
    expect(read(new Named()).rows[0][1]).toBe("Named(&#60;img onerror=x&#62;)");
    const wide = new nn.Sequential(...Array.from({ length: 100 }, () => new nn.Linear(40, 50)));
    const { caption, note, rows } = read(wide);
    expect(caption).toContain("205,000 numbers in 200 parameters");
    expect([rows.length, note]).toEqual([60, "… and 40 more layers"]);
  });
});
