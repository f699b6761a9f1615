import { Tensor } from "../tensor/tensor.js";
import type { Differentiable } from "./checks.js";
import { nearest } from "./nearest.js";
import { chosen, copy, type Given } from "./options.js";

/** A parameter with its name, as `model.namedParameters()` gives them. */
export type NamedParameter = readonly [name: string, parameter: Tensor];

/** A group as it is given: some parameters, with options of their own. */
export type ParamGroupInput<Options> = {
  params: Tensor | Iterable<Tensor | NamedParameter>;
} & Given<Options>;

/** What an optimizer is given: parameters, named parameters, or groups. */
export type Params<Options> = Iterable<Tensor | NamedParameter | ParamGroupInput<Options>>;

/**
 * A group as an optimizer keeps it: every option has a value. Options may be changed at any time. One that was given
 * as a tensor stays this tensor, whatever the type says.
 */
export type ParamGroup<Options> = Options & {
  params: Tensor[];
  paramNames?: string[];
  /** The learning rate that a scheduler starts from. */
  initialLr?: number;
};

/** How an error names what it was given. */
export function typeName(value: unknown): string {
  if (value === null || typeof value !== "object") return value === null ? "null" : typeof value;
  return value.constructor?.name || "object";
}

/** The groups in what a constructor was given. */
export function splitGroups<Options>(params: Params<Options>): ParamGroupInput<Options>[] {
  if (params instanceof Tensor || !isIterable(params) || typeof params === "string")
    throw new TypeError(
      `params argument given to the optimizer should be an iterable of Tensors or dicts, but got ${typeName(params)}`,
    );
  const list = [...params];
  if (list.length === 0)
    throw new RangeError("optimizer got an empty parameter list; give it model.parameters()");
  if (!isPlainObject(list[0])) return [{ params: list } as unknown as ParamGroupInput<Options>];
  for (const group of list) checkGroup(group);
  return list as ParamGroupInput<Options>[];
}

function checkGroup(group: unknown): void {
  if (!isPlainObject(group)) throw new TypeError(`param_group must be a dict, but got ${typeName(group)}`);
}

/**
 * Check a group and complete it with the defaults.
 *
 * @throws before anything is changed, with PyTorch's words, for parameters that cannot be optimized here, unknown
 * options, and groups that do not go with those already there
 */
export function completeGroup<Options extends object>(
  optimizer: string,
  given: ParamGroupInput<Options>,
  defaults: Options,
  groups: readonly ParamGroup<Options>[],
): ParamGroup<Options> {
  checkGroup(given);
  const { params, ...options } = given as { params: unknown } & Record<string, unknown>;
  checkOptions(optimizer, options, defaults, ["paramNames", "initialLr"]);
  const { tensors, names } = readParams(params, (defaults as Differentiable).differentiable === true);

  if (groups.length > 0 && (names !== undefined) !== (groups[0].paramNames !== undefined))
    throw new RangeError(
      `all optimizer param groups should be with/without names. cannot add param group ${names ? "with" : "without"} names to the optimizer`,
    );
  const again = tensors.findIndex((tensor, i) => tensors.indexOf(tensor) < i);
  if (again >= 0)
    console.warn(
      `optimizer contains a parameter group with duplicate parameters; in future, this will cause an error; see github.com/pytorch/pytorch/issues/40967 for more information. Number ${again} is number ${tensors.indexOf(tensors[again])} again: it is updated twice in each step`,
    );
  const taken = new Set(groups.flatMap((group) => group.params));
  if (tensors.some((tensor) => taken.has(tensor)))
    throw new RangeError("some parameters appear in more than one parameter group; each may be in one only");

  return {
    ...copy(defaults),
    ...copy(chosen<Options>(options as Given<Options>)),
    params: tensors,
    ...(names && { paramNames: names }),
  } as ParamGroup<Options>;
}

/** Refuse options that the optimizer does not have, or that are not of the default's kind. */
export function checkOptions(
  optimizer: string,
  options: unknown,
  defaults: object,
  more: readonly string[] = [],
): void {
  if (!isPlainObject(options))
    throw new TypeError(`${optimizer}: options are an object such as { lr: 0.01 }, not ${typeName(options)}`);
  const known = Object.keys(defaults);
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(defaults, name) && !more.includes(name))
      throw new TypeError(
        `${optimizer}: unknown option "${name}"${reasonFor(name) ?? (nearest(name, known) || ".")} Options are ${known.join(", ")}.`,
      );
    const usual = (defaults as Record<string, unknown>)[name];
    if (typeof usual === "boolean" && value != null && typeof value !== "boolean")
      throw new TypeError(`${optimizer}: ${name} must be true or false, not ${String(value)}`);
  }
}

/** Why an option is unknown here that other optimizers have. */
function reasonFor(option: string): string | undefined {
  return option === "differentiable"
    ? ": gradients flow only through the steps of optimizers that are written as a rule."
    : undefined;
}

function readParams(
  params: unknown,
  differentiable: boolean,
): { tensors: Tensor[]; names: string[] | undefined } {
  if (Object.prototype.toString.call(params) === "[object Set]")
    throw new TypeError(
      "optimizer parameters need to be organized in ordered collections, but the ordering of tensors in sets will change between runs. Please use a list instead.",
    );
  const list: unknown[] = params instanceof Tensor ? [params] : isIterable(params) ? [...params] : [params];
  const tensors: Tensor[] = [];
  const names: string[] = [];
  for (const entry of list) {
    const named = Array.isArray(entry) && entry.length === 2 && typeof entry[0] === "string";
    const parameter: unknown = named ? entry[1] : entry;
    if (!(parameter instanceof Tensor))
      throw new TypeError(
        `optimizer can only optimize Tensors, but one of the params is ${typeName(parameter)}`,
      );
    if (!parameter.isLeaf && !parameter.retainsGrad && !differentiable)
      throw new RangeError(
        "can't optimize a non-leaf Tensor: it was computed from others; optimize those, or a copy of it (detach().clone())",
      );
    if (named) names.push(entry[0]);
    tensors.push(parameter);
  }
  if (names.length > 0 && names.length < tensors.length)
    throw new RangeError("all optimizer params should be with/without names. Some param names are missing");
  return { tensors, names: names.length > 0 ? names : undefined };
}

/** An object made with braces, in whatever realm: a notebook's cells may have an `Object` of their own. */
function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return (
    value !== null &&
    value !== undefined &&
    typeof (value as Iterable<unknown>)[Symbol.iterator] === "function"
  );
}
