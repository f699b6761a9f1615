/** A piece of Python source; `start` and `end` are offsets into it. */
export interface Token {
  kind: "name" | "number" | "string" | "operator" | "end";
  text: string;
  start: number;
  end: number;
}

const PATTERNS: readonly [Token["kind"] | "space", RegExp][] = [
  ["space", /[ \t\r\n]+/y],
  ["name", /[A-Za-z_]\w*/y],
  ["number", /(?:0[xX][0-9a-fA-F]+|(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)/y],
  ["string", /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/y],
  ["operator", /\.\.\.|\*\*|\/\/|<<|>>|<=|>=|==|!=|[-+*/%@<>=&|^~()[\]{},:.]/y],
];

/** The tokens of one Python expression, closed by an "end" token. */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let position = 0;
  while (position < source.length) {
    const token = tokenAt(source, position);
    if (token.text !== "") tokens.push(token);
    position = token.end;
  }
  tokens.push({ kind: "end", text: "", start: position, end: position });
  return tokens;
}

/** Blank space comes back as a token without text. */
function tokenAt(source: string, start: number): Token {
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = start;
    const text = pattern.exec(source)?.[0];
    if (text === undefined) continue;
    const end = start + text.length;
    return kind === "space" ? { kind: "end", text: "", start, end } : { kind, text, start, end };
  }
  throw new PythonSyntaxError(source, start, `${JSON.stringify(source[start])} does not belong here`);
}

export class PythonSyntaxError extends SyntaxError {
  constructor(source: string, position: number, problem: string) {
    super(`${problem}\n  ${source}\n  ${" ".repeat(position)}^`);
    this.name = "PythonSyntaxError";
  }
}
