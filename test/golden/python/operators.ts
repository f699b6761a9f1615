/** Python's operators on numbers, and on tensors by the methods that PyTorch's operators call. */

/** The methods that operators are in this library; operands are in the order in which they are written. */
const METHODS: Readonly<Record<string, string>> = {
  "+": "add",
  "-": "sub",
  "*": "mul",
  "/": "div",
  "//": "floorDivide",
  "%": "remainder",
  "**": "pow",
  "@": "matmul",
  "&": "bitwiseAnd",
  "|": "bitwiseOr",
  "^": "bitwiseXor",
  "<<": "bitwiseLeftShift",
  ">>": "bitwiseRightShift",
  "<": "lt",
  ">": "gt",
  "<=": "le",
  ">=": "ge",
  "==": "eq",
  "!=": "ne",
  neg: "neg",
  "~": "bitwiseNot",
};

/** What a comparison becomes when its sides change places. */
const MIRRORED: Readonly<Record<string, string>> = {
  "<": ">",
  ">": "<",
  "<=": ">=",
  ">=": "<=",
  "==": "==",
  "!=": "!=",
};

const COMMUTATIVE = new Set(["+", "*", "&", "|", "^"]);

/** Calls a method or function of the library by its name; raises when it has none. */
export type Invoke = (receiver: unknown, name: string, ...operands: unknown[]) => unknown;

/** left ∘ right where the left side is a tensor, or only the right side, as in `2.0 ** x`. */
export function tensorOperator(
  operator: string,
  left: unknown,
  right: unknown,
  isLeftTensor: boolean,
  torch: object,
  invoke: Invoke,
): unknown {
  const method = METHODS[operator]!;
  if (isLeftTensor) return invoke(left, method, right);
  const mirrored = MIRRORED[operator] ?? (COMMUTATIVE.has(operator) ? operator : undefined);
  if (mirrored !== undefined) return invoke(right, METHODS[mirrored]!, left);
  // PyTorch's own definitions of __rsub__ and __rtruediv__; the rest are functions that take a number first.
  if (operator === "-") return invoke(invoke(right, "neg"), "add", left);
  if (operator === "/") return invoke(invoke(right, "reciprocal"), "mul", left);
  return invoke(torch, method, left, right);
}

export function tensorUnary(operator: string, operand: unknown, invoke: Invoke): unknown {
  if (operator === "+") return operand;
  return invoke(operand, METHODS[operator === "-" ? "neg" : operator]!);
}

type Arithmetic<T> = Readonly<Record<string, (x: T, y: T) => T | boolean>>;

/** Python rounds quotients down, and a remainder has the sign of the divisor. */
const numberOperators: Arithmetic<number> = {
  "+": (x, y) => x + y,
  "-": (x, y) => x - y,
  "*": (x, y) => x * y,
  "/": (x, y) => x / y,
  "//": (x, y) => Math.floor(x / y),
  "%": (x, y) => x - y * Math.floor(x / y),
  "**": (x, y) => x ** y,
  "&": (x, y) => Number(BigInt(x) & BigInt(y)),
  "|": (x, y) => Number(BigInt(x) | BigInt(y)),
  "^": (x, y) => Number(BigInt(x) ^ BigInt(y)),
  "<<": (x, y) => x * 2 ** y,
  ">>": (x, y) => Math.floor(x / 2 ** y),
  "<": (x, y) => x < y,
  ">": (x, y) => x > y,
  "<=": (x, y) => x <= y,
  ">=": (x, y) => x >= y,
};

/** An operator between plain Python values. */
export function plainOperator(operator: string, left: unknown, right: unknown): unknown {
  if (operator === "==") return left === right;
  if (operator === "!=") return left !== right;
  if (operator === "is") return left === right;
  if (operator === "is not") return left !== right;
  if (operator === "in" || operator === "not in") {
    const isInside = Array.isArray(right) ? right.includes(left) : String(right).includes(String(left));
    return isInside === (operator === "in");
  }
  if (Array.isArray(left) && Array.isArray(right) && operator === "+") return [...left, ...right];
  if (Array.isArray(left) && operator === "*")
    return Array.from({ length: Number(right) }, () => left).flat();
  if (typeof left === "string" && typeof right === "string" && operator === "+") return left + right;
  const compute = numberOperators[operator];
  if (compute === undefined || !isNumeric(left) || !isNumeric(right)) {
    throw new TypeError(`${String(left)} ${operator} ${String(right)}: no such operator for these operands`);
  }
  return compute(Number(left), Number(right));
}

export function plainUnary(operator: string, operand: unknown): unknown {
  if (!isNumeric(operand))
    throw new TypeError(`${operator}${String(operand)}: no such operator for this operand`);
  if (operator === "~") return -Number(operand) - 1;
  return operator === "-" ? -Number(operand) : Number(operand);
}

function isNumeric(value: unknown): value is number | boolean {
  return typeof value === "number" || typeof value === "boolean";
}
