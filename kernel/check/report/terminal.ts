import type { Paper } from "../../terminal/paper.js";
import { hanging } from "../../terminal/text.js";
import { type CellReport, exitCode, type FileReport, outcomeOf } from "./report.js";

const marks = { passed: ["green", "✓"], failed: ["red", "✗"], error: ["red", "!"] } as const;

/** One line for a file. */
export function describeFile(report: FileReport, paper: Paper): string {
  const { file, cells, lint, error, notes, seconds } = report;
  const [colour, mark] = marks[outcomeOf(report)];
  const failed = cells.filter(({ outcome }) => outcome === "failed").length;
  const skipped = cells.filter(({ outcome }) => outcome === "skipped").length;
  const errors = lint.filter(({ level }) => level === "error").length;
  const counts = [
    failed > 0 ? `${failed} of ${plural(cells.length, "cell")} failed` : plural(cells.length, "cell"),
    ...(errors > 0 ? [plural(errors, "mistake")] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
    `${seconds.toFixed(1)} s`,
  ].join(", ");
  const line = `${paper.styled(colour, mark)} ${file}  ${error === undefined ? paper.styled("dim", counts) : error}`;
  return [line, ...notes.map((note) => hanging(paper.styled("yellow", "  note: "), note))].join("\n");
}

/**
 * What is wrong with the text, and the cells that failed, with what is wrong and where. Of those after an error only the
 * first line is given: as a rule they fail because of it.
 */
export function describeFailures(report: FileReport, paper: Paper): string {
  const lint = report.lint.map(({ rule, level, message, line }) => {
    const place = paper.styled("bold", `${report.file}:${line}`);
    return `${place} ${paper.styled(level === "error" ? "red" : "yellow", level)} ${paper.foreign(message)} (${rule})\n`;
  });
  const cells = report.cells
    .filter(({ outcome }) => outcome === "failed")
    .map((cell) => describeCell(report.file, cell, paper));
  return [lint.join(""), ...cells].filter((text) => text !== "").join("\n");
}

function describeCell(file: string, cell: CellReport, paper: Paper): string {
  const { number, line, headings, name, problems, afterError } = cell;
  const place = paper.styled("bold", `${file}:${line}`);
  const heading = headings.at(-1);
  if (afterError) {
    const [first] = problems;
    return `${place} cell [${number}], after that error: ${paper.foreign(first?.message ?? "")}\n`;
  }
  const title = `${place} cell [${number}]${heading === undefined ? "" : ` under “${heading}”`}`;
  const found = problems.map(({ message, lines }) =>
    [
      `  ${paper.styled("red", paper.foreign(message))}`,
      ...lines.map((text) => `    ${coloured(paper.foreign(text), paper)}`),
    ].join("\n"),
  );
  return `${title}\n  ${paper.styled("dim", `│ ${paper.foreign(name)}`)}\n${found.join("\n")}\n`;
}

function coloured(line: string, paper: Paper): string {
  if (line.startsWith("- ")) return paper.styled("red", line);
  return line.startsWith("+ ") ? paper.styled("green", line) : line;
}

/** The last line: how many files fared how. */
export function describeAll(reports: readonly FileReport[], seconds: number, paper: Paper): string {
  const count = (wanted: string) => reports.filter((report) => outcomeOf(report) === wanted).length;
  const parts = [
    `${count("passed")} passed`,
    ...(count("failed") > 0 ? [`${count("failed")} failed`] : []),
    ...(count("error") > 0 ? [`${count("error")} could not be checked`] : []),
  ];
  const cells = reports.reduce((sum, report) => sum + report.cells.length, 0);
  const colour = exitCode(reports) === 0 ? "green" : "red";
  const total = `${plural(reports.length, "file")}: ${parts.join(", ")}`;
  return `${paper.styled(colour, total)}; ${plural(cells, "cell")} in ${seconds.toFixed(1)} s`;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
