import { Generator, manualSeed, nn } from "../../../src/index.js";
import { compareValue, exactly, type Tolerance, unitsInTheLastPlace } from "../compare.js";
import type { GoldenCase, Json } from "../format.js";
import { evaluateTorch } from "../library.js";

interface RandomCase {
  seed: number | bigint;
  /** True where the calls take their numbers from a generator `g` of their own. */
  generator_object?: boolean;
  calls: { expr: string; result: Json }[];
}

/** Seeded calls in order: float32 and integers are exact. */
export function runRandomCase(golden: GoldenCase): void {
  const { seed, generator_object, calls } = golden as unknown as RandomCase;
  manualSeed(seed);
  const names = generator_object ? { g: new Generator(seed) } : {};
  for (const { expr, result } of calls) {
    compareValue(expr, compared(evaluateTorch(expr, names)), result, (dtype) => toleranceOf(expr, dtype));
  }
}

/** A module stands for its parameters. */
function compared(result: unknown): unknown {
  return result instanceof nn.Module ? result.stateDict() : result;
}

/**
 * float64 values that came through a logarithm, sine or cosine differ from PyTorch's by what V8's functions differ
 * from glibc's. Everything else is exact.
 */
function toleranceOf(expression: string, dtype: string): Tolerance {
  const isTranscendental = /randn|normal|exponential|Embedding|geometric|cauchy/.test(expression);
  return dtype === "float64" && isTranscendental ? unitsInTheLastPlace(4) : exactly;
}
