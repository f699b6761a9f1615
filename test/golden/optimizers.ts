import * as torch from "../../src/index.js";
import {
  compareNames,
  compareNumbers,
  compareTensor,
  compareValue,
  exactly,
  Mismatch,
  type Tolerance,
} from "./compare.js";
import { type GoldenCase, isGoldenTensor, type Json } from "./format.js";
import { lookUp, tensorOf } from "./library.js";
import { camelCaseKeys } from "./python/names.js";

/** What the harness uses of an optimizer, whichever it is. */
export interface AnyOptimizer {
  paramGroups: { params: torch.Tensor[]; lr: number; [option: string]: unknown }[];
  step(closure?: () => torch.Tensor): unknown;
  zeroGrad(): void;
  addParamGroup(group: object): void;
  stateDict(): StateDict;
  loadStateDict(state: object): void;
}

export interface StateDict {
  state: Record<string, Record<string, unknown>>;
  param_groups: Record<string, unknown>[];
}

/** An optimizer of `torch.optim` by its name, with options in PyTorch's spelling. */
export function createOptimizer(name: string, params: Iterable<unknown>, options: Json): AnyOptimizer {
  const optim = lookUp<object>(torch, "optim", "torch.optim");
  const Optimizer = lookUp<new (params: unknown[], options: object) => AnyOptimizer>(
    optim,
    name,
    `optim.${name}`,
  );
  return new Optimizer([...params], optionsOf(options));
}

export function optionsOf(options: Json | undefined): Record<string, unknown> {
  const entries = Object.entries((options ?? {}) as GoldenCase);
  return camelCaseKeys(
    Object.fromEntries(
      entries.map(([name, value]) => [name, isGoldenTensor(value) ? tensorOf(value) : value]),
    ),
  );
}

/**
 * `state_dict()["state"]` against the file's. What the file calls null may be absent here. Of a long list the file has
 * the last entries, and its length beside it.
 */
export function compareState(actual: StateDict["state"], expected: Json, tolerance: Tolerance): void {
  const indices = Object.entries(expected as { [index: string]: { [name: string]: Json } });
  for (const [index, entries] of indices) {
    const own = lastEntries(actual[index] ?? {}, entries);
    const filled = Object.entries(entries).filter(([, value]) => value !== null);
    const ownNames = Object.keys(own).filter((name) => (own[name] ?? null) !== null);
    compareNames(
      `state[${index}]`,
      ownNames,
      filled.map(([name]) => name),
    );
    for (const [name, value] of filled) {
      compareStateValue(`state[${index}].${name}`, own[name], value, tolerance);
    }
  }
}

function lastEntries(
  own: Record<string, unknown>,
  expected: { [name: string]: Json },
): Record<string, unknown> {
  const shown: Record<string, unknown> = { ...own };
  for (const [name, list] of Object.entries(own)) {
    const wanted = expected[name];
    if (!Array.isArray(list) || !Array.isArray(wanted) || !(`${name}_length` in expected)) continue;
    shown[`${name}_length`] = list.length;
    shown[name] = list.slice(-wanted.length);
  }
  return shown;
}

function compareStateValue(where: string, actual: unknown, expected: Json, tolerance: Tolerance): void {
  // Counters are plain numbers in some versions of PyTorch and 0-dim tensors in others: the number counts.
  if (isGoldenTensor(expected) && expected.shape.length === 0) {
    compareNumbers(where, [numberOf(where, actual)], expected.data, tolerance);
  } else if (typeof expected === "number") {
    compareNumbers(where, [numberOf(where, actual)], [expected], tolerance);
  } else if (isGoldenTensor(expected)) {
    compareTensor(where, actual, expected, tolerance);
  } else {
    compareValue(where, actual, expected, () => tolerance);
  }
}

function numberOf(where: string, value: unknown): number {
  if (typeof value === "number") return value;
  if (value instanceof torch.Tensor && value.numel() === 1) return value.item();
  throw new Mismatch(`${where}: ${String(value)}, expected one number`);
}

/** Options that choose how PyTorch computes, never what: absent, null and false mean the same. */
const HINTS = new Set(["foreach", "fused", "capturable", "differentiable"]);

/** `state_dict()["param_groups"]` against the file's. Options that are newer than the file are not looked at. */
export function compareParamGroups(actual: StateDict["param_groups"], expected: Json): void {
  const groups = expected as { [option: string]: Json }[];
  if (actual.length !== groups.length) {
    throw new Mismatch(`param_groups: ${actual.length} groups, expected ${groups.length}`);
  }
  for (const [i, group] of groups.entries()) {
    for (const [name, value] of Object.entries(group)) {
      const own = actual[i]![name];
      const where = `param_groups[${i}].${name}`;
      if (HINTS.has(name)) compareValue(where, Boolean(own), Boolean(value), () => exactly);
      else compareValue(where, own, value, () => exactly);
    }
  }
}
