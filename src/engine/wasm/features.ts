/** What the machine's WebAssembly can do. */
import { type Code, f32x4, ModuleBuilder, relaxedMadd } from "./assembler.js";
import { webAssembly } from "./host.js";

export interface Features {
  /** 128-bit vectors. Without them everything is plain JavaScript. */
  readonly simd: boolean;
  /** a·b + c in one instruction. */
  readonly fma: boolean;
  /** Memory that threads can share, and that grows without moving. */
  readonly shared: boolean;
}

/** What Node offers of its own modules without an import, so that this file loads in a browser, too. */
interface NodeProcess {
  getBuiltinModule?(name: "v8"): { setFlagsFromString(flags: string): void } | undefined;
}

function detect(): Features {
  if (webAssembly === undefined) return { simd: false, fma: false, shared: false };
  allowRelaxedSimd();
  const shared = typeof SharedArrayBuffer === "function";
  const isValid = (code: (x: Code) => Code): boolean => {
    const module = new ModuleBuilder();
    const f = module.function("f", ["v128"], ["v128"]);
    f.body(code(f.parameters[0].get));
    return webAssembly!.validate(module.encode({ shared: false, initial: 1, maximum: 1 }));
  };
  const simd = isValid((x) => f32x4.add(x, x));
  const fma = isValid((x) => relaxedMadd.f32x4(x, x, x));
  return { simd, fma, shared };
}

/** Node 20 has relaxed SIMD behind a flag that may be set before the first module is compiled. */
function allowRelaxedSimd(): void {
  const { process } = globalThis as { process?: NodeProcess };
  try {
    process?.getBuiltinModule?.("v8")?.setFlagsFromString("--experimental-wasm-relaxed-simd");
  } catch {
    // An engine that does not know the flag has the instructions, or does without.
  }
}

export const features: Features = detect();
