import { functions, reductions } from "./ast.js";

/** A mistake in the text of a rule, shown with its line, a caret under it and what would be right. */
export class RuleError extends Error {
  /** Line in the rule's text, counted from 1. */
  readonly line: number;
  /** Column in that line in UTF-16 units, counted from 1. */
  readonly column: number;

  constructor(text: string, at: number, problem: string, allowed: string) {
    const before = text.slice(0, at);
    const line = before.split("\n").length;
    const start = before.lastIndexOf("\n") + 1;
    const source = text.split("\n")[line - 1];
    const indent = /^\s*/.exec(source)![0].length;
    // Combining marks (the hat of m̂) take no column on the screen.
    const width = [...text.slice(start + indent, at).replace(/\p{M}/gu, "")].length;
    super(
      `rule, line ${line}: ${problem}\n  ${source.trim()}\n  ${" ".repeat(Math.max(0, width))}^\n${allowed}`,
    );
    this.name = "RuleError";
    this.line = line;
    this.column = at - start + 1;
  }
}

export type TokenKind = "number" | "name" | "word" | "function" | "superscript" | "symbol" | "line" | "end";

export interface Token {
  kind: TokenKind;
  /** The canonical spelling: `·` for `*`, `←` for `<-`; for "line" the indentation's width. */
  text: string;
  at: number;
}

const words = new Set(["when", "otherwise", "and", "or", "not", "is", "new"]);

const spellings: Record<string, string> = {
  "<-": "←",
  ":=": "←",
  "-": "−",
  "–": "−",
  "*": "·",
  "×": "·",
  "⋅": "·",
  "∙": "·",
  "÷": "/",
  "**": "^",
  "==": "=",
  "!=": "≠",
  "<=": "≤",
  ">=": "≥",
};

const superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const subscripts = "₀₁₂₃₄₅₆₇₈₉";
const numberPattern = /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
// ᵗ is a letter to Unicode, but a superscript to us: β1ᵗ is β1^t.
const namePattern = /(?!ᵗ)\p{L}\p{M}*(?:(?!ᵗ)[\p{L}\p{M}\p{Nd}₀-₉_])*/uy;
const superscriptPattern = /[⁰¹²³⁴⁵⁶⁷⁸⁹]+|ᵗ/uy;
const symbolPattern = /<-|:=|\*\*|==|!=|<=|>=|[←+\-−–*·×⋅∙/÷^√()|,:=≠<>≤≥‖]/uy;

/** Unicode in one normal form, so that a name is the same name however it was typed. */
export const normalize = (text: string): string =>
  text.normalize("NFC").replace(/[₀-₉]/g, (digit) => String(subscripts.indexOf(digit)));

/** Cut a rule's text (already normalized) into tokens; a newline inside parentheses does not end a line. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let depth = 0;
  let lineStart = true;
  let arrowExpected = true;

  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  const push = (kind: TokenKind, spelled: string, length: number): void => {
    tokens.push({ kind, text: spelled, at });
    at += length;
  };

  while (at < text.length) {
    const character = text[at];
    if (character === "\n") {
      lineStart = depth === 0;
      at++;
    } else if (/\s/.test(character)) {
      at++;
    } else if (text.startsWith("//", at)) {
      const end = text.indexOf("\n", at);
      at = end < 0 ? text.length : end;
    } else {
      if (lineStart) {
        lineStart = false;
        arrowExpected = true;
        tokens.push({ kind: "line", text: String(at - text.lastIndexOf("\n", at) - 1), at });
      }
      const number = take(numberPattern);
      const name = take(namePattern);
      const superscript = take(superscriptPattern);
      let symbol = take(symbolPattern);
      if (number !== undefined) push("number", number, number.length);
      else if (name !== undefined) {
        if (words.has(name)) {
          arrowExpected = false;
          push("word", name, name.length);
        } else
          push(
            Object.hasOwn(functions, name) || reductions.has(name) ? "function" : "name",
            name,
            name.length,
          );
      } else if (superscript !== undefined) {
        const power =
          superscript === "ᵗ" ? "t" : [...superscript].map((d) => superscripts.indexOf(d)).join("");
        push("superscript", power, superscript.length);
      } else if (symbol !== undefined) {
        // `t <-1` in a condition is a comparison.
        if (symbol === "<-" && !arrowExpected) symbol = "<";
        const spelled = spellings[symbol] ?? symbol;
        if (spelled === "←") arrowExpected = false;
        if (spelled === "(") depth++;
        if (spelled === ")") depth = Math.max(0, depth - 1);
        push("symbol", spelled, symbol.length);
      } else {
        throw new RuleError(
          text,
          at,
          `the character ${[...text.slice(at)][0]} means nothing here`,
          "Allowed are names, numbers, ← + − · / ^ ² √ |x| ‖x‖ ( ) , = ≠ < > ≤ ≥ and the words when, otherwise, and, or, not, is new.",
        );
      }
    }
  }
  tokens.push({ kind: "end", text: "", at });
  return tokens;
}
