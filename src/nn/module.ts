import { namedArguments } from "../tensor/arguments.js";
import { checkDType, type DType, isFloatingPoint } from "../tensor/dtype.js";
import { checkTensor } from "../tensor/ops/promotion.js";
import { Tensor } from "../tensor/tensor.js";
import { deepcopy } from "./deepcopy.js";
import { moduleBundle } from "./display.js";
import {
  addHook,
  type ForwardHook,
  type ForwardPreHook,
  type FullBackwardHook,
  type Hooks,
  type RemovableHandle,
} from "./hooks.js";
import { adopt, Buffer, Parameter } from "./parameter.js";
import { type IncompatibleKeys, loadState, type StateDict } from "./state-dict.js";

export interface StateDictOptions {
  /** Put in front of every name. Default "". */
  prefix?: string;
  /** Whether the parameters themselves are given, and not detached tensors that share their memory. Default false. */
  keepVars?: boolean;
}

/** A parameter, buffer or submodule of a module. */
export type Member = Parameter | Tensor | Module;

/**
 * The base of every layer and network.
 *
 * Parameters, buffers and submodules are simply its fields, in the order in which they are assigned:
 *
 *     class SimpleNet extends nn.Module {
 *       fc1 = new nn.Linear(10, 20);
 *       fc2 = new nn.Linear(20, 1);
 *       forward(x: torch.Tensor) { return this.fc2.forward(torch.relu(this.fc1.forward(x))); }
 *     }
 *
 * Their names, in `stateDict()` and wherever else there are paths, are those that the same module has in PyTorch:
 * a field in camelCase is named in snake_case (`runningMean` is "running_mean", `inProjWeight` "in_proj_weight"),
 * any other stays as it is (`fc1`, `layer_norm`, `W`, `Wq`). Modules in plain arrays are not found: use ModuleList.
 *
 * `forward` is what one calls: where PyTorch writes `model(x)`, which runs hooks and then `forward`, here
 * `model.forward(x)` does both, so that there is one way to call a module and nobody can bypass a hook by mistake.
 */
export abstract class Module {
  /** True in training, false in evaluation: some layers (dropout, batch norm) differ. */
  training = true;
  /** @internal */
  hooks: Hooks | null = null;
  /** @internal Fields that `registerBuffer` made buffers, and whether they are persistent. */
  bufferFields: Map<string, boolean> | null = null;

  /** Computes the output. */
  abstract forward(...inputs: never[]): unknown;

  /** @internal The parameters, buffers and submodules that are fields of this one, by name. */
  *namedMembers(): Generator<[name: string, member: Member, persistent: boolean]> {
    for (const [field, value] of Object.entries(this)) {
      if (value instanceof Buffer) yield [memberName(field), value, value.persistent];
      else if (value instanceof Parameter || value instanceof Module) yield [memberName(field), value, true];
      else if (value instanceof Tensor && this.bufferFields?.has(field))
        yield [memberName(field), value, this.bufferFields.get(field) as boolean];
    }
  }

  /** The modules that are fields of this one, in order; a shared one stands under each of its names. */
  *namedChildren(): Generator<[string, Module]> {
    for (const [name, member] of this.namedMembers()) if (member instanceof Module) yield [name, member];
  }

  /** The modules that are fields of this one, in order, each once. */
  children(): Module[] {
    return [...new Set([...this.namedChildren()].map(([, module]) => module))];
  }

  /** This module and all modules inside it, with their paths ("" for this one), each once. */
  *namedModules(prefix = "", seen: Set<Module> = new Set()): Generator<[string, Module]> {
    if (seen.has(this)) return;
    seen.add(this);
    yield [prefix, this];
    for (const [name, child] of this.namedChildren())
      yield* child.namedModules(prefix === "" ? name : `${prefix}.${name}`, seen);
  }

  /** This module and all modules inside it, each once. */
  modules(): Module[] {
    return [...this.namedModules()].map(([, module]) => module);
  }

