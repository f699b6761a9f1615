import { expect, test } from "vitest";
import * as torch from "../../../src/index.js";

const { enableGrad, isGradEnabled, noGrad } = torch;
const x = torch.ones([2], { requiresGrad: true });

test("noGrad records nothing, and returns what its function returns", () => {
  const y = noGrad(() => x.mul(2));
  expect([y.requiresGrad, y.isLeaf, y.tolist()]).toEqual([false, true, [2, 2]]);
  expect(x.mul(2).requiresGrad).toBe(true);
});

test("modes nest", () => {
  const seen = noGrad(() => [
    isGradEnabled(),
    enableGrad(() => [isGradEnabled(), noGrad(() => isGradEnabled()), isGradEnabled()]),
    isGradEnabled(),
  ]);
  expect([seen, isGradEnabled()]).toEqual([[false, [true, false, true], false], true]);
});

test("an exception restores the mode", () => {
  const fail = (): never => {
    throw new Error("inside");
  };
  expect(() => noGrad(fail)).toThrow("inside");
  expect(isGradEnabled()).toBe(true);
  noGrad(() => {
    expect(() => enableGrad(fail)).toThrow("inside");
    expect(isGradEnabled()).toBe(false);
  });
  expect(isGradEnabled()).toBe(true);
});

test("a backward pass that fails restores it too", () => {
  const y = x.square();
  noGrad(() => x.add_(0));
  expect(() => y.sum().backward({ createGraph: true })).toThrow("modified by an inplace operation");
  expect(isGradEnabled()).toBe(true);
});

test.each([
  ["noGrad", noGrad],
  ["enableGrad", enableGrad],
] as const)("%s refuses an async function, which it would cover only in part", (name, run) => {
  expect(() => run(async () => 1)).toThrow(`${name}: the function must not be async`);
  expect(isGradEnabled()).toBe(true);
});

test("parameters may be changed inside noGrad, and stay leaves", () => {
  const p = torch.ones([2], { requiresGrad: true });
  noGrad(() => p.sub_(0.5));
  expect([p.tolist(), p.isLeaf, p.requiresGrad]).toEqual([[0.5, 0.5], true, true]);
});
