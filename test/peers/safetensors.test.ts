import { spawnSync } from "node:child_process";
import { beforeAll, describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";
import { missing, python } from "../requirements.js";

const { load, loadMetadata, save, tensor } = torch;

/** Runs a Python script that reads JSON from its standard input and prints JSON; files go in base64. */
function run<T>(script: string, input: unknown): T {
  const { status, stdout, stderr } = spawnSync(python, ["-W", "ignore", "-c", script], {
    input: JSON.stringify(input),
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(`Python failed: ${stderr}`);
  return JSON.parse(stdout) as T;
}

const toText = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
const toBytes = (text: string): Uint8Array => Buffer.from(text, "base64");

interface Described {
  dtype: string;
  shape: readonly number[];
  values: unknown;
}

function describeAll(tensors: Record<string, torch.Tensor>): Record<string, Described> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, x]) => [
      name,
      { dtype: x.dtype, shape: x.shape, values: x.tolist() },
    ]),
  );
}

function valuesOf(tensors: Record<string, torch.Tensor>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(tensors).map(([name, x]) => [name, x.tolist()]));
}

const ours = {
  weight: tensor([
    [1.5, -2, 3e-20],
    [0.1, 1e30, 0],
  ]).T,
  double: tensor([Math.PI, -1e300], { dtype: "float64" }),
  "layer.count": tensor([2 ** 53, -1], { dtype: "int64" }),
  small: tensor([[-7]], { dtype: "int32" }),
  bytes: tensor([0, 255, 3], { dtype: "uint8" }),
  mask: tensor([true, false, true]),
  scalar: tensor(4.25),
  empty: torch.zeros([0, 3]),
};

/** numpy knows nothing of the format: these few lines read and write it from its description. */
const numpyScript = `
import base64, json, struct, sys, numpy as np
names = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "<i1",
         "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "<u1", "BOOL": "|b1"}
file = base64.b64decode(json.load(sys.stdin))
size, = struct.unpack("<Q", file[:8])
header, data = json.loads(file[8:8 + size]), file[8 + size:]
read = {}
for name, info in header.items():
    if name == "__metadata__": continue
    begin, end = info["data_offsets"]
    read[name] = np.frombuffer(data[begin:end], names[info["dtype"]]).reshape(info["shape"])
    assert size % 8 == 0 and begin % read[name].itemsize == 0, "not aligned"
random = np.random.default_rng(0)
written = {name: (random.integers(0, 100, 6) if kind[-2] in "iu" else random.normal(0, 30, 6) if kind[-2] == "f"
           else random.integers(0, 2, 6)).astype(kind).reshape(2, 3) for name, kind in names.items()}
entries, at = {"__metadata__": {"by": "numpy"}}, 0
for name, array in written.items():
    entries[name] = {"dtype": name, "shape": list(array.shape), "data_offsets": [at, at + array.nbytes]}
    at += array.nbytes
text = json.dumps(entries).encode()
file = struct.pack("<Q", len(text)) + text + b"".join(array.tobytes() for array in written.values())
say = lambda arrays: {name: a.astype("f8").tolist() for name, a in arrays.items()}
json.dump({"metadata": header.get("__metadata__"), "read": say(read), "written": say(written),
           "file": base64.b64encode(file).decode()}, sys.stdout)
`;

describe.skipIf(missing("python3-numpy"))("numpy, by the format's description", () => {
  interface Answer {
    metadata: Record<string, string>;
    read: Record<string, unknown>;
    written: Record<string, unknown>;
    file: string;
  }
  let answer: Answer;
  beforeAll(() => {
    answer = run(numpyScript, toText(save(ours, { metadata: { by: "optimlab" } })));
  });

  test("reads what we wrote", () => {
    expect(answer.metadata).toEqual({ by: "optimlab" });
    expect(answer.read).toEqual(valuesOf(ours));
  });

  test("writes what we read", () => {
    const bytes = toBytes(answer.file);
    expect(loadMetadata(bytes)).toEqual({ by: "numpy" });
    expect(valuesOf(load(bytes))).toEqual(answer.written);
  });
});

const peerScript = `
import base64, json, sys, torch
from safetensors.torch import load, save
def describe(tensors):
    return {n: {"dtype": str(t.dtype)[6:], "shape": list(t.shape), "values": (t.int() if t.dtype == torch.bool else t).tolist()}
            for n, t in tensors.items()}
def readable(file):
    try: load(file); return True
    except Exception: return False
question = json.load(sys.stdin)
torch.manual_seed(0)
theirs = {str(dtype)[6:]: (30 * torch.randn(3, 5)).to(dtype) for dtype in
          [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.int8]}
theirs.update(uint8=torch.arange(250, 256, dtype=torch.uint8), bool=torch.randn(7) > 0, scalar=torch.tensor(1.5), empty=torch.zeros(2, 0))
json.dump({"read": describe(load(base64.b64decode(question["file"]))), "written": describe(theirs),
           "file": base64.b64encode(save(theirs, metadata={"by": "Python"})).decode(),
           "readable": [readable(base64.b64decode(file)) for file in question["damaged"]]}, sys.stdout)
`;

/** A file with one to three bytes changed, mostly in its header. */
function damaged(bytes: Uint8Array, generator: torch.Generator): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const header = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true));
  for (let count = 1 + (generator.random32() % 3); count > 0; count--) {
    const letters = Buffer.from('0123456789{}[]",: FUI');
    copy[8 + (generator.random32() % (header - 8))] = letters[generator.random32() % letters.length];
  }
  return copy;
}

function isReadable(bytes: Uint8Array): boolean {
  try {
    load(bytes);
    return true;
  } catch (error) {
    if (error instanceof torch.SafetensorsError) return false;
    throw error;
  }
}

describe.skipIf(missing("safetensors of Python"))("Python's safetensors", () => {
  interface Answer {
    read: Record<string, Described>;
    written: Record<string, Described>;
    file: string;
    readable: boolean[];
  }
  const generator = new torch.Generator(1);
  const originals = [
    save({ a: tensor([1, 2]), b: tensor([1]) }),
    save({ x: tensor([1], { dtype: "int64" }) }),
  ];
  const files = Array.from({ length: 4000 }, (_, k) => damaged(originals[k % 2], generator));
  let answer: Answer;
  beforeAll(() => {
    answer = run(peerScript, { file: toText(save(ours)), damaged: files.map(toText) });
  });

  test("reads what we wrote", () => {
    expect(answer.read).toEqual(describeAll(ours));
  });

  test("writes what we read; the short types become float32 and int32", () => {
    const bytes = toBytes(answer.file);
    const wider: Record<string, string> = {
      float16: "float32",
      bfloat16: "float32",
      int16: "int32",
      int8: "int32",
    };
    const expected = Object.entries(answer.written).map(([name, description]) => [
      name,
      { ...description, dtype: wider[description.dtype] ?? description.dtype },
    ]);
    expect(describeAll(load(bytes))).toEqual(Object.fromEntries(expected));
    expect(loadMetadata(bytes)).toEqual({ by: "Python" });
  });

  test("refuses whatever damage we refuse, and the other way round", () => {
    const differences = files
      .map((file, k) => ({
        file: Buffer.from(file).toString("latin1"),
        ours: isReadable(file),
        theirs: answer.readable[k],
      }))
      .filter(({ ours, theirs }) => ours !== theirs);
    expect(differences).toEqual([]);
  });
});
