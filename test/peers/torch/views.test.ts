import { isDeepStrictEqual } from "node:util";
import { expect, test } from "vitest";
import * as torch from "../../../src/index.js";
import { missing } from "../../requirements.js";
import { type Answer, askTorch, fromPython } from "./python.js";

type View = { python: string; apply: (x: torch.Tensor) => torch.Tensor };

const generator = new torch.Generator();
generator.manualSeed(7);
const below = (n: number): number => torch.randint(n, [1], { generator }).item();
const pick = <T>(items: readonly T[]): T => items[below(items.length)];

/** A random factorisation of `count`, with some sizes of 1. */
function randomShape(count: number): number[] {
  if (count === 0) return pick([[0], [0, 3], [2, 0], [1, 0, 2]]);
  const shape: number[] = [];
  for (let rest = count; rest > 1; ) {
    const divisors = Array.from({ length: rest }, (_, d) => d + 1).filter((d) => rest % d === 0);
    const size = pick(divisors);
    shape.push(size);
    rest /= size;
  }
  return below(2) === 0 ? [...shape, 1] : shape;
}

function randomView(x: torch.Tensor): View {
  const rank = x.ndim;
  const dim = rank === 0 ? 0 : below(2 * rank) - rank;
  const kind = below(9);
  if (kind === 0) {
    const sizes = randomShape(x.count);
    return { python: `.reshape(${JSON.stringify(sizes)})`, apply: (t) => t.reshape(sizes) };
  }
  if (kind === 1) {
    const sizes = randomShape(x.count);
    return { python: `.view(${JSON.stringify(sizes)})`, apply: (t) => t.view(sizes) };
  }
  if (kind === 2) return { python: ".squeeze()", apply: (t) => t.squeeze() };
  if (kind === 3) return { python: `.squeeze(${dim})`, apply: (t) => t.squeeze(dim) };
  if (kind === 4) {
    const at = below(2 * rank + 2) - rank - 1;
    return { python: `.unsqueeze(${at})`, apply: (t) => t.unsqueeze(at) };
  }
  if (kind === 5) {
    const sizes = [
      ...(below(2) === 0 ? [below(3)] : []),
      ...x.shape.map((s) => (s === 1 ? below(4) : pick([s, -1]))),
    ];
    return { python: `.expand(${JSON.stringify(sizes)})`, apply: (t) => t.expand(sizes) };
  }
  if (kind === 6 && rank > 0) {
    const size = x.shape.at(dim) as number;
    const start = below(size + 1);
    const length = below(size - start + 1);
    return {
      python: `.narrow(${dim}, ${start}, ${length})`,
      apply: (t) => t.narrow(dim, start, length),
    };
  }
  if (kind === 7 && rank > 0 && x.shape.at(dim) !== 0) {
    const index = below(x.shape.at(dim) as number);
    return { python: `.select(${dim}, ${index})`, apply: (t) => t.select(dim, index) };
  }
  if (kind === 8) return { python: ".flatten()", apply: (t) => t.flatten() };
  const order = x.shape
    .map((_, d) => ({ d, key: torch.rand([1], { generator }).item() }))
    .sort((a, b) => a.key - b.key)
    .map(({ d }) => d);
  return { python: `.permute(${JSON.stringify(order)})`, apply: (t) => t.permute(order) };
}

/** A chain of views; the last one may be refused. */
function randomChain(): { python: string; ours: () => torch.Tensor } {
  const start = [6, 4, pick([1, 2, 5])];
  const count = start.reduce((n, s) => n * s);
  let python = `torch.arange(${count}).reshape(${JSON.stringify(start)})`;
  let x = torch.arange(count).reshape(start);
  let last: () => torch.Tensor = () => x;
  for (let step = below(5) + 1; step > 0; step--) {
    const view = randomView(x);
    const before = x;
    python += view.python;
    last = () => view.apply(before);
    try {
      x = last();
    } catch {
      break;
    }
  }
  return { python, ours: last };
}

function describeView(ours: () => torch.Tensor): object {
  try {
    const view = ours();
    return { shape: view.shape, strides: view.strides, values: [...view.toArray()] };
  } catch {
    return { refused: true };
  }
}

function describeAnswer(answer: Answer): object {
  if (answer.kind !== "tensor") return { refused: true };
  return { shape: answer.shape, strides: answer.strides, values: answer.values.map(fromPython) };
}

test.skipIf(missing("python3-torch"))(
  "values, strides and refusals of 1500 random views are PyTorch's",
  () => {
    const chains = Array.from({ length: 1500 }, randomChain);
    const answers = askTorch(chains.map(({ python }) => python));
    const differences = chains
      .map(({ python, ours }, k) => ({
        python,
        optimlab: describeView(ours),
        pytorch: describeAnswer(answers[k]),
      }))
      .filter(({ optimlab, pytorch }) => !isDeepStrictEqual(optimlab, pytorch));
    expect(differences).toEqual([]);
  },
);
