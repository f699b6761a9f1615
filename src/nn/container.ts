import { isOptions } from "../tensor/arguments.js";
import type { Tensor } from "../tensor/tensor.js";
import { type Member, Module } from "./module.js";
import { Parameter } from "./parameter.js";

/** A module that takes one tensor and returns one. */
export interface Layer extends Module {
  forward(input: Tensor): Tensor;
}

/** Modules in the fields "0", "1", …, which `list[0]` reads. */
abstract class IndexedModules<M extends Module> extends Module {
  [index: number]: M;

  protected constructor(modules: Iterable<M>) {
    super();
    this.extend(modules);
  }

  get length(): number {
    return this.layersInOrder().length;
  }

  /** The modules in order, shared ones several times. */
  private layersInOrder(): M[] {
    return [...this.namedChildren()].map(([, module]) => module as M);
  }

  /** The module at `index`; a negative one counts from the end. */
  at(index: number): M | undefined {
    return this.layersInOrder().at(index);
  }

  /** Adds a module at the end. */
  append(module: M): this {
    this.addModule(String(this.length), module);
    return this;
  }

  /** Adds modules at the end. */
  extend(modules: Iterable<M>): this {
    for (const module of modules) this.append(module);
    return this;
  }

  /** Puts a module in front of the one at `index` (negative: from the end); the later ones move up. */
  insert(index: number, module: M): this {
    const list = this.layersInOrder();
    const n = list.length;
    if (!Number.isInteger(index) || index < -n || index > n)
      throw new RangeError(`${this.constructor.name}.insert: index out of range: ${String(index)} of ${n}`);
    if (!(module instanceof Module))
      throw new TypeError(`${this.constructor.name}.insert: ${String(module)} is not a Module`);
    this.replace(list.toSpliced(index, 0, module));
    return this;
  }

  /** Takes out the module at `index` (default: the last) and returns it. */
  pop(index = -1): M {
    const list = this.layersInOrder();
    const module = list.at(index);
    if (module === undefined)
      throw new RangeError(
        `${this.constructor.name}.pop: index ${index} is out of range: there are ${list.length}`,
      );
    this.replace(list.toSpliced(index, 1));
    return module;
  }

  private replace(modules: readonly M[]): void {
    for (const [name] of [...this.namedChildren()]) delete (this as Record<string, unknown>)[name];
    modules.forEach((module, k) => {
      this.addModule(String(k), module);
    });
  }

  [Symbol.iterator](): Iterator<M> {
    return this.layersInOrder()[Symbol.iterator]();
  }
}

/**
 * Modules applied one after the other; they are named "0", "1", …, or as in
 * `new Sequential({ conv: new Conv2d(1, 20, 5), relu: new ReLU() })`.
 */
export class Sequential extends IndexedModules<Layer> {
  constructor(layers: Readonly<Record<string, Layer>>);
  constructor(...layers: Layer[]);
  constructor(...given: (Layer | Readonly<Record<string, Layer>>)[]) {
    super([]);
    const [first] = given;
    const isNamed = given.length === 1 && isOptions(first);
    const entries: [string, unknown][] = isNamed
      ? Object.entries(first)
      : given.map((layer, k) => [String(k), layer]);
    for (const [name, layer] of entries) {
      if (!(layer instanceof Module))
        throw new TypeError(`Sequential: ${isNamed ? name : `argument ${name}`} is not a Module`);
      this.addModule(name, layer);
    }
  }

  override forward(input: Tensor): Tensor {
    let value = input;
    for (const layer of this) value = layer.forward(value);
    return value;
  }
}

/** Modules in a list, which an array field would hide: `layers = new nn.ModuleList([…])`. */
export class ModuleList<M extends Module = Module> extends IndexedModules<M> {
  constructor(modules: Iterable<M> = []) {
    super(modules);
  }

  override forward(): never {
    throw new Error("ModuleList: has no forward of its own: call those of its modules");
  }
}

/** Fields that are kept in a map, because their names are the user's. */
abstract class NamedMembers<M extends Member> extends Module {
  /** @internal */
  readonly entriesByName: Map<string, M> = new Map();

