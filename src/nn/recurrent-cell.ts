import { type Arguments, requiredArguments } from "../tensor/arguments.js";
import { chosenDType } from "../tensor/creation.js";
import type { DType } from "../tensor/dtype.js";
import { checkTensor } from "../tensor/ops/promotion.js";
import { gruStep, lstmStep, type RecurrentStep, reluStep, tanhStep } from "../tensor/ops/recurrence.js";
import { describe, sameShape } from "../tensor/shape.js";
import { Tensor } from "../tensor/tensor.js";
import { uniform_ } from "./init.js";
import { Module } from "./module.js";
import { Parameter } from "./parameter.js";

const SIZES = ["inputSize", "hiddenSize"] as const;
type Sizes = Record<(typeof SIZES)[number], number>;

export interface RecurrentCellOptions {
  /** Features of the input. */
  inputSize?: number;
  /** Features of the state. */
  hiddenSize?: number;
  /** Whether biases are added. Default true. */
  bias?: boolean;
  dtype?: DType;
}
export interface RnnCellOptions extends RecurrentCellOptions {
  /** "tanh" (default) or "relu". */
  nonlinearity?: "tanh" | "relu";
}
export type RecurrentCellArguments = Arguments<
  [inputSize: number, hiddenSize: number, bias?: boolean],
  RecurrentCellOptions
>;
export type RnnCellArguments = Arguments<
  [inputSize: number, hiddenSize: number, bias?: boolean, nonlinearity?: "tanh" | "relu"],
  RnnCellOptions
>;

/** One time step of one layer. */
abstract class RecurrentCell extends Module {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly weightIh: Parameter;
  readonly weightHh: Parameter;
  readonly biasIh: Parameter | null;
  readonly biasHh: Parameter | null;

  protected constructor(gates: number, options: RecurrentCellOptions & Sizes) {
    super();
    const name = new.target.name;
    const { inputSize, hiddenSize, bias = true, dtype: wanted } = options;
    for (const [what, value] of Object.entries({ inputSize, hiddenSize })) {
      if (!Number.isInteger(value) || value < 1)
        throw new RangeError(`${name}: ${what} must be an integer ≥ 1, not ${String(value)}`);
    }
    const dtype = chosenDType(name, wanted === undefined ? {} : { dtype: wanted });
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    const rows = gates * hiddenSize;
    this.weightIh = new Parameter(Tensor.zeros([rows, inputSize], dtype));
    this.weightHh = new Parameter(Tensor.zeros([rows, hiddenSize], dtype));
    this.biasIh = bias ? new Parameter(Tensor.zeros([rows], dtype)) : null;
    this.biasHh = bias ? new Parameter(Tensor.zeros([rows], dtype)) : null;
    const bound = 1 / Math.sqrt(hiddenSize);
    for (const parameter of this.parameters()) uniform_(parameter, -bound, bound);
  }

  protected step(
    step: RecurrentStep,
    input: Tensor,
    state: readonly Tensor[] | null,
    stateCount: number,
  ): Tensor[] {
    const name = this.constructor.name;
    checkTensor(name, input);
    const { shape } = input;
    if ((shape.length !== 1 && shape.length !== 2) || shape[shape.length - 1] !== this.inputSize) {
      throw new RangeError(
        `${name}: expected input [batch, ${this.inputSize}] or [${this.inputSize}], got ${describe(shape)}`,
      );
    }
    const isBatched = shape.length === 2;
    const expected = [...shape.slice(0, -1), this.hiddenSize];
    const given = state ?? new Array<Tensor>(stateCount).fill(Tensor.zeros(expected, input.dtype));
    for (const tensor of given) {
      checkTensor(name, tensor);
      if (!sameShape(tensor.shape, expected))
        throw new RangeError(
          `${name}: expected a state of shape ${describe(expected)}, got ${describe(tensor.shape)}`,
        );
    }
    if (isBatched) return step(input, given, this);
    const batched = given.map((tensor) => tensor.unsqueeze(0));
    return step(input.unsqueeze(0), batched, this).map((tensor) => tensor.squeeze(0));
  }

  override extraRepr(): string {
    return `${this.inputSize}, ${this.hiddenSize}${this.biasIh === null ? ", bias=False" : ""}`;
  }
}

/** One step of an `RNN`. */
export class RNNCell extends RecurrentCell {
  readonly nonlinearity: "tanh" | "relu";

  constructor(...given: RnnCellArguments) {
    const names = ["bias", "nonlinearity", "dtype"] as const;
    const { nonlinearity = "tanh", ...options } = requiredArguments<RnnCellOptions, keyof Sizes>(
      "RNNCell",
      SIZES,
      names,
      given,
    );
    super(1, options);
    if (nonlinearity !== "tanh" && nonlinearity !== "relu")
      throw new TypeError(`RNNCell: Unknown nonlinearity ${String(nonlinearity)}: select "tanh" or "relu"`);
    this.nonlinearity = nonlinearity;
  }

  /** input [batch, inputSize], hidden [batch, hiddenSize] (zeros when left out) → the next hidden state. */
  override forward(input: Tensor, hidden: Tensor | null = null): Tensor {
    const step = this.nonlinearity === "tanh" ? tanhStep : reluStep;
    return this.step(step, input, hidden === null ? null : [hidden], 1)[0];
  }

  override extraRepr(): string {
    return super.extraRepr() + (this.nonlinearity === "tanh" ? "" : `, nonlinearity=${this.nonlinearity}`);
  }
}

/** One step of a `GRU`. */
export class GRUCell extends RecurrentCell {
  constructor(...given: RecurrentCellArguments) {
    super(
      3,
      requiredArguments<RecurrentCellOptions, keyof Sizes>("GRUCell", SIZES, ["bias", "dtype"], given),
    );
  }

  /** input [batch, inputSize], hidden [batch, hiddenSize] (zeros when left out) → the next hidden state. */
  override forward(input: Tensor, hidden: Tensor | null = null): Tensor {
    return this.step(gruStep, input, hidden === null ? null : [hidden], 1)[0];
  }
}

/** One step of an `LSTM`. */
export class LSTMCell extends RecurrentCell {
  constructor(...given: RecurrentCellArguments) {
    super(
      4,
      requiredArguments<RecurrentCellOptions, keyof Sizes>("LSTMCell", SIZES, ["bias", "dtype"], given),
    );
  }

  /** input [batch, inputSize], state two tensors [batch, hiddenSize] (zeros when left out) → the next state. */
  override forward(
    input: Tensor,
    state: readonly [hidden: Tensor, cell: Tensor] | null = null,
  ): [hidden: Tensor, cell: Tensor] {
    const [hidden, cell] = this.step(lstmStep, input, state, 2);
    return [hidden, cell];
  }
}
