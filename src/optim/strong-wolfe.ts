/** The memory of a vector. Results are rounded to its element type, as PyTorch's are. */
export type Vector = Float32Array | Float64Array;

/** A point on the line of the search. */
interface Point {
  /** How far along the direction. */
  t: number;
  loss: number;
  gradient: Vector;
  /** The derivative along the direction. */
  slope: number;
}

export interface LineSearchResult {
  loss: number;
  gradient: Vector;
  t: number;
  evaluations: number;
}

export interface LineSearch {
  /** Loss and gradient at `t` along the direction. The gradient is a vector of its own. */
  evaluate(t: number): { loss: number; gradient: Vector };
  direction: Vector;
  /** Where the search starts: at t = 0. */
  loss: number;
  gradient: Vector;
  slope: number;
  /** The first t that is tried. */
  t: number;
  /** A bracket whose ends differ by less in every coordinate is not divided further. */
  toleranceChange: number;
  /** How many evaluations may follow on the first. */
  maxEvaluations: number;
}

/** How much of the decrease that the slope promises is enough. */
const c1 = 1e-4;
/** How much of the slope may be left. */
const c2 = 0.9;

/**
 * Looks along a direction for a point that satisfies the strong Wolfe conditions: the loss has decreased enough,
 *
 *     f(t) ≤ f(0) + c1·t·f'(0),   and the slope has flattened enough,   |f'(t)| ≤ c2·|f'(0)|.
 *
 * First the step grows until a bracket holds such a point, then the bracket shrinks around it. Both use the minimum of
 * the cubic through two points.
 *
 * Sources: Nocedal, Wright, "Numerical Optimization", 2nd edition, algorithms 3.5 and 3.6; minFunc by Mark Schmidt,
 * after whose WolfeLineSearch PyTorch's is written.
 */
export function strongWolfe(search: LineSearch): LineSearchResult {
  const { direction, loss, gradient, slope, toleranceChange, maxEvaluations } = search;
  const round = roundingOf(direction);
  let evaluations = 0;
  const at = (t: number): Point => {
    evaluations++;
    const found = search.evaluate(t);
    return { t, ...found, slope: dot(found.gradient, direction) };
  };
  // In PyTorch the slope is a tensor, so both bounds are rounded to its type. Close to the minimum of a float32 loss
  // this lets a step pass that leaves the loss as it is.
  const decreases = ({ t, loss: reached }: Point): boolean =>
    reached <= round(loss + round(round(c1 * t) * slope));
  const isFlat = (point: Point): boolean => Math.abs(point.slope) <= -round(round(c2) * slope);
  const length = largest(direction);

  const start: Point = { t: 0, loss, gradient, slope };
  let before = start;
  let point = at(search.t);
  let tried = 0;
  let bracket: [Point, Point] | undefined;
  while (tried < maxEvaluations) {
    if (!decreases(point) || (tried > 1 && point.loss >= before.loss)) bracket = [before, point];
    else if (isFlat(point)) return result(point);
    else if (point.slope >= 0) bracket = [before, point];
    if (bracket !== undefined) break;
    const next = cubicMinimum(
      before,
      point,
      [round(point.t + 0.01 * (point.t - before.t)), round(point.t * 10)],
      round,
    );
    before = point;
    point = at(next);
    tried++;
  }
  bracket ??= [start, point];

  let [low, high] = sorted(bracket);
  let hardlyMoved = false;
  while (tried < maxEvaluations) {
    if (Math.abs(bracket[1].t - bracket[0].t) * length < toleranceChange) break;
    const least = Math.min(bracket[0].t, bracket[1].t);
    const most = Math.max(bracket[0].t, bracket[1].t);
    let t = cubicMinimum(bracket[0], bracket[1], [least, most], round);
    // A point next to an end of the bracket hardly shrinks it: the second time, or at the very end, it is moved in.
    const margin = round(0.1 * (most - least));
    if (Math.min(most - t, t - least) < margin) {
      if (hardlyMoved || t >= most || t <= least) {
        t = Math.abs(t - most) < Math.abs(t - least) ? round(most - margin) : round(least + margin);
        hardlyMoved = false;
      } else hardlyMoved = true;
    } else hardlyMoved = false;

    point = at(t);
    tried++;
    if (!decreases(point) || point.loss >= bracket[low].loss) {
      bracket[high] = point;
      [low, high] = sorted(bracket);
      continue;
    }
    const done = isFlat(point);
    if (!done && point.slope * (bracket[high].t - bracket[low].t) >= 0) bracket[high] = bracket[low];
    bracket[low] = point;
    if (done) break;
  }
  return result(bracket[low]);

  function result({ t, loss: reached, gradient: there }: Point): LineSearchResult {
    return { t, loss: reached, gradient: there, evaluations };
  }
}

/** Which end of the bracket is the lower one, and which the other. */
function sorted(bracket: readonly [Point, Point]): [number, number] {
  return bracket[0].loss <= bracket[1].loss ? [0, 1] : [1, 0];
}

/**
 * Where the cubic with the values and slopes of two points has its minimum, within bounds. In PyTorch the slopes are
 * tensors, so what is computed from them is rounded to their type.
 */
function cubicMinimum(
  a: Point,
  b: Point,
  [least, most]: readonly [number, number],
  round: (x: number) => number,
): number {
  const d1 = round(round(a.slope + b.slope) - round((3 * (a.loss - b.loss)) / (a.t - b.t)));
  const square = round(round(d1 ** 2) - round(a.slope * b.slope));
  if (!(square >= 0)) return (least + most) / 2;
  const d2 = round(Math.sqrt(square));
  // From the point further right, seen from where the distance is positive.
  const [left, right] = a.t <= b.t ? [a, b] : [b, a];
  const part = round(round(round(right.slope + d2) - d1) / round(round(right.slope - left.slope) + 2 * d2));
  const t = round(round(right.t) - round(round(right.t - left.t) * part));
  return Math.min(Math.max(t, least), most);
}

/** a·b. Products are rounded to the element type and summed in float64, as OpenBLAS does it for short vectors. */
export function dot(a: Vector, b: Vector): number {
  const round = roundingOf(a);
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += round(a[i] * b[i]);
  return round(sum);
}

/** Rounding to the element type of a vector. */
export function roundingOf(vector: Vector): (x: number) => number {
  return vector instanceof Float32Array ? Math.fround : (x) => x;
}

/** The largest magnitude. */
export function largest(a: Vector): number {
  let most = 0;
  for (let i = 0; i < a.length; i++) {
    const magnitude = Math.abs(a[i]);
    if (magnitude > most) most = magnitude;
    else if (Number.isNaN(magnitude)) return magnitude;
  }
  return most;
}
