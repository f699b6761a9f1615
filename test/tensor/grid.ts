import fc from "fast-check";
import { expect } from "vitest";
import * as torch from "../../src/index.js";

/**
 * The reference that tensors are compared with: a shape, and a function that knows the value at every index. Views
 * are functions of functions, so nothing here knows of strides.
 */
export interface Grid {
  readonly shape: readonly number[];
  readonly at: (index: readonly number[]) => number;
}

export function* indices(shape: readonly number[]): Generator<number[]> {
  if (shape.length === 0) yield [];
  else for (let k = 0; k < shape[0]; k++) for (const rest of indices(shape.slice(1))) yield [k, ...rest];
}

/** All values, the last index running fastest. */
export function values(grid: Grid): number[] {
  return [...indices(grid.shape)].map((index) => grid.at(index));
}

export function gridOf(shape: readonly number[], data: readonly number[]): Grid {
  return { shape, at: (index) => data[index.reduce((n, k, d) => n * shape[d] + k, 0)] };
}

/** The index into an operand that is broadcast: right-aligned, 0 where its size is 1. */
export function broadcastTo(grid: Grid, shape: readonly number[]): Grid {
  const missing = shape.length - grid.shape.length;
  return {
    shape,
    at: (index) => grid.at(grid.shape.map((size, d) => (size === 1 ? 0 : index[d + missing]))),
  };
}

export function broadcastShape(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  const pad = (s: readonly number[]) => [...Array<number>(rank - s.length).fill(1), ...s];
  const [x, y] = [pad(a), pad(b)];
  return x.map((size, d) => (size === 1 ? y[d] : size));
}

/** A tensor and what it should hold. */
export interface Pair {
  readonly tensor: torch.Tensor;
  readonly grid: Grid;
}

interface Step {
  readonly kind: "permute" | "narrow" | "expand" | "select" | "unsqueeze" | "reverse";
  readonly a: number;
  readonly b: number;
}

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    kind: fc.constantFrom("permute", "narrow", "expand", "select", "unsqueeze", "reverse"),
    a: fc.nat(20),
    b: fc.nat(20),
  }),
  { maxLength: 4 },
);

function applyStep({ tensor, grid }: Pair, { kind, a, b }: Step): Pair {
  const { shape } = grid;
  const rank = shape.length;
  if (kind === "unsqueeze") {
    if (rank > 3) return { tensor, grid };
    const d = a % (rank + 1);
    return {
      tensor: tensor.unsqueeze(b % 2 === 0 ? d : d - rank - 1),
      grid: { shape: shape.toSpliced(d, 0, 1), at: (index) => grid.at(index.toSpliced(d, 1)) },
    };
  }
  if (rank === 0) return { tensor, grid };
  const d = a % rank;
  const named = b % 2 === 0 ? d : d - rank;
  if (kind === "permute") {
    const e = b % rank;
    const swap = <T>(list: readonly T[]): T[] => list.with(d, list[e]).with(e, list[d]);
    return {
      tensor: tensor.transpose(named, e - rank),
      grid: { shape: swap(shape), at: (i) => grid.at(swap(i)) },
    };
  }
  if (kind === "reverse") {
    return {
      tensor: tensor.T,
      grid: { shape: shape.toReversed(), at: (index) => grid.at(index.toReversed()) },
    };
  }
  if (kind === "narrow") {
    const start = b % (shape[d] + 1);
    const length = (a + b) % (shape[d] - start + 1);
    return {
      tensor: tensor.narrow(named, start, length),
      grid: { shape: shape.with(d, length), at: (index) => grid.at(index.with(d, index[d] + start)) },
    };
  }
  if (kind === "select") {
    if (shape[d] === 0) return { tensor, grid };
    const k = b % shape[d];
    return {
      tensor: tensor.select(named, a % 2 === 0 ? k : k - shape[d]),
      grid: { shape: shape.toSpliced(d, 1), at: (index) => grid.at(index.toSpliced(d, 0, k)) },
    };
  }
  const sizes = shape.map((size) => (size === 1 ? 1 + (b % 3) : size));
  return { tensor: tensor.expand(sizes), grid: broadcastTo(grid, sizes) };
}

const element = fc.double({ min: -3, max: 3, noNaN: true }).map((x) => Math.round(x * 64) / 64);

/** A float64 tensor of a given shape, whose memory is laid out in any way that a chain of views can make. */
export function pairOf(shape: readonly number[], of: fc.Arbitrary<number> = element): fc.Arbitrary<Pair> {
  const count = shape.reduce((n, size) => n * size, 1);
  return fc
    .record({
      data: fc.array(of, { minLength: count, maxLength: count }),
      order: fc.shuffledSubarray(
        shape.map((_, d) => d),
        { minLength: shape.length, maxLength: shape.length },
      ),
      padding: fc.boolean(),
    })
    .map(({ data, order, padding }) => {
      const grid = gridOf(shape, data);
      // Lay the values out in another order of dimensions, perhaps with gaps, and look at them in the order asked for.
      const inverse = order.map((_, d) => order.indexOf(d));
      const stored = order.map((d) => shape[d]);
      const wide = padding ? [...stored, 2] : stored;
      const memory = torch.zeros(wide, { dtype: "float64" });
      let view = padding ? memory.select(-1, 1) : memory;
      view = view.permute(inverse);
      torch.noGrad(() => view.copy_(torch.tensor(data, { dtype: "float64" }).reshape(shape)));
      return { tensor: view, grid };
    });
}

export const shapes: fc.Arbitrary<number[]> = fc.array(
  fc.oneof(
    { weight: 1, arbitrary: fc.constant(0) },
    { weight: 9, arbitrary: fc.integer({ min: 1, max: 4 }) },
  ),
  { maxLength: 4 },
);

/** Shapes without empty dimensions, for gradients. */
export const fullShapes: fc.Arbitrary<number[]> = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 3 });

/** Any view of any tensor. */
export const views: fc.Arbitrary<Pair> = fc
  .tuple(
    shapes.chain((shape) => pairOf(shape)),
    steps,
  )
  .map(([pair, chain]) => chain.reduce(applyStep, pair));

/** Two shapes that can be broadcast together. */
export const matchingShapes: fc.Arbitrary<[number[], number[]]> = fc
  .tuple(shapes, fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }), fc.nat(4), fc.nat(4))
  .map(([shape, ones, dropA, dropB]) => {
    const a = shape.map((size, d) => (ones[d] ? 1 : size)).slice(Math.min(dropA, shape.length));
    const b = shape
      .map((size, d) => (ones[d + 4] ? 1 : size))
      .slice(dropA === 0 ? Math.min(dropB, shape.length) : 0);
    return [a, b];
  });

export const matchingPairs: fc.Arbitrary<[Pair, Pair]> = matchingShapes.chain(([a, b]) =>
  fc.tuple(pairOf(a), pairOf(b)),
);

/** Values agree to ten decimals; NaN only with NaN. */
export function expectValues(tensor: torch.Tensor, expected: readonly number[]): void {
  const actual = [...tensor.toArray()];
  expect(actual.length).toBe(expected.length);
  actual.forEach((value, k) => {
    if (Number.isNaN(expected[k])) expect(value).toBeNaN();
    else expect(value).toBeCloseTo(expected[k], 10);
  });
}
