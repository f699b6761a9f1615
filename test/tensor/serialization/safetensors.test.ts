import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type DType,
  load,
  loadMetadata,
  SafetensorsError,
  save,
  type Tensor,
  tensor,
  zeros,
} from "../../../src/index.js";
import { file, withLength } from "./container.js";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

describe("the bytes that are written", () => {
  test("are the format's: header padded to 8 bytes, names in their order, the largest elements first", () => {
    const bytes = save(
      { "b.flag": tensor([true, false]), a: tensor([[1.5], [-2]]), n: tensor([-1], { dtype: "int64" }) },
      { metadata: { by: "ü" } },
    );
    const header =
      '{"__metadata__":{"by":"ü"},"b.flag":{"dtype":"BOOL","shape":[2],"data_offsets":[16,18]},' +
      '"a":{"dtype":"F32","shape":[2,1],"data_offsets":[8,16]},"n":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}';
    const length = Math.ceil(Buffer.byteLength(header) / 8) * 8;
    const expected = Buffer.concat([
      Buffer.from([length & 255, length >> 8, 0, 0, 0, 0, 0, 0]),
      Buffer.from(header),
      Buffer.alloc(length - Buffer.byteLength(header), " "),
      Buffer.from("ffffffffffffffff" + "0000c03f000000c0" + "0100", "hex"),
    ]);
    expect(hex(bytes)).toBe(hex(expected));
  });

  test.each<[DType, string, string]>([
    ["float64", "F64", "000000000000f03f"],
    ["float32", "F32", "0000803f"],
    ["int64", "I64", "0100000000000000"],
    ["int32", "I32", "01000000"],
    ["uint8", "U8", "01"],
    ["bool", "BOOL", "01"],
  ])("%s is %s", (dtype, name, data) => {
    const bytes = Buffer.from(save({ x: tensor([1], { dtype }) }));
    expect(bytes.toString("latin1", 8)).toContain(`"dtype":"${name}"`);
    expect(bytes.toString("hex").endsWith(data)).toBe(true);
  });

  test("keep the order of names that look like numbers and stay bare without metadata", () => {
    const bytes = Buffer.from(save({}));
    expect(bytes.toString("latin1")).toBe("\u0008\0\0\0\0\0\0\0{}      ");
  });
});

