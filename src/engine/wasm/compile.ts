import type { ModuleBuilder } from "./assembler.js";
import { webAssembly } from "./host.js";
import { engineMemory, memoryLimits } from "./memory.js";

/** The functions of a module, by the names that they were built under. */
export type Functions = Readonly<Record<string, (...values: number[]) => number>>;

/** Makes a module over the engine's memory ready to be called. A small one takes some ten microseconds. */
export function instantiate(module: ModuleBuilder): Functions {
  const { Module, Instance } = webAssembly!;
  const compiled = new Module(module.encode(memoryLimits));
  return new Instance(compiled, { engine: { memory: engineMemory() } }).exports as Functions;
}
