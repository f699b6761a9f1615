import fc from "fast-check";
import { describe, expect, expectTypeOf, test } from "vitest";
import * as torch from "../../../src/index.js";
import { file } from "./container.js";

const { load, loadMetadata, ones, save, tensor } = torch;

/** Tensors as plain values, for comparison. */
function plain(value: unknown): unknown {
  if (value instanceof torch.Tensor)
    return { dtype: value.dtype, shape: value.shape, values: value.tolist() };
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

describe("what is saved comes back", () => {
  test("a model's weights, through ArrayBuffers and Node's Buffers too", () => {
    const model = new torch.nn.Sequential(new torch.nn.Linear(3, 4), new torch.nn.Linear(4, 1));
    const bytes = save(model.stateDict());
    const other = new torch.nn.Sequential(new torch.nn.Linear(3, 4), new torch.nn.Linear(4, 1));
    other.loadStateDict(load(bytes));
    expect(plain(other.stateDict())).toEqual(plain(model.stateDict()));
    expect(plain(load(bytes.slice().buffer))).toEqual(plain(model.stateDict()));
    // A Buffer whose bytes do not start where its memory does.
    const shifted = Buffer.concat([Buffer.from([1, 2, 3]), bytes]).subarray(3);
    expect(plain(load(shifted))).toEqual(plain(model.stateDict()));
    expectTypeOf(load(bytes)).toEqualTypeOf<Record<string, torch.Tensor>>();
  });

  test("an optimizer, which goes on as if it had not stopped", () => {
    const train = (x: torch.Tensor, optimizer: torch.optim.Adam): void => {
      x.grad = x.detach().mul(2);
      optimizer.step();
    };
    const x = tensor([1, 2, 3], { requiresGrad: true });
    const optimizer = new torch.optim.Adam([x], { lr: 0.1, betas: [0.8, 0.99], amsgrad: true });
    train(x, optimizer);
    const checkpoint = { epoch: 1, model: { x: x.detach().clone() }, optimizer: optimizer.stateDict() };
    const bytes = save(checkpoint, { metadata: { author: "me" } });
    const loaded = load<typeof checkpoint>(bytes);
    expect(plain(loaded)).toEqual(plain(checkpoint));
    expect(loadMetadata(bytes)).toEqual({ author: "me" });

    const y = loaded.model.x.requiresGrad_();
    const second = new torch.optim.Adam([y], { lr: 7 });
    second.loadStateDict(loaded.optimizer);
    train(x, optimizer);
    train(y, second);
    expect(y.tolist()).toEqual(x.tolist());
  });

  test("tensors that are not contiguous are written row by row, those that share memory each for itself", () => {
    const x = torch.arange(6).reshape([2, 3]);
    expect(plain(load(save({ t: x.T, row: x.select(0, 1), x, wide: ones([1]).expand([3]) })))).toEqual({
      t: {
        dtype: "int64",
        shape: [3, 2],
        values: [
          [0, 3],
          [1, 4],
          [2, 5],
        ],
      },
      row: { dtype: "int64", shape: [3], values: [3, 4, 5] },
      x: {
        dtype: "int64",
        shape: [2, 3],
        values: [
          [0, 1, 2],
          [3, 4, 5],
        ],
      },
      wide: { dtype: "float32", shape: [3], values: [1, 1, 1] },
    });
  });

  test.each<[string, unknown]>([
    ["a tensor", tensor([1, 2])],
    ["a tensor without dimensions", tensor(3)],
    ["an empty tensor", torch.zeros([2, 0])],
    ["nothing", {}],
    ["null", null],
    ["a text", "text"],
    ["the empty text", ""],
    ["a number", 5],
    ["an array", [tensor([1]), 2, "three", [null, true]]],
    ["numbers that JSON does not have", [Number.NaN, Infinity, -Infinity, -0, undefined, { x: undefined }]],
    ["keys like those of the encoding", { $tensor: "a", $$value: { $value: "NaN" }, $: 1, a: tensor([1]) }],
    ["paths that mean two tensors", { a: { b: tensor([1]) }, "a.b": tensor([2]), "a.b#2": tensor([3]) }],
    ["a tensor named __metadata__", { __metadata__: tensor([1]) }],
    ["names of members of Object", { constructor: tensor([1]), toString: 1, hasOwnProperty: { length: 2 } }],
    ["names like numbers", { 10: tensor([1]), 2: tensor([2]), b: tensor([3]) }],
    ["the empty name, and one that JSON escapes", { "": tensor([1]), '"\\\n\u0000é😀': tensor([2]) }],
  ])("%s", (_name, value) => {
    expect(plain(load(save(value)))).toEqual(plain(value));
  });

  const dtypes: torch.DType[] = ["float32", "float64", "int64", "int32", "uint8", "bool"];
  const leaf = fc.oneof(
    fc
      .record({ dtype: fc.constantFrom(...dtypes), shape: fc.array(fc.nat(3), { maxLength: 3 }) })
      .map(({ dtype, shape }) => torch.ones(shape, { dtype })),
    fc.double(),
    fc.integer(),
    fc.string({ unit: "binary" }),
    fc.boolean(),
    fc.constantFrom(null, undefined),
  );
  const key = fc
    .oneof(fc.string(), fc.constantFrom("$tensor", "$value", "a", "a.b", "0"))
    .filter((k) => k !== "__proto__");
  const { value: anything } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(tie("value"), { maxLength: 4 }),
      fc.array(fc.tuple(key, tie("value")), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
    ),
  }));
  test("any nesting of anything that can be saved", () => {
    fc.assert(
      fc.property(anything, (value) => {
        expect(plain(load(save(value)))).toEqual(plain(value));
      }),
      { numRuns: 500 },
    );
  });
});