  /** The parameters of this module and of all modules inside it, with their paths, each once. */
  *namedParameters(): Generator<[string, Parameter]> {
    for (const [path, tensor] of this.namedTensors()) if (tensor instanceof Parameter) yield [path, tensor];
  }

  /** The parameters, in order: what an optimizer takes. */
  parameters(): Parameter[] {
    return [...this.namedParameters()].map(([, parameter]) => parameter);
  }

  /** The buffers of this module and of all modules inside it, with their paths, each once. */
  *namedBuffers(): Generator<[string, Tensor]> {
    for (const [path, tensor] of this.namedTensors())
      if (!(tensor instanceof Parameter)) yield [path, tensor];
  }

  /** The buffers, in order. */
  buffers(): Tensor[] {
    return [...this.namedBuffers()].map(([, buffer]) => buffer);
  }

  private *namedTensors(): Generator<[string, Tensor]> {
    const seen = new Set<Tensor>();
    for (const [path, tensor] of tensorPaths(this, "", [])) {
      if (!seen.has(tensor)) yield [path, tensor];
      seen.add(tensor);
    }
  }

  /** The parameter at a path such as "fc1.weight". */
  getParameter(target: string): Parameter {
    const member = this.memberAt("getParameter", target);
    if (member instanceof Parameter) return member;
    throw new TypeError(`getParameter: \`${target}\` is not an nn.Parameter`);
  }

  /** The buffer at a path such as "bn1.running_mean". */
  getBuffer(target: string): Tensor {
    const member = this.memberAt("getBuffer", target);
    if (member instanceof Tensor && !(member instanceof Parameter)) return member;
    throw new TypeError(`getBuffer: \`${target}\` is not a buffer`);
  }

  /** The module at a path such as "encoder.0"; "" is this one. */
  getSubmodule(target: string): Module {
    const member = this.memberAt("getSubmodule", target);
    if (member instanceof Module) return member;
    throw new TypeError(`getSubmodule: \`${target}\` is not an nn.Module`);
  }

  private memberAt(operation: string, target: string): Member {
    let member: Member = this;
    for (const name of target === "" ? [] : target.split(".")) {
      const members: [string, Member][] =
        member instanceof Module ? [...member.namedMembers()].map(([own, value]) => [own, value]) : [];
      const found =
        members.find(([own]) => own === name) ?? members.find(([own]) => own === memberName(name));
      if (found === undefined) {
        throw new ReferenceError(
          `${operation}: ${member.constructor.name} has no attribute \`${name}\`; it has ${members.map(([own]) => own).join(", ") || "none"}`,
        );
      }
      member = found[1];
    }
    return member;
  }

  /** Makes a tensor a buffer, under the field `name`: state that is not learned. Null leaves a place for one. */
  registerBuffer(
    name: string,
    tensor: Tensor | null,
    persistent: boolean | { persistent?: boolean } = true,
  ): void {
    this.checkFree(
      "registerBuffer",
      name,
      (value) => value instanceof Tensor && !(value instanceof Parameter),
    );
    if (tensor !== null) checkTensor("registerBuffer", tensor);
    if (tensor !== null && !tensor.isLeaf)
      throw new Error(`registerBuffer: cannot assign the non-leaf Tensor '${name}': use detach() first`);
    this.bufferFields ??= new Map();
    const options = typeof persistent === "boolean" ? { persistent } : persistent;
    this.bufferFields.set(name, options.persistent ?? true);
    Object.assign(this, { [name]: tensor });
  }

  /** Makes a parameter the field `name`. Null leaves a place for one. */
  registerParameter(name: string, parameter: Parameter | null): void {
    this.checkFree("registerParameter", name, (value) => value instanceof Parameter);
    if (parameter !== null && !(parameter instanceof Parameter))
      throw new TypeError(`registerParameter: cannot assign what is no nn.Parameter to '${name}'`);
    Object.assign(this, { [name]: parameter });
  }

  /** Makes a module the field `name`. */
  registerModule(name: string, module: Module | null): void {
    this.addModule(name, module);
  }