  override *namedMembers(): Generator<[name: string, member: Member, persistent: boolean]> {
    for (const [name, member] of this.entriesByName) yield [name, member, true];
  }

  get size(): number {
    return this.entriesByName.size;
  }

  has(key: string): boolean {
    return this.entriesByName.has(key);
  }

  /** @throws when there is no such key */
  get(key: string): M {
    const member = this.entriesByName.get(key);
    if (member === undefined) {
      throw new ReferenceError(
        `${this.constructor.name}: has no key '${key}'; its keys are ${[...this.keys()].join(", ") || "none"}`,
      );
    }
    return member;
  }

  set(key: string, member: M): this {
    if (typeof key !== "string" || key === "" || key.includes("."))
      throw new TypeError(
        `${this.constructor.name}: a key is a string without ".", not ${JSON.stringify(key)}`,
      );
    this.checkMember(key, member);
    this.entriesByName.set(key, member);
    return this;
  }

  /** Adds all members of an object or map, or of pairs [key, member]. */
  update(members: Readonly<Record<string, M>> | Iterable<readonly [string, M]>): this {
    const entries = Symbol.iterator in members ? members : Object.entries(members);
    for (const [key, member] of entries) this.set(key, member);
    return this;
  }

  delete(key: string): boolean {
    return this.entriesByName.delete(key);
  }

  /** Takes out the member under `key` and returns it. */
  pop(key: string): M {
    const member = this.get(key);
    this.entriesByName.delete(key);
    return member;
  }

  clear(): void {
    this.entriesByName.clear();
  }

  keys(): IterableIterator<string> {
    return this.entriesByName.keys();
  }

  values(): IterableIterator<M> {
    return this.entriesByName.values();
  }

  entries(): IterableIterator<[string, M]> {
    return this.entriesByName.entries();
  }

  [Symbol.iterator](): IterableIterator<[string, M]> {
    return this.entries();
  }

  protected abstract checkMember(key: string, member: M): void;
}

/** Modules under names of your own, in the order in which they are added: `get`, `set`, `has`, … as of a Map. */
export class ModuleDict<M extends Module = Module> extends NamedMembers<M> {
  constructor(modules: Readonly<Record<string, M>> | Iterable<readonly [string, M]> = []) {
    super();
    this.update(modules);
  }

  protected override checkMember(key: string, member: M): void {
    if (!(member instanceof Module)) throw new TypeError(`ModuleDict: ${key} is not a Module`);
  }

  override forward(): never {
    throw new Error("ModuleDict: has no forward of its own: call those of its modules");
  }
}

/** Parameters under names of your own, in the order in which they are added. */
export class ParameterDict extends NamedMembers<Parameter> {
  constructor(parameters: Readonly<Record<string, Parameter>> | Iterable<readonly [string, Parameter]> = []) {
    super();
    this.update(parameters);
  }

  protected override checkMember(key: string, member: Parameter): void {
    if (!(member instanceof Parameter)) throw new TypeError(`ParameterDict: ${key} is not a Parameter`);
  }

  override forward(): never {
    throw new Error("ParameterDict: has no forward: it only holds parameters");
  }
}

/** Parameters in a list, named "0", "1", …, which an array field would hide. */
export class ParameterList extends Module {
  [index: number]: Parameter;

  constructor(parameters: Iterable<Parameter> = []) {
    super();
    this.extend(parameters);
  }

  get length(): number {
    return [...this].length;
  }

  append(parameter: Parameter): this {
    if (!(parameter instanceof Parameter))
      throw new TypeError(`ParameterList: ${String(parameter)} is not a Parameter`);
    this.registerParameter(String(this.length), parameter);
    return this;
  }

  extend(parameters: Iterable<Parameter>): this {
    for (const parameter of parameters) this.append(parameter);
    return this;
  }

  /** The parameter at `index`; a negative one counts from the end. */
  at(index: number): Parameter | undefined {
    return [...this].at(index);
  }

  *[Symbol.iterator](): Generator<Parameter> {
    for (const [, member] of this.namedMembers()) if (member instanceof Parameter) yield member;
  }

  override forward(): never {
    throw new Error("ParameterList: has no forward: it only holds parameters");
  }
}
