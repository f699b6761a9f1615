import { describe, expect, expectTypeOf, test } from "vitest";
import { data, Generator, manualSeed, ones, rand, type Tensor, tensor, utils } from "../../src/index.js";

const { BatchSampler, DataLoader, RandomSampler, SubsetRandomSampler, TensorDataset } = data;
const ten = Array.from({ length: 10 }, (_, k) => k);

const lists = (batches: Iterable<Tensor>): unknown[] => Array.from(batches, (batch) => batch.tolist());
const seeded = (seed: number): Generator => new Generator(seed);

describe("the order of the samples, and what is drawn afterwards, are those that PyTorch 1.13 printed", () => {
  const cases: [name: string, body: () => unknown, expected: unknown, next: number][] = [
    [
      "shuffled",
      () => lists(new DataLoader(ten, 4, true)),
      [
        [3, 2, 7, 8],
        [6, 1, 5, 9],
        [0, 4],
      ],
      0.23276156187057495,
    ],
    [
      "two passes",
      () => {
        const loader = new DataLoader(ten, { batchSize: 4, shuffle: true });
        return [lists(loader), lists(loader)];
      },
      [
        [
          [3, 2, 7, 8],
          [6, 1, 5, 9],
          [0, 4],
        ],
        [
          [1, 3, 5, 2],
          [8, 9, 6, 7],
          [4, 0],
        ],
      ],
      0.36531615257263184,
    ],
    [
      "in order: the base seed is drawn all the same",
      () => lists(new DataLoader(ten, 4)),
      [
        [0, 1, 2, 3],
        [4, 5, 6, 7],
        [8, 9],
      ],
      0.6592116951942444,
    ],
    [
      "dropLast",
      () => lists(new DataLoader(ten, 4, { shuffle: true, dropLast: true })),
      [
        [3, 2, 7, 8],
        [6, 1, 5, 9],
      ],
      0.23276156187057495,
    ],
    [
      "a generator of its own, which draws a last time at the end of a pass",
      () => {
        const generator = seeded(3);
        const loader = new DataLoader(ten, { batchSize: 4, shuffle: true, generator });
        return [lists(loader), lists(loader), rand([1], { generator }).item()];
      },
      [
        [
          [7, 4, 2, 9],
          [1, 5, 0, 8],
          [6, 3],
        ],
        [
          [1, 2, 0, 5],
          [9, 4, 8, 3],
          [6, 7],
        ],
        0.5824220776557922,
      ],
      0.5349225401878357,
    ],
    [
      "a generator of its own and dropLast",
      () => {
        const generator = seeded(3);
        const loader = new DataLoader(ten, { batchSize: 4, shuffle: true, generator, dropLast: true });
        return [lists(loader), rand([1], { generator }).item()];
      },
      [
        [
          [7, 4, 2, 9],
          [1, 5, 0, 8],
        ],
        0.6483104228973389,
      ],
      0.5349225401878357,
    ],
    [
      "no batches",
      () => [...new DataLoader<number, number>(ten, null, { shuffle: true })],
      [3, 2, 7, 8, 6, 1, 5, 9, 0, 4],
      0.23276156187057495,
    ],
    [
      "batchSampler",
      () => lists(new DataLoader(ten, { batchSampler: new BatchSampler(new RandomSampler(ten), 3, true) })),
      [
        [3, 2, 7],
        [8, 6, 1],
        [5, 9, 0],
      ],
      0.23276156187057495,
    ],
    [
      "sampler",
      () => lists(new DataLoader(ten, { batchSize: 3, sampler: new SubsetRandomSampler([1, 3, 5, 7, 9]) })),
      [
        [3, 7, 1],
        [9, 5],
      ],
      0.20708602666854858,
    ],
    [
      "the base seed belongs to iter(), the order to the first batch",
      () => {
        const batches = new DataLoader(ten, 4, true)[Symbol.iterator]();
        return [rand([1]).item(), (batches.next().value as Tensor).tolist()];
      },
      [0.6592116951942444, [7, 2, 6, 3]],
      0.4250614047050476,
    ],
  ];
  test.each(cases)("%s", (_name, body, expected, next) => {
    manualSeed(7);
    expect([body(), rand([1]).item()]).toEqual([expected, next]);
  });
});

