import type { Curve } from "./cost.js";

const panel = { width: 250, height: 190, left: 46, top: 26, right: 12, bottom: 30, columns: 4 };
const sizeDecades = [0, 7];
const timeDecades = [-8, 0];
const timeLabels: Record<number, string> = { [-9]: "1 ns", [-6]: "1 µs", [-3]: "1 ms", 0: "1 s" };
const sizeLabels: Record<number, string> = { 0: "1", 2: "100", 4: "10⁴", 6: "10⁶" };
const ours = { color: "#0b62a8", dash: "none" };
const other = { color: "#c2410c", dash: "4 3" };

/** Cost against size, both axes logarithmic, a panel for each operation, as the text of an SVG file. */
export function costPlot(curves: readonly Curve[]): string {
  const operations = [...new Set(curves.map(({ operation }) => operation))];
  const rows = Math.ceil(operations.length / panel.columns);
  const [width, height] = [panel.width * panel.columns, panel.height * rows + 34];
  const names = [...new Map(curves.map(({ name, ours: own }) => [name, own]))];
  const title = `Time of an operation against the number of elements: ${names.map(([name]) => name).join(" and ")}`;
  const legend = names.map(([name, own], i) => {
    const { color, dash } = own ? ours : other;
    const x = panel.left + i * 230;
    return `<path d="M${x} 18h28" fill="none" stroke="${color}" stroke-width="2" stroke-dasharray="${dash}"/><text x="${x + 36}" y="22">${escaped(name)}</text>`;
  });
  const panels = operations.map((operation, i) => {
    const [x, y] = [(i % panel.columns) * panel.width, Math.floor(i / panel.columns) * panel.height + 34];
    const own = curves.filter((curve) => curve.operation === operation);
    return `<g transform="translate(${x} ${y})">${axes(operation)}${own.map(line).join("")}</g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="11" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="100%" height="100%" fill="white"/>`,
    ...legend,
    ...panels,
    "</svg>\n",
  ].join("\n");
}

const place = (value: number, [low, high]: readonly number[], from: number, to: number): number =>
  Math.round((from + ((Math.log10(value) - low) / (high - low)) * (to - from)) * 10) / 10;
const placeX = (size: number): number => place(size, sizeDecades, panel.left, panel.width - panel.right);
const placeY = (seconds: number): number =>
  place(seconds, timeDecades, panel.height - panel.bottom, panel.top);

function axes(operation: string): string {
  const [left, right] = [panel.left, panel.width - panel.right];
  const [top, bottom] = [panel.top, panel.height - panel.bottom];
  const parts = [`<text x="${left}" y="${top - 8}" font-weight="bold">${escaped(operation)}</text>`];
  for (let decade = timeDecades[0]; decade <= timeDecades[1]; decade++) {
    const y = placeY(10 ** decade);
    parts.push(`<path d="M${left} ${y}H${right}" stroke="#e5e7eb"/>`);
    if (timeLabels[decade])
      parts.push(`<text x="${left - 5}" y="${y + 4}" text-anchor="end">${timeLabels[decade]}</text>`);
  }
  for (let decade = sizeDecades[0]; decade <= sizeDecades[1]; decade++) {
    const x = placeX(10 ** decade);
    parts.push(`<path d="M${x} ${top}V${bottom}" stroke="#e5e7eb"/>`);
    if (sizeLabels[decade])
      parts.push(`<text x="${x}" y="${bottom + 15}" text-anchor="middle">${sizeLabels[decade]}</text>`);
  }
  return parts.join("");
}

function line({ ours: own, sizes, seconds }: Curve): string {
  const { color, dash } = own ? ours : other;
  const points = sizes.map((size, i) => `${placeX(size)},${placeY(seconds[i])}`).join(" ");
  return `<polyline points="${points}" fill="none" stroke="${color}" stroke-width="2" stroke-dasharray="${dash}"/>`;
}

const escaped = (text: string): string =>
  text.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