  /** Makes a module the field `name`. */
  addModule(name: string, module: Module | null): void {
    this.checkFree("addModule", name, (value) => value instanceof Module);
    if (module !== null && !(module instanceof Module))
      throw new TypeError(`addModule: ${String(module)} is not a Module subclass`);
    Object.assign(this, { [name]: module });
  }

  /** Refuses names that cannot be, or that stand for something else already. */
  private checkFree(operation: string, name: string, isReplaceable: (value: unknown) => boolean): void {
    if (typeof name !== "string")
      throw new TypeError(`${operation}: the name is a string, not ${String(name)}`);
    if (name === "") throw new Error(`${operation}: the name can't be empty string ""`);
    if (name.includes(".")) throw new Error(`${operation}: the name can't contain ".", got: ${name}`);
    const value = (this as Record<string, unknown>)[name];
    if (name in this && value !== null && value !== undefined && !isReplaceable(value))
      throw new Error(`${operation}: attribute '${name}' already exists`);
  }

  /**
   * The values of all parameters and persistent buffers by path; a shared one stands under each of its paths. They
   * share memory with the module.
   */
  stateDict(options: StateDictOptions = {}): StateDict {
    const { prefix = "", keepVars = false } = namedArguments<StateDictOptions>(
      "stateDict",
      ["prefix", "keepVars"],
      [options],
    );
    const state: StateDict = {};
    for (const [path, tensor, persistent] of tensorPaths(this, prefix, []))
      if (persistent) state[path] = keepVars ? tensor : tensor.detach();
    return state;
  }

  /**
   * Copies values into the parameters and buffers.
   *
   * @param strict whether every name must fit (default true); otherwise only those that do are copied
   * @returns the names that were missing in `stateDict` and those in it that are unknown here
   * @throws when names (if strict) or shapes do not fit: nothing is changed
   */
  loadStateDict(stateDict: StateDict, strict: boolean | { strict?: boolean } = true): IncompatibleKeys {
    if (typeof stateDict !== "object" || stateDict === null)
      throw new TypeError(`loadStateDict: expected stateDict to be an object, got ${String(stateDict)}`);
    const { strict: isStrict = true } = namedArguments<{ strict: boolean }>(
      "loadStateDict",
      ["strict"],
      [strict],
    );
    const own = new Map<string, Tensor>();
    for (const [path, tensor, persistent] of tensorPaths(this, "", [])) if (persistent) own.set(path, tensor);
    return loadState(this.constructor.name, own, stateDict, isStrict);
  }

  /** Calls `fn` with every module inside, children before their parents, and with this one. */
  apply(fn: (module: Module) => void): this {
    for (const child of this.children()) child.apply(fn);
    fn(this);
    return this;
  }

  /**
   * Converts all floating-point parameters and buffers to `dtype`, in place: they stay the same objects, so that an
   * optimizer keeps them.
   */
  to(dtype: DType | Tensor | { dtype: DType }): this {
    const wanted = typeof dtype === "string" ? dtype : dtype?.dtype;
    checkDType("Module.to", wanted);
    if (!isFloatingPoint(wanted))
      throw new TypeError(
        `Module.to: only accepts floating point dtypes, but got desired dtype=torch.${wanted}`,
      );
    for (const [, tensor] of this.namedTensors()) {
      if (!tensor.isFloatingPoint()) continue;
      adopt(tensor, tensor.detach().to(wanted));
      if (tensor.grad !== null) tensor.grad = tensor.grad.detach().to(wanted);
    }
    return this;
  }

  /** Converts all floating-point parameters and buffers to float32, in place. */
  float(): this {
    return this.to("float32");
  }

  /** Converts all floating-point parameters and buffers to float64, in place. */
  double(): this {
    return this.to("float64");
  }

  /** A copy with parameters, buffers and submodules of its own. (Fields declared with # cannot be copied.) */
  deepcopy(): this {
    return deepcopy(this);
  }

