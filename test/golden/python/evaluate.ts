import { builtins, math, type Protocol } from "./builtins.js";
import { camelCase } from "./names.js";
import { plainOperator, plainUnary, tensorOperator, tensorUnary } from "./operators.js";
import { parse } from "./parser.js";
import type { Expression, Keyword } from "./syntax.js";

/** What the evaluator must know of the library in which PyTorch's names are looked up. */
export interface Library {
  /** The namespace `torch`. */
  torch: object;
  isTensor(value: unknown): boolean;
  /** `tensor[items]`. */
  index(tensor: unknown, items: IndexItem[]): unknown;
  /** The name of the dtype of Python's numbers when none is given. */
  defaultDtype(): string;
}

export type IndexItem = number | boolean | null | { ellipsis: true } | PythonSlice | object;

export interface PythonSlice {
  from: number | null;
  to: number | null;
  step: number | null;
}

/** A name of PyTorch that the library does not have (yet). */
export class MissingNameError extends Error {
  constructor(readonly missing: string) {
    super(`${missing} does not exist`);
    this.name = "MissingNameError";
  }
}

/**
 * The value of a PyTorch expression, computed by the library: names are looked up in camelCase, keyword arguments
 * become one trailing options object, sizes given one by one become an array, classes are constructed.
 *
 * @param scope the names that the expression may use besides Python's own, such as `torch`, `F` or `x0`
 * @throws MissingNameError for a name that the library does not have, PythonSyntaxError, or what the library throws
 */
export function evaluate(
  source: string,
  scope: Readonly<Record<string, unknown>>,
  library: Library,
): unknown {
  return new Evaluator(source, library).value(parse(source), scope);
}

type Scope = Readonly<Record<string, unknown>>;

/** Functions and methods whose Python signature is `(*size)`: numbers one by one, or one tuple. */
const TAKES_SIZES = new Set(
  (
    "zeros ones empty rand randn new_zeros new_ones new_empty view reshape permute expand repeat tile flip " +
    "broadcast_to unflatten"
  ).split(" "),
);

/** Functions that tell Python's 1 from 1.0, which JavaScript cannot: they are given the dtype. */
const INFERS_DTYPE = new Set(["tensor", "full", "arange", "scalar_tensor", "as_tensor"]);

class Evaluator {
  readonly #source: string;
  readonly #library: Library;
  readonly #builtins: Scope;

  constructor(source: string, library: Library) {
    this.#source = source;
    this.#library = library;
    this.#builtins = builtins(this.#python);
  }

  value(node: Expression, scope: Scope): unknown {
    switch (node.kind) {
      case "number":
      case "constant":
        return node.value;
      case "ellipsis":
        return { ellipsis: true };
      case "name":
        return this.#name(node.name, scope);
      case "attribute":
        return this.#attribute(node.object, node.name, scope);
      case "call":
        return this.#call(node.callee, node.positional, node.keywords, scope);
      case "subscript":
        return this.#subscript(this.value(node.object, scope), node.index, scope);
      case "slice":
        return this.#slice(node, scope);
      case "list":
      case "tuple":
        return node.items.map((item) => this.value(item, scope));
      case "comprehension":
        return this.#comprehension(node, scope);
      case "unary":
        return this.#unary(node.operator, this.value(node.operand, scope));
      case "binary":
      case "comparison":
        return this.#binary(node.operator, this.value(node.left, scope), this.value(node.right, scope));
      case "logical": {
        const left = this.value(node.left, scope);
        return this.#python.isTrue(left) === (node.operator === "and") ? this.value(node.right, scope) : left;
      }
      case "conditional":
        return this.value(this.#python.isTrue(this.value(node.test, scope)) ? node.yes : node.no, scope);
      case "lambda":
        return (...values: unknown[]) => this.value(node.body, withNames(scope, node.parameters, values));
    }
  }

  #name(name: string, scope: Scope): unknown {
    for (const names of [scope, this.#builtins, { math }]) {
      if (Object.hasOwn(names, name)) return (names as Scope)[name];
    }
    throw new MissingNameError(name);
  }

  #attribute(objectNode: Expression, name: string, scope: Scope): unknown {
    return this.#member(this.value(objectNode, scope), name, objectNode);
  }

