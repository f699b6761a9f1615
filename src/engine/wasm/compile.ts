import type { ModuleBuilder } from "./assembler.js";
import { webAssembly } from "./host.js";
import type { KernelMemory } from "./kernel-memory.js";
import { engine } from "./memory.js";

/** The functions of a module, by the names that they were built under. */
export type Functions = Readonly<Record<string, (...values: number[]) => number>>;

/** What each module was compiled from: other threads need it again. */
const sources: WeakMap<Functions, Uint8Array> = new WeakMap();

/** Makes a module over a memory, the engine's by default, ready to be called. A small one takes some ten microseconds. */
export function instantiate(module: ModuleBuilder, { limits, memory }: KernelMemory = engine): Functions {
  const { Module, Instance } = webAssembly!;
  const bytes = module.encode(limits);
  const { exports } = new Instance(new Module(bytes), { engine: { memory } });
  sources.set(exports as Functions, bytes);
  return exports as Functions;
}

/** The bytes that the functions were compiled from. */
export function bytesOf(functions: Functions): Uint8Array {
  return sources.get(functions)!;
}
