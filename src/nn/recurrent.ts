import { type Arguments, requiredArguments } from "../tensor/arguments.js";
import { chosenDType } from "../tensor/creation.js";
import type { DType } from "../tensor/dtype.js";
import { dropout } from "../tensor/ops/dropout.js";
import { cat, stack } from "../tensor/ops/joining.js";
import { checkTensor } from "../tensor/ops/promotion.js";
import {
  equalParts,
  gruStep,
  lstmStep,
  type RecurrentStep,
  type RecurrentWeights,
  reluStep,
  tanhStep,
} from "../tensor/ops/recurrence.js";
import { describe, sameShape } from "../tensor/shape.js";
import { Tensor } from "../tensor/tensor.js";
import { uniform_ } from "./init.js";
import { Module } from "./module.js";
import { Parameter } from "./parameter.js";

const SIZES = ["inputSize", "hiddenSize"] as const;
type Sizes = Record<(typeof SIZES)[number], number>;

export interface RecurrentOptions {
  /** Features of the input. */
  inputSize?: number;
  /** Features of the state. */
  hiddenSize?: number;
  /** Layers on top of each other. Default 1. */
  numLayers?: number;
  /** Whether biases are added. Default true. */
  bias?: boolean;
  /** Whether sequences are [batch, time, …] instead of [time, batch, …]. Default false. */
  batchFirst?: boolean;
  /** Share of the outputs of every layer but the last that is dropped in training. Default 0. */
  dropout?: number;
  /** Whether a second network reads the sequence backwards. Default false. */
  bidirectional?: boolean;
  dtype?: DType;
}

export interface RnnOptions extends RecurrentOptions {
  /** "tanh" (default) or "relu". */
  nonlinearity?: "tanh" | "relu";
}

export type RnnArguments = Arguments<
  [
    inputSize: number,
    hiddenSize: number,
    numLayers?: number,
    nonlinearity?: "tanh" | "relu",
    bias?: boolean,
    batchFirst?: boolean,
    dropout?: number,
    bidirectional?: boolean,
  ],
  RnnOptions
>;
export type RecurrentArguments = Arguments<
  [
    inputSize: number,
    hiddenSize: number,
    numLayers?: number,
    bias?: boolean,
    batchFirst?: boolean,
    dropout?: number,
    bidirectional?: boolean,
  ],
  RecurrentOptions
>;

const NAMES = ["numLayers", "bias", "batchFirst", "dropout", "bidirectional", "dtype"] as const;

/**
 * Layers of a recurrent network over time. Parameters are PyTorch's: in the state dict `weight_ih_l0`,
 * `weight_hh_l0`, `bias_ih_l0`, `bias_hh_l0`, then those of layer 1, …; `…_reverse` are those that read backwards.
 * All start uniform between ∓1/√hiddenSize.
 */
abstract class Recurrent extends Module {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly numLayers: number;
  readonly bias: boolean;
  readonly batchFirst: boolean;
  readonly dropout: number;
  readonly bidirectional: boolean;
  declare readonly weightIhL0: Parameter;
  declare readonly weightHhL0: Parameter;
  /** Only with `bias`. */
  declare readonly biasIhL0: Parameter;
  /** Only with `bias`. */
  declare readonly biasHhL0: Parameter;

  protected constructor(gates: number, options: RecurrentOptions & Sizes) {
    super();
    const name = new.target.name;
    const { numLayers = 1, bias = true, batchFirst = false, dropout = 0, bidirectional = false } = options;
    const { inputSize, hiddenSize } = options;
    for (const [what, value] of Object.entries({ inputSize, hiddenSize, numLayers })) {
      if (!Number.isInteger(value) || value < 1)
        throw new RangeError(`${name}: ${what} must be an integer ≥ 1, not ${String(value)}`);
    }
    for (const [what, value] of Object.entries({ bias, batchFirst, bidirectional })) {
      if (typeof value !== "boolean")
        throw new TypeError(`${name}: ${what} is true or false, not ${String(value)}`);
    }
    if (!(dropout >= 0 && dropout <= 1)) {
      throw new RangeError(
        `${name}: dropout should be a number in range [0, 1] representing the probability of an element being zeroed, not ${String(dropout)}`,
      );
    }
    const dtype = chosenDType(name, options.dtype === undefined ? {} : { dtype: options.dtype });
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    this.numLayers = numLayers;
    this.bias = bias;
    this.batchFirst = batchFirst;
    this.dropout = dropout;
    this.bidirectional = bidirectional;
    const rows = gates * hiddenSize;
    for (let layer = 0; layer < numLayers; layer++) {
      for (const suffix of this.suffixes(layer)) {
        const inputs = layer === 0 ? inputSize : hiddenSize * this.directions;
        const parameter = (shape: number[]) => new Parameter(Tensor.zeros(shape, dtype));
        this.registerParameter(`weightIh${suffix}`, parameter([rows, inputs]));
        this.registerParameter(`weightHh${suffix}`, parameter([rows, hiddenSize]));
        this.registerParameter(`biasIh${suffix}`, bias ? parameter([rows]) : null);
        this.registerParameter(`biasHh${suffix}`, bias ? parameter([rows]) : null);
      }
    }
    const bound = 1 / Math.sqrt(hiddenSize);
    for (const parameter of this.parameters()) uniform_(parameter, -bound, bound);
  }

