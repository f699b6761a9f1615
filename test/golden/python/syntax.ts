/** The syntax tree of a Python expression. `start` and `end` are offsets into its source. */
export type Expression = Located<
  | { kind: "number"; value: number | bigint; isFloat: boolean }
  | { kind: "constant"; value: string | boolean | null }
  | { kind: "ellipsis" }
  | { kind: "name"; name: string }
  | { kind: "attribute"; object: Expression; name: string }
  | { kind: "call"; callee: Expression; positional: Expression[]; keywords: Keyword[] }
  | { kind: "subscript"; object: Expression; index: Expression }
  | { kind: "slice"; from: Expression | null; to: Expression | null; step: Expression | null }
  | { kind: "list"; items: Expression[] }
  | { kind: "tuple"; items: Expression[] }
  | {
      kind: "comprehension";
      item: Expression;
      variables: string[];
      iterable: Expression;
      condition: Expression | null;
    }
  | { kind: "unary"; operator: string; operand: Expression }
  | { kind: "binary"; operator: string; left: Expression; right: Expression }
  | { kind: "comparison"; operator: string; left: Expression; right: Expression }
  | { kind: "logical"; operator: "and" | "or"; left: Expression; right: Expression }
  | { kind: "conditional"; test: Expression; yes: Expression; no: Expression }
  | { kind: "lambda"; parameters: string[]; body: Expression }
>;

export interface Keyword {
  name: string;
  value: Expression;
}

type Located<T> = T & { start: number; end: number };

/** The members of `Expression`, without their place. */
export type Unlocated<T = Expression> = T extends unknown ? Omit<T, "start" | "end"> : never;
