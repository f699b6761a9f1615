import { runSchedulerCase } from "./families/lr-schedulers.js";
import { runModuleCase } from "./families/modules.js";
import { runOperationCase } from "./families/ops.js";
import { runTrajectoryCase } from "./families/optim.js";
import { runRandomCase } from "./families/rng.js";
import { runScenarioCase } from "./families/scenarios.js";
import { runSimpleNetCase } from "./families/simplenet.js";
import { runTrainingCase } from "./families/training-mlp.js";
import type { GoldenCase, GoldenFile } from "./format.js";

/** Computes one case again and throws where the result differs from the file's. */
export type RunCase = (golden: GoldenCase, meta: GoldenFile["meta"]) => void;

/** Families by the name in `meta.family`. Trajectories of optimizers are told by their name and their problems. */
const families: Readonly<Record<string, RunCase>> = {
  ops: runOperationCase,
  rng: runRandomCase,
  modules: runModuleCase,
  simplenet: runSimpleNetCase,
  training_mlp: runTrainingCase,
  optim_scenarios: runScenarioCase,
  lr_schedulers: runSchedulerCase,
};

export function runnerOf(meta: GoldenFile["meta"]): RunCase {
  const own = Object.hasOwn(families, meta.family) ? families[meta.family] : undefined;
  if (own !== undefined) return own;
  if (meta.family.startsWith("optim_")) return runTrajectoryCase;
  return () => {
    throw new Error(`the golden harness does not know the family "${meta.family}"`);
  };
}
