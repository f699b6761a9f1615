/**
 * Every case of every golden file as one test: the files beside this one, or those of the folder GOLDEN_DIR.
 *
 * Within `npm test` a case that needs a name which the library does not have is skipped, and the reason printed.
 * `npm run test:golden` counts it as failed: there the total is what PyTorch has and we have not.
 */
import { readdirSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { afterAll, describe, test } from "vitest";
import { runnerOf } from "./families.js";
import { readGolden, titleOf } from "./format.js";
import { MissingNameError } from "./python/evaluate.js";

const folder = resolve(process.env.GOLDEN_DIR ?? import.meta.dirname);
const missingNamesFail = process.env.GOLDEN_MISSING_NAMES === "fail";

const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
if (files.length === 0) throw new Error(`no golden files (*.json) in ${folder}`);

for (const file of files.sort()) describe(file, () => declareCases(join(folder, file)));

function declareCases(path: string): void {
  const golden = readOrFail(path);
  if (golden === null) return;
  const run = runnerOf(golden.meta);
  const missing = new Map<string, number>();
  for (const [position, goldenCase] of golden.cases.entries()) {
    test(titleOf(goldenCase, position), ({ skip }) => {
      try {
        run(goldenCase, golden.meta);
      } catch (error) {
        if (!(error instanceof MissingNameError) || missingNamesFail) throw error;
        missing.set(error.missing, (missing.get(error.missing) ?? 0) + 1);
        skip(error.message);
      }
    });
  }
  afterAll(() => {
    if (missing.size > 0) console.log(skippedCases(basename(path), golden.cases.length, missing));
  });
}

/** A file that cannot be read is one failed test. */
function readOrFail(path: string): ReturnType<typeof readGolden> | null {
  try {
    return readGolden(path);
  } catch (error) {
    test("can be read", () => {
      throw error;
    });
    return null;
  }
}

function skippedCases(file: string, total: number, missing: ReadonlyMap<string, number>): string {
  const skipped = [...missing.values()].reduce((sum, count) => sum + count, 0);
  const names = [...missing].map(([name, count]) => `${name} (${count})`).sort();
  return `${file}: ${skipped} of ${total} cases skipped, because these do not exist yet: ${names.join(", ")}`;
}