describe("what is read", () => {
  const one = (type: string, size: number, data: number[], shape = [data.length / size]): Tensor =>
    load(file(JSON.stringify({ x: { dtype: type, shape, data_offsets: [0, data.length] } }), data)).x;

  test.each<[type: string, size: number, data: number[], dtype: DType, values: number[]]>([
    ["F64", 8, [0, 0, 0, 0, 0, 0, 0xf8, 0x3f], "float64", [1.5]],
    ["F32", 4, [0, 0, 0xc0, 0x3f, 0, 0, 0x80, 0xff], "float32", [1.5, -Infinity]],
    ["BF16", 2, [0xc0, 0x3f, 0x80, 0xff, 1, 0, 0, 0x80], "float32", [1.5, -Infinity, 2 ** -133, -0]],
    ["I64", 8, [0xfe, 255, 255, 255, 255, 255, 255, 255], "int64", [-2]],
    ["I64", 8, [0, 0, 0, 0, 0, 0, 0x20, 0], "int64", [2 ** 53]],
    ["U64", 8, [255, 255, 255, 255, 0, 0, 0, 0], "int64", [2 ** 32 - 1]],
    ["U32", 4, [255, 255, 255, 255], "int64", [2 ** 32 - 1]],
    ["I32", 4, [255, 255, 255, 255], "int32", [-1]],
    ["U16", 2, [255, 255], "int32", [65535]],
    ["I16", 2, [0xfe, 255], "int32", [-2]],
    ["I8", 1, [0xfe], "int32", [-2]],
    ["U8", 1, [0xfe], "uint8", [254]],
    ["BOOL", 1, [0, 1, 2], "bool", [0, 1, 1]],
    [
      "F16",
      2,
      // 1.5, −2, the largest, the smallest normal, the smallest, −0, ∞
      [0, 0x3e, 0, 0xc0, 0xff, 0x7b, 0, 0x04, 1, 0, 0, 0x80, 0, 0x7c],
      "float32",
      [1.5, -2, 65504, 2 ** -14, 2 ** -24, -0, Infinity],
    ],
  ])("%s", (type, size, data, dtype, values) => {
    const x = one(type, size, data);
    expect([x.dtype, x.tolist()]).toEqual([dtype, values]);
  });

  test("NaN in both half types", () => {
    expect(one("F16", 2, [1, 0x7c, 0, 0xfe]).tolist()).toEqual([Number.NaN, Number.NaN]);
    expect(one("BF16", 2, [0xc0, 0x7f]).tolist()).toEqual([Number.NaN]);
  });

  test("padding, spaces, escapes, data in another order than the names, empty tensors between them", () => {
    const header = `{ "b" : {"shape":[1],"dtype":"U8","data_offsets":[1,2]},
      "e1": {"dtype":"F32","shape":[0,3],"data_offsets":[1,1]}, "\\u0061": {"dtype":"U8","shape":[],"data_offsets":[0,1]},
      "e2": {"dtype":"F32","shape":[0],"data_offsets":[2,2]}, "__metadata__": {"k": "v"} }   `;
    const bytes = file(header, [7, 8]);
    const { a, b, e1 } = load(bytes);
    expect([a.item(), a.shape, b.tolist(), e1.shape]).toEqual([7, [], [8], [0, 3]]);
    expect(Object.keys(load(bytes))).toEqual(["b", "e1", "a", "e2"]);
    expect(loadMetadata(bytes)).toEqual({ k: "v" });
  });

  test("null for no metadata, and fields that a later version of the format may add", () => {
    const header =
      '{"__metadata__":null,"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"more":{"deep":[[1]]}}}';
    expect(load(file(header, [7])).a.tolist()).toEqual([7]);
    expect(loadMetadata(file(header, [7]))).toEqual({});
  });

  test("tensors have memory of their own", () => {
    const bytes = save({ x: zeros([4]) });
    const { x } = load(bytes);
    bytes.fill(1);
    expect(x.tolist()).toEqual([0, 0, 0, 0]);
  });
});

const u8 = (shape: unknown, offsets: unknown, dtype: unknown = "U8"): object => ({
  dtype,
  shape,
  data_offsets: offsets,
});
const json = JSON.stringify;

