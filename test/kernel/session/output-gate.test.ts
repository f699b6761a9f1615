import fc from "fast-check";
import { expect, test } from "vitest";
import { OutputGate } from "../../../kernel/session/output-gate.js";

const sent = (text: string): { pieces: string[]; cost: number } => {
  const cells = new Int32Array(new SharedArrayBuffer(8));
  const pieces: string[] = [];
  new OutputGate(cells, 1).write("stdout", text, (name, piece) => {
    expect(name).toBe("stdout");
    pieces.push(piece);
    // The protocol thread pays at once here.
    Atomics.store(cells, 1, 0);
  });
  return { pieces, cost: Atomics.load(cells, 1) };
};

test("a text arrives whole, in pieces that split no character", () => {
  const texts = fc.tuple(fc.constantFrom("ab", "ä", "😀", "a😀"), fc.integer({ min: 0, max: 100_000 }));
  fc.assert(
    fc.property(texts, ([unit, times]) => {
      const text = unit.repeat(times);
      const { pieces } = sent(text);
      expect(pieces.join("") === text).toBe(true);
      for (const piece of pieces) expect(/^[\udc00-\udfff]|[\ud800-\udbff]$/.test(piece)).toBe(false);
    }),
    { numRuns: 40 },
  );
});

test("what no front end could show is cut, and the note says how much", () => {
  const { pieces } = sent("x".repeat(10_000_123));
  expect(pieces.at(-1)).toBe("… (123 more characters are not shown)\n");
  expect(pieces.join("").length).toBe(10_000_000 + pieces.at(-1)!.length);
});

test("costs are counted where the protocol thread sees them", () => {
  const cells = new Int32Array(new SharedArrayBuffer(8));
  const gate = new OutputGate(cells, 1);
  gate.admit(30);
  gate.admit(12);
  expect([...cells]).toEqual([0, 42]);
});
