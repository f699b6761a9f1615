import { KINDS, type TypedArray } from "./storage.js";
import { collapse, rowMajorStrides, type Strided } from "./strided.js";

type ReductionLoop = (
  kept: number[],
  reduced: number[],
  out: TypedArray,
  outOffset: number,
  outStrides: number[],
  input: TypedArray,
  inputOffset: number,
  keptStrides: number[],
  reducedStrides: number[],
  parameter: number,
) => void;

/**
 * A reduction over some dimensions: an accumulator that starts at `initial` and becomes `update` (an expression in
 * `s`, the accumulator, and `x`, the element) for each of them, in row-major order; `result` is what is stored. The
 * accumulator is float64 whatever the elements.
 *
 * `initial` may declare more variables after the accumulator (`"0, n = 0"`), and all three expressions may use
 * `parameter`, the number given to `run`.
 */
export class Reduction {
  readonly #initial: string;
  readonly #update: string;
  readonly #result: string;
  readonly #loops: Map<number, ReductionLoop> = new Map();

  constructor(initial: string, update: string, result = "s") {
    this.#initial = initial;
    this.#update = update;
    this.#result = result;
  }

  /**
   * @param out receives one element for every index of the dimensions that are kept, in their order
   * @param reduce says of each dimension of `input` whether it is reduced
   */
  run(out: Strided, input: Strided, reduce: readonly boolean[], parameter = 0): void {
    if (out.count === 0) return;
    const keptShape = input.shape.filter((_, d) => !reduce[d]);
    const kept = collapse(keptShape, [
      rowMajorStrides(keptShape),
      input.strides.filter((_, d) => !reduce[d]),
    ]);
    const reduced = collapse(
      input.shape.filter((_, d) => reduce[d]),
      [input.strides.filter((_, d) => reduce[d])],
    );
    const key =
      ((kept.sizes.length * 64 + reduced.sizes.length) * KINDS + out.storage.kind) * KINDS +
      input.storage.kind;
    let loop = this.#loops.get(key);
    if (loop === undefined) {
      loop = compile(this.#initial, this.#update, this.#result, kept.sizes.length, reduced.sizes.length);
      this.#loops.set(key, loop);
    }
    loop(
      kept.sizes,
      reduced.sizes,
      out.storage.data,
      out.offset,
      kept.strides[0],
      input.storage.data,
      input.offset,
      kept.strides[1],
      reduced.strides[0],
      parameter,
    );
  }
}

function compile(
  initial: string,
  update: string,
  result: string,
  keptRank: number,
  reducedRank: number,
): ReductionLoop {
  const range = (n: number) => Array.from({ length: n }, (_, d) => d);
  const loop = (
    d: number,
    i: string,
    n: string,
    index: string,
    from: string,
    step: string,
    extra = "",
    next = "",
  ) =>
    `for (let ${i}${d} = 0, ${index}${d} = ${from}${extra}; ${i}${d} < ${n}[${d}]; ${i}${d}++, ${index}${d} += ${step}[${d}]${next})`;
  const body = `
    ${range(keptRank)
      .map((d) =>
        loop(
          d,
          "i",
          "kept",
          "p",
          d === 0 ? "inputOffset" : `p${d - 1}`,
          "keptStrides",
          `, o${d} = ${d === 0 ? "outOffset" : `o${d - 1}`}`,
          `, o${d} += outStrides[${d}]`,
        ),
      )
      .join("\n")} {
      let s = ${initial};
      ${range(reducedRank)
        .map((d) =>
          loop(d, "j", "reduced", "q", d === 0 ? `p${keptRank - 1}` : `q${d - 1}`, "reducedStrides"),
        )
        .join("\n")} {
        const x = input[q${reducedRank - 1}];
        s = ${update};
      }
      out[o${keptRank - 1}] = ${result};
    }`;
  return new Function(
    ...[
      "kept",
      "reduced",
      "out",
      "outOffset",
      "outStrides",
      "input",
      "inputOffset",
      "keptStrides",
      "reducedStrides",
      "parameter",
    ],
    body,
  ) as ReductionLoop;
}
