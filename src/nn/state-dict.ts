import { noGrad } from "../tensor/autograd/mode.js";
import { checkTensor } from "../tensor/ops/promotion.js";
import { describe, sameShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";

/** Name → tensor, as `stateDict()` gives it: `{ "fc1.weight": …, "fc1.bias": … }`. */
export type StateDict = Record<string, Tensor>;

/** What did not fit when a state was loaded. */
export interface IncompatibleKeys {
  /** Names of the module that the state does not have. */
  missingKeys: string[];
  /** Names in the state that the module does not have. */
  unexpectedKeys: string[];
}

/** Copies the values of `state` into the tensors `own` of a module; nothing is changed where an error is thrown. */
export function loadState(
  moduleName: string,
  own: ReadonlyMap<string, Tensor>,
  state: StateDict,
  strict: boolean,
): IncompatibleKeys {
  const missingKeys = [...own.keys()].filter((name) => !Object.hasOwn(state, name));
  const unexpectedKeys = Object.keys(state).filter((name) => !own.has(name));
  const problems: string[] = [];
  const quoted = (names: string[]) => names.map((name) => `"${name}"`).join(", ");
  if (strict && missingKeys.length > 0)
    problems.push(`Missing key(s) in state_dict: ${quoted(missingKeys)}. `);
  if (strict && unexpectedKeys.length > 0)
    problems.push(`Unexpected key(s) in state_dict: ${quoted(unexpectedKeys)}. `);
  const pairs: [Tensor, Tensor][] = [];
  for (const [name, target] of own) {
    if (!Object.hasOwn(state, name)) continue;
    const value = state[name];
    checkTensor(`loadStateDict: ${name}`, value);
    if (!sameShape(value.shape, target.shape)) {
      problems.push(
        `size mismatch for ${name}: copying a param with shape torch.Size(${describe(value.shape)}) from checkpoint, the shape in current model is torch.Size(${describe(target.shape)}).`,
      );
    }
    pairs.push([target, value]);
  }
  if (problems.length > 0) {
    throw new Error(
      `loadStateDict: Error(s) in loading state_dict for ${moduleName}:\n\t${problems.join("\n\t")}`,
    );
  }
  noGrad(() => {
    for (const [target, value] of pairs) target.copy_(value);
  });
  return { missingKeys, unexpectedKeys };
}
