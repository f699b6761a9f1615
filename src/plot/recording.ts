import { hasPlace, type Scale } from "./rounding.js";
import { describe } from "./values.js";

/** Numbers of one step by name; a tensor with one element counts as its number. */
export type StepValues = Readonly<Record<string, number | { item(): number }>>;

/** Values under one name, and the steps at which they were added. */
export interface Recorded {
  readonly x: number[];
  readonly y: number[];
}

/** The values of a loop, step by step, counted from 1. */
export class Recording {
  readonly values: Record<string, Recorded> = {};
  #steps = 0;

  /** @throws TypeError when something is not a number; then nothing is added */
  add(operation: string, values: StepValues): void {
    const given = Object.entries(values).map(([name, value]): [string, number] => [
      name,
      numberOf(`${operation}: ${name}`, value),
    ]);
    this.#steps++;
    for (const [name, value] of given) {
      this.values[name] ??= { x: [], y: [] };
      this.values[name].x.push(this.#steps);
      this.values[name].y.push(value);
    }
  }
}

/**
 * The curves of which an axis of this scale can show something, for a loss that is not a number from the start must
 * not end the loop. Where nothing can be shown, a point says so.
 */
export function drawable(
  curves: Readonly<Record<string, Recorded | undefined>>,
  scale: Scale,
): Record<string, Recorded> {
  const shown = Object.entries(curves).filter(([, curve]) =>
    curve?.y.some((value) => hasPlace(value, scale)),
  );
  return shown.length > 0
    ? (Object.fromEntries(shown) as Record<string, Recorded>)
    : { "nothing to draw yet": { x: [0], y: [1] } };
}

function numberOf(where: string, value: unknown): number {
  if (typeof value === "number") return value;
  const { item } = (value ?? {}) as { readonly item?: unknown };
  if (typeof item === "function") return (value as { item(): number }).item();
  throw new TypeError(`${where} is ${describe(value)}; expected a number or a tensor with one element`);
}
