import fc from "fast-check";
import type { Rule } from "../../src/optim/index.js";
import { Adam, SGD } from "../../src/optim/index.js";

export const sgdRule: Rule = SGD.rule;
export const adamRule: Rule = Adam.rule;

const rate = fc.constantFrom(0, 0.01, 0.1);
const decay = fc.constantFrom(0, 0, 0.05);

/** All options of SGD that its checks allow. */
export const sgdOptions: fc.Arbitrary<{
  lr: number;
  momentum: number;
  dampening: number;
  weightDecay: number;
  nesterov: boolean;
  maximize: boolean;
}> = fc
  .record({
    lr: rate,
    momentum: fc.constantFrom(0, 0.5, 0.9),
    dampening: fc.constantFrom(0, 0.3),
    weightDecay: decay,
    nesterov: fc.boolean(),
    maximize: fc.boolean(),
  })
  .map((options) => ({
    ...options,
    nesterov: options.nesterov && options.momentum > 0 && options.dampening === 0,
  }));

export const adamOptions: fc.Arbitrary<{
  lr: number;
  betas: [number, number];
  eps: number;
  weightDecay: number;
  amsgrad: boolean;
  maximize: boolean;
  decoupledWeightDecay: boolean;
}> = fc.record({
  lr: rate,
  betas: fc.constantFrom<[number, number][]>([0.9, 0.999], [0, 0.9], [0.5, 0]),
  eps: fc.constantFrom(1e-8, 1e-3),
  weightDecay: decay,
  amsgrad: fc.boolean(),
  maximize: fc.boolean(),
  decoupledWeightDecay: fc.boolean(),
});
