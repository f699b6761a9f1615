import { Tensor } from "../tensor/tensor.js";
import type { Module } from "./module.js";
import { Buffer, Parameter } from "./parameter.js";

/**
 * A module with all its tensors and submodules copied; what is shared within it is shared within the copy.
 * Other objects than arrays, maps, sets and plain objects are taken as they are.
 */
export function deepcopy<T extends Module>(module: T): T {
  return copyOf(module, new Map()) as T;
}

function copyOf(value: unknown, copies: Map<unknown, unknown>): unknown {
  if (typeof value !== "object" || value === null) return value;
  const known = copies.get(value);
  if (known !== undefined) return known;
  const remember = <C>(copy: C): C => {
    copies.set(value, copy);
    return copy;
  };
  if (value instanceof Tensor) {
    const copy = remember(copyOfTensor(value));
    copy.grad = copyOf(value.grad, copies) as Tensor | null;
    return copy;
  }
  if (Array.isArray(value)) {
    const copy: unknown[] = remember([]);
    for (const item of value) copy.push(copyOf(item, copies));
    return copy;
  }
  if (value instanceof Map) {
    const copy = remember(new Map());
    for (const [key, item] of value) copy.set(copyOf(key, copies), copyOf(item, copies));
    return copy;
  }
  if (value instanceof Set) {
    const copy = remember(new Set());
    for (const item of value) copy.add(copyOf(item, copies));
    return copy;
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && !isModule(value)) return value;
  const copy = remember(Object.create(prototype));
  for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(value))) {
    if ("value" in descriptor) descriptor.value = copyOf(descriptor.value, copies);
    Object.defineProperty(copy, name, descriptor);
  }
  return copy;
}

function copyOfTensor(tensor: Tensor): Tensor {
  if (!tensor.isLeaf) {
    throw new Error(
      "deepcopy: Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the moment; use detach() first",
    );
  }
  const data = tensor.detach().clone();
  if (tensor instanceof Parameter) return new Parameter(data, tensor.requiresGrad);
  if (tensor instanceof Buffer) return new Buffer(data, tensor.persistent);
  return data.requiresGrad_(tensor.requiresGrad);
}

/** By what every module has: this file must not need the class, which needs this file. */
function isModule(value: object): value is Module {
  return "namedMembers" in value;
}
