import fc from "fast-check";
import { afterAll, test } from "vitest";
import { Notebook } from "./in-process.js";

// Cells are made together with what they must do, told by a plain map of names, as in IPython: every cell, function
// and closure reads and writes the same variables, whoever declared them last.

const NAMES = ["a", "b", "c", "d"];

type Step =
  | { kind: "declare"; word: "const" | "let" | "var"; name: string; value: number }
  | { kind: "destructure"; first: string; second: string; value: number }
  | { kind: "function"; name: string; reads: string }
  | { kind: "arrow"; name: string; reads: string }
  | { kind: "class"; name: string; reads: string }
  | { kind: "setter"; name: string; sets: string; value: number }
  | { kind: "assign"; name: string; value: number }
  | { kind: "increment"; name: string }
  | { kind: "swap"; first: string; second: string }
  | { kind: "call"; name: string }
  | { kind: "await"; name: string; value: number }
  | { kind: "fail"; name: string; value: number };

const name = fc.constantFrom(...NAMES);
const value = fc.integer({ min: 0, max: 99 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant("declare" as const),
    word: fc.constantFrom("const" as const, "let" as const, "var" as const),
    name,
    value,
  }),
  fc.record({ kind: fc.constant("destructure" as const), first: name, second: name, value }),
  fc.record({
    kind: fc.constantFrom("function" as const, "arrow" as const, "class" as const),
    name,
    reads: name,
  }),
  fc.record({ kind: fc.constant("setter" as const), name, sets: name, value }),
  fc.record({ kind: fc.constantFrom("assign" as const, "await" as const, "fail" as const), name, value }),
  fc.record({ kind: fc.constantFrom("increment" as const, "call" as const), name }),
  fc.record({ kind: fc.constant("swap" as const), first: name, second: name }),
);

type Value = number | (() => unknown);

/** The text of a step, and what it does to the variables. A function throws when the real cell must fail. */
function cellOf(
  step: Step,
  serial: number,
  variables: Map<string, Value>,
): { code: string; run: () => void } {
  const set = (key: string, to: Value) => (): void => void variables.set(key, to);
  const read = (key: string) => (): unknown => {
    const found = variables.get(key);
    return typeof found === "function" ? "function" : found;
  };
  const shown = (key: string): string => `typeof ${key} === "function" ? "function" : ${key}`;
  switch (step.kind) {
    case "declare":
      return { code: `${step.word} ${step.name} = ${step.value}`, run: set(step.name, step.value) };
    case "destructure": {
      const { first, second, value: number } = step;
      if (first === second) return { code: `const [${first}] = [${number}]`, run: set(first, number) };
      return {
        code: `const { x: ${first}, y: [${second} = ${number}] } = { x: ${number + 1}, y: [] }`,
        run: () => {
          variables.set(first, number + 1).set(second, number);
        },
      };
    }
    case "function":
      return {
        code: `function ${step.name}() { return ${shown(step.reads)} }`,
        run: set(step.name, read(step.reads)),
      };
    case "arrow":
      return {
        code: `const ${step.name} = () => ${shown(step.reads)}`,
        run: set(step.name, read(step.reads)),
      };
    case "class": {
      // Called through an instance, so that it can take the place of a function here.
      const { name: own, reads } = step;
      const body = `class Made_${serial} { get() { return ${shown(reads)} } }; const ${own} = () => new Made_${serial}().get()`;
      return { code: body, run: set(own, read(reads)) };
    }
    case "setter": {
      const { name: own, sets, value: number } = step;
      return {
        code: `let ${own} = () => { ${sets} = ${number}; return ${number} }`,
        run: set(own, () => {
          variables.set(sets, number);
          return number;
        }),
      };
    }
    case "assign":
      return { code: `${step.name} = ${step.value}`, run: set(step.name, step.value) };
    case "await":
      return {
        code: `let ${step.name} = await Promise.resolve(${step.value})`,
        run: set(step.name, step.value),
      };
    case "fail":
      return {
        code: `${step.name} = ${step.value}; throw 1; var ${step.name} = -1`,
        run: set(step.name, step.value),
      };
    case "increment":
      return {
        code: `if (typeof ${step.name} === "number") ${step.name}++`,
        run: () => {
          const found = variables.get(step.name)!;
          if (typeof found === "number") variables.set(step.name, found + 1);
        },
      };
    case "swap":
      return {
        code: `[${step.first}, ${step.second}] = [${step.second}, ${step.first}]`,
        run: () => {
          const [one, two] = [variables.get(step.second)!, variables.get(step.first)!];
          variables.set(step.first, one).set(step.second, two);
        },
      };
    case "call":
      return {
        code: `if (typeof ${step.name} === "function") ${step.name}()`,
        run: () => {
          const found = variables.get(step.name)!;
          if (typeof found === "function") found();
        },
      };
  }
}

const notebook = new Notebook();
afterAll(() => notebook.close());

test("any sequence of cells does what one table of variables says", async () => {
  const shape = NAMES.map((key) => `typeof ${key} === "function" ? "f:" + ${key}() : ${key}`).join(", ");
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
      // Types are not what this is about: a name is a number now and a function later.
      await notebook.run("%reset -f", "%typecheck off", `let ${NAMES.map((key) => `${key} = 0`).join(", ")}`);
      const variables = new Map<string, Value>(NAMES.map((key) => [key, 0]));
      const log: string[] = [];
      for (const each of steps) {
        const { code, run } = cellOf(each, log.length, variables);
        log.push(code);
        const failed = (await notebook.run(code))?.startsWith("Thrown: 1") === true;
        if (failed !== (each.kind === "fail")) throw new Error(`${log.join("\n")}\nunexpected end`);
        run();
        const expected = NAMES.map((key) => {
          const found = variables.get(key)!;
          return typeof found === "function" ? `f:${found()}` : `${found}`;
        });
        // Reading may call setters, so both sides read in the same order.
        const actual = await notebook.run(`[${shape}].join()`);
        if (actual !== `'${expected.join()}'`) {
          throw new Error(`${log.join("\n")}\ngave ${actual}, not ${expected.join()}`);
        }
      }
    }),
    { numRuns: 60 },
  );
});