test("batches of a TensorDataset are its tensors, cut, with their types", () => {
  const x = rand([5, 2]);
  const y = tensor([0, 1, 2, 1, 0], { dtype: "int64" });
  const loader = new DataLoader(new TensorDataset(x, y), { batchSize: 2 });
  const batches = [...loader];
  expectTypeOf(batches).toEqualTypeOf<[Tensor, Tensor][]>();
  expect(loader.length).toBe(3);
  expect(batches.map(([a, b]) => [a.shape, b.shape, a.dtype, b.dtype])).toEqual([
    [[2, 2], [2], "float32", "int64"],
    [[2, 2], [2], "float32", "int64"],
    [[1, 2], [1], "float32", "int64"],
  ]);
  expect(batches.flatMap(([a]) => a.tolist())).toEqual(x.tolist());
  expect(batches.flatMap(([, b]) => b.tolist())).toEqual(y.tolist());
});

test("a batch has memory of its own", () => {
  const x = ones([4]);
  const [[batch]] = [...new DataLoader(new TensorDataset(x), { batchSize: 4 })];
  batch.storage.data.fill(7);
  expect(x.tolist()).toEqual([1, 1, 1, 1]);
});

test("a dataset of one's own, and a collateFn", () => {
  class Squares implements data.Dataset<[number, number]> {
    readonly length = 5;
    at(index: number): [number, number] {
      return [index, index ** 2];
    }
  }
  const plain = [...new DataLoader(new Squares(), { batchSize: 3 })];
  expectTypeOf(plain).toEqualTypeOf<[Tensor, Tensor][]>();
  expect(plain.map(([x, y]) => [x.tolist(), y.tolist()])).toEqual([
    [
      [0, 1, 2],
      [0, 1, 4],
    ],
    [
      [3, 4],
      [9, 16],
    ],
  ]);
  const sums = new DataLoader(new Squares(), {
    batchSize: 3,
    collateFn: (samples) => samples.reduce((sum, [, y]) => sum + y, 0),
  });
  expectTypeOf([...sums]).toEqualTypeOf<number[]>();
  expect([...sums]).toEqual([5, 25]);
});

test.each([
  [10, 4, false, 3],
  [10, 4, true, 2],
  [8, 4, false, 2],
  [0, 4, false, 0],
])("%i samples in batches of %i (dropLast %s) make %i batches", (n, batchSize, dropLast, expected) => {
  const loader = new DataLoader(ten.slice(0, n), { batchSize, dropLast });
  expect([loader.length, [...loader].length]).toEqual([expected, expected]);
});

test("torch.utils.data is torch.data", () => {
  expect(utils.data).toBe(data);
});

describe("refuses, and draws nothing", () => {
  const cases: [name: string, body: () => unknown, message: string][] = [
    [
      "batch size 0",
      () => new DataLoader(ten, 0),
      "batch_size should be a positive integer value, but got batch_size=0",
    ],
    [
      "half a batch",
      () => new DataLoader(ten, 1.5),
      "batch_size should be a positive integer value, but got batch_size=1.5",
    ],
    [
      "dropLast 3",
      () => new DataLoader(ten, { dropLast: 3 as never }),
      "DataLoader: drop_last should be a boolean value, but got drop_last=3",
    ],
    [
      "nothing to shuffle",
      () => new DataLoader([], { shuffle: true }),
      "num_samples should be a positive integer value, but got num_samples=0",
    ],
    [
      "shuffle and sampler",
      () => new DataLoader(ten, { shuffle: true, sampler: [0] }),
      "sampler option is mutually exclusive with shuffle",
    ],
    [
      "batchSampler and shuffle",
      () => new DataLoader(ten, { shuffle: true, batchSampler: [[0]] }),
      "batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last",
    ],
    [
      "dropLast without batches",
      () => new DataLoader(ten, null, { dropLast: true }),
      "batch_size=None option disables auto-batching and is mutually exclusive with drop_last",
    ],
    [
      "workers",
      () => new DataLoader(ten, { numWorkers: 2 }),
      "DataLoader: there are no worker processes here: numWorkers must be 0, not 2",
    ],
    [
      "no dataset",
      () => new DataLoader(7 as never),
      "DataLoader: a dataset is an array, or has length and at(index)",
    ],
    [
      "a seed for a generator",
      () => new DataLoader(ten, { generator: 7 as never }),
      "DataLoader: generator must be a torch.Generator",
    ],
    [
      "an unknown option",
      () => new DataLoader(ten, { batch: 2 } as never),
      "DataLoader: unknown option batch",
    ],
  ];
  test.each(cases)("%s", (_name, body, message) => {
    manualSeed(1);
    expect(body).toThrow(message);
    const after = rand([1]).item();
    manualSeed(1);
    expect(rand([1]).item()).toBe(after);
  });

  test("a number from a sampler that no sample has", () => {
    expect(() => [...new DataLoader(ten, { sampler: [3, 10] })]).toThrow(
      "DataLoader: index 10 is out of range for a dataset of length 10",
    );
  });
});
