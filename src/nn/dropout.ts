import { type Arguments, namedArguments } from "../tensor/arguments.js";
import {
  alphaDropout,
  type DropoutOptions,
  dropout,
  dropout1d,
  dropout2d,
  dropout3d,
  featureAlphaDropout,
} from "../tensor/ops/dropout.js";
import type { Tensor } from "../tensor/tensor.js";
import { Module } from "./module.js";
import { pythonBoolean, pythonNumber } from "./representation.js";

export type DropoutModuleOptions = Omit<DropoutOptions, "training">;
export type DropoutModuleArguments = Arguments<[p?: number, inplace?: boolean], DropoutModuleOptions>;

/** A module that zeroes a share `p` (0.5) of its input in training, and passes it unchanged in evaluation. */
abstract class DropoutModule extends Module {
  readonly p: number;
  readonly inplace: boolean;

  constructor(...given: DropoutModuleArguments) {
    super();
    const { p = 0.5, inplace = false } = namedArguments<DropoutModuleOptions>(
      new.target.name,
      ["p", "inplace"],
      given,
    );
    if (!(p >= 0 && p <= 1)) {
      throw new RangeError(
        `${new.target.name}: dropout probability has to be between 0 and 1, but got ${String(p)}`,
      );
    }
    this.p = p;
    this.inplace = inplace;
  }

  override extraRepr(): string {
    return `p=${pythonNumber(this.p)}, inplace=${pythonBoolean(this.inplace)}`;
  }
}

/** Each element becomes 0 with probability `p`; the others are divided by 1 − p. */
export class Dropout extends DropoutModule {
  override forward(input: Tensor): Tensor {
    return dropout(input, this.p, this.training, this.inplace);
  }
}

/** Drops rows of [N, C, L] or [C, L]. */
export class Dropout1d extends DropoutModule {
  override forward(input: Tensor): Tensor {
    return dropout1d(input, this.p, this.training, this.inplace);
  }
}

/** Drops planes of [N, C, H, W]. */
export class Dropout2d extends DropoutModule {
  override forward(input: Tensor): Tensor {
    return dropout2d(input, this.p, this.training, this.inplace);
  }
}

/** Drops volumes of [N, C, D, H, W] or [C, D, H, W]. */
export class Dropout3d extends DropoutModule {
  override forward(input: Tensor): Tensor {
    return dropout3d(input, this.p, this.training, this.inplace);
  }
}

/** Dropout that keeps mean and variance of what SELU gives. */
export class AlphaDropout extends DropoutModule {
  override forward(input: Tensor): Tensor {
    return alphaDropout(input, this.p, this.training, this.inplace);
  }
}

/** `AlphaDropout` of whole channels. */
export class FeatureAlphaDropout extends DropoutModule {
  override forward(input: Tensor): Tensor {
    return featureAlphaDropout(input, this.p, this.training, this.inplace);
  }
}
