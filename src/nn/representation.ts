/** How Python writes the values that PyTorch's modules show of themselves. */

/** A number that Python would hold as an integer where it is whole. */
export function pythonNumber(value: number): string {
  const size = Math.abs(value);
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
  if (size === 0 || (size >= 1e-4 && size < 1e16)) return String(value);
  return value.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
}

/** A number that Python holds as a float. */
export function pythonFloat(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e16 ? value.toFixed(1) : pythonNumber(value);
}

export function pythonBoolean(value: boolean): string {
  return value ? "True" : "False";
}

/** Any option: whole numbers, tuples of them (an array), booleans, None, or a word. */
export function pythonValue(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return pythonBoolean(value);
  if (typeof value === "number") return pythonNumber(value);
  if (!Array.isArray(value)) return String(value);
  return value.length === 1 ? `(${pythonValue(value[0])},)` : `(${value.map(pythonValue).join(", ")})`;
}
