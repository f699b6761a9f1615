import { namedArguments } from "../tensor/arguments.js";
import { noGrad } from "../tensor/autograd/mode.js";
import { checkTensor } from "../tensor/ops/promotion.js";
import { describe, sameShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { Parameter } from "./parameter.js";

/** Name → tensor, as `stateDict()` gives it: `{ "fc1.weight": …, "fc1.bias": … }`. */
export type StateDict = Record<string, Tensor>;

/**
 * The base of every layer and network.
 *
 * Parameters and submodules are simply its fields, in the order in which they are assigned:
 *
 *     class SimpleNet extends nn.Module {
 *       fc1 = new nn.Linear(10, 20);
 *       fc2 = new nn.Linear(20, 1);
 *       forward(x: torch.Tensor) { return this.fc2.forward(torch.relu(this.fc1.forward(x))); }
 *     }
 */
export abstract class Module {
  /** True in training, false in evaluation: some layers (dropout, batch norm) differ. */
  training = true;

  /** Computes the output. */
  abstract forward(...inputs: never[]): unknown;

  /** The modules that are fields of this one, in order; a shared one stands under each of its names. */
  *namedChildren(): Generator<[string, Module]> {
    for (const [name, value] of Object.entries(this)) if (value instanceof Module) yield [name, value];
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
    const seen = new Set<Parameter>();
    for (const [path, parameter] of parameterPaths(this, "", [])) {
      if (!seen.has(parameter)) yield [path, parameter];
      seen.add(parameter);
    }
  }

  /** The parameters, in order: what an optimizer takes. */
  parameters(): Parameter[] {
    return [...this.namedParameters()].map(([, parameter]) => parameter);
  }

  /** The values of all parameters by path; a shared one stands under each of its paths. They share memory. */
  stateDict(): StateDict {
    const state: StateDict = {};
    for (const [path, parameter] of parameterPaths(this, "", [])) state[path] = parameter.detach();
    return state;
  }

  /**
   * Copies values into the parameters.
   *
   * @param strict whether every name must fit (default true); otherwise only those that do are copied
   * @returns the names that were missing in `stateDict` and those in it that are unknown here
   * @throws when names (if strict) or shapes do not fit: nothing is changed
   */
  loadStateDict(
    stateDict: StateDict,
    strict: boolean | { strict?: boolean } = true,
  ): { missingKeys: string[]; unexpectedKeys: string[] } {
    if (typeof stateDict !== "object" || stateDict === null)
      throw new TypeError(`loadStateDict: expected stateDict to be an object, got ${String(stateDict)}`);
    const { strict: isStrict = true } = namedArguments<{ strict: boolean }>(
      "loadStateDict",
      ["strict"],
      [strict],
    );
    const own = new Map(parameterPaths(this, "", []));
    const missingKeys = [...own.keys()].filter((name) => !Object.hasOwn(stateDict, name));
    const unexpectedKeys = Object.keys(stateDict).filter((name) => !own.has(name));
    const problems: string[] = [];
    if (isStrict && missingKeys.length > 0)
      problems.push(`Missing key(s) in stateDict: ${missingKeys.join(", ")}.`);
    if (isStrict && unexpectedKeys.length > 0)
      problems.push(`Unexpected key(s) in stateDict: ${unexpectedKeys.join(", ")}.`);
    const pairs: [Parameter, Tensor][] = [];
    for (const [name, parameter] of own) {
      if (!Object.hasOwn(stateDict, name)) continue;
      const value = stateDict[name];
      checkTensor(`loadStateDict: ${name}`, value);
      if (!sameShape(value.shape, parameter.shape)) {
        problems.push(
          `size mismatch for ${name}: the stateDict has ${describe(value.shape)}, the module ${describe(parameter.shape)}.`,
        );
      }
      pairs.push([parameter, value]);
    }
    if (problems.length > 0)
      throw new Error(
        `loadStateDict: Error(s) in loading stateDict for ${this.constructor.name}: ${problems.join(" ")}`,
      );
    noGrad(() => {
      for (const [parameter, value] of pairs) parameter.copy_(value);
    });
    return { missingKeys, unexpectedKeys };
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

/** Every path that leads to a parameter; a shared one, or one of a shared module, has several. */
function* parameterPaths(
  module: Module,
  prefix: string,
  ancestors: readonly Module[],
): Generator<[string, Parameter]> {
  // A module inside itself would go on for ever.
  if (ancestors.includes(module)) return;
  for (const [name, value] of Object.entries(module)) {
    if (value instanceof Parameter) yield [prefix + name, value];
  }
  for (const [name, child] of module.namedChildren())
    yield* parameterPaths(child, `${prefix}${name}.`, [...ancestors, module]);
}

// What Node's `console.log` shows.
Object.defineProperty(Module.prototype, Symbol.for("nodejs.util.inspect.custom"), {
  value(this: Module): string {
    return this.toString();
  },
});