  private get directions(): number {
    return this.bidirectional ? 2 : 1;
  }

  private suffixes(layer: number): string[] {
    return this.bidirectional ? [`L${layer}`, `L${layer}Reverse`] : [`L${layer}`];
  }

  private weights(suffix: string): RecurrentWeights {
    const own = this as unknown as Record<string, Tensor>;
    return {
      weightIh: own[`weightIh${suffix}`],
      weightHh: own[`weightHh${suffix}`],
      biasIh: own[`biasIh${suffix}`],
      biasHh: own[`biasHh${suffix}`],
    };
  }

  /**
   * @param initial the states of all layers and directions, one or two tensors [layers · directions, batch, hidden]
   * @returns the outputs of the last layer, and the last states
   */
  protected run(
    step: RecurrentStep,
    input: Tensor,
    initial: readonly Tensor[] | null,
    stateCount: number,
  ): [Tensor, Tensor[]] {
    const name = this.constructor.name;
    checkTensor(name, input);
    const rank = input.shape.length;
    if (rank !== 2 && rank !== 3) {
      throw new RangeError(
        `${name}: Expected input to be 2-D or 3-D but received ${rank}-D tensor: its shape is ${describe(input.shape)}`,
      );
    }
    const isBatched = rank === 3;
    const timeDim = isBatched && this.batchFirst ? 1 : 0;
    const sequence = isBatched ? input : input.unsqueeze(1);
    const [time, batch] = timeDim === 1 ? [input.shape[1], input.shape[0]] : sequence.shape;
    if (input.shape[rank - 1] !== this.inputSize) {
      throw new RangeError(
        `${name}: input.size(-1) must be equal to input_size. Expected ${this.inputSize}, got ${input.shape[rank - 1]}`,
      );
    }
    if (time === 0) throw new RangeError(`${name}: Expected sequence length to be larger than 0`);
    const states = this.initialStates(input, initial, stateCount, batch, isBatched);

    let steps = equalParts(sequence, time, timeDim).map((part) => part.squeeze(timeDim));
    const last: Tensor[][] = [];
    for (let layer = 0; layer < this.numLayers; layer++) {
      const outputs = this.suffixes(layer).map((suffix, direction) => {
        const weights = this.weights(suffix);
        const out = new Array<Tensor>(time);
        let state = states[layer * this.directions + direction];
        for (let k = 0; k < time; k++) {
          const t = direction === 0 ? k : time - 1 - k;
          state = step(steps[t], state, weights);
          out[t] = state[0];
        }
        last.push(state);
        return out;
      });
      steps = steps.map((_, t) =>
        outputs.length === 1 ? outputs[0][t] : cat([outputs[0][t], outputs[1][t]], 1),
      );
      if (this.dropout > 0 && this.training && layer < this.numLayers - 1)
        steps = equalParts(dropout(stack(steps), this.dropout, true), time, 0).map((part) => part.squeeze(0));
    }
    const output = stack(steps, timeDim);
    const final = Array.from({ length: stateCount }, (_, k) => stack(last.map((state) => state[k])));
    return isBatched ? [output, final] : [output.squeeze(1), final.map((state) => state.squeeze(1))];
  }