  /** A member under its name in this library; `node` is the expression that gave the object. */
  #member(object: unknown, name: string, node?: Expression): unknown {
    const member = (object as Scope | null)?.[camelCase(name)];
    if (member !== undefined) return member;
    throw new MissingNameError(`${this.#nameOf(object, node)}.${name}`);
  }

  /** Namespaces are named as they are written; values by their class. */
  #nameOf(object: unknown, node?: Expression): string {
    if (object === null || object === undefined) return "None";
    const className = Object.getPrototypeOf(object)?.constructor?.name;
    return className ?? (node === undefined ? "torch" : this.#text(node));
  }

  #call(callee: Expression, positional: Expression[], keywords: Keyword[], scope: Scope): unknown {
    const receiver = callee.kind === "attribute" ? this.value(callee.object, scope) : undefined;
    const name = callee.kind === "attribute" || callee.kind === "name" ? callee.name : "";
    const member =
      callee.kind === "attribute" ? this.#member(receiver, name, callee.object) : this.value(callee, scope);
    const isPythons = callee.kind === "name" || receiver === math;
    const given = this.#arguments(name, positional, keywords, scope, isPythons);
    if (typeof member !== "function") throw new TypeError(`${this.#text(callee)} is not a function`);
    if (/^[A-Z]/.test(name)) return Reflect.construct(member, given);
    return Reflect.apply(member, receiver, given);
  }

  #arguments(
    name: string,
    positional: Expression[],
    keywords: Keyword[],
    scope: Scope,
    isPythons: boolean,
  ): unknown[] {
    const values = positional.map((argument) => this.value(argument, scope));
    if (isPythons) return values;
    const options = Object.fromEntries(
      keywords.map((keyword) => [camelCase(keyword.name), this.value(keyword.value, scope)]),
    );
    if (INFERS_DTYPE.has(name) && !("dtype" in options)) {
      const dtype = this.#dtypeOf(positional);
      if (dtype !== null) options.dtype = dtype;
    }
    // The one parameter that this library does not take by name: it is `this` of the method.
    if ("input" in options && values.length === 0) {
      values.push(options.input);
      delete options.input;
    }
    const takesSizes = TAKES_SIZES.has(name) && values.every((value) => typeof value === "number");
    const given = takesSizes && values.length > 0 ? [values] : values;
    return Object.keys(options).length > 0 ? [...given, options] : given;
  }

  /** The dtype that PyTorch infers from Python's literals, where it can be read off the expression. */
  #dtypeOf(values: Expression[]): string | null {
    switch (pythonType({ kind: "tuple", items: values, start: 0, end: 0 })) {
      case "bool":
        return "bool";
      case "int":
        return "int64";
      case "float":
        return this.#library.defaultDtype();
      default:
        return null;
    }
  }

  #subscript(object: unknown, indexNode: Expression, scope: Scope): unknown {
    const index = this.value(indexNode, scope);
    if (this.#library.isTensor(object)) {
      const items = indexNode.kind === "tuple" ? (index as IndexItem[]) : [index as IndexItem];
      return this.#library.index(object, items);
    }
    if (typeof index === "string") return (object as Scope)[index];
    const sequence =
      Array.isArray(object) || typeof object === "string" ? object : [...(object as Iterable<unknown>)];
    if (indexNode.kind === "slice") return sliceOf(sequence, index as PythonSlice);
    const item = sequence.at(index as number);
    if (item === undefined) throw new RangeError(`${this.#text(indexNode)}: index out of range`);
    return item;
  }

  #slice(node: Expression & { kind: "slice" }, scope: Scope): PythonSlice {
    const bound = (part: Expression | null): number | null =>
      part === null ? null : (this.value(part, scope) as number | null);
    return { from: bound(node.from), to: bound(node.to), step: bound(node.step) };
  }

  #comprehension(node: Expression & { kind: "comprehension" }, scope: Scope): unknown[] {
    const values: unknown[] = [];
    for (const element of this.#python.items(this.value(node.iterable, scope))) {
      const parts = node.variables.length === 1 ? [element] : this.#python.items(element);
      const inner = withNames(scope, node.variables, parts);
      if (node.condition === null || this.#python.isTrue(this.value(node.condition, inner))) {
        values.push(this.value(node.item, inner));
      }
    }
    return values;
  }

  #unary(operator: string, operand: unknown): unknown {
    if (operator === "not") return !this.#python.isTrue(operand);
    if (this.#library.isTensor(operand)) return tensorUnary(operator, operand, this.#invoke);
    return plainUnary(operator, operand);
  }

  #binary(operator: string, left: unknown, right: unknown): unknown {
    const isLeftTensor = this.#library.isTensor(left);
    if (operator.startsWith("is") || !(isLeftTensor || this.#library.isTensor(right))) {
      return plainOperator(operator, left, right);
    }
    return tensorOperator(operator, left, right, isLeftTensor, this.#library.torch, this.#invoke);
  }

  readonly #invoke = (receiver: unknown, name: string, ...operands: unknown[]): unknown => {
    const member = this.#member(receiver, name);
    return Reflect.apply(member as () => unknown, receiver, operands);
  };

  /** How tensors, lists and numbers answer Python's built-in functions. */
  readonly #python: Protocol = {
    binary: (operator, left, right) => this.#binary(operator, left, right),
    items: (value) => [
      ...((this.#library.isTensor(value) ? this.#invoke(value, "unbind") : value) as Iterable<unknown>),
    ],
    abs: (value) => (this.#library.isTensor(value) ? this.#invoke(value, "abs") : Math.abs(value as number)),
    number: (value) => Number(this.#library.isTensor(value) ? this.#invoke(value, "item") : value),
    // Zero, empty and None are false.
    isTrue: (value) => {
      if (this.#library.isTensor(value)) return this.#invoke(value, "item") !== 0;
      return Array.isArray(value) ? value.length > 0 : Boolean(value);
    },
  };

  #text(node: Expression): string {
    return this.#source.slice(node.start, node.end);
  }
}

function withNames(scope: Scope, names: string[], values: unknown[]): Scope {
  return { ...scope, ...Object.fromEntries(names.map((name, i) => [name, values[i]])) };
}

function sliceOf(sequence: unknown[] | string, { from, to, step }: PythonSlice): unknown {
  if (step !== null && step !== 1) throw new RangeError("slices of lists with a step are not supported");
  return sequence.slice(from ?? 0, to ?? sequence.length);
}

const PYTHON_TYPES = ["bool", "int", "float"] as const;

/** The type of a Python value that consists of literals; null where it depends on anything else. */
function pythonType(node: Expression): (typeof PYTHON_TYPES)[number] | null {
  switch (node.kind) {
    case "number":
      return node.isFloat ? "float" : "int";
    case "constant":
      return typeof node.value === "boolean" ? "bool" : null;
    case "unary":
      return node.operator === "not" ? "bool" : pythonType(node.operand);
    case "binary":
      return node.operator === "/" ? "float" : widest([node.left, node.right]);
    case "list":
    case "tuple":
      return widest(node.items);
    default:
      return null;
  }
}

function widest(nodes: Expression[]): (typeof PYTHON_TYPES)[number] | null {
  const ranks = nodes.map((node) => {
    const type = pythonType(node);
    return type === null ? -1 : PYTHON_TYPES.indexOf(type);
  });
  if (ranks.length === 0 || Math.min(...ranks) < 0) return null;
  return PYTHON_TYPES[Math.max(...ranks)]!;
}
