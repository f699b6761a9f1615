import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const library = JSON.stringify(new URL("../../dist/src/index.js", import.meta.url).href);

/** Runs a program over the built library in a process of its own; `before` comes ahead of the import. */
function run(program: string, before = ""): { output: string; errors: string } {
  const script = `${before}; const torch = await import(${library}); ${program}`;
  const { stdout, stderr, status } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
    encoding: "utf8",
    timeout: 100_000,
  });
  if (status !== 0) throw new Error(`exit code ${status}: ${stderr}`);
  return { output: stdout.trim(), errors: stderr.trim() };
}

/** Products, sums, elementwise chains and steps, large enough for the kernels and for threads. */
const work = `
  torch.manualSeed(0);
  const numbers = [];
  const parameter = torch.randn([200_003]).requiresGrad_();
  const optimizer = new torch.optim.Adam([parameter]);
  for (let t = 0; t < 3; t++) {
    parameter.grad = torch.randn([200_003]);
    optimizer.step();
    const x = torch.randn([200, 300]);
    numbers.push(x.t().matmul(x).select(0, 0).toArray(), x.mul(2).tanh().sum().item());
  }
  numbers.push(parameter.detach().toArray().filter((_, i) => i % 97 === 0));
  console.log(numbers.join());`;

/** The same numbers, but for roundings: without fused instructions there are others. */
function expectSame(output: string, expected: string): void {
  const [found, right] = [output, expected].map((text) => text.split(",").map(Number));
  expect(found.length).toBe(right.length);
  const wrong = found.findIndex(
    (value, i) => !(Math.abs(value - right[i]) <= 1e-4 + 1e-5 * Math.abs(right[i])),
  );
  expect([wrong, found[wrong]]).toEqual([-1, undefined]);
}

describe("the numbers are the same", { timeout: 120_000 }, () => {
  const expected = run(`torch.setNumThreads(1); ${work}`).output;

  test.each([
    ["without SharedArrayBuffer", "delete globalThis.SharedArrayBuffer"],
    ["without WebAssembly", "delete globalThis.WebAssembly"],
    ["without anything of Node's", "process.getBuiltinModule = undefined"],
  ])("%s", (_, before) => {
    const { output, errors } = run(`torch.setNumThreads(3); ${work}`, before);
    expectSame(output, expected);
    expect(errors).toBe("");
  });

  const workers = `
    const threads = process.getBuiltinModule("node:worker_threads");
    const Worker = threads.Worker;`;
  test.each([
    [
      "when threads cannot be started",
      `${workers} threads.Worker = class { constructor() { throw new Error("no thread"); } };`,
      "no thread",
    ],
    [
      "when threads end at once",
      `${workers} threads.Worker = class extends Worker {
        constructor(_, options) { super("throw new Error('gone');", options); }
      };`,
      "gone",
    ],
    [
      "when threads fail with a chunk in their hands",
      `${workers} threads.Worker = class extends Worker {
        constructor(source, options) {
          super(source.replace("new WebAssembly.Module(bytes)", "failing()"), options);
        }
      };`,
      "failing is not defined",
    ],
  ])("%s: one warning", (_, before, reason) => {
    // A turn of the event loop between two rounds, so that a thread's end is heard of.
    const rounds = `torch.setNumThreads(4); torch.ones([300, 300]).matmul(torch.ones([300, 300]));
      await new Promise((resolve) => setTimeout(resolve, 300));
      ${work}
      await new Promise((resolve) => setTimeout(resolve, 300));`;
    const { output, errors } = run(rounds, before);
    expectSame(output, expected);
    expect(errors.match(/optimlab: a thread of the engine has ended/g)).toHaveLength(1);
    expect(errors).toContain(reason);
  });
});

describe("memory", { timeout: 120_000 }, () => {
  test("stays flat in a synchronous loop of many steps", () => {
    const memory = fileURLToPath(new URL("../bench/memory.mjs", import.meta.url));
    const [early, late] = ["10000", "60000"].map((iterations) => {
      const { stdout } = spawnSync(process.execPath, [memory, iterations], { encoding: "utf8" });
      return JSON.parse(stdout) as { process: number; inUse: number };
    });
    expect(late.inUse - early.inUse).toBeLessThan(2);
    expect(late.process - early.process).toBeLessThan(20);
  });

  test("has room for model after model in one synchronous loop", () => {
    const { output } = run(`
      const x = torch.linspace(-1, 1, 100_000);
      const learnt = [];
      for (let k = 0; k < 1000; k++) {
        const weights = torch.ones([100_000]).requiresGrad_();
        const optimizer = new torch.optim.Adam([weights], { lr: 0.01 });
        weights.grad = x;
        for (let t = 0; t < 2; t++) optimizer.step();
        learnt.push(weights.sum().item());
      }
      console.log(new Set(learnt).size, process.memoryUsage.rss() < 1.6e9);`);
    // More than the 1 GiB that is settled at most: the last models do without, and learn the same.
    expect(1000 * 3 * 4 * 100_000).toBeGreaterThan(2 ** 30);
    expect(output).toBe("1 true");
  });
});