describe("refuses to save", () => {
  const circular: unknown[] = [];
  circular.push([circular]);
  // As functions: a title must not show what contains itself.
  test.each<[string, () => unknown, string]>([
    [
      "a Map",
      () => ({ a: [1, new Map()] }),
      'save: "a.1" is an object of class Map, which cannot be saved; tensors, numbers, strings',
    ],
    ["a function", () => ({ f: () => 1 }), 'save: "f" is a function'],
    ["a bigint", () => 5n, "save: the value is a bigint"],
    ["a typed array", () => ({ a: new Float32Array(2) }), 'save: "a" is an object of class Float32Array'],
    ["what contains itself", () => circular, "more than 100 levels deep, or an object that contains itself"],
    [
      "__proto__",
      () => JSON.parse('{ "__proto__": 1 }'),
      "save: the value: the key __proto__ is not allowed",
    ],
    [
      "an int64 beyond 2^53",
      () => ({ n: tensor([1, 2 ** 54], { dtype: "int64" }) }),
      'save: tensor "n", element 1: 18014398509481984 is not between -2^53 and 2^53, where int64 is exact here',
    ],
  ])("%s", (_name, value, message) => {
    expect(() => save(value())).toThrow(message);
  });

  test.each<[unknown, string]>([
    [{ metadata: { a: 1 } }, "save: metadata a is number, expected a string"],
    [{ metadata: "text" }, "save: metadata is an object of strings"],
    [{ metadata: { "optimlab.structure": "x" } }, "save: metadata cannot have the key optimlab.structure"],
    [{ metdata: {} }, "save: unknown option metdata"],
    ["model.safetensors", "save: options are an object such as { metadata: { author: … } }"],
  ])("with the options %j", (options, message) => {
    expect(() => save({}, options as never)).toThrow(message);
  });
});

describe("refuses to load", () => {
  test.each<[unknown, string]>([
    [
      "model.safetensors",
      "load: takes the bytes of a file (a Uint8Array or ArrayBuffer), not a value of type string",
    ],
    [null, "load: takes the bytes of a file (a Uint8Array or ArrayBuffer), not null"],
  ])("%o", (value, message) => {
    expect(() => load(value as never)).toThrow(TypeError);
    expect(() => load(value as never)).toThrow(message);
  });

  const a = '"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}';
  test.each<[string, string, string]>([
    ["no JSON", "{", "the saved structure is not valid JSON"],
    [
      "an absent tensor",
      '{"x":{"$tensor":"b"}}',
      'the saved structure names the tensor "b", which is not in the file',
    ],
    [
      "no name",
      '{"x":{"$tensor":["a"]}}',
      'the saved structure names the tensor "a", which is not in the file',
    ],
    ["a tensor too many", "{}", 'the saved structure does not name the tensor "a", which is in the file'],
    ["an unknown mark", '{"$date":1}', 'the saved structure has the key "$date" with an unknown meaning'],
    [
      "an unknown value",
      '{"$value":"e"}',
      'the saved structure has the key "$value" with an unknown meaning',
    ],
    ["equal keys", '{"k":1,"k":2}', 'the saved structure has the key "k" twice'],
    [
      "__proto__",
      '{"x":{"__proto__":{}}}',
      'the saved structure has the key "__proto__", which is not allowed',
    ],
    ["great depth", "[".repeat(1e6), "the saved structure is more than 101 levels deep"],
  ])("a structure with %s", (_name, structure, message) => {
    const metadata = JSON.stringify({ "optimlab.structure": structure });
    const bytes = file(`{"__metadata__":${metadata},${a}}`, [7]);
    expect(() => load(bytes)).toThrow(torch.SafetensorsError);
    expect(() => load(bytes)).toThrow(message);
  });
});