  /** The states of every layer and direction: tensors [batch, hidden], one or two for each. */
  private initialStates(
    input: Tensor,
    initial: readonly Tensor[] | null,
    stateCount: number,
    batch: number,
    isBatched: boolean,
  ): Tensor[][] {
    const name = this.constructor.name;
    const layers = this.numLayers * this.directions;
    if (initial === null) {
      const zeros = Tensor.zeros([batch, this.hiddenSize], input.dtype);
      return Array.from({ length: layers }, () => new Array<Tensor>(stateCount).fill(zeros));
    }
    const expected = isBatched ? [layers, batch, this.hiddenSize] : [layers, this.hiddenSize];
    const split = initial.map((state, k) => {
      checkTensor(name, state);
      if (!sameShape(state.shape, expected)) {
        throw new RangeError(
          `${name}: Expected hidden${stateCount === 1 ? "" : `[${k}]`} size ${describe(expected)}, got ${describe(state.shape)}`,
        );
      }
      const batched = isBatched ? state : state.unsqueeze(1);
      return equalParts(batched, layers, 0).map((part) => part.squeeze(0));
    });
    return Array.from({ length: layers }, (_, layer) => split.map((parts) => parts[layer]));
  }

  override extraRepr(): string {
    const parts = [`${this.inputSize}, ${this.hiddenSize}`];
    if (this.numLayers !== 1) parts.push(`num_layers=${this.numLayers}`);
    if (!this.bias) parts.push("bias=False");
    if (this.batchFirst) parts.push("batch_first=True");
    if (this.dropout !== 0) parts.push(`dropout=${this.dropout}`);
    if (this.bidirectional) parts.push("bidirectional=True");
    return parts.join(", ");
  }
}

/** A network whose state is its last output: h' = tanh(Wᵢx + bᵢ + Wₕh + bₕ), or with ReLU. */
export class RNN extends Recurrent {
  readonly nonlinearity: "tanh" | "relu";

  constructor(...given: RnnArguments) {
    const names = ["numLayers", "nonlinearity", ...NAMES.slice(1)] as (keyof RnnOptions)[];
    const { nonlinearity = "tanh", ...options } = requiredArguments<RnnOptions, keyof Sizes>(
      "RNN",
      SIZES,
      names,
      given,
    );
    super(1, options);
    if (nonlinearity !== "tanh" && nonlinearity !== "relu")
      throw new TypeError(`RNN: Unknown nonlinearity ${String(nonlinearity)}: select "tanh" or "relu"`);
    this.nonlinearity = nonlinearity;
  }

  /**
   * @param input [time, batch, inputSize], with batchFirst [batch, time, inputSize], or [time, inputSize]
   * @param hidden [layers · directions, batch, hiddenSize]; zeros when left out
   * @returns the outputs [time, batch, directions · hiddenSize] and the last states of all layers
   */
  override forward(input: Tensor, hidden: Tensor | null = null): [output: Tensor, hidden: Tensor] {
    const step = this.nonlinearity === "tanh" ? tanhStep : reluStep;
    const [output, [last]] = this.run(step, input, hidden === null ? null : [hidden], 1);
    return [output, last];
  }
}

/** A gated recurrent unit. Cho et al., 2014. */
export class GRU extends Recurrent {
  constructor(...given: RecurrentArguments) {
    super(3, requiredArguments<RecurrentOptions, keyof Sizes>("GRU", SIZES, NAMES, given));
  }

  /** As of `RNN`. */
  override forward(input: Tensor, hidden: Tensor | null = null): [output: Tensor, hidden: Tensor] {
    const [output, [last]] = this.run(gruStep, input, hidden === null ? null : [hidden], 1);
    return [output, last];
  }
}

/** A long short-term memory. Hochreiter and Schmidhuber, 1997. */
export class LSTM extends Recurrent {
  constructor(...given: RecurrentArguments) {
    super(4, requiredArguments<RecurrentOptions, keyof Sizes>("LSTM", SIZES, NAMES, given));
  }

  /** As of `RNN`; the state is a pair of hidden and cell state, both [layers · directions, batch, hiddenSize]. */
  override forward(
    input: Tensor,
    state: readonly [hidden: Tensor, cell: Tensor] | null = null,
  ): [output: Tensor, state: [hidden: Tensor, cell: Tensor]] {
    if (state !== null && (!Array.isArray(state) || state.length !== 2))
      throw new TypeError("LSTM: the state is a pair [hidden, cell]");
    const [output, [hidden, cell]] = this.run(lstmStep, input, state, 2);
    return [output, [hidden, cell]];
  }
}