describe("damaged files are refused, with the tensor and what is wrong", () => {
  test.each<[string, Uint8Array, string]>([
    [
      "nothing",
      new Uint8Array(0),
      "the file is truncated: it has 0 bytes, and the length of the header alone takes 8",
    ],
    ["7 bytes", new Uint8Array(7), "the file is truncated: it has 7 bytes"],
    ["no header", withLength(0n, []), "the header does not begin with {"],
    [
      "half a header",
      withLength(100n, [0x7b]),
      "the file is truncated: the header claims 100 bytes, and 1 bytes follow",
    ],
    [
      "a header of 2^60 bytes",
      withLength(2n ** 60n, [0x7b, 0x7d]),
      "the header claims 1152921504606846976 bytes, and the format allows 100000000",
    ],
    [
      "a header of 2^64 - 1 bytes",
      withLength(2n ** 64n - 1n, []),
      "the header claims 18446744073709551615 bytes",
    ],
    [
      "PyTorch's own format",
      Buffer.from("PK\u0003\u0004 and more"),
      "the file is a zip archive, as PyTorch's torch.save writes",
    ],
    ["no JSON", file("{x}"), "the header is not valid JSON: "],
    ["an open string", file('{"x'), "the header is not valid JSON: "],
    ["an open escape", file('{"x\\'), "the header is not valid JSON: "],
    ["a bad key", file('{"\\x":1}'), "the header is not valid JSON: "],
    ["more behind the object", file("{}{}"), "the header is not valid JSON: "],
    ["an array", file("[]"), "the header does not begin with {"],
    ["space before the object", file(" {}"), "the header does not begin with {"],
    ["a byte order mark", file("\ufeff{}"), "the header does not begin with {"],
    ["invalid UTF-8", file(new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d])), "the header is not valid UTF-8"],
    ["great depth", file('{"a":'.repeat(1e5)), "the header is more than 8 levels deep"],
    [
      "equal names",
      file('{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"a":{}}'),
      'the header has the key "a" twice',
    ],
    [
      "equal names, one escaped",
      file('{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"\\u0061" :{}}'),
      'the header has the key "a" twice',
    ],
    ["equal keys", file('{"a":{"dtype":"U8","dtype":"F32"}}'), 'the header has the key "dtype" twice'],
    ["equal metadata", file('{"__metadata__":{"k":"1","k":"2"}}'), 'the header has the key "k" twice'],
    [
      "__proto__",
      file('{"__proto__":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}'),
      'the header has the key "__proto__", which is not allowed',
    ],
    [
      "__proto__, escaped",
      file('{"\\u005f_proto__":{}}'),
      'the header has the key "__proto__", which is not allowed',
    ],
    ["no description", file('{"a":null}'), 'tensor "a": its description is not an object'],
    ["an array for a description", file('{"a":[1]}'), 'tensor "a": its description is not an object'],
    ["no dtype", file('{"a":{}}'), 'tensor "a": it has no dtype'],
    [
      "an unknown dtype",
      file(json({ a: u8([1], [0, 1], "F8_E4M3") }), [1]),
      'tensor "a": the dtype "F8_E4M3" cannot be read; those that can are F64, F32, F16, BF16, I64',
    ],
    [
      "a member of Object for a dtype",
      file(json({ a: u8([1], [0, 1], "toString") }), [1]),
      'the dtype "toString" cannot be read',
    ],
    [
      "an array for a dtype",
      file(json({ a: u8([1], [0, 1], ["U8"]) }), [1]),
      'tensor "a": the dtype is not a string',
    ],
    ["no shape", file(json({ a: u8(undefined, [0, 1]) }), [1]), 'tensor "a": it has no shape'],
    [
      "a negative size",
      file(json({ a: u8([-1], [0, 1]) }), [1]),
      'tensor "a": the shape is not an array of at most 64 integers ≥ 0',
    ],
    [
      "the size -0",
      file('{"a":{"dtype":"U8","shape":[-0],"data_offsets":[0,0]}}'),
      "the shape is not an array of at most 64 integers ≥ 0",
    ],
    [
      "a size of 1.5",
      file(json({ a: u8([1.5], [0, 1]) }), [1]),
      'tensor "a": the shape is not an array of at most 64 integers ≥ 0',
    ],
    [
      "a size of 1e400",
      file('{"a":{"dtype":"U8","shape":[1e400],"data_offsets":[0,0]}}'),
      "the shape is not an array of at most 64 integers ≥ 0",
    ],
    [
      "a huge shape",
      file(json({ a: u8([2 ** 40, 2 ** 40], [0, 1]) }), [1]),
      'tensor "a": the shape [1099511627776, 1099511627776] is too large',
    ],
    ["a huge shape with 0", file(json({ a: u8([2 ** 40, 2 ** 40, 0], [0, 0]) })), "is too large"],
    [
      "more values than data",
      file(json({ a: u8([2 ** 50], [0, 1]) }), [1]),
      'tensor "a": the shape [1125899906842624] of U8 takes 1125899906842624 bytes, and data_offsets [0, 1] hold 1',
    ],
    [
      "fewer values than data",
      file(json({ a: u8([1], [0, 2]) }), [1, 2]),
      'tensor "a": the shape [1] of U8 takes 1 bytes, and data_offsets [0, 2] hold 2',
    ],
    [
      "another dtype than the data's",
      file(json({ a: u8([1], [0, 2], "F32") }), [1, 2]),
      'tensor "a": the shape [1] of F32 takes 4 bytes, and data_offsets [0, 2] hold 2',
    ],
    [
      "three offsets",
      file(json({ a: u8([1], [0, 1, 2]) }), [1]),
      'tensor "a": data_offsets are not two integers ≥ 0',
    ],
    [
      "offsets in text",
      file(json({ a: u8([1], ["0", "1"]) }), [1]),
      'tensor "a": data_offsets are not two integers ≥ 0',
    ],
    [
      "a shape of a million dimensions",
      file(json({ a: u8(Array(1e6).fill(1), [0, 1]) }), [1]),
      'tensor "a": the shape is not an array of at most 64 integers ≥ 0',
    ],
    [
      "a shape of arrays",
      file(json({ a: u8([[1]], [0, 1]) }), [1]),
      'tensor "a": the shape is not an array of at most 64 integers ≥ 0',
    ],
    [
      "no offsets",
      file(json({ a: u8([1], undefined) }), [1]),
      'tensor "a": data_offsets are not two integers ≥ 0',
    ],
    [
      "33 million arrays",
      file(`{"a":[${"[],".repeat(33e6 - 10)}[]]}`),
      'tensor "a": its description is not an object',
    ],
    [
      "offsets backwards",
      file(json({ a: u8([1], [1, 0]) }), [1]),
      'tensor "a": data_offsets [1, 0] end before they begin',
    ],
    [
      "offsets behind the end",
      file(json({ a: u8([2], [0, 2]) }), [1]),
      'tensor "a": data_offsets [0, 2] lie outside the data, which have 1 bytes: the file is truncated or damaged',
    ],
    [
      "overlapping offsets",
      file(json({ a: u8([2], [0, 2]), b: u8([2], [1, 3]) }), [1, 2, 3]),
      'tensor "b": data_offsets [1, 3] overlap those of "a", [0, 2]',
    ],
    [
      "equal offsets",
      file(json({ a: u8([2], [0, 2]), b: u8([2], [0, 2]) }), [1, 2]),
      'tensor "b": data_offsets [0, 2] overlap those of "a", [0, 2]',
    ],
    [
      "an empty tensor inside another",
      file(json({ a: u8([2], [0, 2]), b: u8([0], [1, 1]) }), [1, 2]),
      'tensor "b": data_offsets [1, 1] overlap those of "a", [0, 2]',
    ],
    [
      "a hole",
      file(json({ a: u8([1], [0, 1]), b: u8([1], [2, 3]) }), [1, 2, 3]),
      'tensor "b": data_offsets [2, 3] leave a hole: the data before them end at 1',
    ],
    [
      "a hole at the start",
      file(json({ a: u8([1], [1, 2]) }), [1, 2]),
      'tensor "a": data_offsets [1, 2] leave a hole: the data before them end at 0',
    ],
    [
      "bytes of no tensor",
      file(json({ a: u8([1], [0, 1]) }), [1, 2, 3]),
      "2 bytes at the end of the file belong to no tensor",
    ],
    ["metadata that is no object", file('{"__metadata__":["a"]}'), "__metadata__ is not an object"],
    ["metadata that is no text", file('{"__metadata__":{"k":1}}'), '__metadata__: "k" is not a string'],
    [
      "an int64 beyond 2^53",
      file(json({ n: u8([2], [0, 16], "I64") }), [...Array(8).fill(0), 1, 0, 0, 0, 0, 0, 0x20, 0]),
      'tensor "n" (I64), element 1: 9007199254740993 is not between -2^53 and 2^53, where int64 is exact here',
    ],
    ["a long name", file(json({ ["x".repeat(1000)]: 1 })), `tensor "${"x".repeat(79)}…": its description`],
  ])("%s", (_name, bytes, message) => {
    expect(() => load(bytes)).toThrow(SafetensorsError);
    expect(() => load(bytes)).toThrow(message);
  });
});

