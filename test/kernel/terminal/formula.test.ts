import fc from "fast-check";
import { expect, test } from "vitest";
import { plainFormula } from "../../../kernel/terminal/formula.js";

test.each([
  [String.raw`\hat{m}_t = \frac{m_t}{1 - \beta_1^t}`, "m̂ₜ = mₜ/(1 − β₁ᵗ)"],
  [String.raw`\theta_t \leftarrow \theta_{t-1} - \gamma \, \hat m_t`, String.raw`θₜ ← θₜ₋₁ − γ \hat mₜ`],
  [String.raw`\frac{\hat{m}_t}{\sqrt{\hat{v}_t} + \epsilon}`, "m̂ₜ/(√v̂ₜ + ε)"],
  [String.raw`\sqrt{x^2 + y^2}`, "√(x² + y²)"],
  [String.raw`\lVert \nabla f(\theta) \rVert_2 \leq \max_i |x_i|`, "‖ ∇ f(θ) ‖₂ ≤ maxᵢ |xᵢ|"],
  ["e^{-x/2}", "e^(−x/2)"],
  [String.raw`\begin{aligned} a &= b \\ c &= d \end{aligned}`, "a = b\nc = d"],
  [String.raw`10^{-8} \text{ or less}`, "10⁻⁸ or less"],
  [String.raw`A^\top A`, "Aᵀ A"],
  [String.raw`\unknown{x}`, String.raw`\unknown{x}`],
])("%s", (latex, text) => {
  expect(plainFormula(latex)).toBe(text);
});

test("any text comes to an end", () => {
  const piece = fc.constantFrom(
    "\\frac",
    "\\sqrt",
    "{",
    "}",
    "_",
    "^",
    "\\hat",
    "x",
    "\\",
    " ",
    "\\\\",
    "&",
    "t",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      expect(typeof plainFormula(pieces.join(""))).toBe("string");
    }),
  );
});
