/**
 * An optimizer's state in PyTorch's file layout, with PyTorch's names: what `torch.save` writes there is read here
 * and the other way round. Parameters are numbered over all groups in order.
 */
export interface OptimizerStateDict {
  state: Record<number, Record<string, unknown>>;
  param_groups: Record<string, unknown>[];
}

/** `weightDecay` → `weight_decay` */
export const snakeCase = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** `weight_decay` → `weightDecay` */
export const camelCase = (name: string): string =>
  name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** The object with its keys renamed; the values stay, lists are copied. */
export function renameKeys(object: object, rename: (name: string) => string): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(object).map(([name, value]) => [rename(name), Array.isArray(value) ? [...value] : value]),
  );
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
