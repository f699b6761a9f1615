import { join } from "node:path";
import { expect, test } from "vitest";
import { runnerOf } from "./families.js";
import { type GoldenCase, type Json, readGolden } from "./format.js";

type Path = readonly (string | number)[];

/** The paths of all numbers in a value. */
function* numbersIn(value: Json, path: Path = []): Generator<Path> {
  if (typeof value === "number") yield path;
  else if (typeof value === "object" && value !== null) {
    for (const [name, part] of Object.entries(value)) yield* numbersIn(part, [...path, name]);
  }
}

function changed(golden: GoldenCase, path: Path): GoldenCase {
  const copy = structuredClone(golden);
  const last = path.at(-1)!;
  const parent = path
    .slice(0, -1)
    .reduce((value, name) => (value as GoldenCase)[name]!, copy as Json) as GoldenCase;
  const value = parent[last] as number;
  parent[last] = value + 1e-3 * Math.max(1, Math.abs(value));
  return copy;
}

/** Results of the first case of a file, and what of them is looked at: every `stride`-th number. */
test.each([
  ["optim_adam.json", ["loss_at", "final_loss", "params_at", "final_state", "final_param_groups"], 1],
  ["optim_sgd.json", ["loss_at", "final_loss", "params_at", "final_state", "final_param_groups"], 1],
  [
    "simplenet.json",
    ["init_params", "input", "target", "output_epoch0", "grads_epoch0", "losses", "final_params"],
    23,
  ],
  ["rng.json", ["calls"], 1],
] as const)("a wrong number in %s is noticed wherever it stands", (file, results, stride) => {
  const { meta, cases } = readGolden(join(import.meta.dirname, file));
  const run = runnerOf(meta);
  const golden = cases[0]!;
  expect(() => run(golden, meta)).not.toThrow();
  const paths = results.flatMap((name) => [...numbersIn(golden[name] ?? null, [name])]);
  expect(paths.length).toBeGreaterThan(0);
  for (let i = 0; i < paths.length; i += stride) {
    expect(() => run(changed(golden, paths[i]!), meta), paths[i]!.join(".")).toThrow();
  }
});
