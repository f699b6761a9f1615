import { Dual, type Variable } from "./variable.js";

/** The part of the plane that is drawn. */
export interface Window {
  readonly x: readonly [from: number, to: number];
  readonly y: readonly [from: number, to: number];
}

/** A tensor whose last dimension holds x and y. */
export interface PointTensor<Self> extends Variable<Self> {
  readonly shape: readonly number[];
  select(dim: number, index: number): Self;
}

/** What is known of a test function. */
export interface TestFunctionFacts {
  /** The formula in LaTeX. */
  readonly formula: string;
  /** What an optimizer's path over it shows. */
  readonly shows: string;
  /** All points where it is smallest. */
  readonly minima: readonly (readonly [x: number, y: number])[];
  /** Where the optimizers of the course start. */
  readonly start: readonly [x: number, y: number];
  /** What all its figures show, so that they can be compared. */
  readonly window: Window;
  /** Heights of its contour lines. */
  readonly levels: readonly number[];
}

/**
 * A function of two variables on which optimizers are tried. It takes two numbers, or a point: an array of two
 * numbers gives a number, a tensor whose last dimension is 2 gives a tensor that autograd can differentiate.
 */
export interface TestFunction extends TestFunctionFacts {
  (x: number, y: number): number;
  (point: readonly [number, number] | readonly number[]): number;
  <Tensor extends PointTensor<Tensor>>(point: Tensor): Tensor;
  readonly name: string;
  /** The derivatives by x and by y. */
  gradient(x: number, y: number): [dx: number, dy: number];
}

/** A test function of one variable, which takes a number or a tensor of any shape. */
export interface TestFunction1d {
  (x: number): number;
  <Tensor extends Variable<Tensor>>(x: Tensor): Tensor;
  readonly name: string;
  readonly formula: string;
  readonly shows: string;
  readonly minima: readonly number[];
  readonly start: number;
  readonly window: readonly [from: number, to: number];
  /** The derivative by x. */
  gradient(x: number): number;
}

type Formula = <Self extends Variable<Self>>(x: Self, y: Self) => Self;
type Formula1d = <Self extends Variable<Self>>(x: Self) => Self;

/** A test function from its formula, which numbers, their derivatives and tensors all go through. */
export function testFunction(name: string, facts: TestFunctionFacts, of: Formula): TestFunction {
  const at = (x: number, y: number): Dual => of(new Dual(x, 1, 0), new Dual(y, 0, 1));
  const call = (x: unknown, y?: unknown): unknown => {
    if (typeof x === "number" && typeof y === "number") return at(x, y).value;
    if (Array.isArray(x) && x.length === 2 && x.every((part) => typeof part === "number")) {
      return at(x[0], x[1]).value;
    }
    if (isPointTensor(x) && y === undefined) return of(x.select(-1, 0), x.select(-1, 1));
    throw new TypeError(
      `${name}: expected two numbers, an array of two numbers or a tensor whose last dimension is 2, got ${got(x, y)}`,
    );
  };
  const gradient = (x: number, y: number): [number, number] => {
    const { dx, dy } = at(x, y);
    return [dx, dy];
  };
  return named(name, Object.assign(call, facts, { gradient })) as unknown as TestFunction;
}

/** The same for one variable. */
export function testFunction1d(
  name: string,
  facts: Omit<TestFunction1d, "name" | "gradient">,
  of: Formula1d,
): TestFunction1d {
  const call = (x: unknown): unknown => {
    if (typeof x === "number") return of(new Dual(x, 1)).value;
    if (isVariable(x)) return of(x);
    throw new TypeError(`${name}: expected a number or a tensor, got ${got(x)}`);
  };
  const gradient = (x: number): number => of(new Dual(x, 1)).dx;
  return named(name, Object.assign(call, facts, { gradient })) as unknown as TestFunction1d;
}

// A function's own name is not writable.
function named<Named extends object>(name: string, value: Named): Named {
  return Object.freeze(Object.defineProperty(value, "name", { value: name }));
}

interface AnyTensor extends PointTensor<AnyTensor> {}

function isVariable(value: unknown): value is AnyTensor {
  return (
    typeof value === "object" && value !== null && typeof (value as Partial<AnyTensor>).add === "function"
  );
}

function isPointTensor(value: unknown): value is AnyTensor {
  return isVariable(value) && Array.isArray(value.shape) && value.shape.at(-1) === 2;
}

function got(...values: readonly unknown[]): string {
  return values
    .filter((value) => value !== undefined)
    .map((value) => {
      if (isVariable(value)) return `a tensor of shape [${value.shape.join(", ")}]`;
      return Array.isArray(value) ? `an array of ${value.length}` : String(value);
    })
    .join(" and ");
}
