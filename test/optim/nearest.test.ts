import { expect, it } from "vitest";
import { nearest } from "../../src/optim/nearest.js";

const known = ["lr", "betas", "eps", "weightDecay", "nesterov"];

it.each([
  ["weight_decay", "weightDecay"],
  ["weigthDecay", "weightDecay"],
  ["LR", "lr"],
  ["beta", "betas"],
  ["netserov", "nesterov"],
])("%s is a slip of %s", (name, wanted) => {
  expect(nearest(name, known)).toBe(`; did you mean "${wanted}"?`);
});

it.each(["x", "learningRate", "momentum", ""])("%s is like none of them", (name) => {
  expect(nearest(name, known)).toBe("");
});
