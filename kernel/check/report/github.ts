import type { FileReport } from "./report.js";

/** Commands that make GitHub show each problem beside its line. Source: GitHub, "Workflow commands". */
export function githubAnnotations({ file, cells, lint, error }: FileReport): string {
  if (error !== undefined) return annotation("error", { file, title: "could not be checked" }, error);
  const seen = lint.map(({ rule, level, message, line }) =>
    annotation(level, { file, line, title: rule }, message),
  );
  const ran = cells.flatMap(({ number, problems }) =>
    problems.map(({ message, lines, line }) =>
      annotation("error", { file, line, title: `cell [${number}]` }, [message, ...lines].join("\n")),
    ),
  );
  return [...seen, ...ran].join("");
}

function annotation(
  level: "error" | "warning",
  properties: Readonly<Record<string, string | number>>,
  text: string,
): string {
  const written = Object.entries(properties).map(([key, value]) => {
    return `${key}=${escaped(String(value)).replaceAll(":", "%3A").replaceAll(",", "%2C")}`;
  });
  return `::${level} ${written.join(",")}::${escaped(text)}\n`;
}

function escaped(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}
