import { type Arguments, namedArguments } from "../arguments.js";
import { noGrad } from "../autograd/mode.js";
import { normalizeDim } from "../shape.js";
import { Tensor } from "../tensor.js";
import { checkNumbers } from "./activation-rectified.js";
import { checkFloats } from "./pointwise-function.js";
import { softmax } from "./softmax.js";

export interface GumbelSoftmaxOptions {
  /** The temperature: small ones give shares near 0 and 1. Default 1. */
  tau?: number;
  /** Whether the result is one-hot; gradients are those of the soft one. Default false. */
  hard?: boolean;
  /** The dimension of the categories. Default −1. */
  dim?: number;
}
export type GumbelSoftmaxArguments = Arguments<[tau?: number, hard?: boolean], GumbelSoftmaxOptions>;

/** Shares of categories, drawn from the Gumbel-softmax distribution of `logits`. Jang et al., 2016. */
export function gumbelSoftmax(logits: Tensor, ...given: GumbelSoftmaxArguments): Tensor {
  const {
    tau = 1,
    hard = false,
    dim = -1,
  } = namedArguments<GumbelSoftmaxOptions>("gumbelSoftmax", ["tau", "hard", "dim"], given);
  checkFloats("gumbelSoftmax", logits);
  checkNumbers("gumbelSoftmax", { tau });
  const d = normalizeDim("gumbelSoftmax", dim, logits.ndim);
  const noise = noGrad(() => Tensor.like(logits).exponential_().log().neg());
  const soft = softmax(logits.add(noise).div(tau), d);
  if (!hard) return soft;
  const winners = soft.detach().argmax(d, true);
  const oneHot = Tensor.zeros(soft.shape, soft.dtype).scatter(d, winners, 1);
  return oneHot.sub(soft.detach()).add(soft);
}
