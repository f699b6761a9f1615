/** The parts of WebAssembly's JavaScript interface that are used here: neither ES2023 nor Node's types declare them. */

export interface WebAssemblyMemory {
  readonly buffer: ArrayBufferLike;
  grow(pages: number): number;
}

export interface MemoryLimits {
  readonly initial: number;
  readonly maximum: number;
  readonly shared: boolean;
}

interface WebAssemblyInterface {
  validate(bytes: Uint8Array): boolean;
  readonly Memory: new (limits: MemoryLimits) => WebAssemblyMemory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
}

/** Undefined where the machine has none. */
export const webAssembly: WebAssemblyInterface | undefined = (
  globalThis as { WebAssembly?: WebAssemblyInterface }
).WebAssembly;
