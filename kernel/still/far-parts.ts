type Point = readonly [x: number, y: number];

/** What is drawn within `width` and `height` of a plot's corner. */
interface Box {
  readonly width: number;
  readonly height: number;
}

const SIZE = /^<svg[^>]* width="([\d.]+)"[^>]* height="([\d.]+)"/;
const MARK = /<path class="point" transform="translate\(([^,)]+),([^)]+)\)"[^>]*\/>/g;
/** A curve of straight lines. */
const CURVE = /(<path class="js-line"[^>]* d=")([ML][-\d.,e+ML]*)(")/g;

/**
 * A drawing without what lies far outside of it, as a run that diverges does. Nobody sees it, and resvg, which gives a
 * group a picture of its own when it is clipped or transparent, panics when one group reaches far beyond another.
 */
export function withoutFarParts(svg: string): string {
  const [, width, height] = (SIZE.exec(svg) ?? []).map(Number);
  if (width === undefined || height === undefined) return svg;
  const box = { width, height };
  return svg
    .replace(MARK, (mark, x: string, y: string) => (isNear([Number(x), Number(y)], box) ? mark : ""))
    .replace(CURVE, (_, before: string, path: string, after: string) => before + nearPath(path, box) + after);
}

function isNear([x, y]: Point, { width, height }: Box): boolean {
  return Math.abs(x) <= width && Math.abs(y) <= height;
}

function nearPath(path: string, box: Box): string {
  return path
    .split("M")
    .slice(1)
    .map((line) => nearLine(pointsOf(line), box))
    .join("");
}

function pointsOf(line: string): Point[] {
  return line.split("L").map((point) => point.split(",").map(Number) as unknown as Point);
}

function nearLine(points: readonly Point[], box: Box): string {
  if (points.every((point) => isNear(point, box))) return `M${points.join("L")}`;
  let path = "";
  let last = "";
  for (const [k, to] of points.entries()) {
    const part = k === 0 ? undefined : within(points[k - 1]!, to, box);
    if (!part) continue;
    const [start, end] = part.map(String);
    path += start === last ? `L${end}` : `M${start}L${end}`;
    last = end!;
  }
  return path === "" ? "M0,0" : path;
}

/** The part of the line between two points that is near, after Liang and Barsky. */
function within([x0, y0]: Point, [x1, y1]: Point, { width, height }: Box): [Point, Point] | undefined {
  const [dx, dy] = [x1 - x0, y1 - y0];
  let [from, to] = [0, 1];
  for (const [slope, room] of [
    [-dx, x0 + width],
    [dx, width - x0],
    [-dy, y0 + height],
    [dy, height - y0],
  ] as const) {
    if (slope === 0 && room < 0) return undefined;
    if (slope < 0) from = Math.max(from, room / slope);
    if (slope > 0) to = Math.min(to, room / slope);
  }
  if (from > to) return undefined;
  return [
    [x0 + from * dx, y0 + from * dy],
    [x0 + to * dx, y0 + to * dy],
  ];
}
