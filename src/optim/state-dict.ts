import { Tensor } from "../tensor/tensor.js";

/**
 * An optimizer's state in PyTorch's file layout, with PyTorch's names: what `torch.save` writes there is read here
 * and the other way round. Parameters are numbered over all groups in order.
 */
export interface OptimizerStateDict {
  state: Record<number, Record<string, unknown>>;
  param_groups: Record<string, unknown>[];
}

/** `weightDecay` → `weight_decay`, `HDiag` → `H_diag`, `precondition1d` → `precondition_1d`; `GG` stays. */
export const snakeCase = (name: string): string =>
  name.replace(
    /(?<=.)[A-Z](?=[a-z])|(?<=[a-z\d])[A-Z]|(?<=[a-z])\d(?=[a-z])/g,
    (letter) => `_${letter.toLowerCase()}`,
  );

/** `weight_decay` → `weightDecay`, `precondition_1d` → `precondition1d` */
export const camelCase = (name: string): string =>
  name.replace(/_([a-z]|\d(?=[a-z]))/g, (_, letter: string) => letter.toUpperCase());

/** The object with its keys renamed; the values stay, lists are copied. */
export function renameKeys(object: object, rename: (name: string) => string): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(object).map(([name, value]) => [rename(name), Array.isArray(value) ? [...value] : value]),
  );
}

/** What schedulers write into a group besides the optimizer's options. */
const fromSchedulers = new Set([
  "initial_lr",
  "max_lr",
  "min_lr",
  "base_lr",
  "base_momentum",
  "max_momentum",
  "swa_lr",
]);

/**
 * @throws {TypeError} for a group of another kind of optimizer: it has options that this one does not know, and lacks
 * some that this one needs. One of the two alone may be a group's own note, or a newer option.
 */
export function checkSameOptimizer(
  optimizer: string,
  defaults: object,
  options: object,
  group: number,
): void {
  const own = Object.entries(defaults)
    .filter(([, value]) => typeof value === "number" || Array.isArray(value) || value instanceof Tensor)
    .map(([name]) => snakeCase(name));
  const known = new Set([...Object.keys(defaults).map(snakeCase), "param_names", ...fromSchedulers]);
  const unknown = Object.keys(options).filter((name) => !known.has(name));
  const missing = own.filter((name) => !Object.hasOwn(options, name));
  if (unknown.length > 0 && missing.length > 0)
    throw new TypeError(
      `loadStateDict: this is not a state dict of ${optimizer}: its parameter group ${group} has ${unknown.join(", ")}, but no ${missing.join(", ")}`,
    );
}

interface Named {
  params: readonly unknown[];
  paramNames?: readonly string[];
}

/** Which number of the state dict belongs to each parameter of each group. */
export function matchParameters(
  groups: readonly Named[],
  saved: OptimizerStateDict["param_groups"],
): { of: unknown[][]; byName: boolean } {
  const inOrder = saved.map(({ params }) => params as unknown[]);
  const own = groups.map(({ paramNames }) => paramNames);
  const theirs = saved.map(({ param_names }) => param_names);
  if (!own.every(isNameList) || !theirs.every(isNameList)) return { of: inOrder, byName: false };
  const numbers = new Map(theirs.flatMap((names, k) => names.map((name, i) => [name, inOrder[k][i]])));
  const names = own.flat();
  const missing = names.filter((name) => !numbers.has(name));
  if (names.length > 0 && missing.length === names.length) return { of: inOrder, byName: false };
  const unexpected = [...numbers.keys()].filter((name) => !names.includes(name));
  if (missing.length > 0 || unexpected.length > 0)
    throw new RangeError(
      `loadStateDict: the names of the parameters do not match: ${[
        missing.length > 0 ? `the state dict has no ${missing.join(", ")}` : "",
        unexpected.length > 0 ? `the optimizer has no ${unexpected.join(", ")}` : "",
      ]
        .filter(Boolean)
        .join("; ")}`,
    );
  return { of: own.map((list) => list.map((name) => numbers.get(name))), byName: true };
}

function isNameList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((name) => typeof name === "string");
}

/** @throws {TypeError} unless `value` has the layout of a state dict */
export function checkLayout(value: unknown): asserts value is OptimizerStateDict {
  const dict = value as Partial<OptimizerStateDict> | null | undefined;
  const good =
    isRecord(dict) &&
    isRecord(dict.state) &&
    Object.values(dict.state).every(isRecord) &&
    Array.isArray(dict.param_groups) &&
    dict.param_groups.every((group) => isRecord(group) && Array.isArray(group.params));
  if (!good)
    throw new TypeError(
      "loadStateDict: this is not an optimizer's state dict, which has the layout { state: { 0: { … } }, param_groups: [{ …, params: [0] }] }",
    );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
