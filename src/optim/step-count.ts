import { getDefaultDtype } from "../tensor/dtype.js";
import { Tensor } from "../tensor/tensor.js";
import type { ParameterState } from "./optimizer.js";

/** Count one step more in `state.step`, which as in PyTorch is a 0-dim tensor of float32 whatever the parameter is. */
export function countStep(state: ParameterState): number {
  state.step ??= Tensor.zeros([], getDefaultDtype());
  const { storage, offset } = state.step;
  storage.markChanged();
  storage.data[offset]++;
  return storage.data[offset];
}
