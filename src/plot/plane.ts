import type { FigureOptions } from "./figure.js";
import type { TestFunction, Window } from "./functions/test-function.js";
import { describe, type Points } from "./values.js";

/** What draws a function of two variables. */
export interface PlaneOptions extends FigureOptions {
  /** Paths over the plane by name, one point for each step. */
  trajectories?: Readonly<Record<string, Points>>;
  /** Names of paths that are drawn in grey: what is compared with. */
  muted?: readonly string[];
  /** The part of the plane to draw. Default: the function's own. */
  window?: Window;
  xTitle?: string;
  yTitle?: string;
}

/** A function of the plane: a test function, which knows its window and its levels, or one of your own. */
export type PlaneFunction = TestFunction | ((x: number, y: number) => number);

/** @throws TypeError when there is none, RangeError when it is no part of the plane */
export function windowOf(operation: string, plane: PlaneFunction, given: Window | undefined): Window {
  const window = given ?? ("window" in plane ? plane.window : undefined);
  if (window === undefined) {
    throw new TypeError(
      `${operation}: say which part of the plane to draw: { window: { x: [-2, 2], y: [-1, 3] } }`,
    );
  }
  for (const side of ["x", "y"] as const) {
    const [from, to] = window[side] ?? [];
    if (!(from < to && Number.isFinite(to - from))) {
      throw new RangeError(
        `${operation}: window.${side} goes from a number to a larger one, got [${window[side]}]`,
      );
    }
  }
  return window;
}

export interface Heights {
  readonly x: number[];
  readonly y: number[];
  /** A row for each y. Where the function has no finite value it holds what the function gave. */
  readonly z: number[][];
}

/** The function on a grid over the window. */
export function heightsOf(operation: string, plane: PlaneFunction, window: Window, count: number): Heights {
  const along = ([from, to]: readonly [number, number]): number[] =>
    Array.from({ length: count }, (_, k) => from + ((to - from) * k) / (count - 1));
  const [x, y] = [along(window.x), along(window.y)];
  const z = y.map((v) => x.map((u) => heightAt(operation, plane, u, v)));
  if (!z.some((row) => row.some(Number.isFinite))) {
    throw new RangeError(
      `${operation}: the function has no finite value in the window: there is nothing to draw`,
    );
  }
  return { x, y, z };
}

function heightAt(operation: string, plane: PlaneFunction, x: number, y: number): number {
  let height: unknown;
  try {
    height = plane(x, y);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`${operation}: the function failed at (${x}, ${y}): ${message}`, { cause: error });
  }
  if (typeof height === "number") return height;
  throw new TypeError(
    `${operation}: the function of two numbers must give a number, but at (${x}, ${y}) it gave ${describe(height)}`,
  );
}