describe("fuzzing: a valid result or a SafetensorsError", () => {
  const valid = [
    save({}),
    save({ a: tensor([1, 2, 3]), "b.c": tensor([[true], [false]]), n: tensor([5], { dtype: "int64" }) }),
    save(
      { a: zeros([0]), b: zeros([2, 2], { dtype: "float64" }) },
      { metadata: { author: "me", note: '\\ "' } },
    ),
    save({
      state: { 0: { step: tensor(1), exp_avg: tensor([1, 2]) } },
      groups: [{ lr: Number.NaN, params: [0] }],
    }),
    file(
      json({ h: u8([2], [0, 4], "F16"), b: u8([1], [4, 6], "BF16"), i: u8([2], [6, 8], "I8") }),
      [1, 2, 3, 4, 5, 6, 7, 8],
    ),
  ];
  const mutation = fc.oneof(
    fc.record({ kind: fc.constant("set"), at: fc.nat(), value: fc.nat(255) }),
    fc.record({
      kind: fc.constant("insert"),
      at: fc.nat(),
      value: fc.constantFrom(...Buffer.from('{}[]":,\\0129-.e ')),
    }),
    fc.record({ kind: fc.constant("remove"), at: fc.nat(), value: fc.integer({ min: 1, max: 20 }) }),
    fc.record({ kind: fc.constant("repeat"), at: fc.nat(), value: fc.integer({ min: 1, max: 60 }) }),
  );

  function mutate(bytes: number[], { kind, at, value }: { kind: string; at: number; value: number }): void {
    const place = at % (bytes.length + 1);
    if (kind === "set") bytes[Math.min(place, bytes.length - 1)] = value;
    else if (kind === "insert") bytes.splice(place, 0, value);
    else if (kind === "remove") bytes.splice(place, value);
    else bytes.splice(place, 0, ...bytes.slice(place, place + value));
  }

  function check(bytes: Uint8Array): void {
    let value: unknown;
    try {
      value = load(bytes);
      loadMetadata(bytes);
    } catch (error) {
      if (!(error instanceof SafetensorsError)) throw error;
      return;
    }
    // Valid after all: then it can be saved, and loads again.
    load(save(value));
  }

  test("mutated files", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...valid),
        fc.array(mutation, { minLength: 1, maxLength: 4 }),
        (bytes, mutations) => {
          const mutated = [...bytes];
          for (const step of mutations) mutate(mutated, step);
          check(Uint8Array.from(mutated));
        },
      ),
      { numRuns: 5000 },
    );
  });

  test("mutated headers with the right length", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...valid),
        fc.array(mutation, { minLength: 1, maxLength: 3 }),
        (bytes, mutations) => {
          const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
          const header = [...bytes.subarray(8, 8 + length)];
          for (const step of mutations) mutate(header, step);
          check(file(Uint8Array.from(header), bytes.subarray(8 + length)));
        },
      ),
      { numRuns: 5000 },
    );
  });

  test("any header of the right kind", () => {
    const size = fc.oneof(fc.nat(4), fc.maxSafeNat(), fc.double(), fc.constant("1"));
    const description = fc.record(
      {
        dtype: fc.oneof(fc.constantFrom("U8", "F16", "I64", "F32", "BOOL"), fc.string()),
        shape: fc.array(size, { maxLength: 3 }),
        data_offsets: fc.array(size, { maxLength: 3 }),
      },
      { requiredKeys: [] },
    );
    const header = fc.dictionary(fc.string(), fc.oneof(description, fc.jsonValue()), { maxKeys: 3 });
    fc.assert(
      fc.property(header, fc.uint8Array({ maxLength: 16 }), (value, data) => check(file(json(value), data))),
      { numRuns: 3000 },
    );
  });

  test("any bytes", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), check), { numRuns: 3000 });
  });
});
