/** Columns as wide as their widest cell; the first to the left, the others to the right. */
export function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
      .join("  "),
  );
  const rule = widths.map((width) => "─".repeat(width)).join("  ");
  return [lines[0], rule, ...lines.slice(1)].join("\n");
}

/** Three significant digits, and all digits before the point: 0.0123, 1.23, 12.3, 1234. */
export function significant(value) {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