  /** Calls `hook(module, inputs)` before every `forward`; what it returns, if anything, replaces the inputs. */
  registerForwardPreHook(hook: ForwardPreHook): RemovableHandle {
    return addHook("registerForwardPreHook", this, "beforeForward", hook);
  }

  /** Calls `hook(module, inputs, output)` after every `forward`; what it returns, if anything, replaces the output. */
  registerForwardHook(hook: ForwardHook): RemovableHandle {
    return addHook("registerForwardHook", this, "afterForward", hook);
  }

  /**
   * Calls `hook(module, gradInput, gradOutput)` in every backward pass, when the gradients by the inputs are known;
   * what it returns, if anything, replaces them.
   */
  registerFullBackwardHook(hook: FullBackwardHook): RemovableHandle {
    return addHook("registerFullBackwardHook", this, "backward", hook);
  }

  /** Sets training mode (or, with false, evaluation mode) here and in all modules inside. */
  train(mode = true): this {
    if (typeof mode !== "boolean")
      throw new TypeError(`train: training mode is expected to be boolean, not ${String(mode)}`);
    for (const module of this.modules()) module.training = mode;
    return this;
  }

  /** Sets evaluation mode here and in all modules inside. */
  eval(): this {
    return this.train(false);
  }

  /** Forgets the gradients of all parameters, or, with `setToNone` false, sets them to zero. */
  zeroGrad(setToNone: boolean | { setToNone?: boolean } = true): void {
    const { setToNone: isForgotten = true } = namedArguments<{ setToNone: boolean }>(
      "zeroGrad",
      ["setToNone"],
      [setToNone],
    );
    for (const parameter of this.parameters()) {
      if (isForgotten) parameter.grad = null;
      else parameter.grad?.detach().zero_();
    }
  }

  /** Sets whether gradients are computed for all parameters. */
  requiresGrad_(value = true): this {
    for (const parameter of this.parameters()) parameter.requiresGrad_(value);
    return this;
  }

  /** What stands between the brackets when this module is printed: its sizes and options. */
  extraRepr(): string {
    return "";
  }

  /** The module and those inside it, one per line, as PyTorch prints them. */
  toString(): string {
    const children = [...this.namedChildren()];
    const extra = this.extraRepr();
    if (children.length === 0) return `${this.constructor.name}(${extra})`;
    const lines = children.map(([name, child]) => `(${name}): ${child.toString()}`.replaceAll("\n", "\n  "));
    return `${this.constructor.name}(\n  ${[...(extra === "" ? [] : [extra]), ...lines].join("\n  ")}\n)`;
  }
}

/** camelCase in snake_case; names of any other form as they are. */
function memberName(field: string): string {
  return /^[a-z][a-z0-9]*([A-Z][a-z0-9]*)+$/.test(field) && !/[A-Z]{2}/.test(field)
    ? field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    : field;
}

/**
 * Every path that leads to a parameter or buffer, parameters before buffers before submodules; a shared one, or one
 * of a shared module, has several.
 */
function* tensorPaths(
  module: Module,
  prefix: string,
  ancestors: readonly Module[],
): Generator<[path: string, tensor: Tensor, persistent: boolean]> {
  // A module inside itself would go on for ever.
  if (ancestors.includes(module)) return;
  const members = [...module.namedMembers()];
  for (const [name, member] of members) if (member instanceof Parameter) yield [prefix + name, member, true];
  for (const [name, member, persistent] of members)
    if (member instanceof Tensor && !(member instanceof Parameter)) yield [prefix + name, member, persistent];
  for (const [name, member] of members)
    if (member instanceof Module) yield* tensorPaths(member, `${prefix}${name}.`, [...ancestors, module]);
}

// What Node's `console.log` shows, and what a notebook does.
Object.defineProperties(Module.prototype, {
  [Symbol.for("nodejs.util.inspect.custom")]: {
    value(this: Module): string {
      return this.toString();
    },
  },
  [Symbol.for("Jupyter.display")]: {
    value(this: Module): Record<string, string> {
      return moduleBundle(this);
    },
  },
});
