import { type TestFunction1d, testFunction1d } from "./test-function.js";

/** A kink: its gradient says in which direction the minimum is, never how far. */
export const absolute: TestFunction1d = testFunction1d(
  "absolute",
  {
    formula: String.raw`\lvert x \rvert`,
    shows: "steps that do not depend on the gradient's size",
    minima: [0],
    start: 1.55,
    window: [-2, 2],
  },
  (x) => x.abs(),
);

/** A valley between plateaus on which gradients vanish. */
export const plateau: TestFunction1d = testFunction1d(
  "plateau",
  {
    formula: String.raw`\tanh^2 x`,
    shows: "vanishing gradients",
    minima: [0],
    start: 4,
    window: [-5, 5],
  },
  (x) => x.tanh().square(),
);

/**
 * The loss of one step, counted from 1, of a sequence whose mean is x / 3, so that x = −1 is best for x in [−1, 1].
 * Adam with β1 = 0 and β2 = 0.1 goes to +1: the rare large gradient is scaled down more than the frequent small ones.
 * S. J. Reddi, S. Kale, S. Kumar, On the Convergence of Adam and Beyond (2018), theorem 1 with C = 3.
 */
export function reddi(step: number): TestFunction1d {
  if (!Number.isInteger(step) || step < 1) {
    throw new RangeError(`reddi: steps are counted from 1, got ${step}`);
  }
  return step % 3 === 1 ? RARE : FREQUENT;
}

const [RARE, FREQUENT] = ([3, -1] as const).map((slope) =>
  testFunction1d(
    "reddi",
    {
      formula: slope === 3 ? "3 x" : "-x",
      shows: "where Adam fails and AMSGrad does not",
      minima: [-1],
      start: 0,
      window: [-1, 1],
    },
    (x) => x.mul(slope),
  ),
);
