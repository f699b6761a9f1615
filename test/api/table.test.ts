import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as torch from "../../src/index.js";
import { camelCase, coverage, withTable } from "./table.mjs";

describe("the README's table of what exists", () => {
  it("is what `npm run api-table` makes of the library as it is", () => {
    const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
    expect(withTable(readme, torch)).toBe(readme);
  });

  it("counts what is there and names what is not", () => {
    const rows = coverage({ zeros: 1, nn: { Linear: 1, functional: { mseLoss: 1 } } });
    const row = (path: string) => rows.find((candidate) => candidate.path === path);
    expect(row("torch")?.present).toEqual(["zeros"]);
    expect(row("torch.nn")?.present).toEqual(["Linear"]);
    expect(row("torch.nn.functional")?.present).toEqual(["mse_loss"]);
    expect(row("torch.optim")?.present).toEqual([]);
    expect(row("torch.optim")?.absent).toContain("Adam");
  });

  it.each([
    ["zero_grad", "zeroGrad"],
    ["conv2d", "conv2d"],
    ["mul_", "mul_"],
    ["atleast_1d", "atleast1d"],
    ["Linear", "Linear"],
    ["log_softmax", "logSoftmax"],
  ])("writes %s as %s", (python, ours) => {
    expect(camelCase(python)).toBe(ours);
  });
});
