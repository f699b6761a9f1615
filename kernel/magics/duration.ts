const UNITS: readonly [limit: number, size: number, name: string][] = [
  [1e-3, 1e-6, "ns"],
  [1, 1e-3, "µs"],
  [1e3, 1, "ms"],
  [6e4, 1e3, "s"],
];

/** A time in milliseconds with three digits and the unit that suits it. */
export function formatDuration(milliseconds: number): string {
  for (const [limit, size, unit] of UNITS) {
    // 999.7 would be rounded to 1000, which is 1 of the next unit.
    if (milliseconds < limit * 0.9995) return `${threeDigits(milliseconds / size)} ${unit}`;
  }
  const seconds = Math.round(milliseconds / 1e3);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const names = ["h", "min", "s"];
  const first = parts.findIndex((part) => part > 0);
  return parts
    .map((part, k) => `${part} ${names[k]}`)
    .slice(first)
    .join(" ");
}

function threeDigits(value: number): string {
  return value === 0 ? "0" : value.toPrecision(3);
}
