import type { CellReport, FileReport } from "./report.js";

/** Reports as JUnit's XML, which CI systems read: a suite for each file, a case for each cell. */
export function junit(reports: readonly FileReport[]): string {
  const suites = reports.map((report) => {
    const { file, cells, lint, error, seconds } = report;
    const cases = cells.map((cell) => testCase(file, cell));
    if (error !== undefined) {
      cases.push(
        element("testcase", { name: "the file", classname: file, file }, [message("error", error, "")]),
      );
    }
    const mistakes = lint.filter(({ level }) => level === "error");
    for (const { rule, message: text, line } of mistakes) {
      cases.push(
        element("testcase", { name: rule, classname: file, file, line }, [message("failure", text, "")]),
      );
    }
    const failures = cells.filter(({ outcome }) => outcome === "failed").length + mistakes.length;
    const skipped = cells.filter(({ outcome }) => outcome === "skipped").length;
    const errors = error === undefined ? 0 : 1;
    const counts = { tests: cases.length, failures, errors, skipped, time: seconds.toFixed(3) };
    return element("testsuite", { name: file, file, ...counts }, cases);
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element("testsuites", { name: "optimlab check" }, suites)}\n`;
}

function testCase(file: string, cell: CellReport): string {
  const { number, name, line, outcome, reason = "", problems, seconds } = cell;
  const attributes = {
    name: `cell [${number}] ${name}`,
    classname: file,
    file,
    line,
    time: seconds.toFixed(3),
  };
  if (outcome === "skipped")
    return element("testcase", attributes, [element("skipped", { message: reason }, [])]);
  return element(
    "testcase",
    attributes,
    problems.map((problem) => message("failure", problem.message, problem.lines.join("\n"))),
  );
}

function message(kind: "failure" | "error", text: string, details: string): string {
  return element(kind, { message: text }, details === "" ? [] : [escaped(details)]);
}

function element(
  name: string,
  attributes: Readonly<Record<string, unknown>>,
  content: readonly string[],
): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(String(value))}"`);
  const start = `<${name}${written.join("")}`;
  return content.length === 0 ? `${start}/>` : `${start}>\n${content.join("\n")}\n</${name}>`;
}

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** XML has no characters for most control codes, not even escaped. */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, "\ufffd")
    .replace(/[&<>"]/g, (character) => entities[character]!);
}
