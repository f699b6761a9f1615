import { snakeCase } from "../state-dict.js";

/** A scheduler's fields under PyTorch's names: what `torch.save` writes there is read here and the other way round. */
export type SchedulerStateDict = Record<string, unknown>;

/** PyTorch's names that are not simply ours in snake_case. */
const names: Readonly<Record<string, string>> = {
  lastLr: "_last_lr",
  stepCount: "_step_count",
  isInitial: "_is_initial",
  starts: "_milestones",
  phases: "_schedule_phases",
  annealStrategy: "_anneal_func_type",
  TMax: "T_max",
  T0: "T_0",
  Ti: "T_i",
  TMult: "T_mult",
  TCur: "T_cur",
};

/** What some version of PyTorch writes and nothing depends on here. */
const ignored = new Set([
  "verbose",
  "_get_lr_called_within_step",
  "anneal_func",
  "_anneal_func",
  "_anneal_strategy",
  "_scale_fn_ref",
  "_scale_fn_custom",
  "is_better",
]);

/** What may be None. */
const nullable = new Set(["default_min_lr"]);

export const keyOf = (field: string): string => names[field] ?? snakeCase(field);

/** Copies of the named fields under PyTorch's names. */
export function saveFields(scheduler: object, fields: readonly string[]): SchedulerStateDict {
  const own = scheduler as Record<string, unknown>;
  return Object.fromEntries(fields.map((field) => [keyOf(field), structuredClone(own[field])]));
}

/**
 * The values of the named fields in a state dict, copied and checked against the kind of what the scheduler has now.
 * A field that PyTorch keeps private (`_last_lr`) may be missing: older versions did not have all of them.
 *
 * @throws {TypeError} naming the entry that is missing, unknown, or of another kind
 */
export function readFields(
  scheduler: object,
  name: string,
  fields: readonly string[],
  saved: unknown,
): Record<string, unknown> {
  if (typeof saved !== "object" || saved === null)
    throw new TypeError(`loadStateDict: this is not the state dict of a ${name}: ${String(saved)}`);
  const own = scheduler as Record<string, unknown>;
  const entries = saved as Record<string, unknown>;
  const known = fields.map(keyOf);
  for (const key of Object.keys(entries))
    if (!known.includes(key) && !ignored.has(key))
      throw new TypeError(
        `loadStateDict: a ${name} has no "${key}": is this the state dict of another scheduler? Its entries are ${known.join(", ")}`,
      );
  const read: Record<string, unknown> = {};
  for (const field of fields) {
    const key = keyOf(field);
    const value = entries[key];
    if (value === undefined) {
      if (key.startsWith("_")) continue;
      throw new TypeError(`loadStateDict: the state dict of a ${name} needs "${key}"`);
    }
    const present = own[field];
    const maybe = present === null || nullable.has(key);
    if (kind(value) !== kind(present) && !(maybe && (value === null || present === null)))
      throw new TypeError(
        `loadStateDict: ${key} of a ${name} must be a ${kind(present)}, not ${kind(value)} (${String(value)})`,
      );
    if (Array.isArray(value) && Array.isArray(present) && value.length !== present.length)
      throw new RangeError(
        `loadStateDict: ${key} of this ${name} has ${present.length} entries, but the state dict's has ${value.length}`,
      );
    read[field] = structuredClone(value);
  }
  return read;
}

function kind(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "list" : typeof value;
}
