import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { i32, ModuleBuilder, whileLoop } from "../../../src/engine/wasm/assembler.js";
import { instantiate } from "../../../src/engine/wasm/compile.js";
import { features } from "../../../src/engine/wasm/features.js";
import { allocate, engineMemory } from "../../../src/engine/wasm/memory.js";
import { together } from "../../../src/engine/wasm/threads.js";
import * as torch from "../../../src/index.js";

const before = torch.getNumThreads();
afterEach(() => torch.setNumThreads(before));

test.each([0, -1, 1.5, NaN, "2"])("setNumThreads refuses %s", (count) => {
  expect(() => torch.setNumThreads(count as number)).toThrow(
    `setNumThreads: expected a whole number ≥ 1, got ${count}`,
  );
  expect(torch.getNumThreads()).toBe(before);
});

describe.skipIf(!features.shared || !features.simd)("several threads", () => {
  test("do each chunk once, whatever the number of chunks", () => {
    const module = new ModuleBuilder();
    // Adds 1 to n integers, as many times as it is told, so that a chunk takes a while.
    const f = module.function("count", ["i32", "i32", "i32"]);
    const [n, at, times] = f.parameters;
    const [left, p] = f.locals(2, "i32");
    f.body(
      whileLoop(
        times.get,
        left.set(n.get),
        p.set(at.get),
        whileLoop(
          left.get,
          i32.store(p.get, i32.add(i32.load(p.get), i32.const(1))),
          p.increase(4),
          left.increase(-1),
        ),
        times.increase(-1),
      ),
    );
    const functions = instantiate(module);
    const total = 5_000;
    const block = allocate(4 * total);
    const cells = new Int32Array(engineMemory().buffer, block, total);
    torch.setNumThreads(4);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: total }), fc.integer({ min: 1, max: 50 }), (size, rounds) => {
        cells.fill(0);
        const chunks = Math.ceil(total / size);
        together({
          functions,
          name: "count",
          values: [size, block, rounds],
          steps: [0, 4 * size, 0],
          chunks,
          last: total - (chunks - 1) * size,
        });
        expect(cells.every((count) => count === rounds)).toBe(true);
      }),
    );
  });

  test("give the numbers of one: products, and steps of Adam", () => {
    const run = (threads: number): number[][] => {
      torch.setNumThreads(threads);
      torch.manualSeed(0);
      const [a, b] = [torch.randn([300, 150]), torch.randn([150, 130])];
      const parameter = torch.randn([200_003]).requiresGrad_();
      const optimizer = new torch.optim.Adam([parameter]);
      for (let t = 0; t < 3; t++) {
        parameter.grad = torch.randn([200_003]);
        optimizer.step();
      }
      const products = [a.matmul(b), a.t().matmul(a), b.matmul(b.t()), a.matmul(a.t())];
      return [...products, parameter.detach()].map((tensor) => [...tensor.toArray()]);
    };
    const [one, three] = [run(1), run(3)];
    for (const [k, values] of one.entries()) expect(three[k]).toEqual(values);
  });

  test("do not keep the process alive", () => {
    const library = new URL("../../../dist/src/index.js", import.meta.url);
    const script = `
      const torch = await import(${JSON.stringify(library.href)});
      torch.setNumThreads(3);
      const x = torch.ones([256, 256]);
      for (let k = 0; k < 50; k++) x.matmul(x);
      console.log(x.matmul(x).sum().item());`;
    const output = execFileSync(process.execPath, ["--input-type=module", "--eval", script], {
      encoding: "utf8",
      timeout: 20_000,
    });
    expect(output.trim()).toBe(String(256 ** 3));
  });
});
