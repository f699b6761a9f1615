/** Formulas of the course, as text: LaTeX in, Unicode out. What it does not know it leaves readable. */
export function plainFormula(latex: string): string {
  let text = latex.trim().replace(/\\(?:begin|end)\{[a-z]+\*?\}(?:\{[^}]*\})?/g, "");
  text = text.replace(
    /\\(?:left|right|big|Big|quad|qquad|,|;|!|:)(?![a-zA-Z])/g,
    (space) => spaces[space] ?? "",
  );
  text = text.replace(/\\\\(?:\[[^\]]*\])?/g, "\n").replace(/&/g, "");
  text = text.replace(
    /\\([A-Za-z]+)/g,
    (command, name) => symbols[name] ?? (functions.has(name) ? name : command),
  );
  text = withShortScripts(text.replaceAll("-", "−"));
  // From the inside out: each round resolves the commands whose arguments hold no braces any more.
  for (let before = ""; before !== text; ) {
    before = text;
    text = text
      .replace(
        /\\[dt]?frac\{([^{}]*)\}\{([^{}]*)\}/g,
        (_, over, under) => `${grouped(over)}/${grouped(under)}`,
      )
      .replace(/\\sqrt\{([^{}]*)\}/g, (_, radicand) => `√${grouped(radicand)}`)
      .replace(/\\(hat|bar|tilde|dot)\{([^{}]*)\}/g, (_, name, letter) => `${letter}${accents[name]}`)
      .replace(/\\(?:text|mathrm|mathbf|mathit|mathcal|mathbb|operatorname)\{([^{}]*)\}/g, "$1")
      .replace(/([_^])\{([^{}]*)\}/g, (_, kind, script) => raised(kind, script));
  }
  text = withShortScripts(text)
    .replace(/\\([{}_%#$&|])/g, "$1")
    .replaceAll(kept.hat, "^")
    .replaceAll(kept.underscore, "_");
  return text
    .split("\n")
    .map((line) => line.replace(/ {2,}/g, " ").trim())
    .filter((line) => line !== "")
    .join("\n");
}

/** Scripts of one letter, which need no braces. */
function withShortScripts(text: string): string {
  return text.replace(/([_^])([^\s{}\\])/gu, (_, kind, script) => raised(kind, script));
}

/** A name or number as it is, anything longer in parentheses. */
function grouped(text: string): string {
  return /^[\p{L}\p{N}\p{M}.]+$/u.test(text.trim()) ? text.trim() : `(${text.trim()})`;
}

function raised(kind: string, script: string): string {
  const alphabet = kind === "^" ? superscripts : subscripts;
  const letters = [...script.replace(/\s/g, "").replaceAll("-", "−")];
  if (letters.every((letter) => alphabet.has(letter)))
    return letters.map((letter) => alphabet.get(letter)).join("");
  return `${kind === "^" ? kept.hat : kept.underscore}${grouped(script)}`;
}

/** Stand for ^ and _ that were dealt with and stay, while the rest is still looked for. */
const kept = { hat: "\ue000", underscore: "\ue001" } as const;

function pairs(plain: string, scripts: string): Map<string, string> {
  const other = [...scripts];
  return new Map([...plain].map((letter, i) => [letter, other[i]!]));
}

const superscripts = pairs("0123456789+−=()nitT", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱᵗᵀ");
const subscripts = pairs("0123456789+−=()aeijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ");

const accents: Record<string, string> = { hat: "\u0302", bar: "\u0304", tilde: "\u0303", dot: "\u0307" };
const spaces: Record<string, string> = {
  "\\quad": "  ",
  "\\qquad": "    ",
  "\\,": " ",
  "\\;": " ",
  "\\:": " ",
};
const functions = new Set([
  "exp",
  "log",
  "ln",
  "sin",
  "cos",
  "tan",
  "tanh",
  "max",
  "min",
  "lim",
  "det",
  "sup",
  "inf",
]);

const symbols: Record<string, string> = {
  alpha: "α",
  beta: "β",
  gamma: "γ",
  delta: "δ",
  epsilon: "ε",
  varepsilon: "ε",
  zeta: "ζ",
  eta: "η",
  theta: "θ",
  kappa: "κ",
  lambda: "λ",
  mu: "μ",
  nu: "ν",
  xi: "ξ",
  pi: "π",
  rho: "ρ",
  sigma: "σ",
  tau: "τ",
  phi: "φ",
  varphi: "φ",
  chi: "χ",
  psi: "ψ",
  omega: "ω",
  Gamma: "Γ",
  Delta: "Δ",
  Theta: "Θ",
  Lambda: "Λ",
  Sigma: "Σ",
  Phi: "Φ",
  Psi: "Ψ",
  Omega: "Ω",
  cdot: "·",
  times: "×",
  odot: "⊙",
  oplus: "⊕",
  pm: "±",
  le: "≤",
  leq: "≤",
  ge: "≥",
  geq: "≥",
  ne: "≠",
  neq: "≠",
  approx: "≈",
  equiv: "≡",
  sim: "∼",
  ll: "≪",
  gg: "≫",
  in: "∈",
  to: "→",
  rightarrow: "→",
  leftarrow: "←",
  gets: "←",
  Rightarrow: "⇒",
  mapsto: "↦",
  partial: "∂",
  nabla: "∇",
  infty: "∞",
  sum: "∑",
  prod: "∏",
  int: "∫",
  ell: "ℓ",
  dots: "…",
  ldots: "…",
  cdots: "⋯",
  lVert: "‖",
  rVert: "‖",
  Vert: "‖",
  vert: "|",
  top: "T",
};
