import type { TypedArray } from "./storage.js";

/** Scores of `classes` classes at `inner` places of each of `batch` samples, row by row, and the right class of each place. */
export interface ClassTargets {
  readonly batch: number;
  readonly classes: number;
  readonly inner: number;
  /** One class for each place; the places to be left out hold `ignored`. */
  readonly target: TypedArray;
  readonly ignored: number;
  /** One for each class, or null where all are 1. */
  readonly weight: TypedArray | null;
}

/**
 * −weight · the score of the right class, for every place; 0 for those left out.
 * @returns the sum of the weights
 */
export function rightScores(targets: ClassTargets, scores: TypedArray, out: TypedArray): number {
  const { batch, classes, inner, target, ignored, weight } = targets;
  let total = 0;
  for (let n = 0, k = 0; n < batch; n++) {
    for (let m = 0; m < inner; m++, k++) {
      const right = target[k];
      if (right === ignored) continue;
      const w = weight === null ? 1 : weight[right];
      out[k] = -w * scores[(n * classes + right) * inner + m];
      total += w;
    }
  }
  return total;
}

/** Writes −weight · gradient to the score of the right class: the other way round. */
export function spreadToRightScores(targets: ClassTargets, gradients: TypedArray, out: TypedArray): void {
  const { batch, classes, inner, target, ignored, weight } = targets;
  for (let n = 0, k = 0; n < batch; n++) {
    for (let m = 0; m < inner; m++, k++) {
      const right = target[k];
      if (right === ignored) continue;
      const w = weight === null ? 1 : weight[right];
      out[(n * classes + right) * inner + m] = -w * gradients[k];
    }
  }
}
