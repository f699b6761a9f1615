import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { validateNotebook } from "../../../kernel/notebook/validate.js";
import { missing, python } from "../../requirements.js";

const outputs = [
  { output_type: "stream", name: "stdout", text: ["a\n", "b"] },
  { output_type: "display_data", data: { "text/plain": "x", "application/json": [1] }, metadata: {} },
  { output_type: "execute_result", data: { "image/png": "" }, metadata: {}, execution_count: 1 },
  { output_type: "error", ename: "E", evalue: "v", traceback: ["t"] },
];
const notebook = {
  nbformat: 4,
  nbformat_minor: 5,
  metadata: { kernelspec: { name: "k", display_name: "K" }, language_info: { name: "l" } },
  cells: [
    { cell_type: "markdown", id: "a", metadata: { tags: ["t"] }, source: "# A" },
    { cell_type: "raw", id: "b", metadata: {}, source: [] },
    { cell_type: "code", id: "c", metadata: {}, source: ["1"], outputs, execution_count: 1 },
  ],
};

/** A copy of a value with another value at a path; `undefined` takes it away. */
function changed(value: unknown, [key, ...path]: readonly (string | number)[], to: unknown): unknown {
  if (key === undefined) return to;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<
    string | number,
    unknown
  >;
  copy[key] = changed(copy[key], path, to);
  if (copy[key] === undefined && Array.isArray(copy)) copy.splice(Number(key), 1);
  else if (copy[key] === undefined) delete copy[key];
  return copy;
}

test.each([0, 1, 2, 3, 4, 5])("a notebook of nbformat 4.%i is one", (minor) => {
  const valid = changed(notebook, ["nbformat_minor"], minor);
  expect(validateNotebook(valid)).toBe(valid);
});

test.each<[path: (string | number)[], to: unknown, message: string]>([
  [[], null, "no notebook: there is no nbformat in it"],
  [[], [], "no notebook: there is no nbformat in it"],
  [["nbformat"], "4", 'nbformat is "4"; expected a whole number from 0'],
  [
    ["nbformat"],
    3,
    "a notebook of nbformat 3; only nbformat 4 can be run (jupyter nbconvert --to notebook converts it)",
  ],
  [["nbformat"], 5, "a notebook of nbformat 5; only nbformat 4 can be run"],
  [["nbformat_minor"], undefined, "nbformat_minor is missing; expected a whole number from 0"],
  [["nbformat_minor"], 6, "a notebook of nbformat 4.6; the newest that is known here is 4.5"],
  [["metadata"], undefined, "metadata is missing; expected an object"],
  [["metadata", "kernelspec"], { display_name: "K" }, "metadata.kernelspec.name is missing; expected a text"],
  [["cells"], undefined, "a notebook without a list of cells"],
  [["cells", 0], null, "cell 1 is null; expected an object"],
  [["cells", 0, "cell_type"], "heading", 'cell 1: cell_type is "heading"; expected code, markdown, raw'],
  [["cells", 0, "cell_type"], "toString", 'cell 1: cell_type is "toString"; expected code, markdown, raw'],
  [["cells", 0, "source"], undefined, "cell 1: source is missing; expected a text or a list of lines"],
  [["cells", 1, "source"], [1], "cell 2: source is [1]; expected a text or a list of lines"],
  [["cells", 0, "metadata", "tags"], "t", 'cell 1: metadata.tags is "t"; expected a list'],
  [["cells", 0, "id"], undefined, "cell 1: id is missing; expected 1 to 64 letters, digits, - and _"],
  [["cells", 0, "id"], "a b", 'cell 1: id is "a b"; expected 1 to 64 letters, digits, - and _'],
  [["cells", 2, "id"], "a", "cell 3 has the id a of cell 1; every cell needs an id of its own"],
  [["cells", 2, "outputs"], undefined, "cell 3: outputs is missing; expected a list"],
  [
    ["cells", 2, "execution_count"],
    -1,
    "cell 3: execution_count is -1; expected null or a whole number from 0",
  ],
  [
    ["cells", 2, "outputs", 0, "output_type"],
    "pyout",
    'cell 3: outputs[0].output_type is "pyout"; expected stream, display_data, execute_result, error',
  ],
  [
    ["cells", 2, "outputs", 1, "data", "text/plain"],
    { a: 1 },
    'cell 3: outputs[1].data["text/plain"] is {"a":1}; expected a text or a list of lines',
  ],
  [["cells", 2, "outputs", 3, "traceback", 0], 1, "cell 3: outputs[3].traceback[0] is 1; expected a text"],
])("%j changed to %j: %s", (path, to, message) => {
  expect(() => validateNotebook(changed(notebook, path, to))).toThrow(new Error(message));
});

/** Every path in a value. */
function paths(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  const members = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries((value as object | null) ?? {});
  const deeper =
    typeof value === "object" ? members.flatMap(([key, member]) => paths(member, [...path, key])) : [];
  return [path, ...deeper];
}

const judge = `
import json, sys
from nbformat.validator import iter_validate
for line in sys.stdin:
    print(0 if next(iter_validate(json.loads(line), version=4, version_minor=json.loads(line)["nbformat_minor"]), None) else 1)
`;

describe.skipIf(missing("python3-nbformat"))("beside Jupyter's own schema", () => {
  test("the same is a notebook, whatever one value is changed to", () => {
    // Versions are judged before the schema is chosen. A kernel's display name and an odd tag hinder no run, so we let
    // them pass.
    const ours = /^$|^nbformat|display_name|tags\.|^metadata\.kernelspec$/;
    const places = paths(notebook).filter((path) => !ours.test(path.join(".")));
    const value = fc.oneof(
      fc.constantFrom<unknown>(
        undefined,
        null,
        -1,
        0,
        1,
        "",
        "x",
        [],
        ["x"],
        {},
        [1],
        "code",
        "stream",
        "error",
      ),
      fc.jsonValue({ maxDepth: 1 }),
    );
    const cases = fc.sample(fc.tuple(fc.constantFrom(...places), value), { numRuns: 2_000, seed: 8 });
    const notebooks = cases.map(([path, to]) => changed(notebook, path, to));
    const { stdout, stderr, status } = spawnSync(python, ["-c", judge], {
      input: notebooks.map((one) => `${JSON.stringify(one)}\n`).join(""),
      encoding: "utf8",
    });
    expect(status, stderr).toBe(0);
    const verdicts = stdout.trim().split("\n");
    expect(verdicts).toHaveLength(notebooks.length);
    const disagreements = notebooks.flatMap((one, index) => {
      let message = "";
      try {
        validateNotebook(one);
      } catch (error) {
        message = (error as Error).message;
      }
      const [path, to] = cases[index]!;
      return (message === "") === (verdicts[index] === "1") ? [] : [{ path: path.join("."), to, message }];
    });
    expect(disagreements).toEqual([]);
  });
});
