/** Schedules step by step beside PyTorch's own, and continued from the state dicts that it writes. */
import { describe, expect, test } from "vitest";
import { optim, Tensor } from "../../../src/index.js";
import { evaluateTorch } from "../../golden/library.js";
import { missing } from "../../requirements.js";
import { type Answer, askTorch } from "./python.js";

const S = "torch.optim.lr_scheduler";
const expressions = [
  `${S}.LambdaLR(o, lambda e: 1 / (1 + 0.1 * e))`,
  `${S}.MultiplicativeLR(o, lambda e: 0.9 + 0.05 * (e % 2))`,
  `${S}.StepLR(o, 7, 0.3)`,
  `${S}.MultiStepLR(o, [3, 3, 40, 41], 0.6)`,
  `${S}.ConstantLR(o, 0.25, 13)`,
  `${S}.LinearLR(o, 0.1, 0.7, 31)`,
  `${S}.LinearLR(o, 1, 0.01, total_iters=1)`,
  `${S}.ExponentialLR(o, 0.97)`,
  `${S}.PolynomialLR(o, 50, 1.7)`,
  `${S}.CosineAnnealingLR(o, 17, 0.01)`,
  `${S}.CosineAnnealingLR(o, 1)`,
  `${S}.CosineAnnealingLR(o, 70, eta_min=0.6)`,
  `${S}.CosineAnnealingWarmRestarts(o, 3)`,
  `${S}.CosineAnnealingWarmRestarts(o, 4, 2, 0.05)`,
  `${S}.CyclicLR(o, 0.01, 0.3, 7, 3)`,
  `${S}.CyclicLR(o, 0.01, 0.3, 5, mode='triangular2', base_momentum=0.5)`,
  `${S}.CyclicLR(o, 0.01, 0.3, 9, 2, mode='exp_range', gamma=0.98)`,
  `${S}.OneCycleLR(o, 0.7, 100)`,
  `${S}.OneCycleLR(o, 0.7, epochs=11, steps_per_epoch=10, pct_start=0.4, anneal_strategy='linear')`,
  `${S}.OneCycleLR(o, 0.7, 101, three_phase=True, div_factor=3, final_div_factor=70)`,
  `${S}.ChainedScheduler([${S}.LinearLR(o, 0.1, 1, 20), ${S}.ExponentialLR(o, 0.98), ${S}.StepLR(o, 30, 0.5)])`,
  `${S}.SequentialLR(o, [${S}.ConstantLR(o, 0.1, 9), ${S}.CosineAnnealingLR(o, 20), ${S}.StepLR(o, 3)], [5, 60])`,
  "torch.optim.swa_utils.SWALR(o, 0.02, 13)",
  "torch.optim.swa_utils.SWALR(o, 0.9, 5, 'linear')",
];
const STEPS = 100;
const STOP = 37;

/** The rates and momenta of all steps, and the state dict after some of them. */
interface Run {
  rates: [lr: number, momentum: number][];
  saved: Record<string, unknown>;
}

const inPython = (
  expression: string,
): string => `(lambda json: (lambda o: (lambda s: (lambda look: json.dumps(dict(
  rates=[look()] + [(o.step(), s.step(), look())[2] for _ in range(${STOP})],
  saved=s.state_dict(),
  more=[(o.step(), s.step(), look())[2] for _ in range(${STEPS - STOP})]), default=str))(
    lambda: [o.param_groups[0]['lr'], o.param_groups[0]['momentum']]))(
      ${expression}))(torch.optim.SGD([torch.zeros(1)], lr=0.5, momentum=0.7)))(__import__('json'))`;

const make = (): optim.SGD =>
  new optim.SGD([Tensor.zeros([1], "float32").requiresGrad_()], { lr: 0.5, momentum: 0.7 });
const build = (expression: string, o: optim.SGD): optim.lrScheduler.LRScheduler =>
  evaluateTorch(expression, { o }) as optim.lrScheduler.LRScheduler;

function expectClose(o: optim.SGD, [lr, momentum]: [number, number], where: string): void {
  const [group] = o.paramGroups;
  expect(Math.abs(group.lr - lr), `${where}: lr ${group.lr}, PyTorch's ${lr}`).toBeLessThan(1e-13);
  expect(Math.abs(group.momentum - momentum), `${where}: momentum ${group.momentum}`).toBeLessThan(1e-13);
}

const lacking: boolean = missing("python3-torch");
describe.skipIf(lacking)("schedules beside PyTorch", () => {
  const answers: Answer[] = lacking ? [] : askTorch(expressions.map(inPython));
  const runOf = (k: number): Run => {
    const answer = answers[k];
    if (answer.kind !== "text") throw new Error(JSON.stringify(answer));
    const { rates, saved, more } = JSON.parse(answer.text) as Run & { more: Run["rates"] };
    return { rates: [...rates, ...more], saved };
  };

  test.each(expressions.map((expression, k) => [expression, k] as const))("%s", (expression, k) => {
    const { rates } = runOf(k);
    const o = make();
    const scheduler = build(expression, o);
    for (const [step, expected] of rates.entries()) {
      if (step > 0) {
        o.step();
        scheduler.step();
      }
      expectClose(o, expected, `step ${step}`);
    }
  });

  test.each(expressions.map((expression, k) => [expression, k] as const))(
    "%s, continued from PyTorch's state dict",
    (expression, k) => {
      const { rates, saved } = runOf(k);
      const o = make();
      const scheduler = build(expression, o);
      scheduler.loadStateDict(saved);
      for (let step = STOP + 1; step <= STEPS; step++) {
        o.step();
        scheduler.step();
        expectClose(o, rates[step], `step ${step}`);
      }
    },
  );
});
